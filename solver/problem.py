"""The planning problem as columns: what is asked, of whom, when, and at what price.

Owns the typed tables of the planning-problem format in memory: ids are kept once, everything that
points at something is an integer index into them. Knows no file, no database, no model, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.object_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CREDIT_CLASSES: Final = ("A", "B", "C", "D")
QUARTERS_PER_DAY: Final = 4
NONE: Final = -1
"""Stands for 'no value' in every integer column (no planned day, no skill, no cap on visits)."""
_SHARE_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Prices of the score; a missing weight is 0. `visit` and `delay` are indexed by credit class 0..3 (A..D)."""

    unscheduled: float = 0.0
    visit: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    trip: float = 0.0
    delay: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    move: float = 0.0
    repeat: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the problem; None does not bind. `reserve` is the share of capacity kept free (0..1)."""

    max_departments_per_visit: int | None = None
    max_inspectors_per_visit: int | None = None
    max_hop_km: float | None = None
    repeat_days: int | None = None
    reserve: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Departments:
    """D departments. `inspectors`: people present on a normal day; `lon`, `lat`: the office, degrees."""

    ids: Ids
    inspectors: Ints
    lon: Floats
    lat: Floats

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enterprises:
    """E enterprises. `credit_class` 0..3; `town` indexes `town_ids`; `max_visits` NONE where there is no cap."""

    ids: Ids
    credit_class: Ints
    town: Ints
    town_ids: Ids
    lon: Floats
    lat: Floats
    max_visits: Ints

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """R requests: one department wants to see one enterprise once, inside a window of working days.

    `department`, `enterprise`: indices. `first_day`, `last_day`: both included. `quarters`: 1, 2 or 4.
    `inspectors`: people needed (>= 2). `priority`: 1..9. `joint`: False = alone in its visit.
    `unannounced`: True = not told beforehand. `skill`: index into `Problem.skill_ids` or NONE.
    `planned_day`: NONE or a day. `locked`: stays on `planned_day`.
    """

    ids: Ids
    department: Ints
    enterprise: Ints
    first_day: Ints
    last_day: Ints
    quarters: Ints
    inspectors: Ints
    priority: Ints
    joint: Bools
    unannounced: Bools
    skill: Ints
    planned_day: Ints
    locked: Bools

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def load(self) -> Ints:
        """People-quarters that a request takes from its department on its day."""
        return self.quarters * self.inspectors


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspectors:
    """I officers. `skills`: bool [I, S]; `valid_until_day`: last day on which the certificate holds (NONE = always)."""

    ids: Ids
    department: Ints
    skills: Bools
    valid_until_day: Ints

    def __len__(self) -> int:
        return len(self.ids)


def _pairs(columns: int) -> Ints:
    return np.empty((0, columns), dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One planning problem (format 1). T working days, numbered 0..T-1; `dates` their ISO dates.

    Small tables are integer arrays, one row a fact:
    `capacity` [n, 3] department, day, people present; `closures` [n, 3] enterprise, first day, last day;
    `conflicts` [n, 2] request, request; `sequences` [n, 3] before, after, min_days;
    `absences` [n, 2] inspector, day; `recusals` [n, 2] inspector, enterprise.
    `inspectors` is None where the problem has no such table: then no roster is asked for.
    """

    name: str
    dates: tuple[str, ...]
    departments: Departments
    enterprises: Enterprises
    requests: Requests
    weights: Weights = field(default_factory=Weights)
    limits: Limits = field(default_factory=Limits)
    skill_ids: tuple[str, ...] = ()
    capacity: Ints = field(default_factory=lambda: _pairs(3))
    closures: Ints = field(default_factory=lambda: _pairs(3))
    conflicts: Ints = field(default_factory=lambda: _pairs(2))
    sequences: Ints = field(default_factory=lambda: _pairs(3))
    inspectors: Inspectors | None = None
    absences: Ints = field(default_factory=lambda: _pairs(2))
    recusals: Ints = field(default_factory=lambda: _pairs(2))

    @property
    def days(self) -> int:
        return len(self.dates)

    def people_present(self) -> Ints:
        """People present, [D, T]: the normal number or, where officers are given, those neither absent nor expired.

        A row of `capacity` replaces the normal number; where officers are given it can only lower the count.
        """
        shape = (len(self.departments), self.days)
        if self.inspectors is None:
            present = np.repeat(self.departments.inspectors[:, None], self.days, axis=1)
            if len(self.capacity):
                present[self.capacity[:, 0], self.capacity[:, 1]] = self.capacity[:, 2]
            return present
        present = np.zeros(shape, dtype=np.int64)
        np.add.at(present, self.inspectors.department, self.available().astype(np.int64))
        if len(self.capacity):
            cells = (self.capacity[:, 0], self.capacity[:, 1])
            present[cells] = np.minimum(present[cells], self.capacity[:, 2])
        return present

    def available(self) -> Bools:
        """Who is there, [I, T]: certificate valid and not absent. Empty [0, T] without officers."""
        if self.inspectors is None:
            return np.zeros((0, self.days), dtype=np.bool_)
        until = self.inspectors.valid_until_day[:, None]
        there = (until == NONE) | (np.arange(self.days)[None, :] <= until)
        if len(self.absences):
            there[self.absences[:, 0], self.absences[:, 1]] = False
        return there

    def capacity_quarters(self) -> Ints:
        """Capacity in people-quarters, [D, T]: floor(4 x present x (1 - reserve)); hard rule 5."""
        # In binary 1 - 0.8 is a little under 0.2 and floor would take a whole person-quarter away.
        share = round(1 - self.limits.reserve, _SHARE_DIGITS)
        return np.floor(np.round(QUARTERS_PER_DAY * self.people_present() * share, _SHARE_DIGITS)).astype(np.int64)

    def open_days(self, enterprise: int) -> Bools:
        """Days on which one enterprise may be visited, [T]."""
        is_open = np.ones(self.days, dtype=np.bool_)
        for _, first, last in self.closures[self.closures[:, 0] == enterprise]:
            is_open[first : last + 1] = False
        return is_open
