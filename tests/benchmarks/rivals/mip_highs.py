"""HiGHS: the whole programme at once, default settings of its branch and cut, in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from solver.problem import Problem
from tests.benchmarks.rivals.attempt import Attempt
from tests.benchmarks.rivals.formulation import Formulation, Programme, size

MOST_VARIABLES = 3_000_000
PATIENCE_SECONDS = 120.0
"""How long after its limit the process may still be busy, before it is ended."""


def plan(problem: Problem, seconds: float, seed: int) -> Attempt:
    """Solve for `seconds` (building the model not counted)."""
    if size(problem) > MOST_VARIABLES:
        return Attempt(plan=None, note=f"not built: about {size(problem):,} variables")
    formulation = Formulation(problem)
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "programme.npz", Path(folder) / "answer.npz"
        np.savez(source, allow_pickle=False, **_arrays(formulation.programme))
        program = Path(__file__).with_name("highs_process.py")
        command = [sys.executable, str(program), str(source), str(target), str(seconds), str(seed)]
        try:
            subprocess.run(command, check=True, timeout=seconds + PATIENCE_SECONDS, capture_output=True)
        except subprocess.TimeoutExpired:
            return Attempt(plan=None, note="did not stop at its limit")
        with np.load(target) as answer:
            values, bound, status = answer["values"], float(answer["bound"]), str(answer["status"])
    if not len(values):
        return Attempt(plan=None, note=status.lower())
    return Attempt(plan=formulation.plan(values), bound=bound if np.isfinite(bound) else None)


def _arrays(programme: Programme) -> dict[str, np.ndarray]:
    rows = programme.rows
    return {
        "constant": np.array(programme.constant),
        "cost": np.array(programme.cost),
        "low": np.array([low for _, low, _ in rows], dtype=np.float64),
        "high": np.array([high for _, _, high in rows], dtype=np.float64),
        "start": np.cumsum([0, *(len(terms) for terms, _, _ in rows)]).astype(np.int32),
        "index": np.array([v for terms, _, _ in rows for _, v in terms], dtype=np.int32),
        "value": np.array([w for terms, _, _ in rows for w, _ in terms], dtype=np.float64),
    }
