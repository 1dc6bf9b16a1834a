"""Solvers for the tests of the worker: one that is simple enough to trust, and some that misbehave."""

from __future__ import annotations

import os
import signal
import time

import numpy as np

from solver.options import Progress, SolveOptions
from solver.plan import Plan, Reason, Roster, SolveResult, SolveStatus
from solver.problem import NONE, Problem


class _Desk:
    """Books people quarter by quarter; nobody gets two visits in adjoining quarters, so ways never matter."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.there = problem.available()
        self.busy: set[tuple[int, int, int]] = set()
        self.left = problem.capacity_quarters()
        self.recused = {(int(i), int(e)) for i, e in problem.recusals}

    def crew(self, request: int, enterprise: int, day: int, start: int) -> list[int] | None:
        """People for one request, or None. Someone with the skill comes first."""
        rows, people = self.problem.requests, self.problem.inspectors
        assert people is not None
        span = range(start - 1, start + int(rows.quarters[request]) + 1)
        free = [
            person
            for person in range(len(people))
            if people.department[person] == rows.department[request]
            and self.there[person, day]
            and (person, enterprise) not in self.recused
            and not any((person, day, quarter) in self.busy for quarter in span)
        ]
        skill = int(rows.skill[request])
        free.sort(key=lambda person: skill == NONE or not people.skills[person, skill])
        needed = int(rows.inspectors[request])
        if len(free) < needed or (skill != NONE and not people.skills[free[0], skill]):
            return None
        if self.left[rows.department[request], day] < int(rows.load[request]):
            return None
        return free[:needed]

    def book(self, crew: list[int], day: int, start: int, quarters: int) -> None:
        self.busy.update((person, day, quarter) for person in crew for quarter in range(start, start + quarters))


def greedy(problem: Problem, options: SolveOptions) -> SolveResult:
    """One visit an enterprise and kind of request, on the first day and quarter on which everybody can come."""
    desk, rows = _Desk(problem), problem.requests
    request_visit = np.full(len(rows), NONE, dtype=np.int64)
    visits: list[tuple[int, int, int]] = []
    roster: list[tuple[int, int, int]] = []
    for enterprise in range(len(problem.enterprises)):
        taken: set[int] = set()
        for group in _groups(problem, enterprise):
            place = _place(desk, group, enterprise, taken)
            if place is None:
                continue
            day, start, crews = place
            taken.add(day)
            request_visit[group] = len(visits)
            visits.append((enterprise, day, start))
            for request, crew in zip(group, crews, strict=True):
                desk.book(crew, day, start, int(rows.quarters[request]))
                desk.left[rows.department[request], day] -= int(rows.load[request])
                roster += [(request, person, 0) for person in crew]
            first = roster.index((group[0], crews[0][0], 0))
            roster[first] = (group[0], crews[0][0], 1)
    options.progress(Progress(seconds=0.0, score=1.0, bound=0.0, gap=1.0, phase="greedy"))
    table, staff = np.array(visits).reshape(-1, 3), np.array(sorted(roster)).reshape(-1, 3)
    left_out = {int(r): (str(Reason.CAPACITY), "") for r in np.flatnonzero(request_visit == NONE)}
    return SolveResult(
        status=SolveStatus.FEASIBLE,
        plan=Plan(
            request_visit=request_visit,
            visit_enterprise=table[:, 0],
            visit_day=table[:, 1],
            visit_start_quarter=table[:, 2],
            reasons=left_out,
            roster=Roster(request=staff[:, 0], inspector=staff[:, 1], lead=staff[:, 2]),
        ),
        score=float(len(visits)),
        parts={"visits": float(len(visits))},
        bound=0.0,
        seconds=0.0,
        seed=options.seed,
        log=("greedy",),
    )


def _groups(problem: Problem, enterprise: int) -> list[list[int]]:
    rows = problem.requests
    own = np.flatnonzero(rows.enterprise == enterprise).tolist()
    alone = [[request] for request in own if not rows.joint[request]]
    shared = [
        [request for request in own if rows.joint[request] and rows.unannounced[request] == mode]
        for mode in (False, True)
    ]
    return [group for group in [*shared, *alone] if group]


def _place(desk: _Desk, group: list[int], enterprise: int, taken: set[int]) -> tuple[int, int, list[list[int]]] | None:
    problem, rows = desk.problem, desk.problem.requests
    is_open = problem.open_days(enterprise)
    quarters = int(rows.quarters[group].max())
    starts = {1: (0, 1, 2, 3), 2: (0, 2), 4: (0,)}[quarters]
    for day in range(int(rows.first_day[group].max()), int(rows.last_day[group].min()) + 1):
        pinned = {int(d) for d, locked in zip(rows.planned_day[group], rows.locked[group], strict=True) if locked}
        if day in taken or not is_open[day] or not pinned <= {day}:
            continue
        for start in starts:
            crews = [desk.crew(request, enterprise, day, start) for request in group]
            # Two requests of one department would be given the same people by this simple desk.
            if all(crews) and len({int(d) for d in rows.department[group]}) == len(group):
                return day, start, [crew for crew in crews if crew]
    return None


def dies(_problem: Problem, _options: SolveOptions) -> SolveResult:
    """As a crash in native code: no exception, no word."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def raises(_problem: Problem, _options: SolveOptions) -> SolveResult:
    raise RuntimeError("the search went wrong")


def waits_for_cancel(problem: Problem, options: SolveOptions) -> SolveResult:
    """Runs until it is called off, then gives its best plan as a good solver does."""
    options.progress(Progress(seconds=0.0, score=9.0, bound=1.0, gap=0.9, phase="waiting"))
    while not options.cancelled():
        time.sleep(0.01)
    return greedy(problem, options)


def does_not_listen(problem: Problem, options: SolveOptions) -> SolveResult:
    """Goes on for ten minutes whatever anybody wishes."""
    options.progress(Progress(seconds=0.0, score=9.0, bound=1.0, gap=0.9, phase="deaf"))
    time.sleep(600.0)
    return greedy(problem, options)


def collides(problem: Problem, options: SolveOptions) -> SolveResult:
    first = str(problem.requests.ids[0])
    return SolveResult(
        status=SolveStatus.INFEASIBLE,
        plan=None,
        score=None,
        parts={},
        bound=0.0,
        seconds=0.0,
        seed=options.seed,
        collisions=((first, "request_locked"),),
    )


def gives_up(problem: Problem, options: SolveOptions) -> SolveResult:
    return SolveResult(
        status=SolveStatus.UNKNOWN, plan=None, score=None, parts={}, bound=0.0, seconds=0.0, seed=options.seed
    )


def breaks_rules(problem: Problem, options: SolveOptions) -> SolveResult:
    """A plan with two officers missing from every request: the checker must not let it pass."""
    result = greedy(problem, options)
    assert result.plan is not None
    empty = np.empty(0, dtype=np.int64)
    plan = Plan(
        request_visit=result.plan.request_visit,
        visit_enterprise=result.plan.visit_enterprise,
        visit_day=result.plan.visit_day,
        visit_start_quarter=result.plan.visit_start_quarter,
        reasons=result.plan.reasons,
        roster=Roster(request=empty, inspector=empty, lead=empty),
    )
    return SolveResult(
        status=SolveStatus.FEASIBLE,
        plan=plan,
        score=result.score,
        parts=result.parts,
        bound=0.0,
        seconds=0.0,
        seed=options.seed,
    )
