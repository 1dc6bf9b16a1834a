"""The solve, as a table of contents: locks, merge, roster, bound, check.

Owns the order of the steps and what is answered when one fails. Knows no method: each step has its own room.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from solver.bounds import proven_bound
from solver.checker import check
from solver.locks import colliding_locks
from solver.merging.answer import days_of, plan_of
from solver.merging.budget import Budget
from solver.merging.merge import Merge, is_small, make_merge, run_exact, run_improvement, run_start, warm
from solver.merging.tables import Flat, flatten
from solver.options import Progress, SolveOptions
from solver.plan import Plan, SolveResult, SolveStatus, Verdict
from solver.problem import Problem

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
    flat = flatten(problem)
    prover = _start_prover(flat)
    merge = _merge(run, flat)
    plan = _staff(run, flat, merge)
    if plan is None:
        return _unknown(run)
    _prove(run, prover)
    return _checked(run, plan)


def _start_run(problem: Problem, options: SolveOptions) -> _Run:
    requests = problem.requests
    sweep = float((requests.last_day - requests.first_day + 2).sum()) / 1e6
    work = float(options.work) if options.work is not None else max(DEFAULT_WORK, DEFAULT_SWEEPS * sweep)
    seconds = None if options.work is not None else options.seconds
    if seconds is not None:
        staffed = options.roster and problem.inspectors is not None
        checking = CHECK_SECONDS_PER_MILLION * len(requests) / 1e6
        seconds = max(0.3 * seconds, seconds * (ROSTER_SHARE if staffed else SEARCH_SHARE) - checking)
    budget = Budget(work=work, seconds=seconds, cancelled=options.cancelled)
    return _Run(problem=problem, options=options, budget=budget)


def _merge(run: _Run, flat: Flat) -> Merge:
    """Find the best merge within the budget."""
    merge = make_merge(flat.tables, seed=run.options.seed, budget=run.budget, watch=run.watch)
    if run.options.warm_start is not None:
        warm(merge, days_of(flat, run.options.warm_start))
    run_start(merge)
    if is_small(merge):
        result = run_exact(merge, until=EXACT_SHARE)
        if result.bound is not None:
            run.bound = merge.score if result.proven else result.bound - SAME
        if result.proven:
            return merge
    run_improvement(merge)
    return merge


def _staff(run: _Run, flat: Flat, merge: Merge) -> Plan | None:
    """Turn the merge into a plan, staffed where officers are given; None where locked requests find no crew."""
    if run.problem.inspectors is None or not run.options.roster:
        return plan_of(run.problem, flat, merge.state)
    from solver.staffed_merge import staff_merge  # noqa: PLC0415 -- loads OR-Tools for a second; rarely needed

    return staff_merge(run.problem, merge, run.options)


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
