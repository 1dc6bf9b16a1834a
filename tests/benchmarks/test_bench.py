"""The benchmark itself: rivals keep the hard rules, the plain programme has the right optimum, the report adds up."""

from __future__ import annotations

from pathlib import Path

import pytest

from solver.checker import check
from solver.problem import Limits, Problem
from tests.benchmarks.measure import Measure
from tests.benchmarks.problems import Recipe, make_district
from tests.benchmarks.report import best_bounds, plot, table
from tests.benchmarks.rivals import by_hand, mip_highs, plain_cp_sat, status_quo
from tests.solver.builders import Ask, Office, Site, make_problem

SMALL = Recipe(enterprises=25, days=30, departments=5, all_rules=True, util=0.9)


@pytest.fixture(scope="module")
def district() -> Problem:
    return make_district(SMALL)


@pytest.mark.parametrize("rival", [status_quo, by_hand], ids=["status quo", "by hand"])
def test_rival_by_hand_keeps_the_rules(district: Problem, rival: object) -> None:
    attempt = rival.plan(district, 1.0, 1)  # type: ignore[attr-defined]

    assert check(district, attempt.plan, roster=False).violations == ()


def test_merging_by_hand_saves_visits(district: Problem) -> None:
    apart, merged = status_quo.plan(district, 1.0, 1).plan, by_hand.plan(district, 1.0, 1).plan

    assert apart is not None
    assert merged is not None
    assert merged.visits < apart.visits


def _awkward() -> Problem:
    """Twins of one department, a conflict, a solo request, a sequence, a cap and a closed day on one enterprise."""
    return make_problem(
        requests=(
            Ask("R1", window=(0, 3)),
            Ask("R2", window=(1, 4)),
            Ask("R3", department="D2", window=(0, 5), planned=5),
            Ask("R4", department="D3", window=(2, 5), joint=False),
            Ask("R5", department="D2", enterprise="E2", window=(0, 5)),
        ),
        sites=(Site("E1", credit_class="D", max_visits=3), Site("E2", credit_class="D")),
        offices=(Office("D1", inspectors=2), Office("D2", inspectors=2), Office("D3", inspectors=2)),
        days=6,
        limits=Limits(max_departments_per_visit=2, max_inspectors_per_visit=4, repeat_days=3),
        closures=(("E1", 3, 3),),
        conflicts=(("R1", "R3"),),
        sequences=(("R1", "R2", 1),),
    )


@pytest.mark.parametrize("rival", [plain_cp_sat, mip_highs], ids=["cp-sat", "highs"])
def test_plain_programme_proves_the_optimum(rival: object) -> None:
    problem = _awkward()

    attempt = rival.plan(problem, 20.0, 1)  # type: ignore[attr-defined]

    verdict = check(problem, attempt.plan, roster=False)
    assert verdict.violations == ()
    # R1 before R2 and R4 alone make three visits of E1, R5 rides with the second department on one of their days:
    # visits 4 x 1, trips 4 x 0.05, R3 moved 0.5, one repeat 1, and delays 0.1 x (1/5 + 2/3 + 1/5)
    assert verdict.score == pytest.approx(5.806667)
    assert attempt.bound == pytest.approx(verdict.score, abs=1e-5)


def test_plain_programmes_agree(district: Problem) -> None:
    small = make_district(Recipe(enterprises=6, days=15, departments=3, all_rules=True, seed=4))

    scores = [check(small, rival.plan(small, 30.0, 1).plan, roster=False).score for rival in (plain_cp_sat, mip_highs)]

    assert scores[0] == pytest.approx(scores[1], abs=1e-5)


def test_report_measures_gaps_against_the_best_bound(tmp_path: Path) -> None:
    rows = [
        Measure(problem="p", requests=10, rival="ours", seconds=1, peak_mb=50, score=100.0, bound=90.0, visits=3),
        Measure(problem="p", requests=10, rival="mip_highs", seconds=9, peak_mb=70, score=125.0, bound=99.0),
        Measure(problem="p", requests=10, rival="plain_cp_sat", seconds=9, peak_mb=70, note="unknown"),
    ]

    assert best_bounds(rows) == {"p": 99.0}
    lines = table(rows).splitlines()
    assert lines[2] == "| p | 10 | OneDoor | 1.0 | 50 | 100.00 | 90.00 | 1.00 % | 3 | 0 | 0 | 0 |  |"
    assert "20.80 %" in lines[3]
    assert lines[4] == "| p | 10 | plain CP-SAT | 9.0 | 70 | no plan |  |  |  |  |  |  | unknown |"
    plot(rows, tmp_path / "bench.svg")
    assert (tmp_path / "bench.svg").read_text(encoding="utf-8").startswith("<?xml")
