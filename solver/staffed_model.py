"""The exact model of a small problem with its officers: merge and roster in one, hard rules 1 to 9 and the score.

Owns what rules 4 and 9 add to the model of the merge. A day's roster is a feasibility question only: who goes costs
nothing, the fair draw comes afterwards.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from solver.merging.model import build_model
from solver.merging.part_model import SCALE, PartModel
from solver.merging.state import State
from solver.merging.tables import Flat
from solver.model_run import ModelRun, run_model
from solver.problem import NONE, QUARTERS_PER_DAY, Ints, Problem
from solver.rules.roster_hop import great_circle_km

STARTS: Final = {1: (0, 1, 2, 3), 2: (0, 2), 4: (0,)}
"""Quarters in which a request of so many quarters may start (hard rule 4)."""

MOST_BOOKINGS: Final = 6_000
"""Booleans (officer, request, day, start) up to which officers join the model; it is built in under a second."""


@dataclass(slots=True, kw_only=True)
class _Crews:
    """The model under construction and the look-ups of its officers; requests are rows in enterprise order."""

    part: PartModel
    problem: Problem
    order: Ints
    able: list[list[int]]
    start: dict[tuple[int, int, int], cp_model.IntVar]
    at: dict[tuple[int, int, int], list[tuple[int, cp_model.IntVar]]]
    """Bookings by (officer, day, quarter), each with the row of its request."""


def bookings(problem: Problem) -> int:
    """Booleans that officers would add to the model of the whole problem."""
    if problem.inspectors is None:
        return 0
    requests = problem.requests
    crew = np.bincount(problem.inspectors.department, minlength=len(problem.departments))
    days = np.maximum(np.minimum(requests.last_day, problem.days - 1) - requests.first_day + 1, 0)
    starts = QUARTERS_PER_DAY // requests.quarters
    return int((crew[requests.department] * days * starts).sum())


def solve_staffed(
    problem: Problem,
    flat: Flat,
    state: State,
    *,
    limit: float,
    seconds: float | None,
    seed: int,
    cancelled: Callable[[], bool],
) -> tuple[ModelRun, Ints]:
    """Find the best days for all requests such that every visit has its people; (run, days in enterprise order).

    The bound of the run is in points of score. Where nothing was found, days are those of `state`, which is the hint.
    """
    # Officers are away on some days only: days that are alike to the merge are not alike to the roster.
    part = build_model(flat.tables, state, list(range(len(flat.tables.start) - 1)), symmetric=False)
    _add_crews(part, problem, flat.order)
    run = run_model(part.model, limit=limit, seconds=seconds, seed=seed, cancelled=cancelled)
    return replace(run, bound=run.bound / SCALE), read_days(part, run, state)


def read_days(part: PartModel, run: ModelRun, state: State) -> Ints:
    """Days of all requests in enterprise order [R]: the solution's for the members, as they were for the others."""
    day = state.day.copy()
    if run.found:
        for r, days in part.serve.items():
            day[r] = next((t for t, variable in days.items() if run.value(variable)), NONE)
    return day


def _add_crews(part: PartModel, problem: Problem, order: Ints) -> None:
    """Add rules 4 and 9 to a model of the merge."""
    crews = _Crews(part=part, problem=problem, order=order, able=_able(problem, order), start={}, at=defaultdict(list))
    there = problem.available()
    for e in part.members:
        for t, visit in part.visit[e].items():
            for k in STARTS[1]:
                crews.start[e, t, k] = part.model.new_bool_var("")
            part.model.add(sum(crews.start[e, t, k] for k in STARTS[1]) == visit)
        for r in part.requests(e):
            for t, serve in part.serve[r].items():
                starts = {k: crews.start[e, t, k] for k in STARTS[1]}
                able = [i for i in crews.able[r] if there[i, t]]
                _add_crew(crews, r, t, serve, _Choice(starts=starts, able=able))
    for booked in crews.at.values():
        part.model.add_at_most_one(go for _, go in booked)
    _add_hops(crews)


def _able(problem: Problem, order: Ints) -> list[list[int]]:
    """Officers of the request's department who are not recused from its enterprise, by row."""
    assert problem.inspectors is not None  # noqa: S101 -- asked only where there are officers
    crew = [np.flatnonzero(problem.inspectors.department == d).tolist() for d in range(len(problem.departments))]
    recused = {(int(i), int(e)) for i, e in problem.recusals.tolist()}
    requests = problem.requests
    return [
        [i for i in crew[requests.department[q]] if (i, int(requests.enterprise[q])) not in recused]
        for q in order.tolist()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """What there is to choose from for one request on one day: starts of its visit, and officers."""

    starts: dict[int, cp_model.IntVar]
    able: list[int]


def _add_crew(crews: _Crews, r: int, t: int, serve: cp_model.IntVar, choice: _Choice) -> None:
    """Staff one request on one day: an allowed start, enough people, one with the skill."""
    assert crews.problem.inspectors is not None  # noqa: S101 -- see _able
    model, requests, q = crews.part.model, crews.problem.requests, int(crews.order[r])
    quarters, skill = int(requests.quarters[q]), int(requests.skill[q])
    everyone: list[cp_model.IntVar] = []
    skilled: list[cp_model.IntVar] = []
    for k, start in choice.starts.items():
        if k not in STARTS[quarters]:
            model.add_at_most_one([serve, start])
            continue
        for i in choice.able:
            go = model.new_bool_var("")
            model.add_implication(go, start)
            everyone.append(go)
            if skill != NONE and crews.problem.inspectors.skills[i, skill]:
                skilled.append(go)
            for quarter in range(k, k + quarters):
                crews.at[i, t, quarter].append((r, go))
    model.add(sum(everyone) == int(requests.inspectors[q]) * serve)
    if skill != NONE:
        model.add_bool_or([serve.negated(), *skilled])


def _add_hops(crews: _Crews) -> None:
    """Forbid two visits too far apart in adjoining quarters of one half-day."""
    farthest, places = crews.problem.limits.max_hop_km, crews.problem.enterprises
    if farthest is None:
        return
    owner = crews.problem.requests.enterprise[crews.order]
    for (i, t, quarter), earlier in list(crews.at.items()):
        if quarter % 2:
            continue
        for r, here in earlier:
            for s, there in crews.at.get((i, t, quarter + 1), []):
                a, b = owner[r], owner[s]
                if a == b or here.index == there.index:
                    continue
                if great_circle_km(places.lon[a], places.lat[a], places.lon[b], places.lat[b]) > farthest:
                    crews.part.model.add_at_most_one([here, there])
