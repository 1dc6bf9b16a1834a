"""The start: prices on department-days bring a whole merge within capacity while every enterprise chooses freely.

Owns the price schedule (a subgradient step on the capacity duals after each sweep) and the repair that makes capacity
hard. Knows the state and its sweep; knows nothing of time, plans or bounds.

Trips are priced concavely at first - joining a trip that one other request makes still costs a share - so that
requests gather on the same days before single trips freeze; the share sinks to zero with the sweeps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from solver.merging.crowd import Crowd, crowd_workspace
from solver.merging.score import overload
from solver.merging.state import TRIP_STEPS, Prices, State
from solver.merging.subsets import IMPOSSIBLE
from solver.merging.sweep import sweep
from solver.merging.tables import FORBIDDEN, Tables
from solver.merging.workspace import Workspace, workspace
from solver.options import never_cancelled
from solver.problem import NONE, Floats, Ints

PRICE_STEP: Final = 0.001
"""Step of a capacity price per unit of overload, as a share of the mean visit price; sinks three times slower."""

GATHER: Final = 0.5
"""Share of a trip that the second request still pays in the first sweep (0 = none, 1 = no gathering at all)."""

GATHER_UNTIL: Final = 0.7
"""Share of the sweeps after which trips cost what the score says."""

OVER_FIRST: Final = 0.0025
OVER_GROWTH: Final = 0.03
"""Price of a unit above capacity in the first sweep and what it gains by the last, as shares of the mean visit price.
Where a request weighs some four units it must stay below the cheapest visit, or visits are opened that the capacity
prices would have closed."""

CROWDING: Final = 0.0025
"""Price of a full day against an empty one, as a share of the mean visit price: it spreads load."""

REPAIR_ROUNDS: Final = 30
"""Rounds of hard reinsertion; each empties at least the cells it visits, so a few suffice."""

SLICE: Final = 25_000
"""Enterprises swept between two looks at whether the caller cancelled: about a tenth of a second."""


@dataclass(slots=True, kw_only=True)
class Engine:
    """Everything one search thread works with: tables, scratch arrays, random numbers and the scale of prices.

    `value` [E]: price of leaving out all movable requests of an enterprise per unit of load. `dearest`: highest price
    of leaving one request out.
    """

    tables: Tables
    workspace: Workspace
    crowd: Crowd
    random: np.random.Generator
    unit: float
    value: Floats
    dearest: float
    cancelled: Callable[[], bool] = never_cancelled

    @property
    def enterprises(self) -> int:
        return len(self.tables.start) - 1


def make_engine(tables: Tables, seed: int, cancelled: Callable[[], bool] = never_cancelled) -> Engine:
    """Prepare the scratch arrays of one thread; `unit`, the mean visit price, scales all prices."""
    departments, days = tables.capacity.shape
    sizes = np.diff(tables.start)
    largest = int(sizes.max()) if len(sizes) else 0
    busy = tables.visit[sizes > 0]
    unit = float(busy.mean()) if len(busy) and busy.mean() > 0 else max(tables.trip, 1.0)
    return Engine(
        tables=tables,
        workspace=workspace(days),
        crowd=crowd_workspace(departments, days, largest),
        random=np.random.default_rng(seed),
        unit=unit,
        value=_values(tables),
        dearest=float(tables.left_out[tables.left_out < IMPOSSIBLE].max(initial=0.0)),
        cancelled=cancelled,
    )


def _values(tables: Tables) -> Floats:
    movable = np.where(tables.left_out < IMPOSSIBLE, tables.left_out, 0.0)
    edges = tables.start
    worth = np.concatenate([[0.0], np.cumsum(movable)])
    load = np.concatenate([[0.0], np.cumsum(tables.load.astype(np.float64))])
    return (worth[edges[1:]] - worth[edges[:-1]]) / np.maximum(load[edges[1:]] - load[edges[:-1]], 1.0)


def join_prices(trip: float, share: float) -> Floats:
    """Price of a trip by how many requests make it already: trip x (1, share, share^2, ...)."""
    return np.asarray(trip * share ** np.arange(TRIP_STEPS), dtype=np.float64)


def hard_prices(engine: Engine, load: Floats | None = None, *, share: float = 0.0) -> Prices:
    """Return prices under which nothing goes over capacity; without `load`, the score and nothing else."""
    tables = engine.tables
    duals = np.zeros(tables.capacity.shape) if load is None else load
    return Prices(duals, FORBIDDEN, 0.0, join_prices(tables.trip, share))


def soft_prices(engine: Engine, load: Floats, progress: float) -> Prices:
    """Prices of the start when a share `progress` (0..1) of its sweeps is done."""
    share = max(0.0, GATHER * (1 - progress / GATHER_UNTIL))
    over = engine.unit * (OVER_FIRST + OVER_GROWTH * progress**2)
    return Prices(load, over, engine.unit * CROWDING, join_prices(engine.tables.trip, share))


def step_prices(engine: Engine, state: State, load: Floats) -> Floats:
    """Raise the price of overloaded department-days, let the others sink slowly; returns new prices [D, T]."""
    over = (state.used - engine.tables.capacity).astype(np.float64)
    return np.maximum(0.0, load + PRICE_STEP * engine.unit * np.where(over > 0, over, 0.3 * over))


def sweep_all(engine: Engine, state: State, prices: Prices, order: Ints | None = None) -> int:
    """Sweep the enterprises once, in random order, unless cancelled in between; returns how many changed."""
    chosen = np.arange(engine.enterprises) if order is None else order
    shuffled = engine.random.permutation(chosen)
    changed = 0
    for begin in range(0, len(shuffled), SLICE):
        if begin and engine.cancelled():
            break
        piece = shuffled[begin : begin + SLICE]
        changed += sweep(engine.tables, state, prices, piece, engine.workspace, engine.crowd)
    return changed


def make_hard(engine: Engine, state: State, prices: Prices) -> None:
    """Reinsert whoever stands on an overloaded department-day, least valuable first, until none is left over."""
    for _ in range(REPAIR_ROUNDS):
        if not overload(engine.tables, state):
            return
        chosen = overloaded_enterprises(engine.tables, state)
        order = chosen[np.argsort(engine.value[chosen], kind="stable")]
        sweep(engine.tables, state, prices, order, engine.workspace, engine.crowd)


def press(engine: Engine, state: State, load: Floats, order: Ints | None = None, *, sweeps: int) -> Floats:
    """Let prices grow until the overload is gone, so that the requests cheapest to leave out give way; new prices.

    Only `order`, or whoever stands on an overloaded day, moves. Steps grow geometrically from a visit's price to that
    of the dearest request.
    """
    top = max(engine.dearest, engine.unit)
    growth = (top / engine.unit) ** (1.0 / max(sweeps, 1))
    over = engine.unit
    for _ in range(sweeps):
        excess = (state.used - engine.tables.capacity).astype(np.float64)
        if excess.max(initial=0.0) <= 0:
            return load
        load = np.maximum(0.0, load + 0.1 * over * np.where(excess > 0, excess, 0.1 * excess))
        prices = Prices(load, over, 0.0, join_prices(engine.tables.trip, 0.0))
        concerned = overloaded_enterprises(engine.tables, state)
        sweep_all(engine, state, prices, concerned if order is None else order)
        over *= growth
    return load


def overloaded_enterprises(tables: Tables, state: State) -> Ints:
    """Enterprises with a request on a department-day above its capacity, ascending."""
    placed = np.flatnonzero(state.day != NONE)
    department, day = tables.department[placed], state.day[placed]
    over = state.used[department, day] > tables.capacity[department, day]
    return owners(tables, placed[over])


def owners(tables: Tables, requests: Ints) -> Ints:
    """Distinct enterprises of requests given in enterprise order, ascending."""
    return np.unique(np.searchsorted(tables.start, requests, side="right") - 1)
