"""The merge from end to end: start, hard capacity, improvement; the best merge is kept all along.

Owns the order of the steps and how the budget is shared among them. Knows no method itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from solver.merging.anneal import anneal, bend_of, make_moves, make_trail
from solver.merging.budget import Budget
from solver.merging.cells import make_cells
from solver.merging.improve import Towns, draw_region, draw_rivals, group_towns, try_press, try_region, unplaced
from solver.merging.outcome import PartResult
from solver.merging.score import TERMS, overload, parts_of
from solver.merging.start import (
    Engine,
    hard_prices,
    join_prices,
    make_engine,
    make_hard,
    owners,
    press,
    soft_prices,
    step_prices,
    sweep_all,
)
from solver.merging.state import State, copy_state, empty_state, recount
from solver.merging.tables import Tables, request_days
from solver.merging.workspace import MOST_REQUESTS
from solver.problem import NONE, Floats, Ints

START_SHARE: Final = 0.35
MOST_START_SHARE: Final = 0.8
"""Share of the budget for the priced start; beyond some forty sweeps prices gain nothing, but a problem so large that
the budget has room for a dozen sweeps owes its trips to them and to nothing else."""

PATIENCE: Final = 40
LINGER: Final = 15
PATIENCE_SHARE: Final = 0.7
"""Sweeps without less overload, sweeps without a better score once nothing is overloaded, and share of the budget,
after which the start stops waiting for prices to settle."""

RIPPLE_SWEEPS: Final = 40
RIPPLE_SHARE: Final = 0.25
FAILURES: Final = 40
"""Tries in a row without gain after which the whole merge is stirred: without slack, single regions are stuck."""

FEWEST_TRIES: Final = 20_000
MOST_TRIES: Final = 100_000
WORK_PER_TRY: Final = 20.0
HOT: Final = 0.2
COLD: Final = 0.02
"""Annealing: tries between two looks at the budget, what a try is worth in request-days, first and last temperature
as shares of a trip's price."""

TIE: Final = 1e-9

RIVALS_SHARE: Final = 0.3
ANNEAL_SHARE: Final = 0.95
"""Share of the improvement spent on requests that are left out, where there are any, and of the rest on annealing."""

MOST_START_SWEEPS: Final = 40
FEWEST_START_SWEEPS: Final = 4
PRESS_SWEEPS: Final = 12
"""Sweeps in which prices grow up to that of leaving requests out, where the start could not keep within capacity."""

POLISH_SWEEPS: Final = 4
POLISH_GAIN: Final = 1e-4
"""Sweeps at true costs after the start, until one gains less than this many trips a request."""

EXACT_CELLS: Final = 4_000
"""Request-days up to which the whole problem is one CP-SAT model; it is built in a second and often proven."""

WORK_PER_UNIT: Final = 20.0
"""Work of the budget per unit of CP-SAT's deterministic time: both take about a second on one core."""

FEWEST_EXACT: Final = 0.5
MOST_EXACT: Final = 1e4
"""Limits of one exact solve, in units of deterministic time."""

TELL_SECONDS: Final = 1.0
"""How often a long phase reports; the clock only decides when to report, never what is done."""

TRY_WORK: Final = 20_000.0
SWEEPS_PER_TRY: Final = 6
"""Work of one try in request-days: what it costs to draw and compare, and its sweeps over the members."""

Watch = Callable[[float, str], None]
"""Told the score so far and the phase."""


@dataclass(slots=True, kw_only=True)
class Merge:
    """A merge under way: its engine, its state (always within capacity once started), its budget and its watcher."""

    engine: Engine
    state: State
    budget: Budget
    watch: Watch
    sweep_work: float
    seed: int
    load: Floats
    floors: dict[int, float] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """Score of the state."""
        return float(parts_of(self.engine.tables, self.state).sum())

    def tell(self, phase: str) -> None:
        """Report the score."""
        self.watch(self.score, phase)


def make_merge(tables: Tables, *, seed: int, budget: Budget, watch: Watch) -> Merge:
    """Prepare a merge in which only locked requests are placed."""
    windows = np.maximum(tables.last - tables.first + 1, 0) + 1
    return Merge(
        engine=make_engine(tables, seed, budget.cancelled),
        state=empty_state(tables),
        budget=budget,
        watch=watch,
        sweep_work=float(windows.sum()),
        seed=seed,
        load=np.zeros(tables.capacity.shape),
    )


def warm(merge: Merge, day: Ints) -> None:
    """Take over the days of an earlier answer (in enterprise order) where locks allow, within capacity."""
    tables = merge.engine.tables
    usable = (day == NONE) | ((day >= tables.first) & (day <= tables.last))
    merge.state.day[:] = np.where(usable, day, merge.state.day)
    recount(tables, merge.state)
    make_hard(merge.engine, merge.state, hard_prices(merge.engine))


def run_start(merge: Merge) -> None:
    """Prices first, then hard capacity, then sweeps at true costs."""
    share = _start_share(merge)
    converge(merge, merge.load, share, max(share, PATIENCE_SHARE))
    _within_capacity(merge)
    merge.tell("start")
    polish(merge)
    settle(merge)


