"""The working days of a planning problem: dates on one side, whole numbers on the other. Knows no table."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date
from typing import Final

from solver.problem import NONE

QUARTER_MINUTES: Final = 90
QUARTER_STARTS: Final = ((9, 0), (10, 30), (14, 0), (15, 30))
"""When the four quarters of a working day begin, local time: offices open at half past eight and rest from noon to
two, and a crew needs half an hour for the way."""


_DAY_FIGURES: Final = re.compile(
    r"\b(day|first_day|last_day|planned_day|before_day|other_first_day|window|closed)=(\d+)(?:\.\.(\d+))?(?= |$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """`dates`: the working days of a horizon, ascending; a day's number is its place."""

    dates: tuple[date, ...]

    def __len__(self) -> int:
        return len(self.dates)

    def number(self, day: date) -> int:
        """The number of a working day, NONE for any other date."""
        place = bisect_left(self.dates, day)
        return place if place < len(self.dates) and self.dates[place] == day else NONE

    def span(self, first: date, last: date) -> tuple[int, int] | None:
        """Numbers of the first and last working day from `first` to `last`, both included; None without one."""
        low, high = bisect_left(self.dates, first), bisect_right(self.dates, last) - 1
        return (low, high) if low <= high else None

    def last_until(self, day: date) -> int:
        """Number of the last working day not after `day`, NONE when all are later."""
        return bisect_right(self.dates, day) - 1

    def dated(self, detail: str) -> str:
        """Write every day number of the solver's figures (`name=value name=value`) as its date.

        Numbers outside the horizon stay; what is dated already is left as it is.
        """

        def written(match: re.Match[str]) -> str:
            numbers = [int(part) for part in match.groups()[1:] if part is not None]
            if any(number >= len(self.dates) for number in numbers):
                return match[0]
            return f"{match[1]}={'..'.join(self.dates[number].isoformat() for number in numbers)}"

        return _DAY_FIGURES.sub(written, detail)


def quarters_of(start_quarter: int, quarters: int) -> range:
    """The quarters of the day that something of `quarters` takes when it begins in `start_quarter`."""
    return range(start_quarter, start_quarter + quarters)
