"""Weights and limits of a round: the district's defaults, with the round's own laid over them. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from solver.problem import CREDIT_CLASSES, Limits, Weights

DEFAULT_WEIGHTS: Final[Mapping[str, Any]] = {
    "unscheduled": 1000.0,
    "visit": {"A": 8.0, "B": 4.0, "C": 2.0, "D": 1.0},
    "trip": 0.05,
    "delay": {"A": 0.0, "B": 0.0, "C": 0.05, "D": 0.1},
    "move": 0.5,
    "repeat": 1.0,
}
"""A visit to an enterprise of class A costs eight times one to class D: who keeps the rules is disturbed least."""

DEFAULT_LIMITS: Final[Mapping[str, Any]] = {
    "max_departments_per_visit": 6,
    "max_inspectors_per_visit": 16,
    "max_hop_km": 15.0,
    "repeat_days": 20,
    "reserve": 0.0,
}


def weights_of(own: Mapping[str, Any]) -> Weights:
    """Return the weights of a round; `own` as `weights` in problem.json, missing ones from the defaults."""
    merged = {**DEFAULT_WEIGHTS, **own}
    return Weights(
        unscheduled=float(merged["unscheduled"]),
        visit=_by_class(merged["visit"]),
        trip=float(merged["trip"]),
        delay=_by_class(merged["delay"]),
        move=float(merged["move"]),
        repeat=float(merged["repeat"]),
    )


def limits_of(own: Mapping[str, Any]) -> Limits:
    """Return the limits of a round; `own` as `limits` in problem.json, null takes a default limit away."""
    merged = {**DEFAULT_LIMITS, **own}
    return Limits(
        max_departments_per_visit=merged["max_departments_per_visit"],
        max_inspectors_per_visit=merged["max_inspectors_per_visit"],
        max_hop_km=merged["max_hop_km"],
        repeat_days=merged["repeat_days"],
        reserve=float(merged["reserve"] or 0.0),
    )


def _by_class(prices: Mapping[str, float]) -> tuple[float, float, float, float]:
    a, b, c, d = (float(prices.get(name, 0.0)) for name in CREDIT_CLASSES)
    return a, b, c, d
