"""The terms of the score, each against figures worked out by hand."""

from __future__ import annotations

import pytest

from solver.checker import check
from solver.plan import Plan
from solver.problem import Limits, Problem, Weights
from solver.rules import SOFT_RULES
from tests.solver.builders import Ask, Site, Stop, make_plan, make_problem

THREE = (Ask("R1", priority=9), Ask("R2", department="D2", priority=2), Ask("R3", enterprise="E2", priority=7))
TWO_SITES = (Site("E1", credit_class="A", town="T1"), Site("E2", credit_class="C", town="T1"))


def cost_of(term: str, problem: Problem, plan: Plan) -> float:
    verdict = check(problem, plan)
    only = {name: cost for name, cost in verdict.parts.items() if name != term}
    assert verdict.score == pytest.approx(verdict.parts[term] + sum(only.values()), abs=1e-9)
    return verdict.parts[term]


def test_terms_of_the_score_are_those_of_the_format() -> None:
    assert tuple(SOFT_RULES) == ("unscheduled", "visits", "trips", "delay", "moves", "repeats")


def test_unscheduled_is_weight_times_priority() -> None:
    problem = make_problem(requests=THREE, weights=Weights(unscheduled=1000))
    plan = make_plan(problem, Stop(3, ("R2",)), left_out={"R1": "capacity", "R3": "crew"})

    assert cost_of("unscheduled", problem, plan) == 16000.0


def test_visits_cost_by_credit_class() -> None:
    problem = make_problem(requests=THREE, sites=TWO_SITES, weights=Weights(visit=(8, 4, 2, 1)))
    plan = make_plan(problem, Stop(3, ("R1",)), Stop(4, ("R2",)), Stop(4, ("R3",)))

    assert cost_of("visits", problem, plan) == 18.0


@pytest.mark.parametrize(
    ("stops", "trips"),
    [
        pytest.param((Stop(3, ("R1", "R2")), Stop(3, ("R3",))), 2, id="two-sites-of-one-town-share-a-trip"),
        pytest.param((Stop(3, ("R1", "R2")), Stop(4, ("R3",))), 3, id="another-day-is-another-trip"),
        pytest.param((Stop(3, ("R1",)), Stop(4, ("R2",)), Stop(3, ("R3",))), 2, id="departments-go-by-themselves"),
    ],
)
def test_trips_are_distinct_departments_towns_and_days(stops: tuple[Stop, ...], trips: int) -> None:
    problem = make_problem(requests=THREE, sites=TWO_SITES, weights=Weights(trip=0.05))

    assert cost_of("trips", problem, make_plan(problem, *stops)) == round(trips * 0.05, 6)


def test_trips_to_two_towns_on_one_day_are_two() -> None:
    sites = (Site("E1", town="T1"), Site("E2", town="T2"))
    problem = make_problem(requests=THREE, sites=sites, weights=Weights(trip=1))
    plan = make_plan(problem, Stop(3, ("R1", "R2")), Stop(3, ("R3",)))

    assert cost_of("trips", problem, plan) == 3.0


@pytest.mark.parametrize(
    ("window", "day", "cost"),
    [
        pytest.param((2, 9), 2, 0.0, id="first-day"),
        pytest.param((2, 9), 3, 0.042857, id="a-seventh"),
        pytest.param((2, 9), 9, 0.3, id="last-day"),
        pytest.param((4, 4), 4, 0.0, id="window-of-one-day"),
    ],
)
def test_delay_is_the_share_of_the_window_used(window: tuple[int, int], day: int, cost: float) -> None:
    problem = make_problem(
        requests=(Ask("R1", window=window),), sites=(Site(credit_class="D"),), weights=Weights(delay=(0, 0, 0.1, 0.3))
    )

    assert cost_of("delay", problem, make_plan(problem, Stop(day, ("R1",)))) == cost


def test_delay_does_not_count_what_is_left_out() -> None:
    problem = make_problem(weights=Weights(delay=(1, 1, 1, 1)))

    assert cost_of("delay", problem, make_plan(problem, left_out={"R1": "capacity"})) == 0.0


@pytest.mark.parametrize(
    ("planned", "day", "cost"),
    [
        pytest.param(3, 3, 0.0, id="stays"),
        pytest.param(3, 4, 0.5, id="moves"),
        pytest.param(0, 4, 0.5, id="moves-from-day-zero"),
        pytest.param(None, 4, 0.0, id="was-never-planned"),
    ],
)
def test_moves_count_other_days_than_planned(planned: int | None, day: int, cost: float) -> None:
    problem = make_problem(requests=(Ask("R1", planned=planned),), weights=Weights(move=0.5))

    assert cost_of("moves", problem, make_plan(problem, Stop(day, ("R1",)))) == cost


def test_moves_do_not_count_what_is_left_out() -> None:
    problem = make_problem(requests=(Ask("R1", planned=3),), weights=Weights(move=0.5))

    assert cost_of("moves", problem, make_plan(problem, left_out={"R1": "cost"})) == 0.0


@pytest.mark.parametrize(
    ("days", "repeat_days", "cost"),
    [
        pytest.param((1, 4, 9), 3, 0.0, id="just-far-enough"),
        pytest.param((1, 4, 9), 4, 1.0, id="one-too-soon"),
        pytest.param((9, 1, 4), 6, 2.0, id="only-neighbours-count-in-any-order"),
        pytest.param((1, 2, 3), None, 0.0, id="no-limit-given"),
        pytest.param((1, 2, 3), 0, 0.0, id="limit-of-zero"),
    ],
)
def test_repeats_count_consecutive_visits_too_soon(
    days: tuple[int, int, int], repeat_days: int | None, cost: float
) -> None:
    problem = make_problem(
        requests=(Ask("R1"), Ask("R2"), Ask("R3")), weights=Weights(repeat=1), limits=Limits(repeat_days=repeat_days)
    )
    stops = [Stop(day, (name,)) for day, name in zip(days, ("R1", "R2", "R3"), strict=True)]

    assert cost_of("repeats", problem, make_plan(problem, *stops)) == cost


def test_repeats_do_not_cross_enterprises() -> None:
    problem = make_problem(requests=THREE, weights=Weights(repeat=1), limits=Limits(repeat_days=5))
    plan = make_plan(problem, Stop(3, ("R1", "R2")), Stop(4, ("R3",)))

    assert cost_of("repeats", problem, plan) == 0.0


def test_score_is_the_sum_of_all_terms_to_six_decimals() -> None:
    problem = make_problem(
        requests=(Ask("R1", window=(0, 6), planned=2), Ask("R2", window=(0, 9)), Ask("R3", priority=3)),
        sites=(Site(credit_class="C"),),
        limits=Limits(repeat_days=5),
    )
    plan = make_plan(problem, Stop(1, ("R1",)), Stop(5, ("R2",)), left_out={"R3": "cost"})

    verdict = check(problem, plan)

    # 1000*3 + 2*2 + 2*0.05 + 0.05*(1/6 + 5/9) + 0.5 + 1
    assert verdict.parts == {
        "unscheduled": 3000.0,
        "visits": 4.0,
        "trips": 0.1,
        "delay": 0.036111,
        "moves": 0.5,
        "repeats": 1.0,
    }
    assert verdict.score == 3005.636111
