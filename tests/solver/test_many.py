"""Many districts: each solved once, resumed, and none stopped by a bad neighbour."""

from __future__ import annotations

import multiprocessing
import pickle
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest

from solver.checker import check_folder
from solver.districts import MARKER, DistrictOutcome, DistrictState
from solver.executors import DaskExecutor, Executor, InlineExecutor, Lost, ProcessExecutor, WorkerLostError
from solver.folders import read_problem, write_problem
from solver.many import list_districts, solve_many
from solver.options import SolveOptions
from tests.benchmarks.problems import Recipe, make_district
from tests.solver.builders import Ask, make_problem
from tests.solver.dask_cluster import DaskCluster, make_certificates

P = TypeVar("P")
Q = TypeVar("Q")

OPTIONS = SolveOptions(work=1, seed=3)


@pytest.fixture
def districts(tmp_path: Path) -> Path:
    """Two districts, one of them in Parquet."""
    folder = tmp_path / "province"
    for number, name in enumerate(("south", "north")):
        asks = tuple(Ask(f"R{r}", enterprise=f"E{r % 2}") for r in range(3 + number))
        write_problem(make_problem(requests=asks, name=name), folder / name, parquet=bool(number))
    return folder


class FarExecutor(InlineExecutor):
    """Runs here what it is given, but lets nothing through that could not travel, and sees no disk."""

    shares_disk = False

    def map(self, function: Callable[[P], Q], payloads: Iterable[P], *, lost: Lost[P, Q] | None = None) -> Iterator[Q]:
        del lost
        for payload in payloads:
            yield pickle.loads(pickle.dumps(function(pickle.loads(pickle.dumps(payload)))))


class DoomedExecutor(InlineExecutor):
    """Loses the worker of the first payload each time."""

    def map(self, function: Callable[[P], Q], payloads: Iterable[P], *, lost: Lost[P, Q] | None = None) -> Iterator[Q]:
        assert lost is not None
        first, *others = payloads
        yield lost(first, WorkerLostError(0, 3))
        yield from map(function, others)


def _run(folder: Path, out: Path, executor: Executor | None = None, seed: int = 3) -> list[DistrictOutcome]:
    return list(solve_many(folder, out, replace(OPTIONS, seed=seed), executor or InlineExecutor()))


def test_solve_many_writes_valid_answers_in_order_of_names(districts: Path, tmp_path: Path) -> None:
    outcomes = _run(districts, tmp_path / "out")

    assert [(o.name, o.state, o.unscheduled) for o in outcomes] == [
        ("north", DistrictState.SOLVED, 0),
        ("south", DistrictState.SOLVED, 0),
    ]
    for outcome in outcomes:
        verdict = check_folder(read_problem(districts / outcome.name), tmp_path / "out" / outcome.name)
        assert verdict.violations == ()
        assert verdict.score == outcome.score


def test_solve_many_skips_what_is_done(districts: Path, tmp_path: Path) -> None:
    first = _run(districts, tmp_path / "out")

    again = _run(districts, tmp_path / "out")

    assert [o.state for o in again] == [DistrictState.SKIPPED] * 2
    assert [(o.score, o.bound, o.visits) for o in again] == [(o.score, o.bound, o.visits) for o in first]


@pytest.mark.parametrize("change", ["input", "seed", "marker lost", "marker cut off"])
def test_solve_many_does_again_what_is_not_the_same(districts: Path, tmp_path: Path, change: str) -> None:
    _run(districts, tmp_path / "out")
    marker = tmp_path / "out" / "north" / MARKER
    seed = 3
    if change == "input":
        write_problem(make_problem(name="other"), districts / "north", parquet=True)
    elif change == "seed":
        seed = 4
    elif change == "marker lost":
        marker.unlink()
    else:
        marker.write_text(marker.read_text(encoding="utf-8")[:20], encoding="utf-8")

    states = {o.name: o.state for o in _run(districts, tmp_path / "out", seed=seed)}

    south = DistrictState.SOLVED if change == "seed" else DistrictState.SKIPPED
    assert states == {"north": DistrictState.SOLVED, "south": south}


def test_solve_many_reports_a_bad_district_and_goes_on(districts: Path, tmp_path: Path) -> None:
    broken = districts / "aaa"
    write_problem(make_problem(), broken)
    table = (broken / "requests.csv").read_text(encoding="utf-8").replace("D1", "nowhere")
    (broken / "requests.csv").write_text(table, encoding="utf-8")

    bad, *good = _run(districts, tmp_path / "out")

    assert (bad.name, bad.state, bad.error, bad.faults) == ("aaa", DistrictState.FAILED, "bad_folder", 1)
    assert bad.detail == "table=requests line=2 column=department rule=unknown_id"
    assert [o.state for o in good] == [DistrictState.SOLVED] * 2
    assert not (tmp_path / "out" / "aaa").exists()


