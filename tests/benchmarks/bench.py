"""Side by side on the same problems: the engine, today's practice, and general solvers.

    python -m tests.benchmarks.bench [--enterprises 30 300 3000 20000] [--seconds 30] [--rules all] [--util 0.8]
        [--rivals ours status_quo by_hand plain_cp_sat mip_highs] [--seed 1] [--roster-days 5] [--out FOLDER]

Writes bench.md, bench.svg and bench.png into FOLDER and the table to standard output. Every rival runs in a process
of its own, one after the other; every plan goes through the checker. Owns the command line.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from solver.folders import write_problem
from tests.benchmarks.measure import Measure, measure
from tests.benchmarks.problems import PRESETS, Recipe, make_district
from tests.benchmarks.report import TITLES, duel_table, plot, table
from tests.benchmarks.roster_duel import Duel, roster_duel

SMALL: Final = 300
"""Up to so many enterprises a problem has a shorter horizon and fewer departments, as a small town would."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the command line is in the module docstring."""
    options = _parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = _merging(options)
    text = f"{_heading(options)}\n{table(rows)}"
    if options.roster_days:
        text += f"\n{duel_table(_rostering(options))}"
    (options.out / "bench.md").write_text(text, encoding="utf-8")
    for suffix in ("svg", "png"):
        plot(rows, options.out / f"bench.{suffix}")
    sys.stdout.write(text)
    return 1 if any(row.violations for row in rows) else 0


def _merging(options: argparse.Namespace) -> list[Measure]:
    rows = []
    with TemporaryDirectory() as name:
        for enterprises in options.enterprises:
            folder = Path(name) / f"{enterprises}-{options.rules}"
            write_problem(make_district(_recipe(enterprises, options)), folder, parquet=True)
            for rival in options.rivals:
                row = measure(folder, rival, options.seconds, options.seed)
                rows.append(row)
                sys.stderr.write(f"{row.problem} {row.rival} {row.seconds:.1f} s score={row.score} {row.note}\n")
    return rows


def _recipe(enterprises: int, options: argparse.Namespace) -> Recipe:
    small = enterprises <= SMALL
    return Recipe(
        enterprises=enterprises,
        days=60 if small else 245,
        departments=8 if small else 30,
        util=options.util,
        seed=options.seed,
        all_rules=options.rules == "all",
    )


def _rostering(options: argparse.Namespace) -> Duel:
    return roster_duel(
        make_district(PRESETS["month"]),
        merge_seconds=options.seconds,
        routing_seconds=options.seconds,
        most_days=options.roster_days,
        seed=options.seed,
    )


def _heading(options: argparse.Namespace) -> str:
    return (
        f"Limit {options.seconds:g} s each, rules {options.rules}, utilisation {options.util:g}, seed {options.seed}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}.\n"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.bench", description=__doc__)
    parser.add_argument("--enterprises", type=int, nargs="+", default=[30, 300, 3_000, 20_000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rules", choices=("core", "all"), default="all")
    parser.add_argument("--util", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rivals", nargs="+", choices=sorted(TITLES), default=list(TITLES))
    parser.add_argument("--roster-days", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
