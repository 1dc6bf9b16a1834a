from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import OutboxState, PlanKind, PlanStatus, RoundStatus, VisitStatus
from data.models import Approval, CapEvent, InspectionRecord, OutboxMessage, Plan, Proposal, Release, Round, Visit
from data.seed.district import seed_district
from data.seed.presets import Preset
from data.session import reading, unit_of_work
from scheduler import audit
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.filing.caps.plan_caps import cap_lines
from scheduler.planning.sample_rounds import build_sample_rounds
from tests.scheduler.planning.solvers import greedy
from tests.scheduler.planning.worlds import SETTINGS

MIDDLE_OF_MARCH = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)


@pytest.mark.slow
def test_first_start_leaves_one_round_published_one_proposed_and_one_open(sqlite_engine: sa.Engine) -> None:
    clock = FixedClock(MIDDLE_OF_MARCH)
    with unit_of_work(sqlite_engine) as session:
        seed_district(
            session,
            preset=Preset.S,
            today=date(2026, 3, 16),
            seed=1,
            hash_password=lambda password: f"hash of {password}",
            passwords=lambda: "password",
        )

    build_sample_rounds(sqlite_engine, clock, SETTINGS, solver=greedy)

    with reading(sqlite_engine) as session:
        rounds = session.exec(select(Round).order_by(Round.period_first)).all()
        assert [(one.period_first.month, one.status) for one in rounds] == [
            (3, RoundStatus.PUBLISHED),
            (4, RoundStatus.PROPOSED),
            (5, RoundStatus.OPEN),
        ]
        release = session.exec(select(Release)).one()
        assert (release.number, release.late_seconds) == (1, 0)
        visits = session.exec(select(Visit).where(Visit.round_id == rounds[0].id)).all()
        arrived = {visit.uid for visit in visits if visit.status is VisitStatus.CHECKED_IN}
        assert arrived
        assert all(visit.day <= date(2026, 3, 16) for visit in visits if visit.uid in arrived)
        counted = set(session.exec(select(InspectionRecord.visit_uid)))
        assert arrived <= counted
        assert len(session.exec(select(Proposal.id)).all()) == 2
        assert len(session.exec(select(Approval.id)).all()) == 1
        assert set(session.exec(select(OutboxMessage.state))) == {OutboxState.SENT}
        waiting = session.exec(select(Plan.status).where(Plan.round_id == rounds[2].id)).all()
        assert {PlanStatus.FILED, PlanStatus.SUBMITTED} <= set(waiting)
        assert audit.verify(session).first_bad is None
        filed = [plan for plan in session.exec(select(Plan)) if plan.filed_at]
        limited = [line for plan in filed for line in cap_lines(session, plan) if line.hard and line.most is not None]
        assert [line for line in limited if line.taken > (line.most or 0)] == []
        assert any(line.left == 0 for line in limited)
        held = set(session.exec(select(CapEvent.plan_id)))
        assert {plan.id for plan in filed if plan.kind is PlanKind.DAILY} <= held


def test_sample_rounds_need_somebody_who_coordinates(sqlite_engine: sa.Engine) -> None:
    with pytest.raises(NotFoundError):
        build_sample_rounds(sqlite_engine, FixedClock(MIDDLE_OF_MARCH), SETTINGS)
