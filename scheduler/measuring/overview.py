"""The page of figures: totals, the same by month, class, township, scenario or body, coverage, and balance of load.

Load is shown as balance only (R67): bodies stand in the order of their codes, people without names, and there is no
target, no rank, and no field for one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from sqlmodel import Session, col, func, select

from data.enums import CreditClass, RecordStatus
from data.models import Enterprise, Site, Town
from scheduler.measuring.counterfactual import (
    grouped,
    real_messages,
    real_visits,
    real_ways,
    supposed_messages,
    supposed_visits,
    supposed_ways,
)
from scheduler.measuring.facts import Fact, Question, load_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts over some facts; hours of reception and kilometres are rounded to one decimal. Rates are 0..1.

    `repeats`: enterprises that are visited more than once in one round.
    """

    requests: int
    visits_without: int
    visits_with: int
    notices_without: int
    notices_with: int
    hours_without: float
    hours_with: float
    joint_visits: int
    joint_rate: float
    repeats_without: int
    repeats_with: int
    trips_without: int
    trips_with: int
    km_without: float
    km_with: float
    people_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One line of a comparison; `key` goes into the filter that opens its rows."""

    key: str
    name: str
    totals: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many enterprises of a class are in the registry, and how many of them were visited."""

    credit_class: CreditClass
    enterprises: int
    visited: int

    @property
    def rate(self) -> float:
        return self.visited / self.enterprises if self.enterprises else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """How evenly officers are sent: quarters of a day a person. `spread`: (quarters, people), people without names.

    `gini` 0..1, 0 when all do the same (Gini 1912); only people who were sent at all are counted.
    """

    people: int
    least: int
    middle: float
    most: int
    gini: float
    spread: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLoad:
    """What one organisation has to do; in the order of codes, never of size."""

    name: str
    visits: int
    people_days: int
    officers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Everything on the page of figures."""

    totals: Totals
    groups: tuple[Group, ...]
    coverage: tuple[Coverage, ...]
    balance: Balance
    bodies: tuple[BodyLoad, ...]


GROUPS: Final[dict[str, Callable[[Fact], tuple[str, str]]]] = {
    "month": lambda one: (f"{one.day:%Y-%m}", f"{one.day:%Y-%m}"),
    "class": lambda one: (str(one.place.credit_class), str(one.place.credit_class)),
    "town": lambda one: (one.place.town_code, one.place.town),
    "scenario": lambda one: (one.place.scenario_code, one.place.scenario),
    "organisation": lambda one: (one.body.code, one.body.name),
}
"""Name of a grouping -> key and name of a fact's group."""


def overview(session: Session, question: Question, group_by: str = "month") -> Overview:
    """Count everything of a question; raises KeyError for an unknown grouping."""
    facts = load_facts(session, question)
    return Overview(
        totals=count(facts),
        groups=tuple(
            Group(key=key, name=name, totals=count(rows)) for (key, name), rows in grouped(facts, GROUPS[group_by])
        ),
        coverage=_coverage(session, question, facts),
        balance=_balance(facts),
        bodies=tuple(_body_load(rows) for _, rows in grouped(facts, lambda one: one.body.code)),
    )


def count(facts: Sequence[Fact]) -> Totals:
    """Count some facts with and without coordination."""
    visits, supposed = real_visits(facts), [stop for stop, _ in supposed_visits(facts)]
    joint = len({one.visit_uid for one in facts if one.bodies > 1})
    ways, alone = real_ways(facts), supposed_ways(facts)
    return Totals(
        requests=len(facts),
        visits_without=len(supposed),
        visits_with=len(visits),
        notices_without=len(supposed_messages(facts)),
        notices_with=len(real_messages(facts)),
        hours_without=round(sum(stop.hours for stop in supposed), 1),
        hours_with=round(sum(stop.hours for stop in visits), 1),
        joint_visits=joint,
        joint_rate=round(joint / len(visits), 4) if visits else 0.0,
        repeats_without=_repeats((stop.round_id, stop.place.enterprise_id) for stop in supposed),
        repeats_with=_repeats((stop.round_id, stop.place.enterprise_id) for stop in visits),
        trips_without=len(alone),
        trips_with=len(ways),
        km_without=round(sum(way.km for way in alone), 1),
        km_with=round(sum(way.km for way in ways), 1),
        people_days=len({(officer, one.day) for one in facts for officer, _ in one.officers}),
    )


def _repeats(keys: object) -> int:
    return sum(number > 1 for number in Counter(keys).values())  # type: ignore[call-overload]


def _coverage(session: Session, question: Question, facts: Sequence[Fact]) -> tuple[Coverage, ...]:
    statement = (
        select(Enterprise.credit_class, func.count(func.distinct(col(Enterprise.id))))
        .join(Site, col(Site.enterprise_id) == col(Enterprise.id))
        .where(Enterprise.status == RecordStatus.ACTIVE)
        .group_by(col(Enterprise.credit_class))
    )
    if question.town_code:
        statement = statement.where(col(Site.town_id).in_(select(col(Town.id)).where(Town.code == question.town_code)))
    registered = dict(session.exec(statement).all())
    visited = Counter(
        credit_class for _, credit_class in {(one.place.enterprise_id, one.place.credit_class) for one in facts}
    )
    return tuple(
        Coverage(credit_class=one, enterprises=registered.get(one, 0), visited=visited[one]) for one in CreditClass
    )


def _balance(facts: Sequence[Fact]) -> Balance:
    load: Counter[int] = Counter()
    for one in facts:
        for officer, _ in one.officers:
            load[officer] += one.quarters
    values = sorted(load.values())
    if not values:
        return Balance(people=0, least=0, middle=0.0, most=0, gini=0.0, spread=())
    weighted = sum((2 * place - len(values) - 1) * value for place, value in enumerate(values, start=1))
    return Balance(
        people=len(values),
        least=values[0],
        middle=float(median(values)),
        most=values[-1],
        gini=round(weighted / (len(values) * sum(values)), 4),
        spread=tuple(sorted(Counter(values).items())),
    )


def _body_load(facts: Sequence[Fact]) -> BodyLoad:
    return BodyLoad(
        name=facts[0].body.name,
        visits=len({one.visit_uid for one in facts}),
        people_days=len({(officer, one.day) for one in facts for officer, _ in one.officers}),
        officers=len({officer for one in facts for officer, _ in one.officers}),
    )
