"""Who is on which department-day: lists that a compiled search can draw from and change in constant time.

Owns these lists and their upkeep. Knows the state they mirror; knows no costs and no rules.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from solver.merging.compiled import swift_part
from solver.merging.state import State
from solver.merging.tables import Tables
from solver.merging.workspace import MOST_REQUESTS
from solver.problem import NONE, Ints

SPARE: Final = 2 * MOST_REQUESTS
"""Places of a list beyond what capacity allows: while a change is tried, a day may be overfull."""


class Cells(NamedTuple):
    """Requests by department-day. The list of (d, t) is `rows[start[c]:start[c] + held[c]]` with c = d x T + t;
    `place` [R] is where a request stands in `rows`."""

    start: Ints
    held: Ints
    rows: Ints
    place: Ints


def make_cells(tables: Tables, state: State) -> Cells:
    """List all placed requests by department-day. O(R log R)."""
    departments, days = tables.capacity.shape
    placed = np.flatnonzero(state.day != NONE)
    cell = tables.department[placed] * days + state.day[placed]
    count = np.bincount(cell, minlength=departments * days).astype(np.int64)
    lightest = np.full(departments, np.iinfo(np.int64).max)
    np.minimum.at(lightest, tables.department, np.maximum(tables.load, 1))
    most = np.maximum((tables.capacity // lightest[:, None]).ravel(), count) + SPARE
    start = np.concatenate([[0], np.cumsum(most)])
    place = np.full(len(state.day), NONE, dtype=np.int64)
    order = np.argsort(cell, kind="stable")
    first = np.cumsum(count) - count
    place[placed[order]] = start[cell[order]] + np.arange(len(order)) - first[cell[order]]
    rows = np.full(int(start[-1]), NONE, dtype=np.int64)
    rows[place[placed]] = placed
    return Cells(start[:-1], count, rows, place)


@swift_part
def move_in_cells(cells: Cells, r: int, out: int, into: int) -> None:
    """Move request r from the list of cell `out` to that of cell `into`."""
    here = cells.place[r]
    end = cells.start[out] + cells.held[out] - 1
    other = cells.rows[end]
    cells.rows[here] = other
    cells.place[other] = here
    cells.held[out] -= 1
    there = cells.start[into] + cells.held[into]
    cells.rows[there] = r
    cells.place[r] = there
    cells.held[into] += 1
