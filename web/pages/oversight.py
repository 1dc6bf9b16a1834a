"""Warnings for those who supervise: all kinds with their counts, the rows behind each, and a download."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Any, Final

from flask import Blueprint, Response

from data.queries.pages import Page
from scheduler.errors import NotFoundError
from scheduler.oversight.download import warning_csv
from scheduler.oversight.overview import get_warning, list_warnings
from scheduler.oversight.warning import Cell, WarningKind
from scheduler.permissions import may_see_all
from web import auth, db, phrases
from web.dates import NOTHING
from web.filters import joined
from web.rendering import page, page_number

blueprint = Blueprint("oversight", __name__, url_prefix="/oversight")
ROWS_A_PAGE: Final = 50


@blueprint.get("")
@auth.requires(may_see_all)
@db.commits
def index() -> Any:
    """Show every kind of warning with its count."""
    return page("oversight/index.html", warnings=list_warnings(db.session(), db.clock(), auth.actor()))


@blueprint.get("/<kind>")
@auth.requires(may_see_all)
@db.commits
def show(kind: str) -> Any:
    """Show the rows behind one kind."""
    # A number beyond any list is the page after the last one; a database takes no number of any size.
    number = min(page_number(), 10**6)
    found = get_warning(
        db.session(), db.clock(), auth.actor(), _kind(kind), first=(number - 1) * ROWS_A_PAGE, most=ROWS_A_PAGE
    )
    rows = Page(rows=found.rows, page=number, per_page=ROWS_A_PAGE, total=found.count)
    return page("oversight/show.html", warning=found, found=rows, say=say, look=look)


@blueprint.get("/<kind>.csv")
@auth.requires(may_see_all)
@db.commits
def download(kind: str) -> Any:
    """Hand out all rows of one kind."""
    found = get_warning(db.session(), db.clock(), auth.actor(), _kind(kind))
    content = warning_csv(found, [phrases.warning_column(column) for column in found.columns], say=say)
    headers = {"Content-Disposition": f'attachment; filename="onedoor-{found.kind}.csv"'}
    return Response(content, mimetype="text/csv", headers=headers)


def say(cell: Cell) -> str:
    """A cell as a reader expects it."""
    if cell is None or cell == ():
        return NOTHING
    if isinstance(cell, StrEnum):
        return phrases.word(cell)
    if isinstance(cell, tuple):
        return joined(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def look(cell: Cell) -> str:
    """How a cell is set: figures to the right, dates in one piece."""
    return "figure" if isinstance(cell, int) else "nowrap" if isinstance(cell, date) else ""


def _kind(text: str) -> WarningKind:
    if text not in set(WarningKind):
        raise NotFoundError("warning", text)
    return WarningKind(text)
