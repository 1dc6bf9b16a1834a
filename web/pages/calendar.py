"""The calendar of visits: a month as a table, a day as a list, a visit in full."""

from __future__ import annotations

from calendar import Calendar
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request

from data.queries.organisations import organisation_names
from data.queries.registry import list_towns
from scheduler.clock import today
from scheduler.errors import NotFoundError
from scheduler.filing.rounds import list_rounds
from scheduler.permissions import is_officer, may_see_all, may_see_calendar, may_see_rounds
from scheduler.planning import board
from scheduler.publishing import visits_in_force
from scheduler.workdays import load_calendar
from web import auth, db
from web.asked import asked_number
from web.rendering import page

blueprint = Blueprint("calendar", __name__, url_prefix="/calendar")
MOST_IN_A_CELL = 5
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


@blueprint.get("")
@auth.requires(may_see_calendar)
@db.commits
def month() -> Any:
    """Show a month; the filters are in the address."""
    first = _asked_month()
    weeks = Calendar().monthdatescalendar(first.year, first.month)
    visits = _visits(weeks[0][0], weeks[-1][-1])
    return page(
        "calendar/month.html",
        first=first,
        weeks=weeks,
        before=_shifted(first, -1),
        after=_shifted(first, 1),
        today=today(db.clock()),
        visits=_by_day(visits),
        total=sum(visit.day.month == first.month for visit in visits),
        most=MOST_IN_A_CELL,
        workdays=load_calendar(db.session()),
        **_filters(),
    )


@blueprint.get("/<day>")
@auth.requires(may_see_calendar)
@db.commits
def day(day: str) -> Any:
    """Show a day with all its visits."""
    chosen = _date(day)
    if chosen is None:
        raise NotFoundError("day", day)
    visits = _visits(chosen, chosen)
    return page(
        "calendar/day.html",
        chosen=chosen,
        before=chosen - timedelta(days=1),
        after=chosen + timedelta(days=1),
        visits=visits,
        workdays=load_calendar(db.session()),
        **_filters(),
    )


def _visits(first: date, last: date) -> list[board.VisitRow]:
    return visits_in_force.list_visits(
        db.session(),
        auth.actor(),
        first=first,
        last=last,
        organisation_id=asked_number("organisation"),
        town_id=asked_number("town"),
        round_uid=request.args.get("round") or None,
    )


def _filters() -> dict[str, Any]:
    actor = auth.actor()
    return {
        "organisations": organisation_names(db.session()) if may_see_all(actor) else {},
        "towns": [] if is_officer(actor) else list_towns(db.session()),
        "rounds": list_rounds(db.session(), actor) if may_see_rounds(actor) else [],
        "kept": {name: request.args[name] for name in ("organisation", "town", "round") if request.args.get(name)},
    }


def _by_day(visits: Iterable[board.VisitRow]) -> dict[date, list[board.VisitRow]]:
    found: dict[date, list[board.VisitRow]] = defaultdict(list)
    for visit in visits:
        found[visit.day].append(visit)
    return found


def _asked_month() -> date:
    asked = _date(f"{request.args.get('month', '')}-01")
    return asked or today(db.clock()).replace(day=1)


def _date(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST <= found <= LATEST else None


def _shifted(first: date, months: int) -> date:
    total = first.year * 12 + first.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)
