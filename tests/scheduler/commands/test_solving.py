"""The solver at the shell: exit codes, whole answers or none, and every fault named with its place and its mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scheduler.cli import app
from solver.folders import write_problem
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
