"""R71: nobody is inspected again before the day to mend by."""

from __future__ import annotations

from datetime import date

import pytest

from data.enums import ItemMeasure, ItemOutcome, NoticeMode, OrderEnding, PlanKind
from data.models import ItemResult, OrderEnd, Organisation, Visit
from tests import factories
from tests.factories import stored_id
from tests.scheduler.filing.rules.desk import Desk

MEND_BY = date(2026, 3, 10)


def order(desk: Desk, body: Organisation, *, mend_by: date = MEND_BY, visit: Visit | None = None) -> ItemResult:
    """An order of a body, given at a visit that the plan looks at again."""
    if visit is None:
        round_ = factories.make_round(desk.session)
        visit = Visit(
            round_id=stored_id(round_), site_id=stored_id(desk.site()), day=date(2026, 2, 16), start_quarter=0,
            quarters=1, notice_mode=NoticeMode.ANNOUNCED, lead_organisation_id=stored_id(body),
        )  # fmt: skip
        desk.session.add(visit)
        desk.session.flush()
        desk.plan.kind, desk.plan.reviewed_visit_uid = PlanKind.REVIEW, visit.uid
    user = factories.make_user(desk.session)
    row = ItemResult(
        visit_id=stored_id(visit), organisation_id=stored_id(body), item_key=mend_by.isoformat() + body.code,
        item="消防通道", outcome=ItemOutcome.PROBLEM, measure=ItemMeasure.ORDERED, text="堆放杂物", mend_by=mend_by,
        recorded_by_id=stored_id(user), recorded_at=factories.NOW,
    )  # fmt: skip
    desk.session.add(row)
    desk.session.flush()
    return row


@pytest.mark.parametrize(
    ("first", "found"),
    [(date(2026, 3, 9), ["review_early"]), (MEND_BY, ["review_early"]), (date(2026, 3, 11), [])],
    ids=["before", "on the day", "after"],
)
def test_review_begins_after_the_day_to_mend_by(desk: Desk, first: date, found: list[str]) -> None:
    order(desk, desk.body)
    desk.task(first_date=first, last_date=date(2026, 3, 31))

    assert desk.names("R71") == found


def test_last_open_order_of_the_own_body_counts(desk: Desk) -> None:
    early = order(desk, desk.body, mend_by=date(2026, 3, 2))
    visit = desk.session.get_one(Visit, early.visit_id)
    order(desk, desk.other, mend_by=date(2026, 3, 20), visit=visit)
    late = order(desk, desk.body, visit=visit)
    desk.task(first_date=date(2026, 3, 5), last_date=date(2026, 3, 31))

    (finding,) = desk.findings("R71")
    assert finding.figures["mend_by"] == MEND_BY.isoformat()

    end = OrderEnd(
        result_id=stored_id(late), ending=OrderEnding.SHOWN, note="照片", ended_by_id=late.recorded_by_id,
        ended_at=factories.NOW,
    )  # fmt: skip
    desk.session.add(end)
    assert desk.names("R71") == []


def test_plan_that_looks_at_nothing_again_is_not_touched(desk: Desk) -> None:
    desk.task(first_date=date(2026, 3, 1), last_date=date(2026, 3, 31))

    assert desk.names("R71") == []
