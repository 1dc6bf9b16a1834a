"""Quiet days (R60) in the planning problem: daily inspections keep off them, nobody else has to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, select

from data.enums import OrganisationKind, PlanKind, Role
from data.models import InspectionRequest, Plan, PlanTask, Rule
from scheduler.clock import FixedClock
from scheduler.filing import policies
from scheduler.filing.policies import RuleChange
from scheduler.planning.snapshot import Snapshot, take_snapshot
from solver.plan import Reason
from tests import factories
from tests.scheduler.planning.worlds import World, make_world, march


def quiet(session: Session, clock: FixedClock, *, first: int = 1, last: int = 15, **scope: Any) -> Rule:
    """A version of R60 with quiet days in force."""
    row = policies.list_versions(session, "R60")[0]
    values = {"on": True, "first_day": first, "last_day": last}
    change = RuleChange(severity=row.severity, parameters=values, active=True, reason="试行", **scope)
    return policies.change_rule(
        session, clock, factories.make_actor(session, Role.ADMINISTRATOR), row, change, version=row.version
    )


def plans_are(session: Session, world: World, *kinds: PlanKind) -> None:
    """The plan of each organisation, in their order, is of a kind."""
    for body, kind in zip(world.organisations, kinds, strict=True):
        session.exec(select(Plan).where(Plan.organisation_id == body.id)).one().kind = kind
    session.flush()


def windows(snapshot: Snapshot, body: str) -> set[tuple[str, str]]:
    """First and last date of the requests of one body."""
    problem = snapshot.problem
    number = list(problem.departments.ids).index(body)
    rows = zip(problem.requests.department, problem.requests.first_day, problem.requests.last_day, strict=True)
    return {(problem.dates[first], problem.dates[last]) for department, first, last in rows if department == number}


def test_daily_inspections_keep_off_quiet_days_and_cases_at_the_same_sites_do_not(
    session: Session, clock: FixedClock
) -> None:
    world = make_world(session, sites=2, organisations=2)
    plans_are(session, world, PlanKind.DAILY, PlanKind.CASE)
    daily, case = (body.code for body in world.organisations)
    before = take_snapshot(session, world.round)

    quiet(session, clock)
    after = take_snapshot(session, world.round)

    assert windows(before, daily) == {("2026-03-02", "2026-03-31")}
    assert windows(after, daily) == {("2026-03-16", "2026-03-31")}
    assert windows(after, case) == windows(before, case)
    assert after.problem_hash != before.problem_hash
    assert after.problem.closures.tolist() == before.problem.closures.tolist()


def test_request_without_another_day_is_left_out_with_its_reason(session: Session, clock: FixedClock) -> None:
    world = make_world(session, sites=2, organisations=1)
    plans_are(session, world, PlanKind.DAILY)
    early = world.requests[0]
    early.last_date = march(10)
    quiet(session, clock)

    snapshot = take_snapshot(session, world.round)

    assert [(one.request, one.reason, one.detail) for one in snapshot.left_out] == [
        (early.uid, Reason.CLOSED, "quiet=1-15")
    ]
    assert early.uid not in set(snapshot.problem.requests.ids)


@pytest.mark.parametrize(
    ("first", "last", "window"),
    [
        (1, 31, None),
        (25, 31, ("2026-03-02", "2026-03-24")),
        (11, 13, ("2026-03-16", "2026-03-31")),
        (20, 22, ("2026-03-02", "2026-03-19")),
    ],
    ids=["all-month", "end", "middle-early", "middle-late"],
)
def test_longest_run_of_other_days_is_kept(
    session: Session, clock: FixedClock, first: int, last: int, window: tuple[str, str] | None
) -> None:
    world = make_world(session, sites=1, organisations=2)
    plans_are(session, world, PlanKind.DAILY, PlanKind.CASE)
    quiet(session, clock, first=first, last=last)
    snapshot = take_snapshot(session, world.round)

    left = [one.request for one in snapshot.left_out]
    if window is None:
        assert left == [world.requests[0].uid]
    else:
        assert (windows(snapshot, world.organisations[0].code), left) == ({window}, [])


def test_version_for_another_kind_of_body_does_not_count(session: Session, clock: FixedClock) -> None:
    world = make_world(session, sites=1, organisations=1)
    plans_are(session, world, PlanKind.DAILY)
    quiet(session, clock, organisation_kind=OrganisationKind.VERTICAL)

    assert windows(take_snapshot(session, world.round), world.organisations[0].code) == {("2026-03-02", "2026-03-31")}


def test_version_for_the_scenario_goes_before_the_general_one(session: Session, clock: FixedClock) -> None:
    world = make_world(session, sites=1, organisations=1)
    plans_are(session, world, PlanKind.DAILY)
    field = factories.make_scenario(session)
    for task in session.exec(select(PlanTask)).all():
        task.scenario_id = field.id
    quiet(session, clock)
    quiet(session, clock, first=25, last=31, scenario_code=field.code)

    assert windows(take_snapshot(session, world.round), world.organisations[0].code) == {("2026-03-02", "2026-03-24")}


def test_day_that_a_person_fixed_stays(session: Session, clock: FixedClock) -> None:
    world = make_world(session, sites=1, organisations=1)
    plans_are(session, world, PlanKind.DAILY)
    fixed = session.exec(select(InspectionRequest)).one()
    fixed.locked, fixed.planned_date = True, date(2026, 3, 3)
    quiet(session, clock)

    snapshot = take_snapshot(session, world.round)

    assert snapshot.left_out == ()
    assert windows(snapshot, world.organisations[0].code) == {("2026-03-02", "2026-03-31")}
