"""Papers to print: notices, approval forms, checklists, rosters, briefs. What somebody may not see is not found."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from flask import Blueprint, Response

from scheduler.clock import today
from scheduler.errors import NotFoundError
from scheduler.permissions import is_enterprise, may_see_calendar
from scheduler.publishing.documents import issuing
from scheduler.publishing.documents.issuing import Form, Office, Paper
from scheduler.publishing.documents.sheet_words import PaperLanguage
from scheduler.publishing.documents.typesetting import Press
from scheduler.publishing.release_views import get_release
from web import auth, db
from web.i18n import language
from web.rendering import asked_day, page

blueprint = Blueprint("documents", __name__, url_prefix="/documents")
TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
}
Choice = TypeVar("Choice", bound=StrEnum)


class DayPaper(StrEnum):
    ROSTER = "roster"
    CHECKLISTS = "checklists"


class ReleasePaper(StrEnum):
    NOTICES = "notices"
    BRIEF = "brief"
    UNREACHABLE = "unreachable"


@blueprint.get("")
@auth.requires(may_see_calendar)
@db.commits
def index() -> Any:
    """Offer the papers of a day."""
    day = asked_day("day") or today(db.clock())
    return page("documents/index.html", day=day)


@blueprint.get("/mine/<uid>/notice.<form>")
@auth.requires(is_enterprise)
@db.commits
def own(uid: str, form: str) -> Any:
    """Hand an enterprise the notice of its own visit."""
    chosen = _one_of(Form, form)
    content = issuing.notice_for_enterprise(db.session(), auth.actor(), office(), uid, chosen)
    return download(content, f"notice-{uid[:8]}", chosen)


@blueprint.get("/visits/<uid>/<paper>.<form>")
@auth.requires(may_see_calendar)
@db.commits
def visit(uid: str, paper: str, form: str) -> Any:
    """Hand an official one paper of a visit in force."""
    chosen, kind = _one_of(Paper, paper), _one_of(Form, form)
    content = issuing.paper_of_visit(
        db.session(), auth.actor(), office(), uid, paper=chosen, form=kind, language=_language()
    )
    return download(content, f"{chosen}-{uid[:8]}", kind)


@blueprint.get("/days/<day>/<paper>.pdf")
@auth.requires(may_see_calendar)
@db.commits
def day_(day: str, paper: str) -> Any:
    """Hand out the roster or the checklists of the actor's day."""
    asked = (db.session(), auth.actor(), office(), _day(day), _language())
    if _one_of(DayPaper, paper) is DayPaper.ROSTER:
        return download(issuing.roster_of_day(*asked), f"roster-{day}", "pdf")
    return download(issuing.checklists_of_day(*asked), f"checklists-{day}", "pdf")


@blueprint.get("/releases/<int:number>/<paper>.<form>")
@auth.requires(may_see_calendar)
@db.commits
def release(number: int, paper: str, form: str) -> Any:
    """Hand out the notices of a release, its brief, or what the post room sends."""
    chosen, found = _one_of(ReleasePaper, paper), get_release(db.session(), auth.actor(), number)
    if form != ("zip" if chosen is ReleasePaper.UNREACHABLE else "pdf"):
        raise NotFoundError("paper", form)
    asked = (db.session(), auth.actor(), office(), found)
    if chosen is ReleasePaper.NOTICES:
        content = issuing.notices_of_release(*asked)
    elif chosen is ReleasePaper.BRIEF:
        content = issuing.brief_of_release(*asked, _language())
    else:
        content = issuing.print_queue(*asked)
    return download(content, f"{chosen}-{number}", form)


def office() -> Office:
    """What printing needs of the settings."""
    settings = db.settings()
    return Office(press=Press(folder=Path(settings.data_folder)), base_url=settings.base_url)


def download(content: bytes, name: str, form: str) -> Response:
    """A file to keep; no browser or proxy keeps a copy of its own."""
    headers = {"Content-Disposition": f'attachment; filename="onedoor-{name}.{form}"', "Cache-Control": "no-store"}
    return Response(content, mimetype=TYPES[form], headers=headers)


def _one_of(kinds: type[Choice], text: str) -> Choice:
    if text not in set(kinds):
        raise NotFoundError("paper", text)
    return kinds(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise NotFoundError("paper", text) from error


def _language() -> PaperLanguage:
    return PaperLanguage.ENGLISH if language() == "en" else PaperLanguage.CHINESE
