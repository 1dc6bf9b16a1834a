"""The solver at the shell: exit codes, whole answers or none, and every fault named with its place and its mend."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scheduler.cli import app
from solver.folders import write_problem
from tests.benchmarks.problems import Recipe, make_district
from tests.solver.builders import Ask, make_problem


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "problem"
    write_problem(make_problem(requests=[Ask("R1", "D1", quarters=2), Ask("R2", "D2")]), place)
    return place


def onedoor(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_solved_folder_is_an_answer_that_the_check_accepts(folder: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"

    solved = onedoor("solve", folder, "-o", answer, "--work", 1, "--workers", 1, "--json")
    checked = onedoor("check", folder, answer, "--json")

    assert (solved.exit_code, json.loads(solved.stdout)["status"]) == (0, "optimal")
    assert (checked.exit_code, json.loads(checked.stdout)["valid"]) == (0, True)
    assert json.loads(checked.stdout)["score"] == json.loads(solved.stdout)["score"]


def test_answer_that_breaks_a_rule_is_refused(folder: Path, tmp_path: Path) -> None:
    answer = tmp_path / "answer"
    onedoor("solve", folder, "-o", answer, "--work", 1, "--workers", 1, "--quiet")
    visits = answer / "visits.csv"
    head, row = visits.read_text(encoding="utf-8").splitlines()
    cells = dict(zip(head.split(","), row.split(","), strict=True)) | {"start_quarter": "3"}
    visits.write_text(f"{head}\n{','.join(cells[name] for name in head.split(','))}\n", encoding="utf-8")

    checked = onedoor("check", folder, answer, "--json")

    broken = {violation["rule"] for violation in json.loads(checked.stdout)["violations"]}
    assert (checked.exit_code, broken) == (1, {"visit_start_quarter"})


def test_bad_folder_is_refused_with_place_and_mend_and_leaves_no_answer(folder: Path, tmp_path: Path) -> None:
    requests = folder / "requests.csv"
    requests.write_text(requests.read_text(encoding="utf-8").replace("D2", "D9"), encoding="utf-8")

    refused = onedoor("solve", folder, "-o", tmp_path / "answer")

    assert refused.exit_code == 2
    assert "requests line 3 column department: unknown_id «D9»" in refused.output
    assert "编号在所指的表里不存在" in refused.output
    assert not (tmp_path / "answer").exists()


@pytest.fixture
def province(folder: Path) -> Path:
    for name in ("east", "west"):
        write_problem(make_problem(name=name), folder.parent / "province" / name, parquet=True)
    return folder.parent / "province"


def test_many_districts_are_told_one_by_one_and_done_once(province: Path, tmp_path: Path) -> None:
    command = ("solve-many", province, "-o", tmp_path / "out", "--work", 1, "--executor", "inline")

    first, again = onedoor(*command), onedoor(*command)

    assert (first.exit_code, again.exit_code) == (0, 0)
    lines = first.stdout.splitlines()
    assert [line.split(": ")[0] for line in lines[:2]] == ["[1/2] ✓ east", "[2/2] ✓ west"]
    assert lines[2].startswith("2 solved, 0 done before, 0 failed of 2, gap 0.000% mean, 0.000% worst, ")
    assert again.stdout.splitlines()[2].startswith("0 solved, 2 done before, 0 failed of 2, ")


def test_failed_district_is_told_and_the_others_are_solved(province: Path, tmp_path: Path) -> None:
    (province / "east" / "problem.json").write_text("{", encoding="utf-8")

    done = onedoor("solve-many", province, "-o", tmp_path / "out", "--work", 1, "--executor", "inline")

    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith("[1/2] ✗ east: bad_folder table=problem.json")
    assert lines[1].startswith("[2/2] ✓ west")
    assert lines[2].startswith("1 solved, 0 done before, 1 failed of 2, ")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--executor", "threads"), "threads: executor_unknown 不认识的执行方式"),
        (("--executor", "dask://127.0.0.1:9", "--tls-ca", "/ca.pem"), "?ca=%2Fca.pem: executor_unknown"),
        (("--executor", "tls://127.0.0.1:9"), "tls://127.0.0.1:9: tls_files_missing TLS 连接需要三个证书文件"),
        (
            ("--executor", "tls://127.0.0.1:9", "--tls-ca", "/no.pem", "--tls-cert", "/no.pem", "--tls-key", "/no.key"),
            "/no.pem: tls_file_unreadable",
        ),
    ],
    ids=["unknown", "certificates for a plain connection", "no certificates", "no such file"],
)
def test_unusable_executor_is_refused_with_its_mend(
    province: Path, tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    refused = onedoor("solve-many", province, "-o", tmp_path / "out", *words)

    assert (refused.exit_code, expected in refused.output) == (2, True), refused.output
    assert not (tmp_path / "out").exists()


def test_folder_of_districts_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused = onedoor("solve-many", tmp_path / "nowhere", "-o", tmp_path / "out")

    assert (refused.exit_code, "没有这个文件夹" in refused.output) == (2, True)


@pytest.mark.slow
def test_interrupted_province_leaves_whole_answers_and_goes_on_later(tmp_path: Path) -> None:
    province, answers = tmp_path / "province", tmp_path / "out"
    for number in range(6):
        problem = make_district(Recipe(enterprises=600, seed=number + 1))
        write_problem(problem, province / f"d{number}", parquet=True)
    command = ["solve-many", str(province), "-o", str(answers), "--work", "20", "--executor", "processes:2"]
    running = subprocess.Popen(
        [sys.executable, "-m", "scheduler", *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert running.stdout is not None
    first = running.stdout.readline()

    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to the command and all its workers
    _, told = running.communicate(timeout=120)

    assert (first[:10], running.returncode) == ("[1/6] ✓ d0", 130), told
    assert "重复同一命令即可继续" in told
    assert "Traceback" not in told
    finished = sorted(path.name for path in answers.iterdir())
    assert finished[0] == "d0"
    assert len(finished) < 6
    for name in finished:
        assert onedoor("check", province / name, answers / name).exit_code == 0
    marked = sum((answers / name / "solved.json").exists() for name in finished)
    later = onedoor(*command[:-1], "inline")
    assert later.exit_code == 0
    assert later.stdout.splitlines()[-1].startswith(f"{6 - marked} solved, {marked} done before, 0 failed of 6")
