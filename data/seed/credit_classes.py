"""Credit classes of the sample and their history month by month.

The class of the current month follows fixed shares; earlier months are found by walking backwards through the
monthly migration. It lets A grow by half a point a month, so that class A was a little smaller a year ago.
"""

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Final

from data.enums import CreditClass

A, B, C, D = CreditClass.A, CreditClass.B, CreditClass.C, CreditClass.D
SHARES: Final = {A: 0.25, B: 0.60, C: 0.12, D: 0.03}
# Chance to pass from one class to another within a month; who does not pass stays.
MIGRATION: Final = {(A, B): 0.02, (B, A): 0.02, (B, C): 0.01, (C, D): 0.01, (C, B): 0.02, (D, C): 0.02}
MONTHS: Final = 12


def draw_class(rng: Random, tilt_points: int) -> CreditClass:
    """Draw the current class. `tilt_points`: percentage points moved from A and B to C and D."""
    tilt = tilt_points / 100
    weights = (SHARES[A] - tilt / 2, SHARES[B] - tilt / 2, SHARES[C] + tilt * 0.8, SHARES[D] + tilt * 0.2)
    return rng.choices((A, B, C, D), weights)[0]


def walk_back(rng: Random, current: CreditClass) -> Iterator[CreditClass]:
    """Yield the class of the current month and of the eleven before it, newest first."""
    for _month in range(MONTHS):
        yield current
        current = _previous(rng, current)


def months_back(today: date) -> tuple[date, ...]:
    """First days of the current month and of the eleven before it, newest first."""
    count = today.year * 12 + today.month - 1
    return tuple(date((count - back) // 12, (count - back) % 12 + 1, 1) for back in range(MONTHS))


def _previous(rng: Random, now: CreditClass) -> CreditClass:
    chance = rng.random()
    for before, probability in _BACKWARDS[now]:
        if chance < probability:
            return before
        chance -= probability
    return now


def _backwards() -> dict[CreditClass, tuple[tuple[CreditClass, float], ...]]:
    """Reverse the migration by Bayes: P(before | now) = share(before) · P(before → now) / share(now)."""
    return {
        now: tuple(
            (before, SHARES[before] * chance / SHARES[now])
            for (before, after), chance in MIGRATION.items()
            if after is now
        )
        for now in CreditClass
    }


_BACKWARDS: Final = _backwards()
