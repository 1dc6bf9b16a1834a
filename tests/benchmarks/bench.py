"""Side by side on the same problems: the engine, today's practice, and general solvers.

    onedoor bench -- [--enterprises 30 300 3000 20000] [--seconds 12] [--rules core] [--util 0.8] [--seed 1]
        [--rivals ours status_quo by_hand plain_cp_sat mip_highs] [--roster-days 3] [--out FOLDER] [--plot FILE]

All sizes have the same horizon and departments. With all rules some requests can be left out only, at a thousand
times their priority, which is then most of the score: compare visits and trips rather than gaps there.

Writes bench.md into FOLDER, the plot to FILE (.readme/bench.png) and the table to standard output. Every rival runs
in a process of its own, one after the other; every plan goes through the checker. Owns the command line.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from solver.folders import write_problem
from tests.benchmarks.measure import Measure, measure
from tests.benchmarks.problems import PRESETS, Recipe, make_district
from tests.benchmarks.report import TITLES, duel_table, plot, table
from tests.benchmarks.roster_duel import Duel, roster_duel


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the command line is in the module docstring."""
    options = _parser().parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    rows = _merging(options)
    text = f"{_heading(options)}\n{table(rows)}"
    if options.roster_days:
        text += f"\n{duel_table(_rostering(options))}"
    (options.out / "bench.md").write_text(text, encoding="utf-8")
    plot(rows, options.plot)
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
    return Recipe(enterprises=enterprises, util=options.util, seed=options.seed, all_rules=options.rules == "all")


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
    parser = argparse.ArgumentParser(
        prog="onedoor bench --", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--enterprises", type=int, nargs="+", default=[30, 300, 3_000, 20_000])
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--rules", choices=("core", "all"), default="core")
    parser.add_argument("--util", type=float, default=0.8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rivals", nargs="+", choices=sorted(TITLES), default=list(TITLES))
    parser.add_argument("--roster-days", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--plot", type=Path, default=Path(".readme/bench.png"))
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
