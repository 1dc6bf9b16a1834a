"""Tiny valid problems and plans for solver tests: name only what the test is about, the rest is a sound default.

`make_problem()` is one department, one enterprise, one request, ten days. Departments, enterprises and skills that
requests or officers mention are made up when they are not given.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solver.plan import Plan, Roster
from solver.problem import (
    CREDIT_CLASSES,
    NONE,
    Departments,
    Enterprises,
    Inspectors,
    Ints,
    Limits,
    Problem,
    Requests,
    Weights,
)

FIRST_DATE = dt.date(2026, 1, 5)
USUAL_WEIGHTS = Weights(unscheduled=1000, visit=(8, 4, 2, 1), trip=0.05, delay=(0, 0, 0.05, 0.1), move=0.5, repeat=1)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request."""

    id: str = "R1"
    department: str = "D1"
    enterprise: str = "E1"
    window: tuple[int, int] = (0, 9)
    quarters: int = 1
    inspectors: int = 2
    priority: int = 5
    joint: bool = True
    unannounced: bool = False
    skill: str = ""
    planned: int | None = None
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """One enterprise."""

    id: str = "E1"
    credit_class: str = "B"
    town: str = "T1"
    lon: float = 120.5
    lat: float = 33.2
    max_visits: int | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """One department."""

    id: str = "D1"
    inspectors: int = 10
    lon: float = 120.46
    lat: float = 33.2


