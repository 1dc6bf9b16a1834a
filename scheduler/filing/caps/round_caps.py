"""Caps of a round: places are bound to visits when a release is sealed, and used when the crew arrives.

A joint visit counts once in an account (R35): the first place that is bound to a visit counts, the others join it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CapEventKind, RequestStatus, VisitStatus
from data.models import (
    CapAccount,
    CapEvent,
    Enterprise,
    InspectionRequest,
    Organisation,
    Plan,
    PlanTask,
    PlanTaskItem,
    Round,
    Site,
    Visit,
    VisitRequest,
)
from scheduler.clock import Clock
from scheduler.filing.caps.ledger import Hold, Move, Want, holds, move, open_accounts, take
from scheduler.filing.caps.plan_caps import effective_classes, trigger_of
from scheduler.filing.caps.policy import CapTable, Target, load_cap_table

CHUNK = 500
_GONE = frozenset({RequestStatus.LEFT_OUT, RequestStatus.WITHDRAWN})
# A place that was used, or given back, moves no more.
_ENDED = frozenset({CapEventKind.USED, CapEventKind.RELEASED})
# A task at a site for a body: partners of a task have requests of their own there. Body None: an account of all.
Place = tuple[int | None, int, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a release did to the ledger. `taken`: places of drawn sites, which nobody reserved."""

    taken: int
    moved: int


def settle_round(session: Session, clock: Clock, round_: Round) -> Settled:
    """Bind every place of a round to the visit that serves it; release what was left out. Safe to repeat."""
    visits = _visits(session, round_)
    requests = session.exec(
        select(InspectionRequest).where(InspectionRequest.round_id == round_.id).order_by(col(InspectionRequest.id))
    ).all()
    given = _holds_of_tasks(session, {request.task_id for request in requests})
    held = _places(session, given)
    places = set(held.values())
    missing = [request for request in requests if visits.get(request.id) and _own_place(request) not in places]
    taken = take(session, clock, _wants(session, missing), actor_id=None) if missing else []
    served = _served([*given, *taken], held | _places(session, taken), requests)
    return Settled(taken=len(taken), moved=move(session, clock, list(_moves([*given, *taken], served, visits))))


def use_visit(session: Session, clock: Clock, visit: Visit, *, actor_id: int | None) -> int:
    """Note that a visit takes place: its places are used. Places that no release bound are taken and used now."""
    requests = session.exec(
        select(InspectionRequest)
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(VisitRequest.visit_id == visit.id)
        .order_by(col(InspectionRequest.id))
    ).all()
    given = [
        one
        for one in _holds_of_tasks(session, {request.task_id for request in requests})
        if one.visit_uid == visit.uid and one.live
    ]
    held = set(_places(session, given).values())
    late = _late(session, clock, [one for one in requests if _own_place(one) not in held], given)
    bound = [one for one in given if one.stage is CapEventKind.BOUND]
    moves = [Move(hold=one, stage=CapEventKind.USED, visit_uid=visit.uid) for one in [*bound, *late]]
    return move(session, clock, moves, actor_id=actor_id)


def _late(session: Session, clock: Clock, requests: Sequence[InspectionRequest], given: Sequence[Hold]) -> list[Hold]:
    """Take the places that nobody holds, once an account; an account opened now has counted the visit already."""
    if not requests:
        return []
    wants = _wants(session, requests)
    accounts, opened = open_accounts(session, clock, [want.claim for want in wants])
    counted = {one.account_id for one in given}
    once = {want.claim.key: want for want in wants if want.claim.key not in opened}
    open_ = [want for key, want in once.items() if accounts[key] not in counted]
    return take(session, clock, open_, actor_id=None) if open_ else []


def _moves(
    given: Sequence[Hold], served: dict[str, InspectionRequest], visits: dict[int | None, str]
) -> Iterable[Move]:
    counted: set[tuple[int, str]] = {(one.account_id, one.visit_uid) for one in given if one.stage is CapEventKind.USED}
    for one in given:
        request = served.get(one.uid)
        if one.stage in _ENDED or request is None:
            continue
        visit_uid = visits.get(request.id, "")
        if visit_uid:
            first = (one.account_id, visit_uid) not in counted
            counted.add((one.account_id, visit_uid))
            yield Move(hold=one, stage=CapEventKind.BOUND if first else CapEventKind.JOINED, visit_uid=visit_uid)
        elif request.status in _GONE or one.visit_uid:
            yield Move(hold=one, stage=CapEventKind.RELEASED, visit_uid=one.visit_uid, reason="unscheduled")


def _own_place(request: InspectionRequest) -> Place:
    return request.task_id, request.site_id, request.organisation_id


