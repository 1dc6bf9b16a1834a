"""The proof as it grows: a first bound at once, then prices of scarce department-days for as long as work is granted.

Owns the climb of the capacity prices (a subgradient with a level for its target; Held, Wolfe and Crowder 1974, Goffin
and Kiwiel 1999) and the best bound so far. Knows neither plan nor clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from solver.bounds.shares import Shares, share_trips, total_cost
from solver.merging.tables import Tables
from solver.merging.workspace import workspace
from solver.problem import NONE, Floats, Ints

ROUNDING: Final = 1e-11
"""Relative error granted to sums of some million terms in double precision, of which shares are a part."""

DEFAULT_WORK: Final = 12.0
"""Millions of request-days spent on climbing when the caller says nothing: one to four seconds of one core."""

MOST_STEPS: Final = 150
"""Steps after which prices of even a small problem have settled."""

FIRST_LEVEL: Final = 0.02
STAGE_LEVEL: Final = 2e-4
LAST_LEVEL: Final = 2e-6
"""How far above the best bound, relative to it, the first step aims; the levels that end a stage and the last one."""

PATIENCE: Final = 4
"""Steps without half the hoped-for gain after which the level is halved and the climb resumes from the best prices."""

MEMORY: Final = 0.5
"""Share of the former direction in the next one; it damps the zigzag of enterprises that change days together."""


WIDTHS: Final = (0, 64, 16, 4, 1)
"""Days over which excess is averaged before prices follow it, stage by stage; 0 stands for the whole horizon."""

RESTART: Final = 16.0
"""A finer stage begins this many times above the level at which the coarser one ended."""


class Prover:
    """A lower bound on the score of every plan of `tables`, improved as long as the caller likes."""

    def __init__(self, tables: Tables) -> None:
        """Compute a first bound from trips and enterprises alone. O(request-days) up to the subset recursion."""
        shape = tables.capacity.shape
        self._tables = tables
        self._workspace = workspace(shape[1])
        self._step_work = float((np.maximum(tables.last - tables.first + 1, 0) + 1).sum()) / 1e6
        self._day: Ints = np.full(len(tables.load), NONE, dtype=np.int64)
        self._scarcity: Floats = np.zeros(shape)
        self._shares: Shares | None = None
        self._best = 0.0
        if len(tables.load):
            self._share()
        self._stage = 0
        self._level = FIRST_LEVEL * max(1.0, self._best)

    @property
    def bound(self) -> float:
        """The best bound proven so far; never below 0."""
        return max(0.0, self._best - ROUNDING * abs(self._best) - 1e-9)

    def improve(self, work: float, stop: Callable[[], bool] = lambda: False) -> float:
        """Climb for about `work` million request-days, or until `stop` or nothing more is hoped for; the bound.

        The same calls give the same bound on every machine unless `stop` cuts in.
        """
        steps = int(min(MOST_STEPS, work / max(self._step_work, 1e-6)))
        before = self._best
        self._climb(steps, stop)
        if self._best > before and not stop():
            self._share()
        return self.bound

    def _share(self) -> None:
        """Share trips out anew at the best capacity prices, in both ways, and keep the better."""
        kept = self._shares
        for spread in (1.0, 0.0):
            shares = share_trips(self._tables, self._scarcity, spread, self._workspace)
            day = np.full_like(self._day, NONE)
            value = self._value(shares, self._scarcity, day)
            if kept is None or value > self._best:
                kept, self._best, self._day = shares, max(value, self._best), day
        self._shares = kept

    def _value(self, shares: Shares, scarcity: Floats, day: Ints) -> float:
        """The Lagrangian at these prices: enterprises pay for people-quarters, all that there are is given back."""
        paid = total_cost(self._tables, shares, scarcity, day, self._workspace)
        return float(paid - (scarcity * self._tables.capacity).sum())

    def _excess(self, day: Ints) -> Floats:
        """People-quarters above capacity [D, T] when every enterprise has the days it likes best."""
        tables = self._tables
        placed = np.flatnonzero(day != NONE)
        excess = -tables.capacity.astype(np.float64)
        np.add.at(excess, (tables.department[placed], day[placed]), tables.load[placed].astype(np.float64))
        return excess

    def _settled(self) -> bool:
        """Go on to the next stage where the level has sunk too low for this one; True when the last one is through."""
        unit = max(1.0, self._best)
        if self._stage < len(WIDTHS) - 1 and self._level < STAGE_LEVEL * unit:
            self._stage += 1
            self._level *= RESTART
        return self._level < LAST_LEVEL * unit

    def _climb(self, steps: int, stop: Callable[[], bool]) -> None:
        """Step along the averaged excess, aiming `_level` above the best bound; halve the level when it is too high."""
        shares, scarcity, day, value = self._shares, self._scarcity, self._day.copy(), self._best
        if shares is None:
            return
        direction = self._excess(day)
        goal, idle = self._best + self._level / 2, 0
        for _ in range(steps):
            if self._settled() or stop():
                return
            moves = _spread(direction, WIDTHS[: self._stage + 1])
            moves = np.where((moves > 0) | (scarcity > 0), moves, 0.0)
            length = float((moves * direction).sum())
            if length <= 0:
                # Nothing is short at this width: a look at the same prices again would only cost time.
                self._level /= 2
                continue
            step = (self._best + self._level - value) / length
            scarcity = np.maximum(0.0, scarcity + step * moves)
            value = self._value(shares, scarcity, day)
            direction = MEMORY * direction + (1 - MEMORY) * self._excess(day)
            if value > self._best:
                self._best, self._scarcity, self._day = value, scarcity, day.copy()
            idle = idle + 1
            if self._best >= goal:
                self._level *= 1.5
                goal, idle = self._best + self._level / 2, 0
            elif idle >= PATIENCE:
                self._level /= 2
                scarcity, day, value = self._scarcity, self._day.copy(), self._best
                direction = self._excess(day)
                goal, idle = self._best + self._level / 2, 0


def _spread(excess: Floats, widths: tuple[int, ...]) -> Floats:
    """Mix the excess [D, T] of a day with that of the days around it, at several widths.

    Enterprises all like the same day best and leave it together: only a price on the whole period moves them for good.
    """
    days = excess.shape[1]
    mixed = np.zeros_like(excess)
    for width in widths:
        starts = np.arange(0, days, width or days)
        sizes = np.diff(np.append(starts, days))
        mixed += np.repeat(np.add.reduceat(excess, starts, axis=1) / sizes, sizes, axis=1)
    return mixed / len(widths)


def proven_bound(tables: Tables, work: float = DEFAULT_WORK, stop: Callable[[], bool] = lambda: False) -> float:
    """Return a lower bound on the score of every plan, spending about `work` million request-days after the first."""
    return Prover(tables).improve(work, stop)
