"""Improvement: part of a town's enterprises, over part of the calendar, leaves and comes back; kept when not worse.

Owns the neighbourhoods that the compiled sweep repairs. The merge stays within capacity all the time. Knows no clock:
the caller decides how often.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from solver.merging.score import cost_of
from solver.merging.start import Engine, hard_prices, join_prices, make_hard, owners, press, sweep_all
from solver.merging.state import Prices, State, copy_state
from solver.merging.tables import Tables
from solver.problem import NONE, Ints

SHARES: Final = (0.7, 0.4, 0.2, 0.0, 0.0)
"""What joining a trip costs in the sweeps of one try: first requests gather, then the score decides."""

REGION: Final = 150
"""Enterprises of one try: large enough to gather trips anew, small enough for thousands of tries a minute."""

PRESS_SWEEPS: Final = 8
"""Sweeps of growing prices in one try."""

TIE: Final = 1e-9


@dataclass(slots=True, kw_only=True)
class Towns:
    """Enterprises of each town, so that a try looks at one town only."""

    members: list[Ints]
    weight: np.ndarray


def group_towns(tables: Tables) -> Towns:
    """List the enterprises that have requests by town; towns are drawn by their number of requests."""
    sizes = np.diff(tables.start)
    members = [np.flatnonzero((tables.town == w) & (sizes > 0)) for w in range(max(tables.towns, 1))]
    weight = np.array([float(sizes[m].sum()) for m in members])
    return Towns(members=members, weight=weight / max(weight.sum(), 1.0))


def draw_region(engine: Engine, state: State, towns: Towns) -> Ints:
    """Draw enterprises of one town around one day: those with a request there, nearest first, at most REGION."""
    town = int(engine.random.choice(len(towns.members), p=towns.weight))
    members = towns.members[town]
    centre = int(engine.random.integers(engine.tables.capacity.shape[1]))
    sample = engine.tables.start[members]
    last = engine.tables.start[members + 1] - 1
    pick = engine.random.integers(sample, last + 1)
    distance = np.abs(state.day[pick] - centre)
    return members[np.argsort(distance, kind="stable")[:REGION]]


def try_region(engine: Engine, state: State, members: Ints) -> float:
    """Rebuild the enterprises of one region; keep the result unless it is dearer. Returns the gain (>= 0)."""
    tables = engine.tables
    towns = np.unique(tables.town[members])
    before = cost_of(tables, state, members, towns)
    kept = copy_state(state)
    for share in SHARES:
        sweep_all(engine, state, hard_prices(engine, share=share), members)
    gain = before - cost_of(tables, state, members, towns)
    if gain < -TIE:
        state.day[:], state.used[:], state.trips[:] = kept
        return 0.0
    return float(gain)


def draw_rivals(engine: Engine, state: State) -> Ints:
    """Draw a left-out request and the enterprises that use its department within its window, at most REGION."""
    tables = engine.tables
    left_out = np.flatnonzero(state.day == NONE)
    r = int(engine.random.choice(left_out))
    near = (tables.department == tables.department[r]) & (state.day >= tables.first[r]) & (state.day <= tables.last[r])
    rivals = np.flatnonzero(near)
    if len(rivals) > REGION:
        rivals = engine.random.choice(rivals, REGION, replace=False)
    return owners(tables, np.append(rivals, r))


def try_press(engine: Engine, state: State, members: Ints) -> float:
    """Let members compete for days by growing prices, capacity soft meanwhile; keep the result unless it is dearer."""
    tables = engine.tables
    towns = np.unique(tables.town[members])
    before = cost_of(tables, state, members, towns)
    kept = copy_state(state)
    calm = Prices(np.zeros(tables.capacity.shape), engine.unit * 0.1, 0.0, join_prices(tables.trip, 0.0))
    sweep_all(engine, state, calm, members)
    press(engine, state, calm.load, members, sweeps=PRESS_SWEEPS)
    make_hard(engine, state, hard_prices(engine))
    for _ in range(2):
        sweep_all(engine, state, hard_prices(engine), members)
    gain = before - cost_of(tables, state, members, towns)
    if gain < -TIE or not _only(kept, state, tables, members):
        state.day[:], state.used[:], state.trips[:] = kept
        return 0.0
    return float(gain)


def _only(kept: State, state: State, tables: Tables, members: Ints) -> bool:
    """Say whether nobody but the members has moved, so that the gain counted is the whole gain."""
    return bool(np.isin(owners(tables, np.flatnonzero(kept.day != state.day)), members).all())


def unplaced(state: State) -> int:
    """Requests without a day."""
    return int((state.day == NONE).sum())
