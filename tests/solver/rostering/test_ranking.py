"""The draw, repeated from its definition alone: SHA-256 of seed, request and officer, lowest first."""

from __future__ import annotations

import hashlib

import pytest

from solver import SolveOptions, solve
from tests.solver.builders import Ask, Officer, make_problem

DEPARTMENTS, OFFICERS, PEOPLE = 12, 9, 3


def drawn(seed: int, request: str, officers: list[str]) -> list[str]:
    """The ranking as somebody without this program would work it out."""
    return sorted(officers, key=lambda officer: hashlib.sha256(f"{seed}|{request}|{officer}".encode()).hexdigest())


@pytest.mark.parametrize("seed", [0, 7, 20260105])
def test_crews_and_leads_follow_from_seed_and_ids_alone(seed: int) -> None:
    crews = {f"R{d}": [f"局{d}-{i}" for i in range(OFFICERS)] for d in range(DEPARTMENTS)}
    problem = make_problem(
        requests=[Ask(f"R{d}", f"D{d}", f"E{d}", (0, 0), inspectors=PEOPLE) for d in range(DEPARTMENTS)],
        officers=[Officer(name, f"D{d}") for d in range(DEPARTMENTS) for name in crews[f"R{d}"]],
        days=1,
    )

    plan = solve(problem, SolveOptions(work=1, seed=seed)).plan

    assert plan is not None
    assert plan.roster is not None
    assert problem.inspectors is not None
    names = problem.inspectors.ids[plan.roster.inspector]
    rows = list(zip(problem.requests.ids[plan.roster.request], names, plan.roster.lead, strict=True))
    for request, officers in crews.items():
        ranking = drawn(seed, request, officers)[:PEOPLE]
        assert {name for asked, name, _ in rows if asked == request} == set(ranking)
        assert [name for asked, name, lead in rows if asked == request and lead] == ranking[:1]


def test_officer_who_must_stay_away_leaves_the_ranking_of_the_others_as_it_is() -> None:
    officers = [f"I{i}" for i in range(OFFICERS)]
    first = drawn(3, "R1", officers)[0]
    problem = make_problem(
        requests=[Ask("R1", window=(0, 0))],
        officers=[Officer(name) for name in officers],
        recusals=[(first, "E1")],
        days=1,
    )

    plan = solve(problem, SolveOptions(work=1, seed=3)).plan

    assert plan is not None
    assert plan.roster is not None
    assert problem.inspectors is not None
    assert set(problem.inspectors.ids[plan.roster.inspector]) == set(drawn(3, "R1", officers)[1:3])
