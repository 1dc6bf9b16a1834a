"""R22: a visit serves requests, and a request belongs to a filed plan."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import PlanStatus
from data.models import InspectionRequest
from scheduler.errors import InvalidError
from scheduler.filing.rounds import freeze_round
from tests.factories import make_actor, make_round
from tests.scheduler.filing.rules.desk import Desk


def test_request_without_a_task_is_refused(desk: Desk) -> None:
    assert not InspectionRequest.__table__.c.task_id.nullable  # type: ignore[attr-defined]
    row = {"task_id": 99_999, "site_id": desk.site().id, "round_id": make_round(desk.session).id}
    names = ("organisation_id", "first_date", "last_date", "quarters", "inspectors", "priority", "joint", "notice_mode")
    values = (desk.body.id, date(2026, 3, 1), date(2026, 3, 2), 1, 2, 5, True, "announced")

    with pytest.raises(sa.exc.IntegrityError):
        desk.session.execute(
            sa.insert(InspectionRequest), [row | dict(zip(names, values, strict=True)) | {"uid": "x", "version": 1}]
        )


def test_round_takes_only_plans_that_were_filed(desk: Desk) -> None:
    round_ = make_round(desk.session)
    desk.task()
    with pytest.raises(InvalidError, match="invalid"):
        freeze_round(desk.session, desk.clock, make_actor(desk.session), round_)

    desk.plan.status = PlanStatus.FILED
    desk.session.flush()
    freeze_round(desk.session, desk.clock, make_actor(desk.session), round_)
    assert desk.session.exec(select(InspectionRequest)).all() == []
