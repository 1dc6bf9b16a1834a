"""The story of a round or a visit, for those who supervise."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from scheduler.oversight.reconstruction import round_history, visit_history
from scheduler.permissions import may_see_all
from web import auth, db
from web.rendering import page
from web.trail_values import told_changes

blueprint = Blueprint("histories", __name__)


@blueprint.get("/rounds/<uid>/history")
@auth.requires(may_see_all)
@db.commits
def of_round(uid: str) -> Any:
    """Show what became of a round, and that what was approved is what was published."""
    return page("histories/show.html", history=round_history(db.session(), auth.actor(), uid), told=told_changes)


@blueprint.get("/visits/<uid>/history")
@auth.requires(may_see_all)
@db.commits
def of_visit(uid: str) -> Any:
    """Show who changed a visit from what to what, and why."""
    return page("histories/show.html", history=visit_history(db.session(), auth.actor(), uid), told=told_changes)
