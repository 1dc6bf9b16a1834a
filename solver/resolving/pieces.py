"""A plan cut into its visits, and how much one plan differs from another: in visits, not in rows.

Owns the piece (a visit with its day, start, members and crew), plans made of pieces, and the count of changes. An
enterprise's visits depend on those of others only through people and capacity, so plans are mixed by enterprise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from solver.plan import Plan, Reason, Roster
from solver.problem import NONE, Problem

Duty = tuple[int, int, int]
"""Request, inspector, 1 for the one who leads the visit else 0."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Piece:
    """One visit. `requests` ascend; `crew` ascends, empty in a plan that has no roster."""

    enterprise: int
    day: int
    start: int
    requests: tuple[int, ...]
    crew: tuple[Duty, ...] = ()


Pieces = Mapping[int, tuple[Piece, ...]]
"""Enterprise -> its visits, ascending; enterprises without one are not mentioned."""


def pieces_of(plan: Plan) -> dict[int, tuple[Piece, ...]]:
    """Cut a plan into its visits; visits without a request are dropped."""
    members: dict[int, list[int]] = {}
    for request, visit in enumerate(plan.request_visit.tolist()):
        if visit != NONE:
            members.setdefault(visit, []).append(request)
    crews: dict[int, list[Duty]] = {}
    if plan.roster is not None:
        columns = (plan.roster.request.tolist(), plan.roster.inspector.tolist(), plan.roster.lead.tolist())
        for duty in zip(*columns, strict=True):
            crews.setdefault(int(plan.request_visit[duty[0]]), []).append(duty)
    found: dict[int, list[Piece]] = {}
    for visit, requests in members.items():
        piece = Piece(
            enterprise=int(plan.visit_enterprise[visit]),
            day=int(plan.visit_day[visit]),
            start=int(plan.visit_start_quarter[visit]),
            requests=tuple(requests),
            crew=tuple(sorted(crews.get(visit, []))),
        )
        found.setdefault(piece.enterprise, []).append(piece)
    return {enterprise: tuple(sorted(visits)) for enterprise, visits in found.items()}


def plan_of_pieces(problem: Problem, pieces: Pieces, reasons: Mapping[int, tuple[str, str]], *, staffed: bool) -> Plan:
    """Put visits together to a plan; what is in none is left out with its reason, `cost` where none is known."""
    visits = [piece for enterprise in sorted(pieces) for piece in pieces[enterprise]]
    request_visit = np.full(len(problem.requests), NONE, dtype=np.int64)
    for number, piece in enumerate(visits):
        request_visit[list(piece.requests)] = number
    columns = np.array([(p.enterprise, p.day, p.start) for p in visits], dtype=np.int64).reshape(-1, 3)
    duties = np.array(sorted(duty for piece in visits for duty in piece.crew), dtype=np.int64).reshape(-1, 3)
    left_out = np.flatnonzero(request_visit == NONE).tolist()
    return Plan(
        request_visit=request_visit,
        visit_enterprise=columns[:, 0],
        visit_day=columns[:, 1],
        visit_start_quarter=columns[:, 2],
        reasons={request: reasons.get(request, (str(Reason.COST), "")) for request in left_out},
        roster=Roster(request=duties[:, 0], inspector=duties[:, 1], lead=duties[:, 2]) if staffed else None,
    )


def changes_between(before: Pieces, after: Pieces) -> int:
    """Count the visits that differ in day, start, members or crew; the same whichever plan comes first.

    For each enterprise the larger number of visits that only one of the two plans has: a visit that moves is one
    change, two that are joined are two, one that is split is two, a new or a dropped one is one.
    """
    return sum(
        changes_at(before.get(enterprise, ()), after.get(enterprise, ())) for enterprise in before.keys() | after.keys()
    )


def changes_at(before: Iterable[Piece], after: Iterable[Piece]) -> int:
    """The changes at one enterprise."""
    old, new = set(before), set(after)
    return max(len(old - new), len(new - old))
