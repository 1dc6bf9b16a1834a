"""One visit as officials see it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from scheduler.clock import today
from scheduler.fieldwork.checkins import check_in
from scheduler.permissions import is_officer, may_see_calendar
from scheduler.publishing.visits_in_force import get_visit, visit_details
from web import auth, db
from web.rendering import after_post, page

blueprint = Blueprint("visits", __name__, url_prefix="/visits")


@blueprint.get("/<uid>")
@auth.requires(may_see_calendar)
@db.commits
def show(uid: str) -> Any:
    """Show a visit with everything in it."""
    details = visit_details(db.session(), auth.actor(), uid)
    return page("visits/show.html", details=details, visit=details.row, today=today(db.clock()))


@blueprint.post("/<uid>/check-in")
@auth.requires(is_officer)
@db.commits
def arrive(uid: str) -> Any:
    """Note that the crew has arrived."""
    check_in(db.session(), db.clock(), auth.actor(), get_visit(db.session(), auth.actor(), uid))
    return after_post("visits.show", _("已签到。"), uid=uid)
