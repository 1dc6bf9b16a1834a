"""Random small problems over all rules, and random plans for them, for property tests.

Owns hypothesis strategies. Problems are valid as folders (no colliding locks, no cycles) but not tame: odd ids,
closed windows, no capacity, every optional table.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from solver.locks import list_collisions
from solver.plan import Plan
from solver.problem import Limits, Problem, Weights
from tests.solver.builders import Ask, Office, Officer, Site, Stop, make_plan, make_problem

ODD_TEXT = st.text(
    alphabet=st.one_of(st.sampled_from("0é,\"\n\r;' 中|一"), st.characters(exclude_categories=["Cs"])),
    min_size=1,
    max_size=6,
)
SKILLS = ("lift", "fire", "食品")
PRICES = st.sampled_from((0.0, 0.05, 0.1, 1.0, 2.5, 8.0, 1000.0))


def names(prefix: str, *, odd: bool) -> st.SearchStrategy[Any]:
    """A function from a number to an id: plain, or with odd characters in it."""
    return ODD_TEXT.map(lambda text: lambda i: f"{text}{i}") if odd else st.just(lambda i: f"{prefix}{i}")


@st.composite
def problems(draw: Any, *, odd_ids: bool = False, officers: bool | None = None, most_requests: int = 8) -> Problem:
    """A small Problem; `officers` says whether there is a roster to make, None leaves it open."""
    days = draw(st.integers(1, 12))
    request, enterprise, department = (draw(names(prefix, odd=odd_ids)) for prefix in "RED")
    town, inspector = draw(names("T", odd=odd_ids)), draw(names("I", odd=odd_ids))
    offices = [Office(department(i), inspectors=draw(st.integers(0, 12))) for i in range(draw(st.integers(1, 3)))]
    sites = [draw(site(enterprise(i), town)) for i in range(draw(st.integers(1, 3)))]
    asks = [
        draw(ask(request(i), [o.id for o in offices], [s.id for s in sites], days))
        for i in range(draw(st.integers(1, most_requests)))
    ]
    crew = draw(crews(inspector, [o.id for o in offices], days)) if draw(_open(officers)) else None
    ids = [a.id for a in asks]
    facts: dict[str, Any] = {
        "capacity": draw(unique([o.id for o in offices], days, st.integers(0, 6))),
        "closures": [(draw(st.sampled_from(sites)).id, *draw(windows(days))) for _ in range(draw(st.integers(0, 2)))],
        "conflicts": draw(pairs(ids)),
        "sequences": [(a, b, draw(st.integers(0, 3))) for a, b in draw(pairs(ids))],
    }
    if crew:
        facts["absences"] = [(i, day) for i, day, _ in draw(unique([o.id for o in crew], days, st.just(0)))]
        facts["recusals"] = draw(st.lists(st.tuples(st.sampled_from(crew), st.sampled_from(sites)), max_size=2))
        facts["recusals"] = [(officer.id, place.id) for officer, place in facts["recusals"]]
    common: dict[str, Any] = {
        "days": days,
        "weights": draw(weights()),
        "limits": draw(limits()),
        "name": draw(st.text(max_size=5, alphabet="a中 \"'")),
    }
    problem = make_problem(requests=asks, sites=sites, offices=offices, officers=crew, **facts, **common)
    while list_collisions(problem):
        asks = [Ask(**{name: getattr(a, name) for name in Ask.__slots__} | {"locked": False}) for a in asks]
        problem = make_problem(requests=asks, sites=sites, offices=offices, officers=crew, **facts, **common)
    return problem


def _open(value: bool | None) -> st.SearchStrategy[bool]:
    return st.booleans() if value is None else st.just(value)


@st.composite
def windows(draw: Any, days: int) -> tuple[int, int]:
    first, last = sorted((draw(st.integers(0, days - 1)), draw(st.integers(0, days - 1))))
    return first, last


@st.composite
def site(draw: Any, name: str, town: Any) -> Site:
    return Site(
        name,
        credit_class=draw(st.sampled_from("ABCD")),
        town=town(draw(st.integers(0, 1))),
        lon=draw(st.floats(120.0, 120.4)),
        lat=draw(st.floats(33.0, 33.3)),
        max_visits=draw(st.sampled_from((None, None, 0, 1, 2))),
    )


@st.composite
def ask(draw: Any, name: str, departments: list[str], enterprises: list[str], days: int) -> Ask:
    window = draw(windows(days))
    planned = draw(st.one_of(st.none(), st.integers(*window)))
    return Ask(
        name,
        department=draw(st.sampled_from(departments)),
        enterprise=draw(st.sampled_from(enterprises)),
        window=window,
        quarters=draw(st.sampled_from((1, 2, 4))),
        inspectors=draw(st.integers(2, 3)),
        priority=draw(st.integers(1, 9)),
        joint=draw(st.integers(0, 4)) > 0,
        unannounced=draw(st.integers(0, 3)) == 0,
        skill=draw(st.sampled_from(("", "", *SKILLS))),
        planned=planned,
        locked=planned is not None and draw(st.integers(0, 2)) == 0,
    )


@st.composite
def crews(draw: Any, name: Any, departments: list[str], days: int) -> list[Officer]:
    return [
        Officer(
            name(i),
            department=draw(st.sampled_from(departments)),
            skills=tuple(draw(st.sets(st.sampled_from(SKILLS)))),
            valid_until=draw(st.sampled_from((None, None, days // 2, days))),
        )
        for i in range(draw(st.integers(1, 6)))
    ]


def unique(ids: list[str], days: int, values: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[str, int, int]]]:
    """Rows (id, day, value) with no (id, day) twice."""
    rows = st.tuples(st.sampled_from(ids), st.integers(0, days - 1), values)
    return st.lists(rows, max_size=3, unique_by=lambda row: row[:2])


def pairs(ids: list[str]) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Pairs of different ids, the earlier one first, so that they never form a cycle."""
    chosen = st.tuples(st.integers(0, len(ids) - 1), st.integers(0, len(ids) - 1))
    return st.lists(
        chosen.filter(lambda pair: pair[0] < pair[1]).map(lambda pair: (ids[pair[0]], ids[pair[1]])),
        max_size=2 if len(ids) > 1 else 0,
        unique=True,
    )


