"""What runs in the child process of a solve: the solver, a pipe to tell of progress, an event to be called off by.

Plain data comes in and goes out. Knows no database and no settings: a crash in here harms nobody.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, Final, TypeAlias

from solver.options import Progress, SolveOptions
from solver.plan import SolveResult
from solver.problem import Problem
from solver.resolving.present import Anchor

ORPHAN_EXIT: Final = 70
"""Exit code of a child whose parent is gone: nobody would read its result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What to solve and how hard. `work`, `draw_seed` as in SolveOptions; `anchor`: the plan to stay near."""

    problem: Problem
    seed: int
    work: int | None
    seconds: float | None
    workers: int
    draw_seed: int | None = None
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """An exception in the child: its class and the trace for the run's log."""

    error: str
    trace: str


Message: TypeAlias = Progress | SolveResult | Crash
Solve: TypeAlias = Callable[[Problem, SolveOptions], SolveResult]


def solve_here(problem: Problem, options: SolveOptions) -> SolveResult:
    """The solver of this house."""
    from solver import solve  # noqa: PLC0415 -- the parent, which may serve pages, need not load the solver library

    return solve(problem, options)


def run_child(pipe: Connection, cancelled: Any, work: Work, solver: Solve) -> None:
    """Solve and send Progress messages, then one SolveResult or Crash. `cancelled`: a multiprocessing Event."""
    _die_with_parent()
    options = SolveOptions(
        seed=work.seed,
        draw_seed=work.draw_seed,
        work=work.work,
        seconds=work.seconds,
        workers=work.workers,
        progress=pipe.send,
        cancelled=cancelled.is_set,
    )
    try:
        pipe.send(_solved(work, options, solver))
    except Exception as error:  # noqa: BLE001 -- the border of the process: whatever it was is reported to the parent
        pipe.send(Crash(error=f"{type(error).__name__}: {error}", trace=traceback.format_exc()))
    finally:
        pipe.close()


def _solved(work: Work, options: SolveOptions, solver: Solve) -> SolveResult:
    if work.anchor is None:
        return solver(work.problem, options)
    from solver.resolving.resolve import resolve  # noqa: PLC0415 -- as in solve_here

    return resolve(work.problem, options, work.anchor, solver)


def _die_with_parent() -> None:
    """End this process when its parent ends, even when the parent was killed."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(ORPHAN_EXIT)

    threading.Thread(target=watch, daemon=True).start()