def _places(session: Session, given: Sequence[Hold]) -> dict[str, Place]:
    """{hold: its place}; the body is that of its account."""
    accounts = sorted({one.account_id for one in given})
    bodies: dict[int, int | None] = {}
    for start in range(0, len(accounts), CHUNK):
        some = col(CapAccount.id).in_(accounts[start : start + CHUNK])
        bodies |= dict(
            session.execute(sa.select(col(CapAccount.id), col(CapAccount.organisation_id)).where(some)).all()
        )
    return {one.uid: (one.task_id, one.site_id, bodies[one.account_id]) for one in given}


def _served(
    given: Sequence[Hold], places: dict[str, Place], requests: Sequence[InspectionRequest]
) -> dict[str, InspectionRequest]:
    """{hold: the request it stands for}: of the same body, or in an account of all the next one in order of giving."""
    by_place: dict[Place, list[InspectionRequest]] = {}
    for request in requests:
        task_id, site_id, body = _own_place(request)
        by_place.setdefault((task_id, site_id, body), []).append(request)
        by_place.setdefault((task_id, site_id, None), []).append(request)
    turn: Counter[tuple[int, Place]] = Counter()
    found = {}
    for one in given:
        place = places[one.uid]
        candidates = by_place.get(place, [])
        if candidates:
            found[one.uid] = candidates[min(turn[one.account_id, place], len(candidates) - 1)]
            turn[one.account_id, place] += place[2] is None
    return found


def _visits(session: Session, round_: Round) -> dict[int | None, str]:
    """{request id: uid of the visit that serves it}; cancelled visits serve nobody."""
    rows = session.execute(
        sa.select(col(VisitRequest.request_id), col(Visit.uid))
        .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
        .where(col(Visit.round_id) == round_.id, col(Visit.status) != VisitStatus.CANCELLED)
    )
    return dict(tuple(row) for row in rows)


def _holds_of_tasks(session: Session, task_ids: Iterable[int]) -> list[Hold]:
    """The live holds of some tasks; those given back do not count."""
    wanted = sorted(task_ids)
    found: list[Hold] = []
    for start in range(0, len(wanted), CHUNK):
        found += holds(session, col(CapEvent.task_id).in_(wanted[start : start + CHUNK]))
    return [one for one in found if one.live]


def wants_by_request(session: Session, requests: Sequence[InspectionRequest]) -> list[list[Want]]:
    """Return the places that each request wants, in the order of the requests; none for kinds not counted."""
    table = load_cap_table(session)
    plans = _plans(session, {request.task_id for request in requests})
    items = _items(session, sorted(plans))
    targets = _targets(session, {request.site_id for request in requests})
    bodies = {body.id: body for body in session.exec(select(Organisation))}
    return [
        list(_wants_of(table, request, plans[request.task_id], bodies, targets, items.get(request.task_id, ())))
        for request in requests
    ]


def _wants(session: Session, requests: Sequence[InspectionRequest]) -> list[Want]:
    return [want for wants in wants_by_request(session, requests) for want in wants]


def _wants_of(  # noqa: PLR0917 -- what is known of all requests is passed along
    table: CapTable,
    request: InspectionRequest,
    plan: Plan,
    bodies: dict[int | None, Organisation],
    targets: dict[int, Target],
    items: Sequence[int],
) -> Iterable[Want]:
    counted, capped = table.exemption(plan.kind, trigger_of(plan))
    if not counted:
        return
    body, target = bodies[request.organisation_id], targets[request.site_id]
    for claim in table.claims(body, target, items, year=request.first_date.year):
        yield Want(claim=claim, plan_id=plan.id or 0, task_id=request.task_id, site_id=request.site_id, capped=capped)


def _plans(session: Session, task_ids: Iterable[int]) -> dict[int, Plan]:
    wanted = sorted(task_ids)
    found: dict[int, Plan] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.execute(
            sa.select(col(PlanTask.id), Plan)
            .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
            .where(col(PlanTask.id).in_(wanted[start : start + CHUNK]))
        )
        found.update((task_id, plan) for task_id, plan in rows)
    return found


def _items(session: Session, task_ids: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for start in range(0, len(task_ids), CHUNK):
        rows = session.execute(
            sa.select(col(PlanTaskItem.task_id), col(PlanTaskItem.item_id)).where(
                col(PlanTaskItem.task_id).in_(task_ids[start : start + CHUNK]), col(PlanTaskItem.item_id).is_not(None)
            )
        )
        for task_id, item_id in rows:
            found.setdefault(task_id, []).append(item_id)
    return found


def _targets(session: Session, site_ids: Iterable[int]) -> dict[int, Target]:
    wanted = sorted(site_ids)
    found: dict[int, Target] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.execute(
            sa.select(Site, col(Enterprise.credit_class))
            .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
            .where(col(Site.id).in_(wanted[start : start + CHUNK]))
        ).all()
        classes = effective_classes(session, [site for site, _ in rows])
        for site, credit_class in rows:
            found[site.id] = Target(
                site_id=site.id,
                enterprise_id=site.enterprise_id,
                scenario_id=site.scenario_id,
                credit_class=classes.get(site.id, credit_class),
            )
    return found
