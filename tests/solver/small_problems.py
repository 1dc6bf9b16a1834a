"""Small problems from a seed, made so that many rules bind at once and prices pull against each other.

Owns the dice. Locks may collide: whether they do is a question for those who solve the problem.
"""

from __future__ import annotations

import random
from typing import Any

from solver.problem import Limits, Problem, Weights
from tests.solver.builders import Ask, Office, Officer, Site, make_problem

SKILLS = ("fire", "lift")


def small_problem(seed: int, *, most_requests: int = 7) -> Problem:
    """1 to 4 enterprises, 2 to 7 requests, 3 to 8 days, no officers; rules 1 to 8 and all six terms."""
    dice = random.Random(seed)
    days = dice.randint(3, 8)
    sites = [_site(dice, f"E{i}") for i in range(dice.randint(1, 4))]
    offices = [Office(f"D{i}", inspectors=dice.choice((2, 4, 6, 12))) for i in range(dice.randint(1, 3))]
    asks = _asks(dice, dice.randint(2, most_requests), sites, offices, days)
    return make_problem(
        requests=asks,
        sites=sites,
        offices=offices,
        days=days,
        weights=_weights(dice),
        limits=_limits(dice),
        name=f"small {seed}",
        **_facts(dice, asks, sites, offices, days),
    )


def small_staffed_problem(seed: int) -> Problem:
    """1 to 3 enterprises, 2 to 5 requests, 2 to 3 days, and officers who are just about enough; all rules."""
    dice = random.Random(seed)
    days = dice.randint(2, 3)
    sites = [_site(dice, f"E{i}") for i in range(dice.randint(1, 3))]
    offices = [Office(f"D{i}", inspectors=9) for i in range(dice.randint(1, 2))]
    asks = _asks(dice, dice.randint(2, 5), sites, offices, days, skills=("", "", *SKILLS))
    officers = [_officer(dice, f"{office.id}-{i}", office.id, days) for office in offices for i in range(4)]
    officers = dice.sample(officers, dice.randint(2, len(officers)))
    absences = {(officer.id, dice.randrange(days)) for officer in officers if dice.random() < 0.2}
    recusals = {(officer.id, dice.choice(sites).id) for officer in officers if dice.random() < 0.15}
    return make_problem(
        requests=asks,
        sites=sites,
        offices=offices,
        officers=officers,
        days=days,
        weights=_weights(dice),
        limits=_limits(dice),
        name=f"staffed {seed}",
        absences=sorted(absences),
        recusals=sorted(recusals),
        **_facts(dice, asks, sites, offices, days),
    )


def _site(dice: random.Random, name: str) -> Site:
    return Site(
        name,
        credit_class=dice.choice("ABCD"),
        town=dice.choice(("T0", "T1")),
        lon=120.0 + dice.random() / 2,
        lat=33.0 + dice.random() / 4,
        max_visits=dice.choice((None, None, None, None, None, 0, 1, 2)),
    )


def _asks(
    dice: random.Random,
    count: int,
    sites: list[Site],
    offices: list[Office],
    days: int,
    skills: tuple[str, ...] = ("",),
) -> list[Ask]:
    with_locks = dice.random() < 0.3
    alone_share, secret_share = dice.choice((0.0, 0.0, 0.3)), dice.choice((0.0, 0.0, 0.4))
    asks = []
    for i in range(count):
        first = dice.randrange(days)
        window = (first, min(days - 1, first + dice.choice((0, 1, 2, 3, 7))))
        planned = dice.randint(*window) if dice.random() < 0.4 else None
        asks.append(
            Ask(
                f"R{i}",
                department=dice.choice(offices).id,
                enterprise=dice.choice(sites).id,
                window=window,
                quarters=dice.choice((1, 1, 2, 4)),
                inspectors=dice.choice((2, 2, 3)),
                priority=dice.randint(1, 9),
                joint=dice.random() >= alone_share,
                unannounced=dice.random() < secret_share,
                skill=dice.choice(skills),
                planned=planned,
                locked=with_locks and planned is not None and dice.random() < 0.6,
            )
        )
    return asks


def _officer(dice: random.Random, name: str, department: str, days: int) -> Officer:
    return Officer(
        name,
        department=department,
        skills=tuple(skill for skill in SKILLS if dice.random() < 0.4),
        valid_until=dice.choice((None, None, None, 0, days - 1)),
    )


def _facts(dice: random.Random, asks: list[Ask], sites: list[Site], offices: list[Office], days: int) -> dict[str, Any]:
    """Rows of the optional tables, each table empty in a good part of the problems."""
    cells = [(office.id, t) for office in offices for t in range(days)]
    some_cells = dice.sample(cells, min(len(cells), dice.choice((0, 0, 2, 4))))
    pairs = [(a.id, b.id) for i, a in enumerate(asks) for b in asks[i + 1 :]]
    closures = []
    for _ in range(dice.choice((0, 0, 1, 2))):
        first = dice.randrange(days)
        closures.append((dice.choice(sites).id, first, min(days - 1, first + dice.randrange(3))))
    return {
        "capacity": [(office, t, dice.choice((0, 1, 2, 4))) for office, t in some_cells],
        "closures": closures,
        "conflicts": dice.sample(pairs, min(len(pairs), dice.choice((0, 0, 1, 3)))),
        "sequences": [
            (*pair, dice.randint(0, 3)) for pair in dice.sample(pairs, min(len(pairs), dice.choice((0, 0, 1, 2))))
        ],
    }


def _weights(dice: random.Random) -> Weights:
    return Weights(
        unscheduled=dice.choice((1000.0, 1000.0, 3.0, 0.4, 0.0)),
        visit=dice.choice(((8.0, 4.0, 2.0, 1.0), (1.0, 1.0, 1.0, 1.0), (2.5, 0.0, 7.0, 0.3))),
        trip=dice.choice((0.05, 0.0, 1.0, 3.0)),
        delay=dice.choice(((0.0, 0.0, 0.05, 0.1), (1.0, 0.7, 2.0, 0.3), (0.0, 0.0, 0.0, 0.0))),
        move=dice.choice((0.5, 0.0, 4.0)),
        repeat=dice.choice((1.0, 0.0, 6.0)),
    )


def _limits(dice: random.Random) -> Limits:
    return Limits(
        max_departments_per_visit=dice.choice((None, None, 1, 2)),
        max_inspectors_per_visit=dice.choice((None, None, 2, 4, 6)),
        max_hop_km=dice.choice((None, 10.0, 20.0)),
        repeat_days=dice.choice((None, 2, 3, 6)),
        reserve=dice.choice((0.0, 0.0, 0.1, 0.3)),
    )