def test_solve_many_stops_when_cancelled(districts: Path, tmp_path: Path) -> None:
    outcomes = list(solve_many(districts, tmp_path / "out", replace(OPTIONS, cancelled=lambda: True), InlineExecutor()))

    assert [o.name for o in outcomes] == ["north"]


@pytest.mark.slow
def test_solve_many_same_answers_on_two_processes(districts: Path, tmp_path: Path) -> None:
    _run(districts, tmp_path / "inline")
    with ProcessExecutor(2) as executor:
        outcomes = _run(districts, tmp_path / "spread", executor)

    assert [o.state for o in outcomes] == [DistrictState.SOLVED] * 2
    for name in ("north", "south"):
        for table in ("visits.csv", "visit_requests.csv"):
            spread, inline = (tmp_path / kind / name / table for kind in ("spread", "inline"))
            assert spread.read_bytes() == inline.read_bytes()


@pytest.fixture
def many_districts(tmp_path: Path) -> Path:
    """Eight districts that take some work each."""
    folder = tmp_path / "many"
    for number in range(8):
        problem = make_district(Recipe(enterprises=150, days=40, departments=6, seed=number + 1))
        write_problem(problem, folder / f"d{number}", parquet=True)
    return folder


def _judge(folder: Path, out: Path, outcomes: list[DistrictOutcome]) -> None:
    assert [(o.name, o.state) for o in outcomes] == [(f"d{n}", DistrictState.SOLVED) for n in range(8)]
    for outcome in outcomes:
        verdict = check_folder(read_problem(folder / outcome.name), out / outcome.name)
        assert (verdict.violations, verdict.score) == ((), outcome.score)


@pytest.mark.slow
def test_solve_many_loses_nothing_when_a_worker_is_killed(many_districts: Path, tmp_path: Path) -> None:
    """After the first answer some districts are not handed out yet, so that the loss cannot come too late."""
    out = tmp_path / "out"
    others = multiprocessing.active_children()
    with ProcessExecutor(2) as executor:
        results = solve_many(many_districts, out, OPTIONS, executor)
        outcomes = [next(results)]
        workers = [child for child in multiprocessing.active_children() if child not in others]
        workers[-1].kill()
        outcomes += results
    assert (len(workers), executor.losses) == (2, 1)
    _judge(many_districts, out, outcomes)


@pytest.mark.slow
def test_solve_many_on_a_cluster_needs_no_shared_disk_and_loses_nothing(many_districts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with DaskCluster(make_certificates(tmp_path / "tls")) as cluster:
        assert cluster.certificates is not None
        cluster.wait_for_workers()
        with DaskExecutor(cluster.address, cluster.certificates.tls) as executor:
            results = solve_many(many_districts, out, OPTIONS, executor)
            outcomes = [next(results)]
            cluster.programs[1].kill()
            outcomes += results
            again = list(solve_many(many_districts, out, OPTIONS, executor))
    _judge(many_districts, out, outcomes)
    assert [(o.state, o.score) for o in again] == [(DistrictState.SKIPPED, o.score) for o in outcomes]


def test_solve_many_in_parcels_gives_the_same_answers(districts: Path, tmp_path: Path) -> None:
    """Inline, but as if the disk were not shared: what travels is pickled, as a cluster would."""
    broken = districts / "aaa"
    write_problem(make_problem(), broken)
    (broken / "requests.csv").write_text("request\n", encoding="utf-8")
    here = _run(districts, tmp_path / "here")

    there = _run(districts, tmp_path / "there", FarExecutor())

    assert [replace(o, seconds=0.0) for o in there] == [replace(o, seconds=0.0) for o in here]
    assert [o.state for o in there] == [DistrictState.FAILED, DistrictState.SOLVED, DistrictState.SOLVED]
    for name in ("north", "south"):
        tables = [path.name for path in sorted((tmp_path / "here" / name).glob("*.csv"))]
        assert len(tables) >= 2
        for table in (*tables, MARKER):
            assert (tmp_path / "there" / name / table).read_bytes() == (tmp_path / "here" / name / table).read_bytes()
    assert [o.state for o in _run(districts, tmp_path / "there", FarExecutor())][1:] == [DistrictState.SKIPPED] * 2


def test_solve_many_reports_a_district_that_kills_its_workers_and_goes_on(districts: Path, tmp_path: Path) -> None:
    with DoomedExecutor() as executor:
        lost, good = _run(districts, tmp_path / "out", executor)

    assert (lost.name, lost.state, lost.error, lost.detail) == (
        "north",
        DistrictState.FAILED,
        "worker_lost",
        "losses=3",
    )
    assert good.state is DistrictState.SOLVED


def test_list_districts_of_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        list_districts(tmp_path / "nowhere")
