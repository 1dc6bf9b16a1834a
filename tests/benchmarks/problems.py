"""Seeded random planning problems for benchmarks: synthetic districts of any size, easy or awkward on purpose.

Owns the generator and its command line. Everything in it is made up; ids say so by their prefix.

    python -m tests.benchmarks.problems OUT --enterprises 20000 [--preset district] [--rules all] [--roster]
        [--tight | --hard] [--util 0.93] [--days 245] [--departments 30] [--seed 1] [--parquet]

--tight  capacity is exactly the load of a planted plan with the fewest visits that the windows allow (greedy piercing
         of intervals per enterprise is optimal), so the best number of visits is known and there is no slack at all.
--hard   a few enterprises have several hundred requests each, with conflict pairs among them: graph colouring.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from solver.folders import write_problem
from solver.problem import (
    NONE,
    QUARTERS_PER_DAY,
    Bools,
    Departments,
    Enterprises,
    Floats,
    Ids,
    Inspectors,
    Ints,
    Limits,
    Problem,
    Requests,
    Weights,
)

FIRST_DATE: Final = dt.date(2026, 1, 5)
TOWNS: Final = 16
CENTRE_LON_LAT: Final = (120.5, 33.2)
SPREAD_DEGREES: Final = (0.33, 0.30)
"""Half the extent of the made-up district: about 30 km each way."""
LARGE_REQUESTS: Final = (200, 500)
"""Requests of one large enterprise in a hard problem: an airport, a market hall."""
SHARE_LARGE: Final = 0.01
CORE_WEIGHTS: Final = Weights(unscheduled=1000, visit=(8, 4, 2, 1), trip=0.05)
ALL_WEIGHTS: Final = replace(CORE_WEIGHTS, delay=(0, 0, 0.05, 0.1), move=0.5, repeat=1)
ALL_LIMITS: Final = Limits(
    max_departments_per_visit=5, max_inspectors_per_visit=12, max_hop_km=15, repeat_days=20, reserve=0.05
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What kind of district to make. `util`: expected load over capacity; `mean_requests`: per enterprise."""

    enterprises: int = 1000
    days: int = 245
    departments: int = 30
    mean_requests: float = 3.0
    util: float = 0.8
    seed: int = 1
    all_rules: bool = False
    roster: bool = False
    tight: bool = False
    hard: bool = False


PRESETS: Final = {
    "tiny": Recipe(enterprises=40, days=20, departments=5),
    "town": Recipe(enterprises=2_000),
    "district": Recipe(enterprises=20_000),
    "district-full": Recipe(enterprises=20_000, util=0.93),
    "tight": Recipe(enterprises=7_000, departments=12, tight=True),
    "month": Recipe(enterprises=1_200, days=21, mean_requests=2.5, all_rules=True, roster=True),
    "hard": Recipe(enterprises=400, all_rules=True, hard=True),
    "city": Recipe(enterprises=400_000),
}


@dataclass(frozen=True, slots=True)
class _Asks:
    """Requests in the making: parallel columns, sorted by enterprise."""

    enterprise: Ints
    department: Ints
    first_day: Ints
    last_day: Ints
    quarters: Ints
    inspectors: Ints


def make_district(recipe: Recipe) -> Problem:
    """A random problem; the same recipe gives the same problem on every machine."""
    rng = np.random.default_rng(recipe.seed)
    enterprises = _enterprises(rng, recipe)
    asks = _asks(rng, recipe)
    capacity: Ints | None = None
    if recipe.tight:
        asks = replace_columns(asks, quarters=2, inspectors=2)
        people, capacity = _planted_people(rng, recipe, asks)
    else:
        people = _usual_people(recipe, asks)
    problem = Problem(
        name=f"synthetic-{recipe.enterprises}-{recipe.seed}",
        dates=_dates(recipe.days),
        departments=_departments(recipe, people),
        enterprises=enterprises,
        requests=_requests(rng, asks),
        weights=CORE_WEIGHTS,
        limits=Limits(max_hop_km=15),
        capacity=_facts(3) if capacity is None else capacity,
    )
    if recipe.hard:
        problem = replace(problem, conflicts=_conflicts_of_large(rng, problem))
    if recipe.all_rules:
        problem = _with_all_rules(rng, problem)
    if recipe.roster:
        problem = _with_officers(rng, problem)
    return problem


def replace_columns(asks: _Asks, *, quarters: int, inspectors: int) -> _Asks:
    """The same requests, all of one size."""
    count = len(asks.enterprise)
    return replace(asks, quarters=np.full(count, quarters), inspectors=np.full(count, inspectors))


