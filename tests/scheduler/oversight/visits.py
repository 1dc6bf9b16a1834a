"""Visits for the tests of warnings: past ones, planned ones with their requests, finished ones with their crew."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

from sqlmodel import Session

from data.enums import NoticeMode, Role, VisitStatus
from data.models import CrewSlot, InspectionRecord, InspectionRequest, Officer, Organisation, Round, Site, Visit
from data.models import VisitRequest as Member
from scheduler.clock import FixedClock
from scheduler.oversight.overview import get_warning
from scheduler.oversight.warning import OversightWarning, WarningKind
from tests import factories
from tests.factories import stored_id

_numbers = count(1)


def warning(session: Session, clock: FixedClock, kind: WarningKind) -> OversightWarning:
    """One kind of warning with all its rows, as a supervisor sees it."""
    return get_warning(session, clock, factories.make_actor(session, Role.SUPERVISOR), kind)


def column(found: OversightWarning, name: str) -> list[Any]:
    """The cells of one column."""
    place = found.columns.index(name)
    return [row.cells[place] for row in found.rows]


def past(session: Session, site: Site, day: date, *bodies: Organisation) -> str:
    """A visit that took place; returns its public id."""
    uid = f"{next(_numbers):032d}"
    for body in bodies:
        session.add(
            InspectionRecord(
                visit_uid=uid, site_id=stored_id(site), organisation_id=stored_id(body), day=day, problem_found=False
            )
        )
    session.flush()
    return uid


def ask(session: Session, round_: Round, body: Organisation, site: Site, **values: Any) -> InspectionRequest:
    """A request of a new plan of `body`."""
    task = factories.make_task(session, factories.make_plan(session, body, round_id=round_.id))
    return factories.make_request(session, round_, task, site, **values)


def visit(session: Session, day: date, *requests: InspectionRequest, **values: Any) -> Visit:
    """A published visit that serves some requests of one site."""
    first = requests[0]
    defaults: dict[str, Any] = {
        "round_id": first.round_id,
        "site_id": first.site_id,
        "day": day,
        "start_quarter": 0,
        "quarters": 1,
        "notice_mode": NoticeMode.ANNOUNCED,
        "status": VisitStatus.PUBLISHED,
        "lead_organisation_id": first.organisation_id,
    }
    made = Visit(**defaults | values)
    session.add(made)
    session.flush()
    session.add_all(Member(visit_id=stored_id(made), request_id=stored_id(one)) for one in requests)
    session.flush()
    return made


def finished(
    session: Session, day: date, officer: Officer, request: InspectionRequest, *, found: bool = False
) -> Visit:
    """A visit that is done, with its crew and its result."""
    made = visit(session, day, request, status=VisitStatus.DONE)
    session.add(
        CrewSlot(
            visit_id=stored_id(made), request_id=stored_id(request), officer_id=stored_id(officer), day=day, quarter=0
        )
    )
    session.add(
        InspectionRecord(
            visit_uid=made.uid,
            site_id=made.site_id,
            organisation_id=request.organisation_id,
            day=day,
            problem_found=found,
        )
    )
    session.flush()
    return made
