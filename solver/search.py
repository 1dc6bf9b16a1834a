"""The solve, as a table of contents: locks, merge, roster, bound, check.

Owns the order of the steps and what is answered when one fails. Knows no method: each step has its own room.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from solver.bounds import bound_with_floors, proven_bound
from solver.checker import check, score_by_term
from solver.locks import colliding_locks
from solver.mending import mend
from solver.merging.answer import days_of, plan_of
from solver.merging.budget import Budget
from solver.merging.merge import (
    FEWEST_EXACT,
    MOST_EXACT,
    WORK_PER_UNIT,
    Merge,
    is_small,
    make_merge,
    run_exact,
    run_improvement,
    run_start,
    warm,
)
from solver.merging.state import recount
from solver.merging.tables import Flat, flatten
from solver.options import Progress, SolveOptions
from solver.plan import Plan, SolveResult, SolveStatus, Verdict
from solver.problem import NONE, Ints, Problem

if TYPE_CHECKING:
    from solver.forced import Placement

DEFAULT_WORK: Final = 150.0
"""Millions of request-days looked at when the caller says nothing: about ten seconds on one core."""

DEFAULT_SWEEPS: Final = 40.0
"""A large problem gets at least this many sweeps, whatever DEFAULT_WORK says."""

SEARCH_SHARE: Final = 0.94
ROSTER_SHARE: Final = 0.7
CHECK_SECONDS_PER_MILLION: Final = 4.0
"""Share of the time given to the search, less when a roster follows; the check of the plan needs the rest."""

CANCELLED_PATIENCE: Final = 0.5
"""Seconds that a cancelled solve waits for the bound."""

FORCED_SHARE: Final = 0.2
"""Share of the time in which what the locks force into every plan must have found its place."""

EXACT_SHARE: Final = 0.8
"""Share of the budget that a small problem's exact model may use; the rest improves what it could not prove."""

SAME: Final = 1e-6
"""Scores are exact to six decimals; a bound this close to the score proves it optimal."""