@dataclass(frozen=True, slots=True)
class Officer:
    """One inspector."""

    id: str
    department: str = "D1"
    skills: tuple[str, ...] = ()
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit; its enterprise is that of its first request unless given."""

    day: int
    requests: tuple[str, ...]
    start: int = 0
    enterprise: str | None = None


def make_problem(
    *,
    requests: Sequence[Ask] = (Ask(),),
    sites: Sequence[Site] = (),
    offices: Sequence[Office] = (),
    officers: Sequence[Officer] | None = None,
    days: int = 10,
    weights: Weights = USUAL_WEIGHTS,
    limits: Limits | None = None,
    name: str = "test",
    capacity: Iterable[tuple[str, int, int]] = (),
    closures: Iterable[tuple[str, int, int]] = (),
    conflicts: Iterable[tuple[str, str]] = (),
    sequences: Iterable[tuple[str, str, int]] = (),
    absences: Iterable[tuple[str, int]] = (),
    recusals: Iterable[tuple[str, str]] = (),
) -> Problem:
    """A Problem of the given rows; facts name things by id."""
    mentioned = [ask.department for ask in requests] + [officer.department for officer in officers or ()]
    all_offices = _completed(offices, mentioned, Office)
    all_sites = _completed(sites, [ask.enterprise for ask in requests], Site)
    skills = {ask.skill for ask in requests} | {skill for officer in officers or () for skill in officer.skills}
    skill_ids = tuple(sorted(skills - {""}))
    department, enterprise = _places(all_offices), _places(all_sites)
    request, inspector = _places(requests), _places(officers or ())
    return Problem(
        name=name,
        dates=working_dates(days),
        departments=_departments(all_offices),
        enterprises=_enterprises(all_sites),
        requests=_requests(requests, department, enterprise, skill_ids),
        weights=weights,
        limits=limits or Limits(),
        skill_ids=skill_ids,
        inspectors=None if officers is None else _inspectors(officers, department, skill_ids),
        capacity=_facts(capacity, department, None, None),
        closures=_facts(closures, enterprise, None, None),
        conflicts=_facts(conflicts, request, request),
        sequences=_facts(sequences, request, request, None),
        absences=_facts(absences, inspector, None),
        recusals=_facts(recusals, inspector, enterprise),
    )


def working_dates(days: int) -> tuple[str, ...]:
    """ISO dates of the first working days from FIRST_DATE on, weekends left out."""
    found: list[str] = []
    date = FIRST_DATE
    while len(found) < days:
        if date.weekday() < 5:
            found.append(date.isoformat())
        date += dt.timedelta(days=1)
    return tuple(found)


def make_plan(
    problem: Problem,
    *stops: Stop,
    left_out: Mapping[str, str] | None = None,
    roster: Sequence[tuple[str, str, int]] | None = None,
) -> Plan:
    """A Plan of these visits. `left_out`: request -> reason; `roster`: (request, inspector, lead).

    Requests that are named nowhere are lost, as a test may want them to be.
    """
    request, enterprise = _index(problem.requests.ids), _index(problem.enterprises.ids)
    request_visit = np.full(len(request), NONE, dtype=np.int64)
    for visit, stop in enumerate(stops):
        request_visit[[request[name] for name in stop.requests]] = visit
    return Plan(
        request_visit=request_visit,
        visit_enterprise=ints(
            enterprise[stop.enterprise] if stop.enterprise else problem.requests.enterprise[request[stop.requests[0]]]
            for stop in stops
        ),
        visit_day=ints(stop.day for stop in stops),
        visit_start_quarter=ints(stop.start for stop in stops),
        reasons={request[name]: (code, "") for name, code in (left_out or {}).items()},
        roster=None if roster is None else _roster(problem, roster, request),
    )


def ints(values: Iterable[int]) -> Ints:
    """An int64 column."""
    return np.array(list(values), dtype=np.int64)


def _roster(problem: Problem, rows: Sequence[tuple[str, str, int]], request: dict[str, int]) -> Roster:
    assert problem.inspectors is not None
    inspector = _index(problem.inspectors.ids)
    return Roster(
        request=ints(request[row[0]] for row in rows),
        inspector=ints(inspector[row[1]] for row in rows),
        lead=ints(row[2] for row in rows),
    )


def _index(ids: Iterable[str]) -> dict[str, int]:
    return {name: i for i, name in enumerate(ids)}


def _places(rows: Iterable[Any]) -> dict[str, int]:
    return _index(row.id for row in rows)


def _completed(rows: Sequence[Any], mentioned: Iterable[str], kind: Any) -> list[Any]:
    known = {row.id for row in rows}
    return [*rows, *(kind(name) for name in dict.fromkeys(mentioned) if name not in known)]


def _facts(rows: Iterable[tuple[Any, ...]], *columns: dict[str, int] | None) -> Ints:
    found = [[cell if ids is None else ids[cell] for cell, ids in zip(row, columns, strict=True)] for row in rows]
    return np.array(found, dtype=np.int64).reshape(-1, len(columns))


def texts(values: Iterable[str]) -> Any:
    """An object column of strings."""
    listed = list(values)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


def _departments(rows: Sequence[Office]) -> Departments:
    return Departments(
        ids=texts(row.id for row in rows),
        inspectors=ints(row.inspectors for row in rows),
        lon=np.array([row.lon for row in rows], dtype=np.float64),
        lat=np.array([row.lat for row in rows], dtype=np.float64),
    )


def _enterprises(rows: Sequence[Site]) -> Enterprises:
    towns = list(dict.fromkeys(row.town for row in rows))
    return Enterprises(
        ids=texts(row.id for row in rows),
        credit_class=ints(CREDIT_CLASSES.index(row.credit_class) for row in rows),
        town=ints(towns.index(row.town) for row in rows),
        town_ids=texts(towns),
        lon=np.array([row.lon for row in rows], dtype=np.float64),
        lat=np.array([row.lat for row in rows], dtype=np.float64),
        max_visits=ints(NONE if row.max_visits is None else row.max_visits for row in rows),
    )


def _requests(
    rows: Sequence[Ask], department: dict[str, int], enterprise: dict[str, int], skill_ids: tuple[str, ...]
) -> Requests:
    return Requests(
        ids=texts(row.id for row in rows),
        department=ints(department[row.department] for row in rows),
        enterprise=ints(enterprise[row.enterprise] for row in rows),
        first_day=ints(row.window[0] for row in rows),
        last_day=ints(row.window[1] for row in rows),
        quarters=ints(row.quarters for row in rows),
        inspectors=ints(row.inspectors for row in rows),
        priority=ints(row.priority for row in rows),
        joint=np.array([row.joint for row in rows], dtype=np.bool_),
        unannounced=np.array([row.unannounced for row in rows], dtype=np.bool_),
        skill=ints(skill_ids.index(row.skill) if row.skill else NONE for row in rows),
        planned_day=ints(NONE if row.planned is None else row.planned for row in rows),
        locked=np.array([row.locked for row in rows], dtype=np.bool_),
    )


def _inspectors(rows: Sequence[Officer], department: dict[str, int], skill_ids: tuple[str, ...]) -> Inspectors:
    held = np.zeros((len(rows), len(skill_ids)), dtype=np.bool_)
    for row, officer in enumerate(rows):
        for skill in officer.skills:
            held[row, skill_ids.index(skill)] = True
    return Inspectors(
        ids=texts(row.id for row in rows),
        department=ints(department[row.department] for row in rows),
        skills=held,
        valid_until_day=ints(NONE if row.valid_until is None else row.valid_until for row in rows),
    )
