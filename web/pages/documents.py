"""Papers to print: notices, approval forms, checklists, rosters, briefs; big jobs are next door, in `prints`.

What somebody may not see is not found.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from flask import Blueprint, Response

from scheduler.clock import today
from scheduler.errors import NotFoundError
from scheduler.permissions import is_enterprise, may_see_calendar
from scheduler.publishing.documents import issuing
from scheduler.publishing.documents.issuing import Form, Office, Paper
from scheduler.publishing.documents.orders import list_prints
from scheduler.publishing.documents.sheet_words import PaperLanguage
from scheduler.publishing.paper_notices import waiting_papers
from scheduler.publishing.release_views import get_release
from scheduler.publishing.visits_in_force import list_visits
from web import auth, db
from web.i18n import language
from web.rendering import asked_day, page

blueprint = Blueprint("documents", __name__, url_prefix="/documents")
TYPES: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
# A day without visits leads to the next ones within this span.
LOOK_AHEAD: Final = timedelta(days=31)
Choice = TypeVar("Choice", bound=StrEnum)


class DayPaper(StrEnum):
    ROSTER = "roster"
    CHECKLISTS = "checklists"


@blueprint.get("")
@auth.requires(may_see_calendar)
@db.commits
def index() -> Any:
    """Offer the papers of a day, and say which paper notices wait to be carried."""
    day = asked_day("day") or today(db.clock())
    until = day + LOOK_AHEAD
    ahead = list_visits(db.session(), auth.actor(), first=day, last=until, published_only=True)
    days = sorted({visit.day for visit in ahead})
    return page(
        "documents/index.html",
        day=day,
        today=today(db.clock()),
        visits=sum(visit.day == day for visit in ahead),
        days=days,
        orders=list_prints(db.session(), auth.actor()),
        papers=waiting_papers(db.session(), auth.actor()),
    )


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


@blueprint.get("/releases/<int:number>/brief.pdf")
@auth.requires(may_see_calendar)
@db.commits
def brief(number: int) -> Any:
    """Hand out the brief of a release."""
    found = get_release(db.session(), auth.actor(), number)
    content = issuing.brief_of_release(db.session(), auth.actor(), office(), found, _language())
    return download(content, f"brief-{number}", "pdf")


def office() -> Office:
    """What printing needs of the settings."""
    return Office.of(db.settings())


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
