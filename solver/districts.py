"""One district of many: whether it is done, solving it from folder to folder, and what is told of it.

Owns the marker of a finished answer. Knows no executor, no rule and no model.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from solver.answer_folders import RESULT_JSON
from solver.executors import WorkerLostError
from solver.folders import BadFolder, read_problem, write_answer
from solver.options import SolveOptions
from solver.plan import SolveResult
from solver.problem import Problem
from solver.search import solve

MARKER: Final = "solved.json"
"""Written into an answer folder after the answer, so that a district cut off in the middle is not taken for done."""
READ_BYTES: Final = 1 << 20


class DistrictState(StrEnum):
    """How a district ended: solved now, found solved, or failed."""

    SOLVED = "solved"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictOutcome:
    """One district: its folder name and the figures of its result.json (None where it failed).

    `error`: a stable code where it failed (`bad_folder`, `worker_lost` or the name of the exception); `faults`: how
    many faults a bad folder has; `detail`: the first of them or the message.
    """

    name: str
    state: DistrictState
    status: str | None = None
    score: float | None = None
    bound: float | None = None
    visits: int = 0
    unscheduled: int = 0
    seconds: float = 0.0
    error: str | None = None
    faults: int = 0
    detail: str = ""

    @property
    def gap(self) -> float | None:
        """Share of the score above the proven bound; None where there is no plan."""
        if self.score is None or self.bound is None:
            return None
        return (self.score - self.bound) / max(1.0, abs(self.score))


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One district to solve: its folder, the folder of its answer, and the options that change an answer."""

    folder: str
    out: str
    seed: int
    work: int | None
    seconds: float | None
    roster: bool

    @property
    def name(self) -> str:
        """The name of its folder."""
        return Path(self.folder).name

    @property
    def options(self) -> SolveOptions:
        """The options as the solve takes them."""
        return SolveOptions(seed=self.seed, work=self.work, seconds=self.seconds, roster=self.roster)


def solve_district(district: District) -> DistrictOutcome:
    """Read, solve and write one district, unless that is done; any exception becomes an outcome."""
    begin = time.perf_counter()
    try:
        stamp = stamp_of(district)
        done = find_done(district, stamp)
        if done is not None:
            return done
        result, problem = solve_folder(Path(district.folder), district.options)
        out = Path(district.out)
        (out / MARKER).unlink(missing_ok=True)
        write_answer(problem, result, out)
        outcome = solved(district.name, result, time.perf_counter() - begin)
        mark_done(district, stamp, outcome)
    except Exception as error:  # noqa: BLE001 -- one failing district must not stop the others, it is reported
        return failed(district.name, time.perf_counter() - begin, error)
    return outcome


def solve_folder(folder: Path, options: SolveOptions) -> tuple[SolveResult, Problem]:
    """Read and solve a problem folder. Raises BadFolder and whatever the solve raises."""
    problem = read_problem(folder)
    return solve(problem, options), problem


def solved(name: str, result: SolveResult, seconds: float) -> DistrictOutcome:
    """Return the outcome of a district that was solved now."""
    plan = result.plan
    return DistrictOutcome(
        name=name,
        state=DistrictState.SOLVED,
        status=result.status.value,
        score=result.score,
        bound=result.bound,
        visits=0 if plan is None else plan.visits,
        unscheduled=0 if plan is None else len(plan.reasons),
        seconds=seconds,
    )


def failed(name: str, seconds: float, error: Exception) -> DistrictOutcome:
    """Return the outcome of a district that an exception ended."""
    code, detail, faults = type(error).__name__, str(error), 0
    if isinstance(error, BadFolder):
        first = error.faults[0]
        code, faults = "bad_folder", len(error.faults)
        detail = f"table={first.table} line={first.line} column={first.column} rule={first.rule}"
    elif isinstance(error, WorkerLostError):
        code, detail = "worker_lost", f"losses={error.losses}"
    return DistrictOutcome(
        name=name, state=DistrictState.FAILED, error=code, detail=detail, faults=faults, seconds=seconds
    )


def stamp_of(district: District) -> str:
    """Return a hash of the input files, by name and content, and of the options that change the answer."""
    digest = hashlib.sha256()
    options = [district.seed, district.work, district.seconds, district.roster]
    digest.update(json.dumps(options).encode())
    for path in sorted(Path(district.folder).iterdir()):
        if path.is_file():
            digest.update(f"\n{path.name}\n{path.stat().st_size}\n".encode())
            _feed(digest, path)
    return digest.hexdigest()


def _feed(digest: hashlib._Hash, path: Path) -> None:
    with path.open("rb") as file:
        while block := file.read(READ_BYTES):
            digest.update(block)


def find_done(district: District, stamp: str) -> DistrictOutcome | None:
    """Return what the marker says of the same input, None where it is missing, cut off or of another input."""
    out = Path(district.out)
    try:
        marker = json.loads((out / MARKER).read_text(encoding="utf-8"))
        if marker["stamp"] != stamp or not (out / RESULT_JSON).exists():
            return None
        return DistrictOutcome(
            name=district.name,
            state=DistrictState.SKIPPED,
            status=marker["status"],
            score=marker["score"],
            bound=marker["bound"],
            visits=marker["visits"],
            unscheduled=marker["unscheduled"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def mark_done(district: District, stamp: str, outcome: DistrictOutcome) -> None:
    """Write the marker in one step: a sibling, then a rename."""
    figures = {
        "stamp": stamp,
        "status": outcome.status,
        "score": outcome.score,
        "bound": outcome.bound,
        "visits": outcome.visits,
        "unscheduled": outcome.unscheduled,
    }
    out = Path(district.out)
    fresh = out / f".{MARKER}"
    fresh.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    fresh.replace(out / MARKER)