def _facts(columns: int, *parts: Any) -> Ints:
    return np.column_stack(parts).astype(np.int64) if parts else np.empty((0, columns), dtype=np.int64)


def _ids(prefix: str, count: int) -> Ids:
    return np.array([f"{prefix}{i:07d}" for i in range(count)], dtype=object)


def _dates(days: int) -> tuple[str, ...]:
    first = np.busday_offset(np.datetime64(FIRST_DATE), np.arange(days), roll="forward")
    return tuple(str(date) for date in first)


def _falling(count: int, power: float) -> Floats:
    """Shares that fall by rank: few large ones, many small ones."""
    shares = 1.0 / np.arange(1, count + 1) ** power
    return shares / shares.sum()


def _enterprises(rng: np.random.Generator, recipe: Recipe) -> Enterprises:
    count = recipe.enterprises
    town = rng.choice(TOWNS, count, p=_falling(TOWNS, 0.7))
    centre = np.array(CENTRE_LON_LAT) + rng.uniform(-1, 1, (TOWNS, 2)) * np.array(SPREAD_DEGREES)
    place = centre[town] + rng.normal(0, 0.015, (count, 2))
    return Enterprises(
        ids=_ids("SYN-E", count),
        credit_class=rng.choice(4, count, p=(0.25, 0.5, 0.2, 0.05)),
        town=town,
        town_ids=_ids("SYN-T", TOWNS),
        lon=place[:, 0].round(5),
        lat=place[:, 1].round(5),
        max_visits=np.full(count, NONE, dtype=np.int64),
    )


def _counts(rng: np.random.Generator, recipe: Recipe) -> Ints:
    """Requests of each enterprise."""
    counts = 1 + rng.poisson(max(0.0, recipe.mean_requests - 1), recipe.enterprises)
    counts = np.minimum(counts, min(10, recipe.departments))
    if recipe.hard:
        large = rng.choice(recipe.enterprises, max(1, round(recipe.enterprises * SHARE_LARGE)), replace=False)
        counts[large] = rng.integers(*LARGE_REQUESTS, len(large))
    return counts.astype(np.int64)


def _asks(rng: np.random.Generator, recipe: Recipe) -> _Asks:
    counts = _counts(rng, recipe)
    enterprise = np.repeat(np.arange(recipe.enterprises), counts)
    first, last = _windows(rng, len(enterprise), recipe.days)
    return _Asks(
        enterprise=enterprise,
        department=_departments_of(rng, counts, recipe.departments),
        first_day=first,
        last_day=last,
        quarters=rng.choice((1, 2, 4), len(enterprise), p=(0.45, 0.45, 0.10)),
        inspectors=rng.choice((2, 3), len(enterprise), p=(0.85, 0.15)),
    )


