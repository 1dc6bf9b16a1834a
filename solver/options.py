"""How long, how hard and how watched a solve is; the only way in which solver parameters travel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from solver.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a running solve: seconds since its start, best score so far, proven bound, gap, phase name."""

    seconds: float
    score: float | None
    bound: float | None
    gap: float | None
    phase: str


def ignore_progress(_: Progress) -> None:
    """Watch nothing."""


def never_cancelled() -> bool:
    """Never ask for an early end."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveOptions:
    """Everything a caller can say about a solve.

    `work`: work limit in units that do not depend on the machine; the same problem, seed and work give the same
    plan byte for byte, whatever `workers` is. `seconds`: wall-clock limit, which makes a plan not reproducible.
    `draw_seed`: seed of the draw of officers, where it was made elsewhere; otherwise `seed` ranks them, too.
    With neither limit, a default amount of work is done. `workers`: processes for independent parts (rosters by day).
    `executor`: where those parts run instead, as in `executors.executor_for`; the answer is the same anywhere.
    `warm_start`: an earlier plan for the same requests to start from. `roster`: staff the visits when officers
    are given. `cancelled` is asked often and must be cheap; a cancelled solve returns its best plan so far.
    """

    seed: int = 0
    draw_seed: int | None = None
    work: int | None = None
    seconds: float | None = None
    workers: int = 1
    executor: str | None = None
    roster: bool = True
    warm_start: Plan | None = None
    progress: Callable[[Progress], None] = ignore_progress
    cancelled: Callable[[], bool] = never_cancelled

    @property
    def roster_seed(self) -> int:
        """The seed that ranks officers."""
        return self.seed if self.draw_seed is None else self.draw_seed
