"""A merge on its way to its roster: the days, the crews found so far, what was learnt, and what may still be spent.

Owns that state and the staffing of single days within time. Knows neither cuts nor second chances.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from solver.executors import Executor
from solver.merging.answer import plan_on
from solver.merging.merge import Merge
from solver.merging.tables import Flat, flatten
from solver.options import SolveOptions
from solver.plan import Plan
from solver.problem import Bools, Ints, Problem
from solver.rostering.day import DayAnswer
from solver.rostering.roster import staff_days

FULL_DAYS: Final = 12
"""Days solved by more than packing, over all rounds; a crowded one of 300 requests takes 0.5 to 4 seconds."""

DRAW_SHARE: Final = 2.0
"""Seconds kept for the fair draw, per second that packing all days took."""

LATE: Final = 0.96
"""Share of the seconds by which an answer must be on its way; the check of the plan needs the rest."""

HELD_COST: Final = 1e12
"""Price of a request that may not be left out and has no crew."""


@dataclass(slots=True, kw_only=True)
class Desk:
    """A merge being staffed: `day` [R] of each request (NONE = left out), the latest `answers` by day, what was learnt.

    `held` [R]: may not be left out. `full_days`: days that may still be solved by more than packing.
    Seconds are what packing all days and the slowest day took.
    """

    problem: Problem
    merge: Merge
    options: SolveOptions
    executor: Executor
    day: Ints
    held: Bools
    answers: dict[int, DayAnswer] = field(default_factory=dict)
    bans: set[tuple[int, int]] = field(default_factory=set)
    full_days: int = FULL_DAYS
    packing_seconds: float = 0.0
    slowest: float = 0.0

    @property
    def short(self) -> dict[int, tuple[str, str]]:
        """Requests that no day could staff, with their reason."""
        return {r: (code, detail) for answer in self.answers.values() for r, code, detail in answer.unstaffed}

    def cost(self) -> float:
        """Estimate the score once whoever is short has left: that of the merge and the price of leaving them out."""
        priority = self.problem.requests.priority[list(self.short)]
        held = float(self.held[list(self.short)].sum())
        return self.merge.score + self.problem.weights.unscheduled * float(priority.sum()) + HELD_COST * held

    def plan(self) -> Plan:
        """Return the plan of the present days, without reasons."""
        return plan_on(self.problem, self.day, {})

    def in_time(self, seconds: float = 0.0) -> bool:
        """Say whether so many seconds may still be spent before the draw; any number where work is counted."""
        if self.options.cancelled():
            return False
        budget, options = self.merge.budget, self.options
        if options.work is not None or options.seconds is None:
            return True
        kept = DRAW_SHARE * self.packing_seconds
        return budget.elapsed + seconds + kept < LATE * options.seconds

    def flat(self) -> Flat:
        """Lay the problem out with all bans."""
        pairs = np.array(sorted(self.bans), dtype=np.int64).reshape(-1, 2)
        return flatten(self.problem, bans=pairs)


def pack(desk: Desk, days: set[int]) -> None:
    """Find starts and crews for some days by packing."""
    started = desk.merge.budget.elapsed
    fresh = _answers(desk, desk.plan(), days, quick=True)
    desk.packing_seconds = max(desk.packing_seconds, desk.merge.budget.elapsed - started)
    for day in days:
        desk.answers.pop(day, None)
    desk.answers |= fresh


def solve_short_days(desk: Desk) -> None:
    """Solve the days on which packing has left somebody out by all methods, as many as may still be spent."""
    plan = desk.plan()
    for day in sorted(day for day, answer in desk.answers.items() if answer.unstaffed):
        began = desk.merge.budget.elapsed
        if desk.full_days <= 0 or not desk.in_time(desk.slowest):
            return
        desk.full_days -= 1
        desk.answers |= _answers(desk, plan, {day}, quick=False)
        desk.slowest = max(desk.slowest, desk.merge.budget.elapsed - began)


def _answers(desk: Desk, plan: Plan, days: set[int], *, quick: bool) -> dict[int, DayAnswer]:
    found = staff_days(desk.problem, plan, days, seed=desk.options.roster_seed, executor=desk.executor, quick=quick)
    return {answer.day: answer for answer in found}


def try_day(desk: Desk, plan: Plan, day: int) -> DayAnswer:
    """Find starts and crews for one day of a plan that is only tried: by all methods where packing fails."""
    answer = _answers(desk, plan, {day}, quick=True)[day]
    if answer.unstaffed and desk.full_days > 0 and desk.in_time(desk.slowest):
        desk.full_days -= 1
        answer = _answers(desk, plan, {day}, quick=False)[day]
    return answer
