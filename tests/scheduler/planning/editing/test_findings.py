"""Soft findings: told once, as grave as the district's table says, and only when the edit brings them about."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import NoticeMode, PlanKind, Severity, VisitStatus
from data.models import InspectionRecord, InspectionRequest, Plan, Rule, Visit
from data.models.columns import new_uid
from data.session import unit_of_work
from scheduler.errors import NeedsReasonError, RuleError
from scheduler.planning.editing.commands import MoveVisit
from tests.factories import stored_id
from tests.scheduler.planning.editing.drafts import edit, members_of, solved_world, visit_at
from tests.scheduler.planning.worlds import World, march


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    return solved_world(sqlite_engine, sites=2, organisations=2)


def _rule(session: Session, code: str, severity: Severity, *, active: bool = True, **parameters: Any) -> None:
    """A new version of a rule."""
    newest = session.exec(select(Rule).where(Rule.code == code).order_by(col(Rule.version).desc())).first()
    assert newest is not None
    made = newest.model_copy(update={"id": None, "uid": new_uid(), "version": newest.version + 1})
    made = Rule.model_validate(made.model_dump() | {"severity": severity, "active": active, "parameters": parameters})
    session.add(made)
    session.flush()


def _move(session: Session, world: World, day: int, *, reason: str = "") -> tuple[str, ...]:
    """Move the first site's visit; the codes of what was told."""
    visit = visit_at(session, world, 0)
    outcome = edit(session, world, MoveVisit(visit=visit.uid, day=march(day), start_quarter=0), reason=reason)
    return tuple(code for code, _ in outcome.warnings)


def _asked(session: Session, world: World, day: int) -> set[str]:
    with pytest.raises(NeedsReasonError) as refused:
        _move(session, world, day)
    return {code for code, _ in refused.value.findings}


def _record(session: Session, world: World, day: date) -> None:
    site, body = stored_id(world.sites[0]), stored_id(world.organisations[1])
    session.add(InspectionRecord(visit_uid="e" * 32, site_id=site, organisation_id=body, day=day))
    session.flush()


def test_plain_move_has_nothing_against_it(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        assert _move(session, world, 25) == ()


def test_repeat_is_told_once_it_comes_within_the_days_of_the_table(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        _record(session, world, date(2026, 4, 20))
        _rule(session, "R37", Severity.WARNING, days=10)
        assert _move(session, world, 31) == ()
        _rule(session, "R37", Severity.WARNING, days=30)
        _move(session, world, 3)
        assert _asked(session, world, 30) == {"repeat_soon"}
        assert _move(session, world, 30, reason="已与企业商定") == ("repeat_soon",)
        # It stands already: the next move within the same days asks for nothing anew.
        assert _move(session, world, 31) == ()


@pytest.mark.parametrize(
    ("severity", "active", "expected"),
    [(Severity.NOTICE, True, "told"), (Severity.HARD, True, "refused"), (Severity.WARNING, False, "told")],
    ids=["notice", "hard", "switched-off"],
)
def test_table_says_how_grave_a_finding_is(
    sqlite_engine: sa.Engine, world: World, severity: Severity, *, active: bool, expected: str
) -> None:
    with unit_of_work(sqlite_engine) as session:
        _rule(session, "R37", severity, active=active, days=30)
        _record(session, world, date(2026, 4, 20))
        if expected == "told":
            assert _move(session, world, 30) == ("repeat_soon",)
            return
        with pytest.raises(RuleError) as refused:
            _move(session, world, 30)
        assert [one[0] for one in refused.value.violations] == ["repeat_soon"]


def test_wished_month_left_asks_for_a_reason(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid = members_of(session, world, visit_at(session, world, 0))[0]
        row = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one()
        row.planned_date = date(2026, 3, 2)
        assert _move(session, world, 24) == ()
        row.planned_date = date(2026, 4, 1)
        session.flush()
        assert _move(session, world, 25) == ()


@pytest.mark.parametrize(
    ("status", "notice", "day", "asks"),
    [
        (VisitStatus.PUBLISHED, NoticeMode.ANNOUNCED, 2, True),
        (VisitStatus.PUBLISHED, NoticeMode.ANNOUNCED, 25, False),
        (VisitStatus.DRAFT, NoticeMode.ANNOUNCED, 2, False),
        (VisitStatus.PUBLISHED, NoticeMode.UNANNOUNCED, 2, False),
    ],
    ids=["told-and-soon", "told-and-late", "not-told", "unannounced"],
)
def test_lead_time_binds_what_the_enterprise_was_told(
    sqlite_engine: sa.Engine, world: World, status: VisitStatus, notice: NoticeMode, day: int, *, asks: bool
) -> None:
    with unit_of_work(sqlite_engine) as session:
        _move(session, world, 26)
        # Today is 20 February: after the festival, seven working days later, it is 3 March.
        visit = visit_at(session, world, 0)
        visit.status, visit.notice_mode = status, notice
        session.flush()
        if notice is NoticeMode.UNANNOUNCED:
            rows = select(InspectionRequest).where(InspectionRequest.site_id == visit.site_id)
            for row in session.exec(rows):
                row.notice_mode = notice
        session.flush()
        if asks:
            assert _asked(session, world, day) == {"short_notice"}
        else:
            assert _move(session, world, day) == ()


def test_quiet_days_of_the_table_stop_daily_inspections_only(sqlite_engine: sa.Engine, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        _move(session, world, 26)
        _rule(session, "R60", Severity.HARD, on=True, first_day=1, last_day=15)
        assert _move(session, world, 10) == ()
        _move(session, world, 26)
        for plan in session.exec(select(Plan)):
            plan.kind = PlanKind.DAILY
        session.flush()
        with pytest.raises(RuleError) as refused:
            _move(session, world, 11)
        assert {one[0] for one in refused.value.violations} == {"quiet_day"}
        assert _move(session, world, 16) == ()
        assert session.exec(select(Visit)).all()