def settle(merge: Merge) -> None:
    """Improve enterprises with many requests one by one, exactly unless the whole problem is about to be solved so."""
    if not (np.diff(merge.engine.tables.start) > MOST_REQUESTS).any() or merge.budget.cancelled():
        return
    from solver.merging.crowded import settle_crowds  # noqa: PLC0415 -- loads OR-Tools for a second; rarely needed

    exact = not is_small(merge)
    floors = settle_crowds(merge.engine, merge.state, merge.budget, seed=merge.seed, exact=exact)
    merge.floors.update(floors)
    merge.tell("crowds")


def _start_share(merge: Merge) -> float:
    """Sweep twice and say by the second, which loads no kernels, what share of the budget the start should have."""
    needed = 0.0
    for _ in range(2):
        since = merge.budget.done
        sweep_all(merge.engine, merge.state, soft_prices(merge.engine, merge.load, 0.0))
        merge.budget.spend(merge.sweep_work)
        needed = MOST_START_SWEEPS * (merge.budget.done - since)
    return min(max(START_SHARE, needed), MOST_START_SHARE)


def _within_capacity(merge: Merge) -> None:
    """Reinsert whoever is over capacity; where that leaves out more requests, let growing prices decide who."""
    engine, state = merge.engine, merge.state
    kept, hard = copy_state(state), hard_prices(engine)
    make_hard(engine, state, hard)
    if unplaced(state) <= unplaced(kept) or merge.budget.cancelled():
        return
    direct, price = copy_state(state), merge.score
    state.day[:], state.used[:], state.trips[:] = kept
    press(engine, state, merge.load, sweeps=PRESS_SWEEPS)
    merge.budget.spend(merge.sweep_work)
    make_hard(engine, state, hard)
    if merge.score > price:
        state.day[:], state.used[:], state.trips[:] = direct


def converge(merge: Merge, load: Floats, share: float, patience_share: float) -> None:
    """Sweep at soft prices, following the schedule over `share` of the budget, then until nothing is overloaded.

    From then on the best of some more sweeps is kept, trips counting last: prices that have settled still close
    visits, and annealing finds trips but hardly visits. Gives up when the overload has not sunk for PATIENCE sweeps or
    `patience_share` of the budget is used. `load` [D, T] holds the capacity prices and is changed in place.
    """
    engine, state = merge.engine, merge.state
    progress = 0.0
    sweeps = since = 0
    least, best = np.inf, None
    cheapest = (np.inf, np.inf)
    while not merge.budget.cancelled():
        sweep_all(engine, state, soft_prices(engine, load, min(progress, 1.0)))
        load[:] = step_prices(engine, state, load)
        sweeps += 1
        merge.budget.spend(merge.sweep_work)
        progress = max(merge.budget.done / share, sweeps / MOST_START_SWEEPS)
        if sweeps < FEWEST_START_SWEEPS or progress < 1.0:
            continue
        now = overload(engine.tables, state)
        score = _without_trips(merge) if now == 0 else (np.inf, np.inf)
        since = 0 if now < least or score[0] < cheapest[0] - TIE else since + 1
        least = min(least, now)
        if score < cheapest:
            cheapest, best = score, copy_state(state)
        if since > (PATIENCE if best is None else LINGER) or merge.budget.done > patience_share:
            break
    if best is not None:
        state.day[:], state.used[:], state.trips[:] = best


def _without_trips(merge: Merge) -> tuple[float, float]:
    """Score without trips, and score: the order in which merges of the start are preferred."""
    parts = parts_of(merge.engine.tables, merge.state)
    return round(float(parts.sum() - parts[TERMS.index("trips")]), 6), float(parts.sum())


def ripple(merge: Merge) -> float:
    """Stir the whole merge - gather trips, let prices settle again - and keep what is better; the gain."""
    engine, state = merge.engine, merge.state
    kept, before = copy_state(state), merge.score
    load = merge.load.copy()
    for k in range(RIPPLE_SWEEPS):
        prices = soft_prices(engine, load, 1.0)
        sweep_all(
            engine, state, prices._replace(join=join_prices(engine.tables.trip, RIPPLE_SHARE * max(0.0, 1 - k / 6)))
        )
        load = step_prices(engine, state, load)
        merge.budget.spend(merge.sweep_work)
        if merge.budget.done >= 1.0 or (k >= 8 and not overload(engine.tables, state)):
            break
    make_hard(engine, state, hard_prices(engine))
    gain = before - merge.score
    if gain <= 0:
        state.day[:], state.used[:], state.trips[:] = kept
        return 0.0
    merge.load[:] = load
    merge.tell("ripple")
    return gain


