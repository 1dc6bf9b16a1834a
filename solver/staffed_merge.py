"""Merge and roster in a loop: a day that cannot be staffed becomes a cut for the merge, until every visit has a crew.

Owns the translation of roster cuts into days a request may not take and capacities that sink, and the last resort of
leaving a request out with reason `crew`. Knows neither how merges nor how rosters are made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from solver.executors import Executor, InlineExecutor, ProcessExecutor
from solver.merging.answer import plan_of
from solver.merging.merge import Merge, rebuild
from solver.merging.tables import Flat, flatten
from solver.options import SolveOptions
from solver.plan import Plan, Reason
from solver.problem import NONE, Ints, Problem
from solver.rostering import CutKind, RosterCut, RosterOutcome, check_days, roster_plan

MOST_ROUNDS: Final = 12
"""Rounds of cutting; each takes at least one request off a day for good, most districts need two or three."""


@dataclass(slots=True, kw_only=True)
class _Cuts:
    """What rostering has taught so far: banned (request, day) pairs and capacities [D, T] to hold."""

    bans: set[tuple[int, int]]
    capacity: Ints

    def learn(self, cut: RosterCut) -> None:
        """Take one cut over: ban the requests from the day, or let the capacity of the department-day sink."""
        if cut.kind == CutKind.REQUEST_DAY:
            self.bans.update((int(r), cut.day) for r in cut.requests)
            return
        cell = (cut.department, cut.day)
        self.capacity[cell] = max(0, min(int(self.capacity[cell]), cut.load_staffed))

    def flat(self, problem: Problem) -> Flat:
        """Lay the problem out with all cuts."""
        pairs = np.array(sorted(self.bans), dtype=np.int64).reshape(-1, 2)
        return flatten(problem, capacity=self.capacity.copy(), bans=pairs)


def staff_merge(problem: Problem, merge: Merge, options: SolveOptions) -> Plan | None:
    """Staff a merge, repairing it by cuts until the run is cancelled; None when a locked request finds no crew."""
    cuts = _Cuts(bans=set(), capacity=problem.capacity_quarters())
    with _executor(options.workers) as executor:
        flat = cuts.flat(problem)
        plan = plan_of(problem, flat, merge.state)
        days = set(range(problem.days))
        for _ in range(MOST_ROUNDS):
            outcome = check_days(problem, plan, days=days, seed=options.seed, executor=executor)
            if not outcome.unstaffed or options.cancelled():
                break
            for cut in outcome.cuts:
                cuts.learn(cut)
            flat = cuts.flat(problem)
            rebuild(merge, flat.tables)
            after = plan_of(problem, flat, merge.state)
            days = _changed_days(plan, after)
            plan = after
        return _draw(problem, plan, options, executor)


def _executor(workers: int) -> Executor:
    return ProcessExecutor(workers) if workers > 1 else InlineExecutor()


def _changed_days(before: Plan, after: Plan) -> set[int]:
    """Days on which anything is different: only those have to be staffed anew."""
    old, new = before.request_day(), after.request_day()
    moved = old != new
    return set(old[moved].tolist()) | set(new[moved].tolist()) - {NONE}


def _draw(problem: Problem, plan: Plan, options: SolveOptions, executor: Executor) -> Plan | None:
    """Draw the roster; leave out what still has no crew, with all that must come after it, until the roster holds."""
    while True:
        # Whoever cancels is owed the best plan so far, and a plan needs its roster: some seconds for a month of visits.
        outcome = roster_plan(problem, plan, seed=options.seed, executor=executor)
        if not outcome.unstaffed:
            return replace(plan, roster=outcome.roster, visit_start_quarter=outcome.start_quarters)
        dropped = _dropped(problem, plan, outcome)
        if problem.requests.locked[list(dropped)].any():
            return None
        plan = leave_out(plan, dropped)


def _dropped(problem: Problem, plan: Plan, outcome: RosterOutcome) -> dict[int, tuple[str, str]]:
    """Requests to leave out with their reasons: those without crew, and whatever a sequence forbids without them."""
    dropped = {int(r): (code, detail) for r, code, detail in outcome.unstaffed}
    pending = list(dropped)
    while pending:
        before = pending.pop()
        for _, after, gap in problem.sequences[problem.sequences[:, 0] == before].tolist():
            if after not in dropped and plan.request_visit[after] != NONE:
                dropped[after] = (Reason.SEQUENCE.value, f"before_day={NONE} min_days={gap}")
                pending.append(after)
    return dropped


def leave_out(plan: Plan, dropped: dict[int, tuple[str, str]]) -> Plan:
    """Take requests out of a plan, closing visits that lose their last request."""
    request_visit = plan.request_visit.copy()
    request_visit[list(dropped)] = NONE
    kept = np.unique(request_visit[request_visit != NONE])
    number = np.full(plan.visits, NONE, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    placed = request_visit != NONE
    request_visit[placed] = number[request_visit[placed]]
    return replace(
        plan,
        request_visit=request_visit,
        visit_enterprise=plan.visit_enterprise[kept],
        visit_day=plan.visit_day[kept],
        visit_start_quarter=plan.visit_start_quarter[kept],
        reasons=plan.reasons | dropped,
    )
