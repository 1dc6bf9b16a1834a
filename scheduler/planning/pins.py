"""What people have pinned on visits, as facts of the planning problem, and whether an answer keeps it. Reads only.

The format knows locks on days, pairs that never meet, and recusals. A pinned day is a lock of its requests. Pinned
members are locked to their day together and never meet another request of the site. A pinned crew recuses everybody
else of its body from the site, where the body asks for that site once; whatever the format cannot say is looked at
when a proposal is adopted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import CrewSlot, InspectionRequest, Officer, Round, Site, Visit, VisitRequest
from solver.problem import Bools, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedVisit:
    """A visit with a pin. `crews`: request -> officers (uids), empty where the crew is free."""

    uid: str
    site: str
    day: str
    day_pinned: bool
    members_pinned: bool
    requests: frozenset[str]
    crews: Mapping[str, frozenset[str]]


def read_pins(session: Session, round_: Round) -> tuple[PinnedVisit, ...]:
    """The pinned visits of a round, by uid."""
    rows = session.execute(
        sa.select(Visit, col(Site.uid), col(InspectionRequest.uid), col(InspectionRequest.id))
        .join(Site, col(Visit.site_id) == col(Site.id))
        .join(VisitRequest, col(VisitRequest.visit_id) == col(Visit.id))
        .join(InspectionRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(col(Visit.round_id) == round_.id, col(Visit.status) != VisitStatus.CANCELLED)
        .where(sa.or_(col(Visit.day_pinned), col(Visit.crew_pinned), col(Visit.members_pinned)))
        .order_by(col(Visit.uid))
    ).all()
    crews = _crews(session, {visit.id for visit, *_ in rows if visit.crew_pinned})
    requests: dict[str, dict[str, int]] = {}
    for visit, _site, uid, request_id in rows:
        requests.setdefault(visit.uid, {})[uid] = request_id
    visits = {visit.uid: (visit, site) for visit, site, *_ in rows}
    return tuple(
        PinnedVisit(
            uid=uid,
            site=site,
            day=visit.day.isoformat(),
            day_pinned=visit.day_pinned,
            members_pinned=visit.members_pinned,
            requests=frozenset(requests[uid]),
            crews={one: crews[key] for one, key in requests[uid].items() if visit.crew_pinned and key in crews},
        )
        for uid, (visit, site) in visits.items()
    )


def _crews(session: Session, visit_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    rows = session.execute(
        sa.select(col(CrewSlot.request_id), col(Officer.uid))
        .join(Officer, col(CrewSlot.officer_id) == col(Officer.id))
        .where(col(CrewSlot.visit_id).in_(set(visit_ids)))
    )
    found: dict[int, set[str]] = {}
    for request_id, uid in rows:
        found.setdefault(request_id, set()).add(uid)
    return {request: frozenset(uids) for request, uids in found.items()}


def with_pins(problem: Problem, pins: Iterable[PinnedVisit]) -> Problem:
    """Return the problem with what is pinned, as far as its format can say it; days are locked where it is asked."""
    pinned = tuple(pins)
    number = {str(uid): place for place, uid in enumerate(problem.requests.ids)}
    apart = {pair for one in pinned if one.members_pinned for pair in _apart(problem, one, number)}
    recused = {pair for one in pinned for uid in one.crews for pair in _recused(problem, one, uid, number)}
    return replace(
        problem,
        conflicts=_joined(problem.conflicts, apart),
        recusals=_joined(problem.recusals, recused),
    )


def _apart(problem: Problem, one: PinnedVisit, number: Mapping[str, int]) -> Iterable[tuple[int, int]]:
    """Pairs of a member and any other request of the site."""
    members = {number[uid] for uid in one.requests if uid in number}
    if not members:
        return
    site = problem.requests.enterprise[min(members)]
    others = set(np.flatnonzero(problem.requests.enterprise == site).tolist()) - members
    for member, other in product(sorted(members), sorted(others)):
        yield min(member, other), max(member, other)


def _recused(problem: Problem, one: PinnedVisit, uid: str, number: Mapping[str, int]) -> Iterable[tuple[int, int]]:
    """(officer, site) of everybody of the body who is not in the pinned crew."""
    people, requests = problem.inspectors, problem.requests
    if people is None or uid not in number:
        return
    body, site = requests.department[number[uid]], requests.enterprise[number[uid]]
    asked = int(((requests.department == body) & (requests.enterprise == site)).sum())
    crew = one.crews[uid]
    own = [int(place) for place in np.flatnonzero(people.department == body)]
    if asked == 1 and crew <= {str(people.ids[place]) for place in own}:
        yield from ((place, int(site)) for place in own if str(people.ids[place]) not in crew)


def crews_without_a_day(problem: Problem, pins: Iterable[PinnedVisit]) -> tuple[tuple[str, str], ...]:
    """Requests whose pinned crew cannot go on any day of the window, each with the rule that is against it.

    A solver would leave such a request out, which breaks the pin: no plan keeps everything that is pinned.
    """
    people = problem.inspectors
    if people is None:
        return ()
    number = {str(uid): place for place, uid in enumerate(problem.requests.ids)}
    officer = {str(uid): place for place, uid in enumerate(people.ids)}
    there = problem.available()
    found: list[tuple[str, str]] = []
    for uid, crew in sorted((uid, crew) for one in pins for uid, crew in one.crews.items() if uid in number):
        request = number[uid]
        known, days = [officer[one] for one in crew if one in officer], _open_days(problem, request)
        if len(known) < len(crew):
            found.append((uid, "roster_certificate"))
        # A site that is never open is no fault of the crew's: the solver says so.
        elif days.any() and not there[known][:, days].all(axis=0).any():
            found.append((uid, "roster_present"))
    return tuple(found)


def _open_days(problem: Problem, request: int) -> Bools:
    """Days of the window on which the site is open, [T]; the locked day alone where there is one."""
    rows = problem.requests
    days = np.arange(problem.days)
    inside = (days >= rows.first_day[request]) & (days <= rows.last_day[request])
    if rows.locked[request]:
        inside &= days == rows.planned_day[request]
    return inside & problem.open_days(int(rows.enterprise[request]))


def _joined(table: np.ndarray, pairs: Iterable[tuple[int, int]]) -> np.ndarray:
    rows = {tuple(row) for row in table.tolist()} | set(pairs)
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, 2)
