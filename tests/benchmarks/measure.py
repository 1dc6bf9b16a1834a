"""One rival on one problem, in a process of its own: time, peak memory, and what the checker says of the answer.

Owns the measuring. Knows no rival by name beyond the module to import.
"""

from __future__ import annotations

import importlib
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from solver.checker import check
from solver.folders import read_problem
from solver.problem import Problem
from tests.benchmarks.rivals.attempt import Attempt

PATIENCE: Final = 4.0
"""A rival is ended after so many times its limit plus GRACE_SECONDS: some overrun it while building or presolving."""
GRACE_SECONDS: Final = 300.0
BYTES_PER_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""What the system counts peak memory in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One row of the table. `seconds`: making the plan, reading excluded. `score` by the checker, None without plan.

    `visits`, `trips`, `left_out`: counts; `violations`: of hard rules 1 to 8, by the checker.
    """

    problem: str
    requests: int
    rival: str
    seconds: float
    peak_mb: float
    score: float | None = None
    bound: float | None = None
    visits: int = 0
    trips: int = 0
    left_out: int = 0
    violations: int = 0
    note: str = ""


def measure(folder: Path, rival: str, seconds: float, seed: int) -> Measure:
    """Run `tests.benchmarks.rivals.<rival>` on a problem folder in a fresh process."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(sender, folder, rival, seconds, seed))
    process.start()
    sender.close()
    try:
        if receiver.poll(seconds * PATIENCE + GRACE_SECONDS):
            return _received(receiver, folder, rival)
        return _failure(folder, rival, "did not end in time")
    finally:
        if process.is_alive():
            process.kill()
        process.join()


def _received(receiver: Connection, folder: Path, rival: str) -> Measure:
    try:
        answer = receiver.recv()
    except EOFError:
        return _failure(folder, rival, "its process died")
    assert isinstance(answer, Measure)
    return answer


def _failure(folder: Path, rival: str, note: str) -> Measure:
    requests = len(read_problem(folder).requests)
    return Measure(problem=folder.name, requests=requests, rival=rival, seconds=0.0, peak_mb=0.0, note=note)


def _work(sender: Connection, folder: Path, rival: str, seconds: float, seed: int) -> None:
    problem = read_problem(folder)
    module = importlib.import_module(f"tests.benchmarks.rivals.{rival}")
    begin = time.perf_counter()
    attempt: Attempt = module.plan(problem, seconds, seed)
    spent = time.perf_counter() - begin
    sender.send(_judged(problem, folder.name, rival, attempt, spent))
    sender.close()


def _judged(problem: Problem, name: str, rival: str, attempt: Attempt, seconds: float) -> Measure:
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    row = Measure(
        problem=name,
        requests=len(problem.requests),
        rival=rival,
        seconds=seconds,
        peak_mb=peak * BYTES_PER_UNIT / 2**20,
        note=attempt.note,
    )
    if attempt.plan is None:
        return row
    verdict = check(problem, attempt.plan, roster=False)
    price = problem.weights.trip
    return replace(
        row,
        score=verdict.score,
        bound=attempt.bound,
        visits=attempt.plan.visits,
        trips=round(verdict.parts["trips"] / price) if price else 0,
        left_out=int((attempt.plan.request_visit < 0).sum()),
        violations=len(verdict.violations),
    )
