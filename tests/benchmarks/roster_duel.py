"""Rosters side by side: every day of one month, by the engine and by a routing solver.

Owns the comparison of priority left out and of time, day by day on the same merged plan.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from solver import SolveOptions, solve
from solver.problem import Problem
from solver.rostering.day import DayTask, day_tasks
from solver.rostering.roster import roster_plan
from solver.rostering.staffing import staff_day
from tests.benchmarks.rivals.routing_roster import priority_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """Sums over the days of a month; priorities of requests left out, lower is better.

    `draw_seconds`: the engine's whole roster, draw and leads included. `routing_without`: days on which the routing
    solver found nothing.
    """

    days: int
    visits: int
    requests: int
    engine_left: int
    engine_seconds: float
    draw_seconds: float
    routing_left: int
    routing_seconds: float
    routing_without: int


def roster_duel(problem: Problem, *, merge_seconds: float, routing_seconds: float, most_days: int, seed: int) -> Duel:
    """Merge once, without regard to people, then staff the first `most_days` days both ways."""
    merged = solve(problem, SolveOptions(seconds=merge_seconds, seed=seed, roster=False))
    assert merged.plan is not None
    begin = time.perf_counter()
    roster_plan(problem, merged.plan, seed=seed)
    drawn = time.perf_counter() - begin
    tasks = list(day_tasks(problem, merged.plan))[:most_days]
    begin = time.perf_counter()
    engine = sum(_engine_left(problem, task, seed) for task in tasks)
    engine_spent = time.perf_counter() - begin
    begin = time.perf_counter()
    routing = [priority_left_out(task, routing_seconds) for task in tasks]
    everything = [int(task.priority.sum()) for task in tasks]
    return Duel(
        days=len(tasks),
        visits=sum(len(task.visit) for task in tasks),
        requests=sum(len(task.request) for task in tasks),
        engine_left=engine,
        engine_seconds=engine_spent,
        draw_seconds=drawn,
        routing_left=sum(most if left is None else left for left, most in zip(routing, everything, strict=True)),
        routing_seconds=time.perf_counter() - begin,
        routing_without=sum(left is None for left in routing),
    )


def _engine_left(problem: Problem, task: DayTask, seed: int) -> int:
    return sum(int(problem.requests.priority[request]) for request, _, _ in staff_day(task, seed).unstaffed)
