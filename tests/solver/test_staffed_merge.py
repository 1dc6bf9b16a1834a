"""Solves with officers too large for one exact model: cuts, repeatability, resuming, and an early end."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from solver import Plan, Problem, Progress, SolveOptions, SolveResult, solve
from solver.checker import check
from solver.problem import Limits
from solver.staffed_model import MOST_BOOKINGS, bookings
from tests.solver.builders import Ask, Officer, Site, make_problem
from tests.solver.dask_cluster import DaskCluster

WORK = SolveOptions(work=1)


def busy_district(seed: int = 0, *, requests: int = 90, officers: int = 50, locks: float = 0.0) -> Problem:
    """Five departments, ten days, skills, recusals and hops that bind; by far too many officers for one model."""
    dice = random.Random(seed)
    people = [
        Officer(
            f"I{i}", f"D{i % 5}", skills=("lift",) if dice.random() < 0.4 else (), valid_until=dice.choice((None, 7))
        )
        for i in range(officers)
    ]
    sites = [Site(f"E{i}", town=f"T{i % 4}", lon=120 + (i % 4) / 4, lat=33.0) for i in range(requests // 3)]
    asks = []
    for i in range(requests):
        first = dice.randrange(7)
        window = (first, min(9, first + dice.randrange(2, 6)))
        locked = dice.random() < locks
        asks.append(
            Ask(
                f"R{i}",
                f"D{dice.randrange(5)}",
                dice.choice(sites).id,
                window,
                quarters=dice.choice((1, 1, 2, 4)),
                priority=dice.randint(1, 9),
                skill=dice.choice(("", "", "lift")),
                planned=window[0] if locked else None,
                locked=locked,
            )
        )
    return make_problem(
        requests=asks,
        sites=sites,
        officers=people,
        recusals=[(dice.choice(people).id, dice.choice(sites).id) for _ in range(30)],
        absences=sorted({(dice.choice(people).id, dice.randrange(10)) for _ in range(40)}),
        limits=Limits(max_hop_km=15, repeat_days=3, max_inspectors_per_visit=8),
    )


def answer(problem: Problem, options: SolveOptions = WORK) -> tuple[SolveResult, Plan]:
    """The result and its plan, which obeys every rule."""
    result = solve(problem, options)
    assert result.plan is not None
    assert result.plan.roster is not None
    assert check(problem, result.plan).violations == ()
    return result, result.plan


def as_bytes(plan: Plan) -> bytes:
    assert plan.roster is not None
    columns = (plan.request_visit, plan.visit_enterprise, plan.visit_day, plan.visit_start_quarter)
    roster = (plan.roster.request, plan.roster.inspector, plan.roster.lead)
    return b"".join(column.tobytes() for column in (*columns, *roster)) + repr(sorted(plan.reasons.items())).encode()


def test_busy_district_is_too_large_for_one_model() -> None:
    assert bookings(busy_district(officers=35)) > MOST_BOOKINGS


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("officers", [35, 60], ids=["short-of-people", "people-enough"])
def test_staffed_plan_obeys_every_rule(seed: int, officers: int) -> None:
    problem = busy_district(seed, officers=officers)
    _, plan = answer(problem)

    assert check(problem, plan).violations == ()


@pytest.fixture(scope="module")
def inline() -> bytes:
    return as_bytes(answer(busy_district(officers=40))[1])


def test_roster_is_the_same_on_two_processes(inline: bytes) -> None:
    assert as_bytes(answer(busy_district(officers=40), SolveOptions(work=1, workers=2))[1]) == inline


@pytest.fixture(scope="module")
def cluster() -> Iterator[DaskCluster]:
    pytest.importorskip("distributed")
    with DaskCluster() as started:
        started.wait_for_workers()
        yield started


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_roster_is_the_same_on_a_cluster(inline: bytes, cluster: DaskCluster) -> None:
    address = cluster.address.replace("tcp://", "dask://")
    assert as_bytes(answer(busy_district(officers=40), SolveOptions(work=1, executor=address))[1]) == inline


@pytest.mark.parametrize("seed", range(2))
def test_resumed_solve_is_never_worse_than_what_it_was_given(seed: int) -> None:
    problem = busy_district(seed, officers=40)
    first, plan = answer(problem, SolveOptions(work=2, seed=1))

    again, _ = answer(problem, SolveOptions(work=1, seed=2, warm_start=plan))

    assert again.score is not None
    assert first.score is not None
    assert again.score <= first.score


def test_cancelled_resume_keeps_the_answer_it_was_given() -> None:
    problem = busy_district(officers=40)
    first, plan = answer(problem)

    again, _ = answer(problem, SolveOptions(warm_start=plan, cancelled=lambda: True))

    assert again.score is not None
    assert first.score is not None
    assert again.score <= first.score


@pytest.mark.parametrize("questions", [0, 3, 10, 40])
def test_solve_cancelled_on_the_way_has_a_staffed_plan(questions: int) -> None:
    asked = iter(range(100_000))
    options = SolveOptions(work=5, cancelled=lambda: next(asked) >= questions)
    _, plan = answer(busy_district(officers=40), options)

    assert plan.roster is not None


def test_progress_of_a_staffed_solve_tells_seconds_score_bound_gap_and_phase() -> None:
    told: list[Progress] = []
    result, _ = answer(busy_district(officers=40), SolveOptions(work=1, progress=told.append))

    assert [step.seconds for step in told] == sorted(step.seconds for step in told)
    assert "staff" in {step.phase for step in told}
    assert (told[-1].phase, told[-1].score, told[-1].gap) == ("done", result.score, pytest.approx(result.gap))


def test_locked_request_keeps_its_crew_and_an_important_one_gives_way() -> None:
    """Two officers, one day: the lock of low priority stays, however important the other one is."""
    problem = make_problem(
        requests=[
            Ask("R1", "D1", "E1", (0, 0), quarters=4, priority=1, planned=0, locked=True),
            Ask("R2", "D1", "E2", (0, 0), quarters=4, priority=9),
        ],
        officers=[Officer("I1"), Officer("I2"), Officer("I3")],
        days=1,
    )
    _, plan = answer(problem)
    assert plan.request_day().tolist() == [0, -1]
