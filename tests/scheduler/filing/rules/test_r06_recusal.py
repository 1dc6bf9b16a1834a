"""R06: those with an interest withdraw, and enough others remain."""

from __future__ import annotations

from datetime import date

from data.models import Recusal
from tests.factories import make_officer, stored_id
from tests.scheduler.filing.rules.desk import Desk


def test_enough_officers_remain_without_those_who_withdraw(desk: Desk) -> None:
    site = desk.site()
    people = [make_officer(desk.session, desk.body) for _ in range(3)]
    desk.task(sites=[site])
    for officer, found in zip(people, ([], ["too_few_unbiased"]), strict=False):
        recusal = Recusal(officer_id=stored_id(officer), enterprise_id=site.enterprise_id, noted_on=date(2026, 1, 1))
        desk.session.add(recusal)
        desk.session.flush()
        assert desk.names("R06") == found
