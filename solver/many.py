"""Many districts: a folder of problem folders solved one by one, in workers, with what is done already left alone.

Owns the order of districts, and that one failing district does not stop the others. Each district is read, solved and
written inside its worker, so that the caller holds no problem; workers that share no disk with the caller get the
files of the problem and give back those of the answer. Knows no rule and no model.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solver.districts import District, DistrictOutcome, failed, solve_district
from solver.executors import Executor, WorkerLostError
from solver.options import SolveOptions
from solver.parcels import solve_by_parcel


def solve_many(folder: Path, out: Path, options: SolveOptions, executor: Executor) -> Iterator[DistrictOutcome]:
    """Solve each problem folder in `folder` into the folder of the same name in `out`; yield outcomes by name.

    A district whose answer was finished for the same input and options is skipped; one that fails, or kills its
    worker, is reported and its earlier answer, if any, stays. Of the options, seed, work, seconds and roster count;
    `cancelled` is asked between districts.

    Raises:
        NotADirectoryError: `folder` is no folder.
        ClusterError: the cluster that the executor stands for cannot be used.
    """
    districts = [_district(place, out, options) for place in list_districts(folder)]
    for outcome in _outcomes(districts, executor):
        yield outcome
        if options.cancelled():
            return


def list_districts(folder: Path) -> list[Path]:
    """Return the problem folders in `folder`, those that hold anything, by name."""
    if not folder.is_dir():
        raise NotADirectoryError(str(folder))
    places = (place for place in sorted(folder.iterdir()) if place.is_dir() and not place.name.startswith("."))
    return [place for place in places if any(place.iterdir())]


def _outcomes(districts: list[District], executor: Executor) -> Iterator[DistrictOutcome]:
    if executor.shares_disk:
        return executor.map(solve_district, districts, lost=_lost)
    return solve_by_parcel(districts, executor)


def _district(place: Path, out: Path, options: SolveOptions) -> District:
    return District(
        folder=str(place.resolve()),
        out=str((out / place.name).resolve()),
        seed=options.seed,
        work=options.work,
        seconds=options.seconds,
        roster=options.roster,
    )


def _lost(district: District, error: WorkerLostError) -> DistrictOutcome:
    return failed(district.name, 0.0, error)
