"""R50: the number of times is a figure of the rule, and a rule that is switched off warns of nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from data.models import Rule
from scheduler.clock import FixedClock, today
from scheduler.oversight.warning import WarningKind
from tests import factories
from tests.scheduler.oversight.visits import ask, finished, warning


@pytest.mark.parametrize(("times", "cases"), [(2, 1), (3, 1), (4, 0)], ids=["twice", "as published", "four times"])
def test_three_visits_without_findings_are_judged_by_the_figure(
    session: Session, clock: FixedClock, times: int, cases: int
) -> None:
    body = factories.make_organisation(session)
    officer, site = factories.make_officer(session, body), factories.make_site(session)
    for number in range(3):
        round_ = factories.make_round(session)
        finished(session, today(clock) - timedelta(days=30 * number + 1), officer, ask(session, round_, body, site))
    old = session.exec(select(Rule).where(Rule.code == "R50")).one()
    values = old.model_dump(exclude={"id", "uid"}) | {"version": 2, "parameters": {"times": times}}
    session.add(Rule(**values))
    session.flush()

    assert warning(session, clock, WarningKind.SAME_OFFICER).count == cases
