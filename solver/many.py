"""Many districts: a folder of problem folders solved one by one, in workers, with what is done already left alone.

Owns which district is done, and that one failing district does not stop the others. Each district is read, solved
and written inside its worker, so that the caller holds no problem. Knows no rule and no model.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from solver.answer_folders import RESULT_JSON
from solver.executors import Executor
from solver.folders import BadFolder, read_problem, write_answer
from solver.options import SolveOptions
from solver.plan import SolveResult
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

    `error`: a stable code where it failed (`bad_folder` or the name of the exception), `faults`: how many faults a
    bad folder has, `detail`: the first of them or the message.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _District:
    """What travels to a worker: two folders and the options that change an answer."""

    folder: str
    out: str
    seed: int
    work: int | None
    seconds: float | None
    roster: bool


def solve_many(folder: Path, out: Path, options: SolveOptions, executor: Executor) -> Iterator[DistrictOutcome]:
    """Solve each problem folder in `folder` into the folder of the same name in `out`; yield outcomes by name.

    A district whose answer was finished for the same input and options is skipped; one that fails is reported and
    its earlier answer, if any, stays. Of the options, seed, work, seconds and roster count; `cancelled` is asked
    between districts. Raises NotADirectoryError if `folder` is no folder.
    """
    districts = [_district(place, out, options) for place in list_districts(folder)]
    for outcome in executor.map(solve_district, districts):
        yield outcome
        if options.cancelled():
            return


def list_districts(folder: Path) -> list[Path]:
    """Return the problem folders in `folder`, those with a problem.json or any table, by name."""
    if not folder.is_dir():
        raise NotADirectoryError(str(folder))
    places = (place for place in sorted(folder.iterdir()) if place.is_dir() and not place.name.startswith("."))
    return [place for place in places if any(place.iterdir())]


def _district(place: Path, out: Path, options: SolveOptions) -> _District:
    return _District(
        folder=str(place.resolve()),
        out=str((out / place.name).resolve()),
        seed=options.seed,
        work=options.work,
        seconds=options.seconds,
        roster=options.roster,
    )


def solve_district(district: _District) -> DistrictOutcome:
    """Read, solve and write one district; any exception becomes an outcome."""
    name = Path(district.folder).name
    begin = time.perf_counter()
    try:
        return _solve_district(district, name, begin)
    except BadFolder as error:
        first = error.faults[0]
        detail = f"table={first.table} line={first.line} column={first.column} rule={first.rule}"
        return _failed(name, begin, "bad_folder", detail, faults=len(error.faults))
    except Exception as error:  # noqa: BLE001 -- one failing district must not stop the others, it is reported
        return _failed(name, begin, type(error).__name__, str(error))


def _solve_district(district: _District, name: str, begin: float) -> DistrictOutcome:
    out = Path(district.out)
    stamp = _stamp(district)
    done = _read_marker(out, name, stamp)
    if done is not None:
        return done
    problem = read_problem(Path(district.folder))
    options = SolveOptions(seed=district.seed, work=district.work, seconds=district.seconds, roster=district.roster)
    result = solve(problem, options)
    (out / MARKER).unlink(missing_ok=True)
    write_answer(problem, result, out)
    outcome = _solved(name, result, time.perf_counter() - begin)
    _write_marker(out, stamp, outcome)
    return outcome


def _solved(name: str, result: SolveResult, seconds: float) -> DistrictOutcome:
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


def _failed(name: str, begin: float, error: str, detail: str, faults: int = 0) -> DistrictOutcome:
    seconds = time.perf_counter() - begin
    return DistrictOutcome(
        name=name, state=DistrictState.FAILED, error=error, detail=detail, faults=faults, seconds=seconds
    )


def _stamp(district: _District) -> str:
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


def _read_marker(out: Path, name: str, stamp: str) -> DistrictOutcome | None:
    """Return what the marker says of the same input, None where it is missing, cut off or of another input."""
    try:
        marker = json.loads((out / MARKER).read_text(encoding="utf-8"))
        if marker["stamp"] != stamp or not (out / RESULT_JSON).exists():
            return None
        return DistrictOutcome(
            name=name,
            state=DistrictState.SKIPPED,
            status=marker["status"],
            score=marker["score"],
            bound=marker["bound"],
            visits=marker["visits"],
            unscheduled=marker["unscheduled"],
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_marker(out: Path, stamp: str, outcome: DistrictOutcome) -> None:
    """Write the marker in one step: a sibling, then a rename."""
    figures = {
        "stamp": stamp,
        "status": outcome.status,
        "score": outcome.score,
        "bound": outcome.bound,
        "visits": outcome.visits,
        "unscheduled": outcome.unscheduled,
    }
    fresh = out / f".{MARKER}"
    fresh.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    fresh.replace(out / MARKER)
