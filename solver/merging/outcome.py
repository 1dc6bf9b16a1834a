"""What an exact solve of a part of the merge answers. Owns that value object only."""

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