class InvalidPlanError(RuntimeError):
    """The search made a plan that the checker refuses: a fault of this program, never an answer."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(*verdict.violations[:5])
        self.verdict = verdict


@dataclass(slots=True, kw_only=True)
class _Run:
    """One solve under way: what is asked, how much may be spent, and what is known so far."""

    problem: Problem
    options: SolveOptions
    budget: Budget
    staffed: bool
    bound: float | None = None
    log: list[str] = field(default_factory=list)

    def watch(self, score: float | None, phase: str) -> None:
        """Pass a step on to the caller and into the log."""
        gap = None
        if score is not None and self.bound is not None:
            gap = (score - self.bound) / max(1.0, abs(score))
        seconds = self.budget.elapsed
        self.log.append(f"seconds={seconds:.2f} phase={phase} score={score} bound={self.bound}")
        self.options.progress(Progress(seconds=seconds, score=score, bound=self.bound, gap=gap, phase=phase))


def solve(problem: Problem, options: SolveOptions | None = None) -> SolveResult:
    """Plan who is visited together, when, and by whom, at the lowest score the budget allows, with a proven bound.

    Every hard rule holds in the plan returned; what cannot be visited is left out with a reason. INFEASIBLE is
    answered only when locked requests collide. The same problem, seed and work give the same plan on any number of
    workers; with `options.seconds` the clock decides.

    Raises:
        InvalidPlanError: the checker refuses the plan that was found.
    """
    options = options or SolveOptions()
    run = _start_run(problem, options)
    collisions = colliding_locks(problem)
    if collisions:
        return _infeasible(run, collisions)
    forced = _place_forced(run)
    if forced is not None and forced.impossible:
        return _infeasible(run, _smallest_collision(run))
    flat = flatten(problem)
    prover = _start_prover(flat)
    merge = _merge(run, flat, None if forced is None else forced.day)
    plan = _better_of(run, _staff(run, flat, merge))
    if plan is None:
        return _unknown(run)
    _prove(run, prover)
    return _checked(run, plan)


def _start_run(problem: Problem, options: SolveOptions) -> _Run:
    requests = problem.requests
    staffed = options.roster and problem.inspectors is not None
    sweep = float((requests.last_day - requests.first_day + 2).sum()) / 1e6
    work = float(options.work) if options.work is not None else max(DEFAULT_WORK, DEFAULT_SWEEPS * sweep)
    seconds = None if options.work is not None else options.seconds
    if seconds is not None:
        checking = CHECK_SECONDS_PER_MILLION * len(requests) / 1e6
        seconds = max(0.3 * seconds, seconds * (ROSTER_SHARE if staffed else SEARCH_SHARE) - checking)
    budget = Budget(work=work, seconds=seconds, cancelled=options.cancelled)
    return _Run(problem=problem, options=options, budget=budget, staffed=staffed)


def _place_forced(run: _Run) -> Placement | None:
    """Find a place for whatever the locks force into every plan; None where that is no question."""
    if not run.problem.requests.locked.any():
        return None
    from solver import forced  # noqa: PLC0415 -- loads OR-Tools for a second; rarely needed

    if not forced.is_open(run.problem, staffed=run.staffed):
        return None
    return forced.place_forced(
        run.problem,
        staffed=run.staffed,
        seed=run.options.seed,
        seconds=run.budget.seconds_left(FORCED_SHARE),
        cancelled=run.options.cancelled,
    )


def _smallest_collision(run: _Run) -> tuple[tuple[str, str], ...]:
    from solver.forced import smallest_collision  # noqa: PLC0415 -- see _place_forced

    options = run.options
    return smallest_collision(run.problem, staffed=run.staffed, seed=options.seed, cancelled=options.cancelled)


def _merge(run: _Run, flat: Flat, forced: Ints | None) -> Merge:
    """Find the best merge within the budget; `forced` [R] is a day for each request that no plan can leave out."""
    merge = make_merge(flat.tables, seed=run.options.seed, budget=run.budget, watch=run.watch)
    if run.options.warm_start is not None:
        warm(merge, days_of(flat, run.options.warm_start))
    run_start(merge)
    if forced is not None:
        mend(run.problem, flat, merge, forced)
    _improve(run, flat, merge)
    if forced is not None:
        mend(run.problem, flat, merge, forced)
    return merge


def _improve(run: _Run, flat: Flat, merge: Merge) -> None:
    """Make a started merge better, and prove what can be proven exactly."""
    if run.staffed and _solve_staffed(run, flat, merge):
        return
    if is_small(merge):
        result = run_exact(merge, until=EXACT_SHARE)
        if result.bound is not None:
            run.bound = merge.score if result.proven else result.bound - SAME
        if result.proven and not run.staffed:
            return
    run_improvement(merge)
    if merge.floors:
        run.bound = max(run.bound or 0.0, bound_with_floors(flat.tables, merge.floors))


def _solve_staffed(run: _Run, flat: Flat, merge: Merge) -> bool:
    """Solve merge and roster in one model where that is small; says whether days with crews for all were found."""
    if not is_small(merge):
        return False
    from solver import staffed_model  # noqa: PLC0415 -- see _place_forced

    if staffed_model.bookings(run.problem) > staffed_model.MOST_BOOKINGS:
        return False
    budget = run.budget
    model, day = staffed_model.solve_staffed(
        run.problem,
        flat,
        merge.state,
        limit=min(MOST_EXACT, max(budget.work_left(EXACT_SHARE) / WORK_PER_UNIT, FEWEST_EXACT)),
        seconds=budget.seconds_left(EXACT_SHARE),
        seed=run.options.seed,
        cancelled=run.options.cancelled,
    )
    if not model.found:
        return False
    merge.state.day[:] = day
    recount(flat.tables, merge.state)
    run.bound = merge.score if model.proven else model.bound - SAME
    merge.tell("exact")
    return True


def _staff(run: _Run, flat: Flat, merge: Merge) -> Plan | None:
    """Turn the merge into a plan, staffed where officers are given; None where locked requests find no crew."""
    if not run.staffed:
        return plan_of(run.problem, flat, merge.state)
    from solver.staffed_merge import staff_merge  # noqa: PLC0415 -- loads OR-Tools for a second; rarely needed

    return staff_merge(run.problem, merge, flat, run.options)


def _better_of(run: _Run, plan: Plan | None) -> Plan | None:
    """Return the plan that was found, or the one the solve was given where that is valid, complete and cheaper."""
    given = run.options.warm_start
    if given is None or (run.staffed and given.roster is None):
        return plan
    if not run.staffed:
        given = replace(given, roster=None)
    complete = set(np.flatnonzero(given.request_visit == NONE).tolist()) == set(given.reasons)
    verdict = check(run.problem, given, roster=run.staffed)
    if not complete or not verdict.valid:
        return plan
    if plan is None or verdict.score < score_by_term(run.problem, plan)[0]:
        return given
    return plan


def _start_prover(flat: Flat) -> Future[float]:
    """Compute the bound beside the search, on the other core; the search never looks at it."""
    prover = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bound")
    future = prover.submit(proven_bound, flat.tables)
    prover.shutdown(wait=False)
    return future


def _prove(run: _Run, prover: Future[float]) -> None:
    """Take over the proven bound; a cancelled solve does not wait long for it, zero is a bound as well."""
    try:
        bound = prover.result(timeout=CANCELLED_PATIENCE if run.options.cancelled() else None)
    except TimeoutError:
        bound = 0.0
    run.bound = bound if run.bound is None else max(run.bound, bound)


def _checked(run: _Run, plan: Plan) -> SolveResult:
    """Judge the plan and wrap it up; the status is ours: optimal only where bound and score meet."""
    verdict = check(run.problem, plan, roster=plan.roster is not None)
    if not verdict.valid:
        if run.problem.requests.locked.any():
            # A lock behind a request that cannot be visited: no plan is known, and none is passed off as one.
            return _unknown(run)
        raise InvalidPlanError(verdict)
    bound = min(run.bound if run.bound is not None else 0.0, verdict.score)
    optimal = verdict.score - bound <= SAME
    run.watch(verdict.score, "done")
    return SolveResult(
        status=SolveStatus.OPTIMAL if optimal else SolveStatus.FEASIBLE,
        plan=plan,
        score=verdict.score,
        parts=verdict.parts,
        bound=verdict.score if optimal else bound,
        seconds=run.budget.elapsed,
        seed=run.options.seed,
        log=tuple(run.log),
    )


def _infeasible(run: _Run, collisions: tuple[tuple[str, str], ...]) -> SolveResult:
    return _without_plan(run, SolveStatus.INFEASIBLE, collisions)


def _unknown(run: _Run) -> SolveResult:
    return _without_plan(run, SolveStatus.UNKNOWN, ())


def _without_plan(run: _Run, status: SolveStatus, collisions: tuple[tuple[str, str], ...]) -> SolveResult:
    return SolveResult(
        status=status,
        plan=None,
        score=None,
        parts={},
        bound=0.0,
        seconds=run.budget.elapsed,
        seed=run.options.seed,
        collisions=collisions,
        log=tuple(run.log),
    )
