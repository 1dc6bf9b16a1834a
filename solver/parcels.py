"""Districts for workers that share no disk with the caller: problem files travel out, answer files travel back.

Owns what is in a parcel. Files travel as they are, CSV or Parquet: nothing that a person could not look at, and small.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from solver.answer_folders import ANSWER_FILES
from solver.districts import (
    MARKER,
    District,
    DistrictOutcome,
    failed,
    find_done,
    mark_done,
    solve_folder,
    solved,
    stamp_of,
)
from solver.executors import Executor, WorkerLostError
from solver.folder_swap import replaced_folder
from solver.folders import write_answer

Files = tuple[tuple[str, bytes], ...]
"""Name and content of each file of a folder, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A district on its way to a worker; `outcome` is given where there is nothing to do there."""

    district: District
    stamp: str = ""
    files: Files = ()
    outcome: DistrictOutcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What comes back: the outcome, and the files of the answer where it was solved."""

    parcel: Parcel
    outcome: DistrictOutcome
    files: Files = ()


def solve_by_parcel(districts: list[District], executor: Executor) -> Iterator[DistrictOutcome]:
    """Solve districts somewhere else and write their answers here; outcomes in the order of the districts."""
    for reply in executor.map(solve_parcel, map(_pack, districts), lost=_lost):
        yield _unpack(reply)


def solve_parcel(parcel: Parcel) -> Reply:
    """Solve the files of a parcel in a folder of the worker's own; any exception becomes an outcome."""
    bare = Parcel(district=parcel.district, stamp=parcel.stamp)
    if parcel.outcome is not None:
        return Reply(parcel=bare, outcome=parcel.outcome)
    begin = time.perf_counter()
    try:
        with TemporaryDirectory() as folder:
            problem_folder, answer = Path(folder) / "problem", Path(folder) / "answer"
            problem_folder.mkdir()
            _put(problem_folder, parcel.files)
            result, problem = solve_folder(problem_folder, parcel.district.options)
            write_answer(problem, result, answer)
            outcome = solved(parcel.district.name, result, time.perf_counter() - begin)
            return Reply(parcel=bare, outcome=outcome, files=_files(answer))
    except Exception as error:  # noqa: BLE001 -- one failing district must not stop the others, it is reported
        return Reply(parcel=bare, outcome=failed(parcel.district.name, time.perf_counter() - begin, error))


def _pack(district: District) -> Parcel:
    try:
        stamp = stamp_of(district)
        done = find_done(district, stamp)
        files = () if done is not None else _files(Path(district.folder))
    except OSError as error:
        return Parcel(district=district, outcome=failed(district.name, 0.0, error))
    return Parcel(district=district, stamp=stamp, files=files, outcome=done)


def _unpack(reply: Reply) -> DistrictOutcome:
    """Write the answer in one step and say that it is done."""
    district = reply.parcel.district
    if not reply.files:
        return reply.outcome
    try:
        out = Path(district.out)
        (out / MARKER).unlink(missing_ok=True)
        with replaced_folder(out, ANSWER_FILES) as fresh:
            _put(fresh, reply.files)
        mark_done(district, reply.parcel.stamp, reply.outcome)
    except OSError as error:
        return failed(district.name, reply.outcome.seconds, error)
    return reply.outcome


def _lost(parcel: Parcel, error: WorkerLostError) -> Reply:
    return Reply(parcel=parcel, outcome=failed(parcel.district.name, 0.0, error))


def _files(folder: Path) -> Files:
    return tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file())


def _put(folder: Path, files: Files) -> None:
    for name, content in files:
        (folder / name).write_bytes(content)
