"""Releases: the list, and one release with its figures, differences and notices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from scheduler.permissions import may_see_calendar
from scheduler.publishing.release_views import get_release, list_releases, release_view
from web import auth, db
from web.rendering import page

blueprint = Blueprint("releases", __name__, url_prefix="/releases")


@blueprint.get("")
@auth.requires(may_see_calendar)
@db.commits
def index() -> Any:
    """List the releases."""
    return page("releases/index.html", releases=list_releases(db.session(), auth.actor()))


@blueprint.get("/<int:number>")
@auth.requires(may_see_calendar)
@db.commits
def show(number: int) -> Any:
    """Show one release as the person may see it."""
    release = get_release(db.session(), auth.actor(), number)
    return page("releases/show.html", release=release, view=release_view(db.session(), auth.actor(), release))
