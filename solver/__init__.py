"""Pure planning: tables of plain values in, tables out; no clock, no database, no text for people.

A researcher can lift this package out and use it alone:

>>> from pathlib import Path
>>> from tempfile import TemporaryDirectory
>>> from solver import SolveOptions, solve
>>> from solver.folders import read_problem
>>> tables = {
...     "problem.json": '{"format": 1, "name": "2", "weights": {"unscheduled": 1000, "visit": {"A": 8}}, "limits": {}}',
...     "days.csv": "day,date\\n0,2026-01-05\\n1,2026-01-06\\n",
...     "departments.csv": "department,inspectors,lon,lat\\nfire,4,120.4,33.2\\nwater,4,120.4,33.2\\n",
...     "enterprises.csv": "enterprise,credit_class,town,lon,lat\\nmill,A,west,120.4,33.2\\n",
...     "requests.csv": "request,department,enterprise,first_day,last_day,quarters,inspectors,priority\\n"
...     "r1,fire,mill,0,1,2,2,5\\nr2,water,mill,1,1,1,2,5\\n",
... }
>>> with TemporaryDirectory() as folder:
...     written = [(Path(folder) / name).write_text(text) for name, text in tables.items()]
...     result = solve(read_problem(Path(folder)), SolveOptions(work=1))
>>> result.status.value, result.score, result.plan.visit_day.tolist()
('optimal', 8.0, [1])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from solver.options import Progress, SolveOptions
from solver.plan import Plan, Reason, Roster, SolveResult, SolveStatus
from solver.problem import Problem

if TYPE_CHECKING:
    from solver.search import InvalidPlanError, solve

__all__ = [
    "InvalidPlanError",
    "Plan",
    "Problem",
    "Progress",
    "Reason",
    "Roster",
    "SolveOptions",
    "SolveResult",
    "SolveStatus",
    "solve",
]


def __getattr__(name: str) -> object:
    """Load the search when it is first asked for: who only reads problems or checks plans needs no solver library."""
    if name not in {"InvalidPlanError", "solve"}:
        raise AttributeError(name)
    from solver import search  # noqa: PLC0415 -- OR-Tools and the compiler cost two seconds to load

    return getattr(search, name)
