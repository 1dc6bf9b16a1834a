"""One visit as officials see it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from scheduler.clock import today
from scheduler.permissions import may_see_calendar
from scheduler.publishing.visits_in_force import visit_details
from web import auth, db
from web.rendering import page

blueprint = Blueprint("visits", __name__, url_prefix="/visits")


@blueprint.get("/<uid>")
@auth.requires(may_see_calendar)
@db.commits
def show(uid: str) -> Any:
    """Show a visit with everything in it."""
    details = visit_details(db.session(), auth.actor(), uid)
    return page("visits/show.html", details=details, visit=details.row, today=today(db.clock()))
