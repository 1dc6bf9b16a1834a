"""Enterprises with many requests, settled one by one: under all rules, never dearer, and with floors that hold."""

from __future__ import annotations

import random

import numpy as np
import pytest

from solver.bounds import bound_with_floors, proven_bound
from solver.checker import check
from solver.merging.answer import plan_of
from solver.merging.budget import Budget
from solver.merging.crowded import settle_crowds
from solver.merging.score import parts_of
from solver.merging.start import make_engine
from solver.merging.state import empty_state
from solver.merging.tables import Flat, flatten
from solver.options import SolveOptions, never_cancelled
from solver.problem import Limits, Problem, Weights
from solver.search import solve
from tests.solver.builders import Ask, Office, Site, make_problem


def hall(seed: int, *, requests: int = 24, days: int = 30, others: int = 6) -> Problem:
    """A market hall under every rule among small shops of the same town that use the same departments."""
    dice = random.Random(seed)
    asks = [_ask(dice, f"R{i}", "E0", days) for i in range(requests)]
    asks += [_ask(dice, f"S{i}", f"E{1 + i % 3}", days) for i in range(others)]
    pairs = [(f"R{i}", f"R{i + dice.randint(1, 4)}") for i in range(0, requests - 4, 3)]
    return make_problem(
        requests=asks,
        sites=[Site("E0", "A", max_visits=dice.choice((None, 9)))],
        offices=[Office(f"D{d}", inspectors=4) for d in range(6)],
        days=days,
        closures=[("E0", 5, 7)],
        conflicts=pairs,
        sequences=[("R1", "R2", 3), ("S0", "R5", 1)] if seed % 2 else [],
        weights=Weights(unscheduled=50, visit=(8, 4, 2, 1), trip=0.5, delay=(0.3, 0, 0, 0), move=0.5, repeat=seed % 3),
        limits=Limits(max_departments_per_visit=4, max_inspectors_per_visit=14, repeat_days=4),
    )


def _ask(dice: random.Random, name: str, enterprise: str, days: int) -> Ask:
    first = dice.randrange(days - 8)
    return Ask(
        name,
        f"D{dice.randrange(6)}",
        enterprise,
        (first, first + dice.randint(3, 8)),
        quarters=dice.choice((1, 1, 2, 4)),
        joint=dice.random() > 0.08,
        unannounced=dice.random() < 0.2,
        planned=first + 1 if dice.random() < 0.15 else None,
    )


def settled(problem: Problem, *, exact: bool, work: float = 40.0) -> tuple[Flat, float, dict[int, float]]:
    """Settle from the state in which only locked requests are placed; the plan obeys every rule."""
    flat = flatten(problem)
    engine, state = make_engine(flat.tables, seed=1), empty_state(flat.tables)
    budget = Budget(work=work, seconds=None, cancelled=never_cancelled)
    floors = settle_crowds(engine, state, budget, seed=1, exact=exact)
    assert check(problem, plan_of(problem, flat, state)).violations == ()
    return flat, float(parts_of(flat.tables, state).sum()), floors


@pytest.mark.parametrize("exact", [pytest.param(False, id="starts"), pytest.param(True, id="exactly")])
@pytest.mark.parametrize("seed", range(6))
def test_settled_hall_obeys_every_rule_and_costs_less_than_nothing_done(seed: int, exact: bool) -> None:
    problem = hall(seed)
    tables = flatten(problem).tables
    nothing = float(parts_of(tables, empty_state(tables)).sum())

    _, score, _ = settled(problem, exact=exact)

    assert score < nothing or (seed % 2 == 1 and not exact), "starts do not know sequences"


@pytest.mark.parametrize("seed", range(6))
def test_floor_is_a_bound_for_every_plan_and_above_the_plain_one(seed: int) -> None:
    problem = hall(seed)
    flat, _, floors = settled(problem, exact=True)

    bound = bound_with_floors(flat.tables, floors)

    best = solve(problem, SolveOptions(work=40)).score
    assert list(floors) == [0]
    assert proven_bound(flat.tables) < bound <= best + 1e-6


def test_settling_without_crowds_changes_nothing() -> None:
    _, _, floors = settled(hall(0, requests=8), exact=True)

    assert floors == {}


def test_hall_without_capacity_for_anybody_stays_out() -> None:
    asks = [Ask(f"R{i}", f"D{i % 3}", "E0", (0, 9)) for i in range(14)]
    problem = make_problem(requests=asks, capacity=[(f"D{d}", t, 0) for d in range(3) for t in range(10)])

    flat, score, _ = settled(problem, exact=True)

    assert score == pytest.approx(np.sum(flat.tables.left_out))


def test_locked_requests_stay_where_they_are() -> None:
    asks = [Ask(f"R{i}", f"D{i}", "E0", (0, 9), planned=i % 4, locked=i % 5 == 0) for i in range(15)]
    problem = make_problem(requests=asks, weights=Weights(unscheduled=100, visit=(8, 4, 2, 1)))

    _, score, _ = settled(problem, exact=False)

    assert score == 3 * 4, "days 0, 1 and 2 have locks, everybody else rides along"
