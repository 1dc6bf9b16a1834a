"""The generator of benchmark problems: valid, repeatable, and what its options promise."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from solver.folders import read_problem
from solver.locks import list_collisions
from tests.benchmarks.problems import LARGE_REQUESTS, Recipe, main, make_district
from tests.benchmarks.province import make_province
from tests.solver.test_folders import assert_same

SMALL = Recipe(enterprises=60, days=40, departments=6)
RECIPES = {
    "core": SMALL,
    "all-rules": replace(SMALL, all_rules=True),
    "roster": replace(SMALL, all_rules=True, roster=True),
    "roster-of-core-rules": replace(SMALL, roster=True),
    "tight": replace(SMALL, tight=True),
    "hard": replace(SMALL, hard=True, all_rules=True),
    "one-department": replace(SMALL, departments=1),
    "one-day": replace(SMALL, days=1, all_rules=True, roster=True),
}


@pytest.mark.parametrize("recipe", [pytest.param(recipe, id=name) for name, recipe in RECIPES.items()])
def test_same_recipe_makes_the_same_valid_problem(tmp_path: Path, recipe: Recipe) -> None:
    problem = make_district(recipe)

    assert_same(make_district(recipe), problem)
    assert list_collisions(problem) == []
    assert (problem.requests.first_day <= problem.requests.last_day).all()
    assert problem.requests.last_day.max() < recipe.days


def test_written_problem_is_read_without_a_fault(tmp_path: Path) -> None:
    arguments = ["--preset", "tiny", "--rules", "all", "--roster", "--hard", "--seed", "3", "--parquet"]

    assert main([str(tmp_path / "p"), *arguments]) == 0

    problem = read_problem(tmp_path / "p")
    recipe = Recipe(enterprises=40, days=20, departments=5, all_rules=True, roster=True, hard=True, seed=3)
    assert problem.requests.ids.tolist() == make_district(recipe).requests.ids.tolist()


def test_other_seed_makes_another_problem() -> None:
    one, other = make_district(SMALL), make_district(replace(SMALL, seed=2))

    assert one.requests.department.tolist() != other.requests.department.tolist()


def test_tight_problem_has_no_slack() -> None:
    problem = make_district(replace(SMALL, tight=True))

    load = np.bincount(problem.requests.department, weights=problem.requests.load, minlength=6)
    assert load.tolist() == problem.capacity_quarters().sum(axis=1).tolist()


def test_departments_of_one_enterprise_differ() -> None:
    problem = make_district(SMALL)

    pairs = problem.requests.enterprise * len(problem.departments) + problem.requests.department
    assert len(np.unique(pairs)) == len(pairs)


def test_hard_problem_has_a_large_enterprise_with_conflicts() -> None:
    problem = make_district(replace(SMALL, hard=True))

    counts = np.bincount(problem.requests.enterprise)
    large = int(np.argmax(counts))
    assert counts[large] >= LARGE_REQUESTS[0]
    assert (problem.requests.enterprise[problem.conflicts] == large).all()


def test_utilisation_sets_the_capacity() -> None:
    relaxed, full = (make_district(replace(SMALL, enterprises=2000, util=util)) for util in (0.4, 0.9))

    for problem, util in ((relaxed, 0.4), (full, 0.9)):
        share = problem.requests.load.sum() / problem.capacity_quarters().sum()
        assert share == pytest.approx(util, rel=0.06)


def test_province_links_what_is_not_distinct(tmp_path: Path) -> None:
    requests = make_province(tmp_path, Recipe(enterprises=20, days=20, departments=4), districts=5, distinct=2)

    places = sorted(tmp_path.iterdir())
    problems = [read_problem(place) for place in places]
    assert [place.name for place in places] == [f"district-{number:03d}" for number in range(1, 6)]
    assert requests == sum(len(problem.requests) for problem in problems)
    tables = [place / "requests.parquet" for place in places]
    assert [table.samefile(tables[0]) for table in tables] == [True, False, True, False, True]
    assert tables[1].read_bytes() != tables[0].read_bytes()
