"""Codes that open an enterprise's pages, for the coordinator: issued to be handed over, listed, revoked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from data.queries.registry import get_enterprise
from scheduler.permissions import may_coordinate
from scheduler.portal import access_codes
from web import auth, db
from web.rendering import after_post, page

blueprint = Blueprint("access_codes", __name__, url_prefix="/access-codes")


@blueprint.route("/enterprises/<uid>", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def enterprise(uid: str) -> Any:
    """List the codes of an enterprise; a post makes one and shows it this once."""
    found = get_enterprise(db.session(), uid)
    issued = None
    if request.method == "POST":
        issued = access_codes.issue_code(db.session(), db.clock(), auth.actor(), found, settings=db.settings())
    base = db.settings().base_url.rstrip("/")
    address = base + url_for("enter.by_secret", secret=issued.secret) if issued else ""
    codes = access_codes.list_codes(db.session(), found)
    return page(
        "access_codes/enterprise.html",
        enterprise=found,
        codes=codes,
        issued=issued,
        address=address,
        typed=base + url_for("enter.by_code"),
    )


@blueprint.post("/<uid>/revoke")
@auth.requires(may_coordinate)
@db.commits
def revoke(uid: str) -> Any:
    """End a code."""
    row = access_codes.get_code(db.session(), auth.actor(), uid)
    access_codes.revoke_code(db.session(), db.clock(), auth.actor(), row)
    return after_post("access_codes.enterprise", _("访问码已停用。"), uid=access_codes.owner_uid(db.session(), row))
