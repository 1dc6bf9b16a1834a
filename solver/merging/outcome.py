"""What an exact solve of a part of the merge answers. Owns those value objects only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PartResult:
    """What CP-SAT made of a part: what the merge gained, its proven bound on the part's cost, and the work it took.

    `bound` is None where nothing was proven; it speaks of the members' cost with all trips not made by others.
    """

    gain: float
    bound: float | None
    proven: bool
    work: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AloneResult:
    """What CP-SAT makes of one enterprise with nobody else there.

    `days`: day of each request, NONE = left out, empty where nothing was found; `gain` over the merge under way in the
    same terms; `bound`: what the enterprise costs at least in any plan.
    """

    days: dict[int, int]
    gain: float
    bound: float | None
    work: float
