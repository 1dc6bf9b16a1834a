"""Rostering end to end on small days: each part of rule 9, proof of what is left out, fairness and repeatability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.checker import check
from solver.executors import ProcessExecutor
from solver.plan import Plan
from solver.problem import NONE, Problem
from solver.rostering.outcome import CutKind, RosterOutcome
from solver.rostering.ranking import draw_value
from solver.rostering.roster import roster_plan
from solver.rules import ROSTER_RULES
from tests.solver.rostering.towns import Ask, Town, broken_rules, build, least_left_out


def _rostered(town: Town, seed: int = 1) -> tuple[Problem, Plan, RosterOutcome]:
    problem, plan = build(town)
    outcome = roster_plan(problem, plan, seed=seed)
    left = {request for request, _, _ in outcome.unstaffed}
    assert outcome.roster is not None
    assert broken_rules(problem, plan, outcome.roster, outcome.start_quarters, left) == []
    assert _roster_faults(problem, plan, outcome) == []
    return problem, plan, outcome


def _roster_faults(problem: Problem, plan: Plan, outcome: RosterOutcome) -> list[str]:
    """What the checker has against starts and crews once the unstaffed requests are left out."""
    request_visit = plan.request_visit.copy()
    request_visit[_left(outcome)] = NONE
    staffed = replace(
        plan, request_visit=request_visit, visit_start_quarter=outcome.start_quarters, roster=outcome.roster
    )
    rules = [violation.rule for violation in check(problem, staffed).violations]
    return [rule for rule in rules if rule in ROSTER_RULES or rule == "visit_start_quarter"]


def _left(outcome: RosterOutcome) -> list[int]:
    return [request for request, _, _ in outcome.unstaffed]


TWO_VISITS = (Ask(visit=0, quarters=4), Ask(visit=1, quarters=4))


@pytest.mark.parametrize(
    ("town", "left"),
    [
        pytest.param(Town(asks=TWO_VISITS, officers=(0,) * 4, day=(0, 0)), 0, id="four people for two whole days"),
        pytest.param(Town(asks=TWO_VISITS, officers=(0,) * 3, day=(0, 0)), 1, id="three people for two whole days"),
        pytest.param(
            Town(asks=TWO_VISITS, officers=(0,) * 4, day=(0, 0), absences=((3, 0),)), 1, id="one of four is absent"
        ),
        pytest.param(
            Town(asks=TWO_VISITS, officers=(0,) * 4, day=(1, 1), valid_until={2: 1}), 0, id="certificate holds that day"
        ),
        pytest.param(
            Town(asks=TWO_VISITS, officers=(0,) * 4, day=(1, 1), valid_until={2: 0}), 1, id="certificate ran out"
        ),
        pytest.param(
            Town(asks=TWO_VISITS, officers=(0,) * 4, day=(0, 0), recusals=((0, 0), (1, 0))),
            0,
            id="recusals side by side",
        ),
        pytest.param(
            Town(asks=TWO_VISITS, officers=(0,) * 4, day=(0, 0), recusals=((0, 0), (1, 0), (2, 0))),
            1,
            id="recusals leave one person",
        ),
        pytest.param(
            Town(asks=TWO_VISITS, officers=(0, 0, 1, 1), day=(0, 0)), 1, id="people of another department do not count"
        ),
    ],
)
def test_roster_of_whole_days(town: Town, left: int) -> None:
    _, _, outcome = _rostered(town)

    assert len(_left(outcome)) == left
    assert all(cut.proven for cut in outcome.cuts)


@pytest.mark.parametrize(
    ("km", "limit", "left"),
    [
        pytest.param(14.0, 15.0, 0, id="hop within the limit"),
        pytest.param(16.0, 15.0, 4, id="hop beyond the limit"),
        pytest.param(16.0, None, 0, id="no limit"),
    ],
)
def test_roster_hops_in_a_half_day(km: float, limit: float | None, left: int) -> None:
    # eight quarters of two people fill a day of four people, half of them far from the other half
    asks = tuple(Ask(visit=v) for v in range(8))
    town = Town(asks=asks, officers=(0,) * 4, day=(0,) * 8, km=tuple(km * v for v in range(8)), max_hop_km=limit)

    _, _, outcome = _rostered(town)

    assert len(_left(outcome)) == left


def test_roster_starts_let_departments_share_a_day() -> None:
    """Two visits that one department can only serve one after the other begin in different halves."""
    asks = (Ask(visit=0, quarters=2), Ask(visit=1, quarters=2), Ask(visit=0, department=1), Ask(visit=1, department=1))
    _, _, outcome = _rostered(Town(asks=asks, officers=(0, 0, 1, 1), day=(0, 0), km=(0.0, 50.0)))

    assert _left(outcome) == []
    assert sorted(outcome.start_quarters.tolist()) == [0, 2]


@pytest.mark.parametrize(
    ("skilled", "left"),
    [
        pytest.param(frozenset({(0, 0)}), [], id="one skilled person serves both halves"),
        pytest.param(frozenset(), [0, 1], id="nobody has the skill"),
        pytest.param(frozenset({(0, 1)}), [0, 1], id="somebody has another skill"),
    ],
)
def test_roster_skill(skilled: frozenset[tuple[int, int]], left: list[int]) -> None:
    asks = (Ask(visit=0, quarters=2, skill=0), Ask(visit=1, quarters=2, skill=0))
    _, _, outcome = _rostered(Town(asks=asks, officers=(0,) * 4, day=(0, 0), skilled=skilled))

    assert _left(outcome) == left


def test_roster_leaves_out_the_lowest_priority_with_figures() -> None:
    asks = (Ask(visit=0, quarters=4, priority=9), Ask(visit=1, quarters=4, priority=2), Ask(visit=1, department=1))
    _, _, outcome = _rostered(Town(asks=asks, officers=(0, 0, 0, 1, 1), day=(0, 0)))

    assert outcome.unstaffed == ((1, "crew", "day=0 need=2 have=3 load=16 rivals=1"),)
    (cut,) = outcome.cuts
    assert (cut.kind, cut.day, cut.department, cut.requests) == (CutKind.TOGETHER, 0, 0, (1,))
    assert (cut.planned, cut.load_planned, cut.load_staffed, cut.proven) == ((0, 1), 16, 8, True)


def test_roster_tells_a_request_that_no_day_like_this_can_staff() -> None:
    asks = (Ask(visit=0, people=3), Ask(visit=1))
    _, _, outcome = _rostered(Town(asks=asks, officers=(0, 0), day=(0, 0)))

    assert outcome.unstaffed == ((0, "crew", "day=0 need=3 have=2"),)
    assert [(cut.kind, cut.requests) for cut in outcome.cuts] == [(CutKind.REQUEST_DAY, (0,))]


def test_roster_led_by_the_department_of_the_highest_priority() -> None:
    asks = (Ask(visit=0, priority=3), Ask(visit=0, department=1, priority=7), Ask(visit=0, department=2, priority=7))
    problem, _, outcome = _rostered(Town(asks=asks, officers=(0, 0, 1, 1, 2, 2), day=(0,)))

    assert outcome.roster is not None
    assert problem.inspectors is not None
    leader = outcome.roster.inspector[outcome.roster.lead == 1]
    assert problem.inspectors.department[leader].tolist() == [1]


def test_roster_leader_is_drawn_first() -> None:
    _, _, outcome = _rostered(Town(asks=(Ask(visit=0),), officers=(0,) * 6, day=(0,)), seed=77)

    assert outcome.roster is not None
    drawn = sorted(range(6), key=lambda officer: draw_value(77, "R0", f"I{officer}"))
    assert sorted(outcome.roster.inspector.tolist()) == sorted(drawn[:2])
    assert outcome.roster.inspector[outcome.roster.lead == 1].tolist() == [drawn[0]]


def test_roster_balances_work_over_the_horizon() -> None:
    days = 24
    asks = tuple(Ask(visit=v, quarters=4) for v in range(days))
    _, _, outcome = _rostered(Town(asks=asks, officers=(0,) * 6, day=tuple(range(days))))

    assert outcome.roster is not None
    # 24 days x 2 people over 6 officers: 8 each when perfectly even
    work = np.bincount(outcome.roster.inspector, minlength=6)
    assert work.min() >= 7
    assert work.max() <= 9


def test_roster_sends_no_pair_back_to_a_site() -> None:
    asks = tuple(Ask(visit=v) for v in range(3))
    town = Town(asks=asks, officers=(0,) * 4, day=(0, 1, 2), enterprise=(0, 0, 0))
    _, _, outcome = _rostered(town)

    assert outcome.roster is not None
    pairs = {tuple(outcome.roster.inspector[outcome.roster.request == r]) for r in range(3)}
    assert len(pairs) == 3


def test_roster_without_officers_only_starts_visits() -> None:
    problem, plan = build(Town(asks=(Ask(visit=0),), officers=(0, 0), day=(0,)))

    outcome = roster_plan(replace(problem, inspectors=None), plan, seed=1)

    assert outcome.roster is None
    assert outcome.start_quarters.tolist() == [0]
    assert outcome.complete


def test_roster_cancelled_is_not_complete() -> None:
    problem, plan = build(Town(asks=(Ask(visit=0),), officers=(0, 0), day=(0,)))

    outcome = roster_plan(problem, plan, seed=1, cancelled=lambda: True)

    assert not outcome.complete
    assert outcome.roster is None


def test_roster_of_an_empty_plan_is_empty() -> None:
    problem, plan = build(Town(asks=(Ask(visit=0),), officers=(0, 0), day=(0,)))
    nothing = np.empty(0, dtype=np.int64)
    empty = replace(
        plan,
        request_visit=np.array([NONE]),
        visit_enterprise=nothing,
        visit_day=nothing,
        visit_start_quarter=nothing,
    )

    outcome = roster_plan(problem, empty, seed=1)

    assert outcome.roster is not None
    assert len(outcome.roster) == 0


def _same(one: RosterOutcome, other: RosterOutcome) -> bool:
    assert one.roster is not None
    assert other.roster is not None
    columns = ("request", "inspector", "lead")
    return (
        all(getattr(one.roster, c).tolist() == getattr(other.roster, c).tolist() for c in columns)
        and one.start_quarters.tolist() == other.start_quarters.tolist()
        and (one.unstaffed, one.cuts) == (other.unstaffed, other.cuts)
    )


def _busy_fortnight() -> Town:
    asks = tuple(
        Ask(visit=v, department=d, quarters=(1, 2, 1, 4)[(v + d) % 4], skill=(NONE, 0)[(v + d) % 5 == 0])
        for v in range(60)
        for d in range(3)
    )
    return Town(
        asks=asks,
        officers=tuple(o % 3 for o in range(30)),
        day=tuple(v % 10 for v in range(60)),
        km=tuple(7.0 * (v % 11) for v in range(60)),
        skilled=frozenset((o, 0) for o in range(0, 30, 4)),
    )


@pytest.mark.slow
def test_roster_same_on_two_processes_as_inline() -> None:
    problem, plan = build(_busy_fortnight())

    inline = roster_plan(problem, plan, seed=5)
    with ProcessExecutor(2) as executor:
        spread = roster_plan(problem, plan, seed=5, executor=executor)

    assert _same(inline, spread)


def test_roster_differs_by_seed() -> None:
    problem, plan = build(_busy_fortnight())

    assert not _same(roster_plan(problem, plan, seed=5), roster_plan(problem, plan, seed=6))


@st.composite
def _towns(draw: st.DrawFn) -> Town:
    visits = draw(st.integers(1, 3))
    departments = draw(st.integers(1, 2))
    asks = [
        Ask(
            visit=visit,
            department=department,
            quarters=draw(st.sampled_from([1, 1, 2, 4])),
            skill=draw(st.sampled_from([NONE, NONE, 0])),
            priority=draw(st.integers(1, 9)),
        )
        for visit in range(visits)
        for department in sorted(draw(st.sets(st.integers(0, departments - 1), min_size=1)))
    ]
    officers = tuple(d for d in range(departments) for _ in range(draw(st.integers(1, 3))))
    pairs = st.tuples(st.integers(0, len(officers) - 1), st.integers(0, visits - 1))
    return Town(
        asks=tuple(asks),
        officers=officers,
        day=(0,) * visits,
        km=tuple(draw(st.sampled_from([0.0, 10.0, 30.0])) for _ in range(visits)),
        skilled=frozenset((o, 0) for o in draw(st.sets(st.integers(0, len(officers) - 1)))),
        recusals=tuple(draw(st.sets(pairs, max_size=2))),
    )


@settings(max_examples=120, deadline=None)
@given(town=_towns())
def test_roster_leaves_out_no_more_than_any_roster_must(town: Town) -> None:
    problem, plan, outcome = _rostered(town)

    lost = int(problem.requests.priority[_left(outcome)].sum())

    assert lost >= least_left_out(problem, plan)
    if all(cut.proven for cut in outcome.cuts):
        assert lost == least_left_out(problem, plan)
