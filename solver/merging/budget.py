"""How much searching is left: counted work, or seconds of a clock, or until the caller cancels.

Owns the only place where the search looks at a clock. Knows no problem.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Budget:
    """A limit on the search. `work` counts request-days looked at, in millions; `seconds` is wall-clock time.

    With `seconds` the clock decides and the answer is not reproducible; else `work` decides.
    """

    work: float
    seconds: float | None
    cancelled: Callable[[], bool]
    spent: float = 0.0
    started: float = field(default_factory=time.perf_counter)

    def spend(self, request_days: float) -> None:
        """Count work done, in request-days."""
        self.spent += request_days / 1e6

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.perf_counter() - self.started

    def work_left(self, until: float) -> float:
        """Deterministic work left before the share `until` of the budget is used; infinite when the clock rules."""
        if self.seconds is not None:
            return float("inf")
        return max(0.0, self.work * until - self.spent)

    def seconds_left(self, until: float) -> float | None:
        """Seconds left before the share `until` is used, None where work decides."""
        return None if self.seconds is None else max(0.0, self.seconds * until - self.elapsed)

    @property
    def done(self) -> float:
        """Share of the budget that is used up, 0..1 and beyond; 1 when cancelled."""
        if self.cancelled():
            return 1.0
        if self.seconds is not None:
            return self.elapsed / max(self.seconds, 1e-3)
        return self.spent / max(self.work, 1e-6)