def anneal_all(merge: Merge, until: float, seed: int) -> float:
    """Let requests and visits change days, hot at first, until a share of the budget is used; keep it when better."""
    tables, state = merge.engine.tables, merge.state
    moves = make_moves(tables)
    since = merge.budget.done
    if not len(moves.movable) or since >= until:
        return 0.0
    kept, before = copy_state(state), merge.score
    cells, trail, bend = make_cells(tables, state), make_trail(), bend_of(tables.trip, 0.0)
    tries = min(max(FEWEST_TRIES, len(moves.movable) // 4), MOST_TRIES)
    rounds = 0
    done = 0.0
    while done < 1.0:
        heat = tables.trip * HOT * (COLD / HOT) ** done + TIE
        anneal(tables, state, cells, moves, bend, heat, tries, merge.seed + 1000003 * seed + rounds, trail)
        rounds += 1
        merge.budget.spend(tries * WORK_PER_TRY)
        done = (merge.budget.done - since) / (until - since)
    sweep_all(merge.engine, state, hard_prices(merge.engine))
    gain = before - merge.score
    if gain <= TIE:
        state.day[:], state.used[:], state.trips[:] = kept
        return 0.0
    merge.tell("anneal")
    return gain


def polish(merge: Merge) -> None:
    """Sweep at true costs until nothing changes."""
    for _ in range(POLISH_SWEEPS):
        if merge.budget.done >= 1.0:
            return
        before = merge.score
        changed = sweep_all(merge.engine, merge.state, hard_prices(merge.engine))
        merge.budget.spend(merge.sweep_work)
        merge.tell("polish")
        if not changed or before - merge.score < POLISH_GAIN * merge.engine.tables.trip * len(merge.state.day):
            return


def run_improvement(merge: Merge, until: float = 1.0) -> None:
    """Make room for what is left out, let everything change days, then rebuild regions with what is left of time."""

    def point(share: float) -> float:
        done = merge.budget.done
        return done + (until - done) * share

    if unplaced(merge.state):
        rebuild_regions(merge, point(RIVALS_SHARE))
    anneal_all(merge, point(ANNEAL_SHARE), 0)
    rebuild_regions(merge, until)


def rebuild_regions(merge: Merge, until: float) -> None:
    """Rebuild regions until the given share of the budget is used; stir everything when they stop paying."""
    towns = group_towns(merge.engine.tables)
    told = merge.budget.elapsed
    failures = turn = stirs = 0
    while merge.budget.done < until and len(merge.state.day):
        turn += 1
        gained = _try_once(merge, towns, turn) > 0
        failures = 0 if gained else failures + 1
        if failures >= FAILURES:
            stirs += 1
            gained = (anneal_all(merge, until, stirs) if stirs % 2 else ripple(merge)) > 0
            failures = FAILURES - 1 if gained else FAILURES // 2
        if merge.budget.elapsed - told > TELL_SECONDS:
            told = merge.budget.elapsed
            merge.tell("improve")


def _try_once(merge: Merge, towns: Towns, turn: int) -> float:
    """Rebuild one region: every other time around a request that is left out, where there is one."""
    if turn % 2 and unplaced(merge.state):
        members = draw_rivals(merge.engine, merge.state)
        gain = try_press(merge.engine, merge.state, members)
    else:
        members = draw_region(merge.engine, merge.state, towns)
        gain = try_region(merge.engine, merge.state, members)
    merge.budget.spend(TRY_WORK + merge.sweep_work * SWEEPS_PER_TRY * len(members) / max(merge.engine.enterprises, 1))
    return gain


def is_small(merge: Merge) -> bool:
    """Say whether the whole problem fits one exact model."""
    return request_days(merge.engine.tables, np.arange(merge.engine.enterprises)) <= EXACT_CELLS


def run_exact(merge: Merge, *, until: float) -> PartResult:
    """Solve the whole problem by its exact model, from the merge so far, up to a share of the budget."""
    from solver.merging.exact import solve_part  # noqa: PLC0415 -- loads OR-Tools for a second; rarely needed

    result = solve_part(
        merge.engine,
        merge.state,
        list(range(merge.engine.enterprises)),
        limit=min(MOST_EXACT, max(merge.budget.work_left(until) / WORK_PER_UNIT, FEWEST_EXACT)),
        seconds=merge.budget.seconds_left(until),
        cancelled=merge.budget.cancelled,
        seed=merge.seed,
    )
    merge.budget.spend(result.work * WORK_PER_UNIT * 1e6)
    merge.tell("exact")
    return result


def rebuild(merge: Merge, tables: Tables) -> None:
    """Continue with tables whose days or capacities have been cut: whoever breaks a cut is put elsewhere."""
    merge.engine.tables = tables
    placed = np.flatnonzero(merge.state.day != NONE)
    lengths = np.diff(tables.ban_start)
    banned = np.repeat(np.arange(len(lengths)), lengths)
    broken = banned[merge.state.day[banned] == tables.ban_day]
    hard = hard_prices(merge.engine)
    if len(broken):
        sweep_all(merge.engine, merge.state, hard, owners(tables, np.unique(broken)))
    make_hard(merge.engine, merge.state, hard)
    left_out = np.setdiff1d(np.arange(len(merge.state.day)), placed)
    sweep_all(merge.engine, merge.state, hard, owners(tables, left_out))
