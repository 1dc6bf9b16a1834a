"""The desk on which the rules are tested."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from data.enums import PlanKind
from scheduler.clock import FixedClock
from tests import factories
from tests.scheduler.filing.rules.desk import Desk


@pytest.fixture
def desk(session: Session, clock: FixedClock) -> Desk:
    body = factories.make_organisation(session)
    return Desk(
        session=session,
        clock=clock,
        body=body,
        other=factories.make_organisation(session),
        plan=factories.make_plan(session, body, kind=PlanKind.DAILY),
    )
