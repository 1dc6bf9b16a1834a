"""Folders of good problems and plans: what is written reads back the same; and how it is written."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver.folders import BadFolder, read_answer, read_problem, write_answer, write_problem
from solver.plan import Plan, SolveResult, SolveStatus
from solver.problem import Problem
from tests.solver.builders import Ask, Office, Officer, Site, Stop, make_plan, make_problem
from tests.solver.strategies import plans, problems
from tests.solver.test_checker import result_of

SLOWLY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_same(left: Any, right: Any, path: str = "") -> None:
    """Equality of nested value objects whose columns are arrays; types and shapes count."""
    if dataclasses.is_dataclass(left):
        assert type(left) is type(right), path
        for item in dataclasses.fields(left):
            assert_same(getattr(left, item.name), getattr(right, item.name), f"{path}.{item.name}")
    elif isinstance(left, np.ndarray):
        assert (left.dtype, left.shape) == (right.dtype, right.shape), path
        assert left.tolist() == right.tolist(), path
    else:
        assert left == right, path


@SLOWLY
@given(problem=problems(odd_ids=True), parquet=st.booleans())
def test_problem_reads_back_as_written(problem: Problem, parquet: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "problem"
        write_problem(problem, folder, parquet=parquet)

        assert_same(read_problem(folder), problem)


@SLOWLY
@given(data=st.data())
def test_plan_reads_back_as_written(data: st.DataObject) -> None:
    problem = data.draw(problems(odd_ids=True))
    plan = data.draw(plans(problem))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "answer"
        write_answer(problem, result_of(problem, plan), folder)

        assert_same(read_answer(problem, folder), plan)


def small() -> Problem:
    return make_problem(requests=(Ask("0012", planned=3), Ask("R2", department="D2")), closures=[("E1", 7, 8)])


def test_ids_that_look_like_numbers_stay_text(tmp_path: Path) -> None:
    write_problem(small(), tmp_path / "p")

    assert read_problem(tmp_path / "p").requests.ids.tolist() == ["0012", "R2"]


def test_problem_tables_are_plain_csv(tmp_path: Path) -> None:
    write_problem(small(), tmp_path / "p")

    assert (tmp_path / "p" / "requests.csv").read_text() == (
        "request,department,enterprise,first_day,last_day,quarters,inspectors,priority,joint,notice,skill,planned_day,"
        "locked\n0012,D1,E1,0,9,1,2,5,1,announced,,3,0\nR2,D2,E1,0,9,1,2,5,1,announced,,,0\n"
    )
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == [
        "closures.csv", "days.csv", "departments.csv", "enterprises.csv", "problem.json", "requests.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
def test_byte_order_mark_and_any_line_ending_are_read(tmp_path: Path, ending: str) -> None:
    write_problem(small(), tmp_path / "p")
    for path in (tmp_path / "p").glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_text().replace("\n", ending).encode())

    assert_same(read_problem(tmp_path / "p"), small())


def test_optional_columns_and_rows_in_any_order_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    write_problem(make_problem(days=3), folder)
    (folder / "days.csv").write_text("date,day\n2026-01-07,2\n2026-01-05,0\n2026-01-06,1\n")
    (folder / "requests.csv").write_text(
        "remark,request,enterprise,department,last_day,first_day,priority,inspectors,quarters\n,R1,E1,D1,2,0,5,2,1\n"
    )
    (folder / "enterprises.csv").write_text("enterprise,credit_class,town,lon,lat\nE1,B,T1,120.5,33.2\n")

    assert_same(read_problem(folder), make_problem(requests=(Ask(window=(0, 2)),), days=3))


def test_settings_that_are_missing_do_not_bind_or_cost(tmp_path: Path) -> None:
    write_problem(make_problem(), tmp_path / "p")
    (tmp_path / "p" / "problem.json").write_text('{"format": 1, "weights": {"visit": {"A": 3}}}')

    problem = read_problem(tmp_path / "p")

    assert (problem.weights.visit, problem.weights.unscheduled) == ((3.0, 0.0, 0.0, 0.0), 0.0)
    assert (problem.limits.max_hop_km, problem.limits.repeat_days, problem.limits.reserve) == (None, None, 0.0)


def test_tables_written_by_pandas_are_read(tmp_path: Path) -> None:
    """Whole numbers with gaps arrive as floats with NaN, flags as booleans, texts as categories, dates as dates."""
    folder = tmp_path / "p"
    problem = make_problem(
        requests=(Ask("R1", planned=3), Ask("R2")), officers=(Officer("I1", valid_until=4), Officer("I2"))
    )
    write_problem(problem, folder)
    for path in list(folder.glob("*.csv")):
        table = pd.read_csv(path)
        if path.stem == "requests":
            table["locked"] = table["locked"] == 1
            table["notice"] = table["notice"].astype("category")
        if path.stem == "days":
            table["date"] = pd.to_datetime(table["date"])
        table.to_parquet(folder / f"{path.stem}.parquet")
        path.unlink()

    assert_same(read_problem(folder), problem)


def test_writing_another_kind_of_table_replaces_the_old_ones(tmp_path: Path) -> None:
    write_problem(small(), tmp_path / "p")
    write_problem(small(), tmp_path / "p", parquet=True)

    assert_same(read_problem(tmp_path / "p"), small())


def answered() -> tuple[Problem, Plan]:
    problem = make_problem(
        requests=(Ask("R1"), Ask("R2", department="D2"), Ask("R3")),
        sites=(Site(),),
        offices=(Office("D1"), Office("D2")),
        officers=(Officer("I1"), Officer("I2"), Officer("I3", "D2"), Officer("I4", "D2")),
    )
    crew = [("R1", "I1", 1), ("R1", "I2", 0), ("R2", "I3", 0), ("R2", "I4", 0)]
    return problem, make_plan(problem, Stop(3, ("R1", "R2"), start=2), left_out={"R3": "cost"}, roster=crew)


def test_answer_folder_is_as_published(tmp_path: Path) -> None:
    problem, plan = answered()
    write_answer(problem, result_of(problem, plan, bound=5004.0, status=SolveStatus.FEASIBLE), tmp_path / "a")

    texts = {path.name: path.read_text() for path in (tmp_path / "a").iterdir()}
    assert json.loads(texts.pop("result.json")) == {
        "status": "feasible",
        "score": 5004.1,
        "parts": {"unscheduled": 5000.0, "visits": 4.0, "trips": 0.1, "delay": 0.0, "moves": 0.0, "repeats": 0.0},
        "bound": 5004.0,
        "gap": pytest.approx(0.1 / 5004.1),
        "seconds": 0.1,
        "seed": 1,
    }
    assert texts == {
        "visits.csv": "visit,enterprise,day,start_quarter\nV0000001,E1,3,2\n",
        "visit_requests.csv": "visit,request\nV0000001,R1\nV0000001,R2\n",
        "unscheduled.csv": "request,reason,detail\nR3,cost,\n",
        "roster.csv": (
            "visit,request,inspector,lead\nV0000001,R1,I1,1\nV0000001,R1,I2,0\nV0000001,R2,I3,0\nV0000001,R2,I4,0\n"
        ),
    }


def test_answer_without_a_plan_has_its_collisions_and_cannot_be_read_as_a_plan(tmp_path: Path) -> None:
    problem, _ = answered()
    result = SolveResult(
        status=SolveStatus.INFEASIBLE,
        plan=None,
        score=None,
        parts={},
        bound=float("inf"),
        seconds=0.1,
        seed=1,
        collisions=(("R1", "request_locked"),),
    )
    write_answer(problem, result, tmp_path / "a")

    document = json.loads((tmp_path / "a" / "result.json").read_text())
    assert (document["status"], document["score"], document["bound"]) == ("infeasible", None, None)
    assert document["collisions"] == [{"request": "R1", "rule": "request_locked"}]
    with pytest.raises(BadFolder) as caught:
        read_answer(problem, tmp_path / "a")
    assert [fault.rule for fault in caught.value.faults] == ["plan_missing"]


def test_new_answer_takes_away_tables_of_the_old_one_and_keeps_what_is_not_ours(tmp_path: Path) -> None:
    problem, plan = answered()
    write_answer(problem, result_of(problem, plan), tmp_path)
    (tmp_path / "notes.txt").write_text("kept")
    (tmp_path / "drafts").mkdir()

    write_answer(problem, result_of(problem, None, status=SolveStatus.UNKNOWN), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["drafts", "notes.txt", "result.json"]


def test_failed_write_leaves_the_old_answer_and_nothing_else(tmp_path: Path) -> None:
    problem, plan = answered()
    write_answer(problem, result_of(problem, plan), tmp_path / "a")
    before = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
    broken = dataclasses.replace(plan, visit_enterprise=np.array([99]))

    with pytest.raises(IndexError):
        write_answer(problem, dataclasses.replace(result_of(problem, plan), plan=broken), tmp_path / "a")

    assert {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_answer_is_not_written_over_a_file(tmp_path: Path) -> None:
    problem, plan = answered()
    (tmp_path / "a").write_text("mine")

    with pytest.raises(NotADirectoryError):
        write_answer(problem, result_of(problem, plan), tmp_path / "a")

    assert (tmp_path / "a").read_text() == "mine"


def test_killed_write_leaves_a_complete_answer(tmp_path: Path) -> None:
    """Kill a process that rewrites an answer all the time: one whole answer is there, of either kind."""
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from solver.folders import write_answer
        from tests.solver.test_folders import answered
        from tests.solver.test_checker import result_of
        problem, plan = answered()
        folder = Path(sys.argv[1])
        write_answer(problem, result_of(problem, plan, seed=0), folder)
        print("ready", flush=True)
        seed = 0
        while True:
            seed += 1
            write_answer(problem, result_of(problem, plan, seed=seed), folder)
        """
    )
    problem, plan = answered()
    folder = tmp_path / "a"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()

    assert_same(read_answer(problem, folder), plan)
