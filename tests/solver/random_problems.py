"""Random tiny problems over all rules, from a seed: small enough for an exact programme, dense enough to bind."""

from __future__ import annotations

from typing import Any

import numpy as np

from solver.problem import Limits, Problem, Weights
from tests.solver.builders import Ask, Office, Site, make_problem


def random_problem(seed: int) -> Problem:
    """One to three enterprises, two or three departments, five to eight days, up to nine requests."""
    rng = np.random.default_rng(seed)
    days = int(rng.integers(5, 9))
    sites = [
        Site(f"E{i}", "ABCD"[rng.integers(4)], f"T{rng.integers(2)}", max_visits=_maybe(rng, 0.3, 1, 3))
        for i in range(int(rng.integers(1, 4)))
    ]
    offices = [Office(f"D{i}", inspectors=int(rng.integers(2, 6))) for i in range(int(rng.integers(2, 4)))]
    asks = [_ask(rng, i, len(sites), len(offices), days) for i in range(int(rng.integers(3, 10)))]
    return make_problem(
        requests=asks,
        sites=sites,
        offices=offices,
        days=days,
        weights=_weights(rng),
        limits=_limits(rng),
        capacity=[(f"D{rng.integers(len(offices))}", int(rng.integers(days)), int(rng.integers(3)))],
        closures=[(f"E{rng.integers(len(sites))}", (start := int(rng.integers(days))), min(days - 1, start + 1))],
        conflicts=_pairs(rng, asks, 2),
        sequences=[(a, b, int(rng.integers(0, 4))) for a, b in _pairs(rng, asks, 2)],
    )


def _maybe(rng: np.random.Generator, chance: float, low: int, high: int) -> int | None:
    return int(rng.integers(low, high)) if rng.random() < chance else None


def _ask(rng: np.random.Generator, i: int, sites: int, offices: int, days: int) -> Ask:
    first = int(rng.integers(days))
    last = int(min(days - 1, first + rng.integers(0, days)))
    planned = int(rng.integers(first, last + 1)) if rng.random() < 0.3 else None
    return Ask(
        id=f"R{i}",
        department=f"D{rng.integers(offices)}",
        enterprise=f"E{rng.integers(sites)}",
        window=(first, last),
        quarters=int(rng.choice([1, 2, 4])),
        inspectors=int(rng.integers(2, 4)),
        priority=int(rng.integers(1, 10)),
        joint=bool(rng.random() > 0.1),
        unannounced=bool(rng.random() < 0.15),
        planned=planned,
        locked=bool(planned is not None and rng.random() < 0.3),
    )


def _pairs(rng: np.random.Generator, asks: list[Ask], most: int) -> list[tuple[str, str]]:
    """Distinct ordered pairs, the earlier first, so that sequences have no cycle."""
    found: dict[tuple[str, str], Any] = {}
    for _ in range(int(rng.integers(most + 1))):
        a, b = sorted(rng.choice(len(asks), 2, replace=False).tolist())
        found[f"R{a}", f"R{b}"] = None
    return list(found)


def _weights(rng: np.random.Generator) -> Weights:
    return Weights(
        unscheduled=float(rng.choice([0.5, 20.0, 1000.0])),
        visit=(8.0, 4.0, 2.0, 1.0) if rng.random() < 0.8 else (0.0, 3.0, 0.0, 1.0),
        trip=float(rng.choice([0.0, 0.05, 1.5])),
        delay=(0.0, 0.3, 0.05, 0.1),
        move=float(rng.choice([0.0, 0.5])),
        repeat=float(rng.choice([0.0, 1.0, 6.0])),
    )


def _limits(rng: np.random.Generator) -> Limits:
    return Limits(
        max_departments_per_visit=_maybe(rng, 0.4, 1, 4),
        max_inspectors_per_visit=_maybe(rng, 0.4, 2, 8),
        repeat_days=_maybe(rng, 0.6, 1, 5),
        reserve=float(rng.choice([0.0, 0.1])),
    )
