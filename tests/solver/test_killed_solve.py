"""A solve killed at any moment leaves the previous answer or a complete new one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from solver import SolveOptions, solve
from solver.answer_folders import write_answer
from solver.checker import check_folder
from solver.folders import read_problem, write_problem
from tests.solver.small_problems import small_staffed_problem

KILLS = 24
LONGEST_LIFE = 0.25
"""Seconds; a solve and its writing take about a tenth of that."""

NURSERY = """
import os, sys
from pathlib import Path
from solver import SolveOptions, solve
from solver.answer_folders import write_answer
from solver.folders import read_problem
problem = read_problem(Path(sys.argv[1]))
solve(problem, SolveOptions(work=1))
print("ready", flush=True)
for _ in sys.stdin:
    child = os.fork()
    if not child:
        seed = 0
        while True:
            seed += 1
            write_answer(problem, solve(problem, SolveOptions(work=1, seed=seed)), Path(sys.argv[2]))
    print(child, flush=True)
    os.waitpid(child, 0)
    print("gone", flush=True)
"""
"""Loads the solver once and forks, on demand, a child that solves and writes until it is killed."""


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    problem = small_staffed_problem(2)
    write_problem(problem, tmp_path / "problem")
    write_answer(problem, solve(problem, SolveOptions(work=1)), tmp_path / "answer")
    program = [sys.executable, "-c", NURSERY, str(tmp_path / "problem"), str(tmp_path / "answer")]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(
        program,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": root},
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        yield started
        started.kill()


def test_killed_solve_leaves_a_whole_answer(nursery: subprocess.Popen[str], tmp_path: Path) -> None:
    assert nursery.stdin is not None
    assert nursery.stdout is not None
    problem = read_problem(tmp_path / "problem")
    dice = random.Random(0)
    seen = set()
    for _ in range(KILLS):
        nursery.stdin.write("next\n")
        nursery.stdin.flush()
        child = int(nursery.stdout.readline())
        time.sleep(dice.uniform(0, LONGEST_LIFE))
        os.kill(child, signal.SIGKILL)
        assert nursery.stdout.readline() == "gone\n"
        assert check_folder(problem, tmp_path / "answer").violations == ()
        seen.add((tmp_path / "answer" / "result.json").read_text(encoding="utf-8"))
    assert len(seen) > 1, "no child has lived long enough to write anything"
