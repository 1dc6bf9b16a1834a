"""An enterprise's own view. Everything here comes from what the enterprise may see, and from nothing else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from scheduler.clock import today
from scheduler.permissions import is_enterprise
from scheduler.publishing.enterprise_view import enterprise_counts, enterprise_visits, get_enterprise_visit
from web import auth, db
from web.rendering import page

blueprint = Blueprint("portal", __name__, url_prefix="/my-enterprise")


@blueprint.get("")
@auth.requires(is_enterprise)
@db.commits
def show() -> Any:
    """Show the visits to come, those of the past, and how often this year."""
    visits = enterprise_visits(db.session(), auth.actor())
    now = today(db.clock())
    return page(
        "portal/show.html",
        counts=enterprise_counts(db.session(), db.clock(), auth.actor()),
        coming=[visit for visit in visits if visit.day >= now],
        past=[visit for visit in reversed(visits) if visit.day < now],
    )


@blueprint.get("/visits/<uid>")
@auth.requires(is_enterprise)
@db.commits
def visit(uid: str) -> Any:
    """Show one visit: who comes, what is checked, what to prepare, which rights there are."""
    return page("portal/visit.html", visit=get_enterprise_visit(db.session(), auth.actor(), uid))
