"""Scratch arrays of the exact search for one enterprise, and its limits. Owns their shapes only."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from solver.problem import Floats, Ints

MOST_REQUESTS: Final = 10
"""Enterprises up to this size are solved exactly; 3^10 steps of the subset recursion take about 0.1 ms."""

MOST_NODES: Final = 48
"""Windows looked at while branching on sequences; an enterprise has one or two, each splits into two or three."""


class Workspace(NamedTuple):
    """Scratch arrays of one thread, written and read only within one call."""

    cost: Floats
    rebate: Floats
    acc: Floats
    single: Floats
    single_day: Ints
    best: Floats
    pick: Ints
    low: Ints
    high: Ints
    people: Ints
    rooms: Ints
    picked: Ints
    apart: Ints
    twin: Ints
    days: Ints
    trial: Ints
    lo: Ints
    hi: Ints
    left_out: Floats
    node_first: Ints
    node_last: Ints
    node_left_out: Floats
    no_table: Floats


def workspace(days: int) -> Workspace:
    """Make the scratch arrays for a horizon of `days`; about 0.2 MB."""
    n, sets = MOST_REQUESTS + 1, 1 << MOST_REQUESTS
    ints: list[Any] = [np.zeros(n, np.int64) for _ in range(11)]
    arrays: list[Any] = [
        np.zeros((n, days)),
        np.zeros((n, days)),
        np.zeros((n, days)),
        np.zeros(sets),
        np.zeros(sets, np.int64),
        np.zeros(sets),
        np.zeros(sets, np.int64),
        *ints,
        np.zeros(n),
        np.zeros((MOST_NODES + 2, n), np.int64),
        np.zeros((MOST_NODES + 2, n), np.int64),
        np.zeros((MOST_NODES + 2, n)),
        np.zeros((0, 0)),
    ]
    return Workspace(*arrays)
