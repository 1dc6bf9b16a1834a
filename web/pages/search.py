"""Search everywhere: one field on every page of officials, one page of what was found."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from scheduler.permissions import is_official
from scheduler.search import search
from web import auth, db
from web.rendering import page, search_text

blueprint = Blueprint("search", __name__, url_prefix="/search")


@blueprint.get("")
@auth.requires(is_official)
@db.commits
def show() -> Any:
    """Show what holds the words asked for."""
    text = search_text().strip()
    return page("search/show.html", text=text, found=search(db.session(), db.clock(), auth.actor(), text))