@st.composite
def weights(draw: Any) -> Weights:
    return Weights(
        unscheduled=draw(PRICES),
        visit=tuple(draw(PRICES) for _ in "ABCD"),
        trip=draw(PRICES),
        delay=tuple(draw(PRICES) for _ in "ABCD"),
        move=draw(PRICES),
        repeat=draw(PRICES),
    )


@st.composite
def limits(draw: Any) -> Limits:
    return Limits(
        max_departments_per_visit=draw(st.sampled_from((None, 1, 2))),
        max_inspectors_per_visit=draw(st.sampled_from((None, 3, 6))),
        max_hop_km=draw(st.sampled_from((None, 0.0, 15.0))),
        repeat_days=draw(st.sampled_from((None, 0, 4))),
        reserve=draw(st.sampled_from((0.0, 0.05, 0.3))),
    )


@st.composite
def plans(draw: Any, problem: Problem) -> Plan:
    """Any plan that names every request once, broken or not."""
    ids = [str(name) for name in problem.requests.ids]
    groups: dict[int, list[str]] = {}
    for name in ids:
        groups.setdefault(draw(st.integers(-1, 3)), []).append(name)
    left = {name: draw(st.sampled_from(("capacity", "cost"))) for name in groups.pop(-1, [])}
    stops = [
        Stop(draw(st.integers(0, problem.days - 1)), tuple(members), start=draw(st.integers(0, 3)))
        for members in groups.values()
    ]
    roster = None
    if problem.inspectors is not None:
        placed = [name for stop in stops for name in stop.requests]
        people = st.sampled_from([str(name) for name in problem.inspectors.ids])
        roster = [(name, draw(people), draw(st.integers(0, 1))) for name in placed]
    return make_plan(problem, *stops, left_out=left, roster=roster)