def _departments_of(rng: np.random.Generator, counts: Ints, departments: int) -> Ints:
    """Different departments for the requests of one enterprise, while there are enough of them.

    Ranks of exponential arrival times draw without replacement in proportion to the departments' shares
    (Efraimidis and Spirakis 2006).
    """
    share = _falling(departments, 0.8)
    found = np.empty(int(counts.sum()), dtype=np.int64)
    starts = np.cumsum(counts) - counts
    few = np.flatnonzero(counts <= departments)
    for part in np.array_split(few, max(1, len(few) // 50_000)):
        order = np.argsort(rng.exponential(1.0, (len(part), departments)) / share, axis=1)
        taken = np.arange(departments)[None, :] < counts[part][:, None]
        place = starts[part][:, None] + np.arange(departments)[None, :]
        found[place[taken]] = order[taken]
    for large in np.flatnonzero(counts > departments):
        found[starts[large] : starts[large] + counts[large]] = rng.choice(departments, counts[large], p=share)
    return found


def _windows(rng: np.random.Generator, count: int, days: int) -> tuple[Ints, Ints]:
    """Windows of a month, a quarter, half a year or a year, three in ten of them narrower."""
    kind = rng.choice(4, count, p=(0.25, 0.45, 0.20, 0.10))
    parts = np.array((12, 4, 2, 1))[kind]
    span = np.maximum(1, days // parts)
    first = np.minimum((rng.random(count) * parts).astype(np.int64) * span, days - 1)
    last = np.maximum(first, np.minimum(first + span, days) - 1)
    narrow = rng.random(count) < 0.3
    width = np.maximum(min(5, days), ((last - first) * rng.uniform(0.2, 0.9, count)).astype(np.int64))
    shift = (rng.random(count) * np.maximum(0, last - first - width + 2)).astype(np.int64)
    first = np.where(narrow, np.minimum(first + shift, days - 1), first)
    return first, np.where(narrow, np.minimum(last, first + width - 1), last)


def _usual_people(recipe: Recipe, asks: _Asks) -> Ints:
    """People of each department: its mean load over the horizon, divided by the utilisation wanted."""
    load = np.bincount(asks.department, weights=asks.quarters * asks.inspectors, minlength=recipe.departments)
    people = np.ceil(load / recipe.days / recipe.util / QUARTERS_PER_DAY)
    return np.maximum(4, people).astype(np.int64)


def _planted_people(rng: np.random.Generator, recipe: Recipe, asks: _Asks) -> tuple[Ints, Ints]:
    """(people, capacity rows) that fit a planted plan with the fewest visits, with nothing to spare."""
    day = _pierced(rng, asks)
    shape = (recipe.departments, recipe.days)
    load = np.zeros(shape, dtype=np.int64)
    np.add.at(load, (asks.department, day), asks.quarters * asks.inspectors)
    people = load // QUARTERS_PER_DAY
    department, of_day = np.indices(shape).reshape(2, -1)
    return np.maximum(1, people.max(axis=1)), _facts(3, department, of_day, people.ravel())


def _pierced(rng: np.random.Generator, asks: _Asks) -> Ints:
    """A day for each request so that every enterprise has as few days as possible.

    Windows by last day; the first one unvisited opens a visit that takes all windows begun by then, on a random day
    that they share. Greedy by right end is optimal for piercing intervals.
    """
    order = np.lexsort((asks.last_day, asks.enterprise))
    columns = (asks.enterprise[order].tolist(), asks.first_day[order].tolist(), asks.last_day[order].tolist())
    visit: list[int] = []
    opened: list[int] = []
    owner = NONE
    for enterprise, first, last in zip(*columns, strict=True):
        # by last day, a window is pierced by the visit opened last or by none
        if enterprise != owner or first > opened[-1]:
            owner = enterprise
            opened.append(last)
        visit.append(len(opened) - 1)
    latest_first = np.zeros(len(opened), dtype=np.int64)
    np.maximum.at(latest_first, visit, asks.first_day[order])
    days = rng.integers(latest_first, np.array(opened) + 1)
    found = np.empty(len(order), dtype=np.int64)
    found[order] = days[visit]
    return found


def _departments(recipe: Recipe, people: Ints) -> Departments:
    count = recipe.departments
    return Departments(
        ids=_ids("SYN-D", count),
        inspectors=people,
        lon=np.full(count, CENTRE_LON_LAT[0]),
        lat=np.full(count, CENTRE_LON_LAT[1]),
    )


def _requests(rng: np.random.Generator, asks: _Asks) -> Requests:
    count = len(asks.enterprise)
    return Requests(
        ids=_ids("SYN-R", count),
        department=asks.department,
        enterprise=asks.enterprise,
        first_day=asks.first_day,
        last_day=asks.last_day,
        quarters=asks.quarters,
        inspectors=asks.inspectors,
        priority=rng.integers(1, 10, count),
        joint=np.ones(count, dtype=np.bool_),
        unannounced=np.zeros(count, dtype=np.bool_),
        skill=np.full(count, NONE, dtype=np.int64),
        planned_day=np.full(count, NONE, dtype=np.int64),
        locked=np.zeros(count, dtype=np.bool_),
    )


def _conflicts_of_large(rng: np.random.Generator, problem: Problem) -> Ints:
    """Random conflict pairs inside the large enterprises: about one pair in thirty."""
    counts = np.bincount(problem.requests.enterprise, minlength=len(problem.enterprises))
    parts = [_facts(2)]
    for large in np.flatnonzero(counts >= LARGE_REQUESTS[0]):
        members = np.flatnonzero(problem.requests.enterprise == large)
        one, other = np.triu_indices(len(members), k=1)
        chosen = rng.random(len(one)) < 1 / 30
        parts.append(_facts(2, members[one[chosen]], members[other[chosen]]))
    return np.concatenate(parts)


def _with_all_rules(rng: np.random.Generator, problem: Problem) -> Problem:
    """Add caps, solo and unannounced requests, skills, planned days, closures, conflicts, sequences, low capacity."""
    requests, days = problem.requests, problem.days
    count = len(requests)
    planned = requests.first_day + (rng.random(count) * (requests.last_day - requests.first_day + 1)).astype(np.int64)
    changed = replace(
        requests,
        joint=rng.random(count) >= 0.03,
        unannounced=rng.random(count) < 0.08,
        skill=np.where(rng.random(count) < 0.2, 0, NONE),
        planned_day=np.where(rng.random(count) < 0.05, planned, NONE),
    )
    neighbours = np.flatnonzero(requests.enterprise[1:] == requests.enterprise[:-1])
    return replace(
        problem,
        requests=changed,
        enterprises=_capped(rng, problem),
        weights=ALL_WEIGHTS,
        limits=ALL_LIMITS,
        skill_ids=("special",),
        capacity=_lowered(rng, problem) if not len(problem.capacity) else problem.capacity,
        closures=_closures(rng, len(problem.enterprises), days),
        conflicts=np.concatenate([problem.conflicts, _neighbour_pairs(rng, neighbours, 0.02)]),
        sequences=_sequences(rng, requests, neighbours),
    )


def _capped(rng: np.random.Generator, problem: Problem) -> Enterprises:
    counts = np.bincount(problem.requests.enterprise, minlength=len(problem.enterprises))
    capped = rng.random(len(counts)) < 0.2
    return replace(problem.enterprises, max_visits=np.where(capped, np.maximum(1, (counts + 1) // 2), counts))


def _closures(rng: np.random.Generator, enterprises: int, days: int) -> Ints:
    closed = np.flatnonzero(rng.random(enterprises) < 0.15)
    first = rng.integers(0, max(1, days - 15), len(closed))
    return _facts(3, closed, first, np.minimum(days - 1, first + rng.integers(5, 40, len(closed))))


def _neighbour_pairs(rng: np.random.Generator, neighbours: Ints, share: float) -> Ints:
    chosen = neighbours[rng.random(len(neighbours)) < share]
    return _facts(2, chosen, chosen + 1)


def _sequences(rng: np.random.Generator, requests: Requests, neighbours: Ints) -> Ints:
    """Neighbouring requests of one enterprise in order, ten days apart, where their windows leave room for that."""
    chosen = neighbours[rng.random(len(neighbours)) < 0.01]
    chosen = chosen[requests.last_day[chosen + 1] - requests.first_day[chosen] > 30]
    return _facts(3, chosen, chosen + 1, np.full(len(chosen), 10))


def _lowered(rng: np.random.Generator, problem: Problem) -> Ints:
    """One department-day in fifty closed or halved."""
    shape = (len(problem.departments), problem.days)
    department, day = np.nonzero(rng.random(shape) < 0.02)
    closed = rng.random(len(department)) < 0.5
    return _facts(3, department, day, np.where(closed, 0, problem.departments.inspectors[department] // 2))


def _with_officers(rng: np.random.Generator, problem: Problem) -> Problem:
    """Add officers, a few more than the normal number present, with absences, expiries and recusals."""
    people = problem.departments.inspectors
    staff = np.maximum(people + 1, np.ceil(people * 1.15).astype(np.int64))
    department = np.repeat(np.arange(len(people)), staff)
    count, days = len(department), problem.days
    rank = np.arange(count) - np.repeat(np.cumsum(staff) - staff, staff)
    special: Bools = (rng.random(count) < 0.4) | (rank < 2)
    skill_ids = problem.skill_ids or ("special",)
    until = np.where(rng.random(count) < 0.05, rng.integers(days // 2, days, count), NONE)
    absent, day = np.nonzero(rng.random((count, days)) < 0.06)
    recusals = max(1, len(problem.enterprises) // 20)
    pairs = _facts(2, rng.integers(0, count, recusals), rng.integers(0, len(problem.enterprises), recusals))
    return replace(
        problem,
        skill_ids=skill_ids,
        inspectors=Inspectors(
            ids=_ids("SYN-I", count), department=department, skills=special[:, None], valid_until_day=until
        ),
        absences=_facts(2, absent, day),
        recusals=np.unique(pairs, axis=0),
    )


def main(arguments: list[str] | None = None) -> int:
    """Write one problem folder; the command line is in the module docstring."""
    options = _parser().parse_args(arguments)
    recipe = PRESETS[options.preset] if options.preset else Recipe()
    plain = {
        name: getattr(options, name) for name in ("enterprises", "days", "departments", "mean_requests", "util", "seed")
    }
    given: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    given |= {name: True for name in ("roster", "tight", "hard") if getattr(options, name)}
    if options.rules is not None:
        given["all_rules"] = options.rules == "all"
    problem = make_district(replace(recipe, **given))
    write_problem(problem, options.out, parquet=options.parquet)
    sys.stdout.write(f"{options.out}: {len(problem.requests)} requests, {len(problem.enterprises)} enterprises\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.problems", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--preset", choices=sorted(PRESETS))
    parser.add_argument("--enterprises", type=int)
    parser.add_argument("--days", type=int)
    parser.add_argument("--departments", type=int)
    parser.add_argument("--mean-requests", type=float)
    parser.add_argument("--util", type=float)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--rules", choices=("core", "all"))
    for flag in ("--roster", "--tight", "--hard", "--parquet"):
        parser.add_argument(flag, action="store_true")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
