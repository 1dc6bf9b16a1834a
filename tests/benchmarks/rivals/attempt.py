"""What a rival hands back. Owns a value object only."""

from __future__ import annotations

from dataclasses import dataclass

from solver.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A plan, None where there was none in time; `bound`: proven lower bound; `note`: why there is no plan."""

    plan: Plan | None
    bound: float | None = None
    note: str = ""
