"""The inbox: what was sent to the person's enterprise, organisation or to the officer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from scheduler.permissions import is_signed_in
from scheduler.publishing import inbox
from web import auth, db
from web.rendering import after_post, page, page_number

blueprint = Blueprint("inbox", __name__, url_prefix="/inbox")


@blueprint.get("")
@auth.requires(is_signed_in)
@db.commits
def index() -> Any:
    """List the messages."""
    return page("inbox/index.html", found=inbox.list_messages(db.session(), auth.actor(), page_number()))


@blueprint.get("/<uid>")
@auth.requires(is_signed_in)
@db.commits
def show(uid: str) -> Any:
    """Show a message. Reading it marks nothing: a button does."""
    return page("inbox/show.html", message=inbox.get_message(db.session(), auth.actor(), uid))


@blueprint.post("/<uid>/read")
@auth.requires(is_signed_in)
@db.commits
def mark(uid: str) -> Any:
    """Confirm that a message was read."""
    message = inbox.get_message(db.session(), auth.actor(), uid)
    inbox.mark_read(db.session(), db.clock(), auth.actor(), message)
    return after_post("inbox.show", _("已确认收到。"), uid=uid)
