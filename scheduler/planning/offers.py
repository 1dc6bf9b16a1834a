"""The days that an enterprise may be offered instead of that of an announced visit. Reads only.

Everything is computed from released announced visits, from requests that these serve and from registers: as if no
unannounced visit existed anywhere, and as if nobody had touched the draft. A day that is offered may therefore
collide with what the enterprise must not know of; that is the coordinator's to solve, never the enterprise's to see.
"""

"""A proposal against the present draft: what it would change, what was touched since; taking it whole or in part."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from data.enums import ProposalStatus, RecordStatus, RunKind
from data.models import Absence, InspectionRequest, Officer, Proposal, ReleaseVisit, Round, SolveRun
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotPermittedError, RuleError
from scheduler.filing.draws.pools import officers_seed
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.adoption import write_draft
from scheduler.planning.answers import Answer
from scheduler.planning.asking import Asked, read_requests
from scheduler.planning.comparison import Pair, compare, count_changes
from scheduler.planning.days import Days, quarters_of
from scheduler.planning.drafts import load_draft, touch_draft
from scheduler.planning.editions import DRAFT_KEY, PROPOSAL_MARK, Edition, Ground, read_edition, read_ground
from scheduler.planning.fitting import fitting, staffed_part
from scheduler.planning.parts import mixed, parts_of
from scheduler.planning.proposals import adopt_proposal, check_assumptions, check_open
from scheduler.planning.questions import Resolve, WhatIf, resolve_of, what_if_of
from scheduler.planning.snapshot import Snapshot, announced_problem, take_snapshot
from scheduler.workdays import load_calendar
from solver.explanation import explain_visit
from solver.plan import Plan
from solver.problem import NONE, Problem

Taken = frozenset[tuple[str, date, int]]
"""(officer's uid, day, quarter of the day)."""
EVERY_DAY: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """A released announced visit in plain values. `duties`: (officer's uid, quarter of the day)."""

    uid: str
    day: date
    start_quarter: int
    enterprise_id: int
    requests: frozenset[str]
    departments: frozenset[str]
    duties: frozenset[tuple[str, int]]


def offered_days(
    session: Session, row: ReleaseVisit, released: Iterable[ReleaseVisit], *, earliest: date
) -> tuple[date, ...]:
    """Return the days from `earliest` on to which the visit of `row` could go with its crew and hour as they are.

    `released`: all rows in force; hidden and cancelled ones are passed over. A day is offered where the solver's rules
    forbid nothing (window, closures, capacity, certificates, recusals, sequences), no other announced visit to the
    enterprise is there, and everybody of the crew is free in the same quarters. Ascending.
    """
    seen = [_plain(one) for one in released if not one.hidden and not one.cancelled]
    visit = next((one for one in seen if one.uid == row.visit_uid), None)
    round_ = _round_of(session, visit)
    if visit is None or round_ is None:
        return ()
    days = Days(dates=load_calendar(session).workdays(round_.period_first, round_.period_last))
    allowed = _allowed_days(session, round_, days, visit, seen)
    others = [one for one in seen if one.uid != visit.uid]
    at_home = {one.day for one in others if one.enterprise_id == visit.enterprise_id}
    taken = _taken(session, visit, others)
    return tuple(
        day
        for day in allowed
        if day >= earliest and day not in at_home and not any((who, day, when) in taken for who, when in visit.duties)
    )


def _plain(row: ReleaseVisit) -> Announced:
    body = json.loads(row.body)
    inside: dict[str, Any] = body["internal"]
    return Announced(
        uid=row.visit_uid,
        day=row.day,
        start_quarter=inside["start_quarter"],
        enterprise_id=row.enterprise_id,
        requests=frozenset(one["request"] for one in inside["requests"]),
        departments=frozenset(one["department"] for one in inside["requests"]),
        duties=frozenset(
            (officer, quarter)
            for one in inside["requests"]
            for officer in one["officers"]
            for quarter in quarters_of(inside["start_quarter"], one["quarters"])
        ),
    )


def _round_of(session: Session, visit: Announced | None) -> Round | None:
    if visit is None:
        return None
    own = select(col(InspectionRequest.round_id)).where(col(InspectionRequest.uid).in_(visit.requests))
    return session.exec(select(Round).where(col(Round.id).in_(own))).first()


def _allowed_days(
    session: Session, round_: Round, days: Days, visit: Announced, seen: Sequence[Announced]
) -> list[date]:
    """The days that the rules of planning leave to the visit, among the announced visits that could be in its way."""
    near = [one for one in seen if one.departments & visit.departments or one.enterprise_id == visit.enterprise_id]
    placed = {uid: one for one in near for uid in one.requests}
    asked, _ = read_requests(session, round_, days)
    # What a person has pinned in the draft is nobody's business outside; what the plan itself fixes holds.
    kept = [replace(one, locked=one.row.locked) for one in asked if one.row.uid in placed]
    own = [place for place, one in enumerate(kept) if one.row.uid in visit.requests]
    if len(own) != len(visit.requests) or any(kept[place].locked for place in own):
        return []
    problem = announced_problem(session, round_, days, kept)
    plan = _plan(problem, days, kept, placed)
    number = int(plan.request_visit[own[0]])
    if number == NONE:  # released for a day that has since stopped being a working day
        return []
    explained = explain_visit(problem, plan, number, limit=EVERY_DAY)
    return sorted(days.dates[option.day] for option in explained.next_best if option.joins == NONE)


def _plan(problem: Problem, days: Days, kept: Sequence[Asked], placed: dict[str, Announced]) -> Plan:
    """What was released, as a plan for the problem; a visit outside the horizon counts as left out."""
    visits = sorted({placed[one.row.uid].uid: placed[one.row.uid] for one in kept}.values(), key=lambda one: one.uid)
    inside = [one for one in visits if days.number(one.day) != NONE]
    number = {one.uid: place for place, one in enumerate(inside)}
    request_visit = np.array([number.get(placed[one.row.uid].uid, NONE) for one in kept], dtype=np.int64)
    sites = {placed[one.row.uid].uid: int(problem.requests.enterprise[place]) for place, one in enumerate(kept)}
    return Plan(
        request_visit=request_visit,
        visit_enterprise=np.array([sites[one.uid] for one in inside], dtype=np.int64),
        visit_day=np.array([days.number(one.day) for one in inside], dtype=np.int64),
        visit_start_quarter=np.array([one.start_quarter for one in inside], dtype=np.int64),
    )


def _taken(session: Session, visit: Announced, others: Sequence[Announced]) -> _Busy:
    crew = {who for who, _ in visit.duties}
    rows = session.exec(select(Officer).where(col(Officer.uid).in_(crew))).all()
    away = session.exec(select(Absence).where(col(Absence.officer_id).in_([row.id for row in rows]))).all()
    uids = {row.id: row.uid for row in rows}
    return _Busy(
        duties=frozenset((who, one.day, when) for one in others for who, when in one.duties if who in crew),
        absences=tuple((uids[row.officer_id], row.first_date, row.last_date) for row in away),
        serves_until={row.uid: row.certificate_until for row in rows if row.status is RecordStatus.ACTIVE},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Busy:
    """When the people of a crew cannot come; who is no longer in service never can."""

    duties: Taken
    absences: tuple[tuple[str, date, date], ...]
    serves_until: dict[str, date]

    def __contains__(self, duty: tuple[str, date, int]) -> bool:
        who, day, _ = duty
        away = any(who == one and first <= day <= last for one, first, last in self.absences)
        until = self.serves_until.get(who)
        return duty in self.duties or away or until is None or day > until


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which part of a proposal: sites in these towns (codes), with these bodies (codes), of these enterprises (uids).

    `untouched`: of those only sites that nobody has touched since the solve began; with nothing else chosen, all such.
    """

    towns: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    untouched: bool = False

    @property
    def empty(self) -> bool:
        return not (self.towns or self.bodies or self.enterprises or self.untouched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A proposal beside the present draft.

    `pairs`: what taking it would change; `changes`: of how many visits. `outdated`: the draft has changed since its
    solve began; `touched`: uids of the sites that this concerned. `question`: None for a plain solve.
    """

    proposal: Proposal
    run: SolveRun
    question: WhatIf | Resolve | None
    draft: Edition
    offered: Edition
    pairs: tuple[Pair, ...]
    changes: int
    outdated: bool
    touched: frozenset[str]

    @property
    def untouched_pairs(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.either.site_uid not in self.touched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken of a proposal: visits that changed, sites, and how many visits got other people than offered."""

    changes: int
    sites: int
    restaffed: int


def question_of(run: SolveRun) -> WhatIf | Resolve | None:
    """What a run asked."""
    if run.kind is RunKind.WHAT_IF:
        return what_if_of(run.parameters)
    return resolve_of(run.parameters) if run.kind is RunKind.RESOLVE else None


def read_offer(session: Session, proposal: Proposal) -> Offer:
    """Compare a proposal with the draft as it is now. Raises ConflictError "nothing_to_schedule"."""
    round_ = session.get_one(Round, proposal.round_id)
    return _offer(session, proposal, read_ground(session, round_), take_snapshot(session, round_))


def _offer(session: Session, proposal: Proposal, ground: Ground, snapshot: Snapshot) -> Offer:
    run = session.get_one(SolveRun, proposal.run_id)
    draft = read_edition(session, ground, snapshot, DRAFT_KEY)
    offered = read_edition(session, ground, snapshot, f"{PROPOSAL_MARK}{proposal.uid}")
    pairs = compare(draft.visits, offered.visits)
    outdated = proposal.draft_version != ground.round.draft_version
    now = parts_of(draft.answer)
    before = run.draft_parts
    touched = {site for site in now.keys() | before.keys() if now.get(site) != before.get(site)}
    return Offer(
        proposal=proposal,
        run=run,
        question=question_of(run),
        draft=draft,
        offered=offered,
        pairs=pairs,
        changes=count_changes(pairs),
        outdated=outdated and proposal.status is ProposalStatus.OFFERED,
        touched=frozenset(touched if outdated else ()),
    )


def take_whole(session: Session, clock: Clock, actor: Actor, proposal: Proposal, *, understood: bool = False) -> None:
    """Make a proposal the draft. A budget is counted again from the draft as it is now.

    Raises as `adopt_proposal`, and ConflictError "budget_exceeded": more would change than was allowed.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="proposal.adopt")
    if proposal.draft_version != session.get_one(Round, proposal.round_id).draft_version:
        offer = read_offer(session, proposal)
        if isinstance(offer.question, Resolve) and offer.changes > offer.question.budget:
            raise ConflictError("budget_exceeded", changes=offer.changes, budget=offer.question.budget)
    _keep_pins(session, session.get_one(Round, proposal.round_id), json.loads(proposal.answer))
    adopt_proposal(session, clock, actor, proposal, understood=understood)


def take_part(
    session: Session, clock: Clock, actor: Actor, proposal: Proposal, choice: Choice, *, understood: bool = False
) -> Taken:
    """Put the chosen part of a proposal into the draft; the rest of the draft stays, and the proposal stays on offer.

    Visits whose people are taken elsewhere get others who are free, those drawn first. Raises NotPermittedError;
    TransitionError; ConflictError ("nothing_chosen", "round_not_open", "assumptions_not_confirmed",
    "proposal_outdated", "visits_under_way"); RuleError when the part does not fit what stays.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="proposal.adopt_part")
    round_ = session.get_one(Round, proposal.round_id)
    check_open(round_, proposal)
    check_assumptions(session, proposal, understood=understood)
    ground, snapshot = read_ground(session, round_), take_snapshot(session, round_)
    offer = _offer(session, proposal, ground, snapshot)
    sites = chosen_sites(offer, choice)
    if not sites:
        raise ConflictError("nothing_chosen")
    answer = mixed(offer.draft.answer, json.loads(proposal.answer), sites)
    seed = officers_seed(session, proposal.round_id)
    staffed = staffed_part(snapshot, answer, sites, seed=offer.run.seed if seed is None else seed)
    _keep_pins(session, round_, staffed)
    write_draft(session, round_, fitting(snapshot, staffed))
    touch_draft(session, clock, actor, round_, reason="proposal.adopt_part")
    after = read_edition(session, ground, take_snapshot(session, round_), DRAFT_KEY)
    taken = Taken(
        changes=count_changes(compare(offer.draft.visits, after.visits)),
        sites=len(sites),
        restaffed=_other_people(offer.offered, after, sites),
    )
    noted = {"round": round_.uid, "draft_version": round_.draft_version, "sites": sorted(sites)}
    record(session, clock, actor, "proposal.adopt_part", entity="proposal", entity_uid=proposal.uid, after=noted)
    return taken


def _keep_pins(session: Session, round_: Round, answer: Answer) -> None:
    """Refuse an answer in which a visit loses the members or the people that somebody has pinned (RuleError).

    A pinned day is a lock of its requests, which the checker knows.
    """
    visit_of = {uid: set(visit["requests"]) for visit in answer["visits"] for uid in visit["requests"]}
    goes: dict[str, set[str]] = {}
    for duty in answer["roster"]:
        goes.setdefault(duty["request"], set()).add(duty["officer"])
    officers = {row.id: row.uid for row in session.exec(select(Officer))}
    broken: list[tuple[str, str, str]] = []
    for one in load_draft(session, round_):
        members = {request.uid for request in one.requests}
        if one.visit.members_pinned and any(visit_of.get(uid) != members for uid in members):
            broken.append(("pinned_members", one.site.name, one.visit.day.isoformat()))
        names = {request.id: request.uid for request in one.requests}
        crew = {(names[slot.request_id], officers[slot.officer_id]) for slot in one.crew}
        if one.visit.crew_pinned and any(officer not in goes.get(uid, set()) for uid, officer in crew):
            broken.append(("pinned_crew", one.site.name, one.visit.day.isoformat()))
    if broken:
        raise RuleError(tuple(broken))


def chosen_sites(offer: Offer, choice: Choice) -> frozenset[str]:
    """Sites where the proposal differs from the draft and that are in the chosen part."""
    if choice.empty:
        return frozenset()
    pairs = offer.untouched_pairs if choice.untouched else offer.pairs
    named = bool(choice.towns or choice.bodies or choice.enterprises)
    return frozenset(pair.either.site_uid for pair in pairs if not named or _chosen(pair, choice))


def _chosen(pair: Pair, choice: Choice) -> bool:
    place = pair.either
    bodies = {code for side in (pair.before, pair.after) if side is not None for code, _ in side.bodies}
    return (
        place.town_code in choice.towns
        or place.enterprise_uid in choice.enterprises
        or not bodies.isdisjoint(choice.bodies)
    )


def _other_people(offered: Edition, after: Edition, sites: Collection[str]) -> int:
    wanted = {(v.site_uid, v.day, v.requests): (v.start_quarter, v.crew) for v in offered.visits if v.site_uid in sites}
    got = {(v.site_uid, v.day, v.requests): (v.start_quarter, v.crew) for v in after.visits if v.site_uid in sites}
    return sum(1 for key, people in got.items() if key in wanted and wanted[key] != people)
