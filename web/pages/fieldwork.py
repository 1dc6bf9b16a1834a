"""An officer's own visits, today first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import Blueprint

from scheduler.clock import today
from scheduler.permissions import is_officer
from scheduler.publishing.visits_in_force import list_visits
from web import auth, db
from web.rendering import page

blueprint = Blueprint("fieldwork", __name__, url_prefix="/my-visits")
BEHIND: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=120)


@blueprint.get("")
@auth.requires(is_officer)
@db.commits
def index() -> Any:
    """List the officer's visits: today's, those to come, those of the last two weeks."""
    now = today(db.clock())
    visits = list_visits(db.session(), auth.actor(), first=now - BEHIND, last=now + AHEAD, published_only=True)
    return page(
        "fieldwork/index.html",
        today=now,
        due=[visit for visit in visits if visit.day == now],
        coming=[visit for visit in visits if visit.day > now],
        past=[visit for visit in visits if visit.day < now],
    )
