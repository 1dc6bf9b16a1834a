"""R55: a visit without public results is late on the working day after the last one of the rule's figure."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session

from scheduler.clock import FixedClock
from scheduler.oversight.warning import WarningKind
from tests import factories
from tests.scheduler.oversight.visits import ask, visit, warning


@pytest.mark.parametrize(
    ("day", "cases"), [(date(2026, 3, 30), 0), (date(2026, 3, 31), 1)], ids=["on the last day", "the day after"]
)
def test_result_is_late_after_twenty_working_days(session: Session, day: date, cases: int) -> None:
    body, site = factories.make_organisation(session), factories.make_site(session)
    # Twenty working days after Monday 2 March 2026 end on Monday 30 March.
    visit(session, date(2026, 3, 2), ask(session, factories.make_round(session), body, site))
    clock = FixedClock(factories.NOW.replace(month=day.month, day=day.day))

    assert warning(session, clock, WarningKind.RESULTS_LATE).count == cases
