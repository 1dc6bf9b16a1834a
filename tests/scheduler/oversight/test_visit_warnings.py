"""Warnings that look at visits: each planted once, and once just below its threshold. Today is 20 February 2026."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from data.enums import ClosureKind, NoticeMode, VisitStatus
from data.models import Closure, Rule
from scheduler.clock import FixedClock
from scheduler.oversight.warning import Hindrance, WarningKind
from tests import factories
from tests.factories import stored_id
from tests.scheduler.oversight.visits import ask, column, finished, past, visit, warning

FIRST = date(2026, 1, 12)
REPEATED, MISSED = WarningKind.REPEATED_VISITS, WarningKind.MERGE_MISSED
OFFICER, LATE = WarningKind.SAME_OFFICER, WarningKind.RESULTS_LATE


@pytest.mark.parametrize(("days", "cases"), [(30, 1), (31, 0)], ids=["thirty days later", "thirty-one days later"])
def test_repeat_is_a_visit_of_another_body_within_thirty_days(
    session: Session, clock: FixedClock, days: int, cases: int
) -> None:
    site, one, other = (
        factories.make_site(session), factories.make_organisation(session), factories.make_organisation(session)
    )  # fmt: skip
    past(session, site, FIRST, one)
    past(session, site, FIRST + timedelta(days=days), other)

    found = warning(session, clock, REPEATED)

    assert (found.count, found.rule_id, found.source) == (cases, "R37", "S31")
    assert column(found, "gap_days") == [30] * cases
    assert column(found, "bodies_after") == [(other.short_name,)] * cases


def test_repeat_is_neither_a_joint_visit_nor_one_of_the_same_body(session: Session, clock: FixedClock) -> None:
    one, other = factories.make_organisation(session), factories.make_organisation(session)
    joint, again = factories.make_site(session), factories.make_site(session)
    past(session, joint, FIRST, one, other)
    past(session, again, FIRST, one)
    past(session, again, FIRST + timedelta(days=5), one)

    assert warning(session, clock, REPEATED).count == 0


@pytest.mark.parametrize(
    ("status", "cases"), [(VisitStatus.PUBLISHED, 1), (VisitStatus.DRAFT, 0)], ids=["published", "draft"]
)
def test_repeat_looks_ahead_at_what_is_published(
    session: Session, clock: FixedClock, status: VisitStatus, cases: int
) -> None:
    site, one, other = (
        factories.make_site(session), factories.make_organisation(session), factories.make_organisation(session)
    )  # fmt: skip
    past(session, site, date(2026, 2, 10), one)
    visit(session, date(2026, 3, 3), ask(session, factories.make_round(session), other, site), status=status)

    assert warning(session, clock, REPEATED).count == cases


def test_repeat_of_last_autumn_is_not_shown_any_more(session: Session, clock: FixedClock) -> None:
    site = factories.make_site(session)
    past(session, site, date(2025, 10, 1), factories.make_organisation(session))
    past(session, site, date(2025, 10, 9), factories.make_organisation(session))

    assert warning(session, clock, REPEATED).count == 0


def test_rule_that_is_switched_off_warns_of_nothing(session: Session, clock: FixedClock) -> None:
    site = factories.make_site(session)
    for day in (FIRST, FIRST + timedelta(days=1)):
        past(session, site, day, factories.make_organisation(session))
    assert warning(session, clock, REPEATED).count == 1
    rule = session.exec(select(Rule).where(Rule.code == "R37")).one()
    session.add(Rule(**rule.model_dump(exclude={"id", "uid", "version", "active"}), version=2, active=False))
    session.flush()

    assert warning(session, clock, REPEATED).count == 0


@pytest.mark.parametrize(
    ("values", "cases"),
    [
        pytest.param({}, 1, id="could have met"),
        pytest.param({"joint": False}, 0, id="not joint"),
        pytest.param({"notice_mode": NoticeMode.UNANNOUNCED}, 0, id="announced differently"),
        pytest.param({"first_date": date(2026, 3, 18)}, 0, id="windows apart"),
        pytest.param({"first_date": date(2026, 3, 17)}, 1, id="one day in common"),
    ],
)
def test_merge_is_missed_where_two_requests_could_have_met(
    session: Session, clock: FixedClock, values: dict[str, Any], cases: int
) -> None:
    round_, site = factories.make_round(session), factories.make_site(session)
    early = ask(session, round_, factories.make_organisation(session), site, last_date=date(2026, 3, 17))
    late = ask(session, round_, factories.make_organisation(session), site, **values)
    visit(session, date(2026, 3, 10), early)
    second = visit(session, date(2026, 3, 24), late)

    found = warning(session, clock, MISSED)

    assert found.count == cases
    assert [row.uid for row in found.rows] == [second.uid] * cases
    assert column(found, "why") == [Hindrance.UNKNOWN] * cases
    assert column(found, "common_last") == [date(2026, 3, 17)] * cases


def test_merge_is_not_missed_where_the_site_was_shut_on_all_common_days(session: Session, clock: FixedClock) -> None:
    round_, site = factories.make_round(session), factories.make_site(session)
    one, other = (ask(session, round_, factories.make_organisation(session), site) for _ in range(2))
    visit(session, date(2026, 3, 10), one)
    visit(session, date(2026, 3, 24), other)
    shut = {"site_id": stored_id(site), "first_date": date(2026, 3, 1), "kind": ClosureKind.SHUTDOWN}
    session.add(Closure(**shut, last_date=date(2026, 3, 31)))
    session.flush()

    assert warning(session, clock, MISSED).count == 0


@pytest.mark.parametrize(
    ("locked", "pinned", "most", "why"),
    [
        (True, True, 6, Hindrance.LOCKED),
        (False, True, 6, Hindrance.PINNED),
        (False, False, 1, Hindrance.TOO_MANY),
        (False, False, None, Hindrance.UNKNOWN),
    ],
    ids=["locked", "pinned", "too many departments", "no limit"],
)
def test_missed_merge_names_what_hindered_it(
    session: Session, clock: FixedClock, locked: bool, pinned: bool, most: int | None, why: Hindrance
) -> None:
    round_ = factories.make_round(session, limits={"max_departments_per_visit": most})
    site = factories.make_site(session)
    one, other = (ask(session, round_, factories.make_organisation(session), site) for _ in range(2))
    one.locked, one.planned_date = locked, date(2026, 3, 10)
    visit(session, date(2026, 3, 10), one)
    visit(session, date(2026, 3, 24), other, day_pinned=pinned)

    assert column(warning(session, clock, MISSED), "why") == [why]


@pytest.mark.parametrize(
    ("findings", "cases"),
    [((False, False, False), 1), ((False, True, False), 0), ((False, False), 0)],
    ids=["three without findings", "one with findings", "twice"],
)
def test_same_officer_three_times_without_findings(
    session: Session, clock: FixedClock, findings: tuple[bool, ...], cases: int
) -> None:
    body, firm = factories.make_organisation(session), factories.make_enterprise(session)
    officer, round_ = factories.make_officer(session, body), factories.make_round(session)
    for number, result in enumerate(findings):
        # Two premises of one enterprise count together.
        site = factories.make_site(session, firm)
        finished(
            session, FIRST + timedelta(days=number), officer, ask(session, round_, body, site), found=result
        )  # fmt: skip

    found = warning(session, clock, OFFICER)

    assert found.count == cases
    assert [(row.cells[0], row.uid) for row in found.rows] == [(officer.name, officer.uid)] * cases


def test_same_officer_is_counted_within_one_year(session: Session, clock: FixedClock) -> None:
    body, site = factories.make_organisation(session), factories.make_site(session)
    officer = factories.make_officer(session, body)
    for day in (date(2025, 2, 20), date(2025, 9, 1), date(2026, 1, 5)):
        finished(session, day, officer, ask(session, factories.make_round(session), body, site))

    assert warning(session, clock, OFFICER).count == 0


@pytest.mark.parametrize(
    ("day", "status", "cases"),
    [
        # Twenty working days after 13 January 2026 is 10 February, after the 20th it is 24 February: New Year.
        pytest.param(date(2026, 1, 13), VisitStatus.CHECKED_IN, 1, id="long overdue"),
        pytest.param(date(2026, 1, 13), VisitStatus.PUBLISHED, 1, id="nobody checked in"),
        pytest.param(date(2026, 1, 13), VisitStatus.DONE, 0, id="finished"),
        pytest.param(date(2026, 1, 13), VisitStatus.CANCELLED, 0, id="cancelled"),
        pytest.param(date(2026, 1, 20), VisitStatus.CHECKED_IN, 0, id="not due yet"),
    ],
)
def test_results_are_due_twenty_working_days_after_the_visit(
    session: Session, clock: FixedClock, day: date, status: VisitStatus, cases: int
) -> None:
    request = ask(
        session, factories.make_round(session), factories.make_organisation(session), factories.make_site(session)
    )
    visit(session, day, request, status=status)

    found = warning(session, clock, LATE)

    assert (found.count, found.rule_id) == (cases, "R55")
    assert column(found, "due") == [date(2026, 2, 10)] * cases
