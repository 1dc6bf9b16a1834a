"""What figures can be asked about: the bodies, townships and scenarios of an actor's choice, and the latest months."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, func, select

from data.enums import VisitStatus
from data.models import Organisation, Scenario, Town, Visit
from scheduler.permissions import Actor, may_see_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Choices of the filters. `organisations` is empty for a department, which sees its own part only."""

    organisations: tuple[Organisation, ...]
    towns: tuple[Town, ...]
    scenarios: tuple[Scenario, ...]


def scope(session: Session, actor: Actor) -> Scope:
    """The choices of an actor."""
    bodies = session.exec(select(Organisation).order_by(col(Organisation.code))).all() if may_see_all(actor) else ()
    return Scope(
        organisations=tuple(bodies),
        towns=tuple(session.exec(select(Town).order_by(col(Town.code)))),
        scenarios=tuple(session.exec(select(Scenario).order_by(col(Scenario.code)))),
    )


def latest_months(session: Session, present: date) -> tuple[date, date]:
    """The first days of the first and the last month to begin with: a year back from the last visit, or from now."""
    last = session.exec(select(func.max(col(Visit.day))).where(Visit.status != VisitStatus.CANCELLED)).one() or present
    end = last.replace(day=1)
    return date(end.year - 1, end.month, 1), end
