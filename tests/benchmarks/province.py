"""A province: a folder of district folders in Parquet, few of them distinct, the others hard links to their files.

    python -m tests.benchmarks.province OUT [--districts 100] [--distinct 4] [--enterprises 20000] [--rules core]

Linked districts are solved as if they were different ones: `onedoor solve-many` shares nothing between districts. What
they spare is the making, and some reading from the disk, of the same bytes. Owns the command line; the districts come
from `problems`.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from solver.folders import write_problem
from tests.benchmarks.problems import Recipe, make_district


def make_province(folder: Path, recipe: Recipe, *, districts: int, distinct: int) -> int:
    """Write `districts` district folders, the first `distinct` of them with seeds of their own; return all requests."""
    requests = []
    for number in range(districts):
        place = folder / f"district-{number + 1:03d}"
        if number < distinct:
            problem = make_district(_seeded(recipe, recipe.seed + number))
            write_problem(problem, place, parquet=True)
            requests.append(len(problem.requests))
        else:
            _link(folder / f"district-{number % distinct + 1:03d}", place)
    return sum(requests[number % distinct] for number in range(districts))


def _seeded(recipe: Recipe, seed: int) -> Recipe:
    return replace(recipe, seed=seed)


def _link(source: Path, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        (place / path.name).hardlink_to(path)


def main(arguments: list[str] | None = None) -> int:
    """Write a province; the command line is in the module docstring."""
    options = _parser().parse_args(arguments)
    recipe = Recipe(enterprises=options.enterprises, all_rules=options.rules == "all")
    requests = make_province(options.out, recipe, districts=options.districts, distinct=options.distinct)
    sys.stdout.write(
        f"{options.out}: {options.districts} districts ({options.distinct} distinct), {requests} requests\n"
    )
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.province", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--districts", type=int, default=100)
    parser.add_argument("--distinct", type=int, default=4)
    parser.add_argument("--enterprises", type=int, default=20_000)
    parser.add_argument("--rules", choices=("core", "all"), default="core")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
