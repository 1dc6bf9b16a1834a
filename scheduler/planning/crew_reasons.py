"""Who goes by the officers' draw, and why whoever was ranked before does not: judged on the rows as they are now.

Called when a release is sealed, so that the reasons are those of the day of publication: absences and certificates
change later; and by whoever looks at a visit of the draft. The ranking itself is in `scheduler.filing.crew_method`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from sqlmodel import Session, col, select

from data.enums import CrewReason, RecordStatus, RunKind
from data.models import (
    Absence,
    CrewDraw,
    CrewSlot,
    DrawProtocol,
    EditCommand,
    InspectionRequest,
    Officer,
    OfficerSkill,
    Organisation,
    Proposal,
    Recusal,
    Release,
    Round,
    Site,
    SolveRun,
    Visit,
)
from scheduler.filing.crew_method import rank_officers, walked
from scheduler.filing.draws.pools import read_pools
from scheduler.filing.draws.records import find_drawn
from scheduler.planning.days import quarters_of
from scheduler.planning.drafts import DraftVisit, load_draft, load_visits
from scheduler.planning.parts import unchanged_requests
from scheduler.planning.prices import limits_of
from solver.rules.roster_hop import great_circle_km

HALF_DAY_QUARTERS: Final = 2
_CHANGES_CREWS: Final = ("move", "split", "join", "place", "set_crew")
"""Kinds of edits after which another crew may go, or the same one to another place or time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Duty:
    """An officer's quarter on a day. `request_id`: for what; `lon`, `lat`: where; `own_round`: of the round judged."""

    request_id: int
    day: date
    quarter: int
    lon: float
    lat: float
    own_round: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What speaks against officers, read once: mappings by the officer's key.

    `edited`: request (uid) -> how people brought about its crew, and which crew (uids) that was; `kept`: the same of
    crews that a solve left as they were because it was to change little.
    """

    officers: Mapping[str, Officer]
    skills: frozenset[tuple[int, int]]
    recused: frozenset[tuple[int, int]]
    absent: Mapping[int, Sequence[tuple[date, date]]]
    duties: Mapping[int, Sequence[_Duty]]
    max_hop_km: float | None
    edited: Mapping[str, tuple[CrewReason, frozenset[str]]]
    kept: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewPlace:
    """An officer's place in the draw of a request, from 1. `reason` None for who goes."""

    place: int
    name: str
    reason: CrewReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCrew:
    """The draw of one request as far as it was walked, by place; `pool`: officers in all."""

    organisation: str
    pool: int
    reached: tuple[CrewPlace, ...]


def crew_entries(session: Session, round_: Round) -> dict[int, dict[str, Any]]:
    """Return {request key: entry} for the draft of a drawn round; see CrewDraw for the entry.

    Only requests whose organisation has a pool and whose crew is set; nothing for rounds without a published draw.
    """
    protocol = find_drawn(session, round_.id or 0)
    if protocol is None:
        return {}
    pools = {pool.organisation_id: pool.officers for pool in read_pools(session, protocol)}
    draft = load_draft(session, round_)
    facts = _read_facts(session, round_, [uid for officers in pools.values() for uid in officers], _period(round_))
    return {
        request.id or 0: _entry(protocol, one, request, pools[request.organisation_id], facts)
        for one in draft
        for request in one.requests
        if request.organisation_id in pools and any(slot.request_id == request.id for slot in one.crew)
    }


def visit_crews(session: Session, visit: Visit) -> tuple[RequestCrew, ...]:
    """Who goes on a visit by the draw and who was passed over, as of now; for officials who may see every visit.

    One entry for each request with a pool and a crew, as in `crew_entries`.
    """
    round_ = session.get_one(Round, visit.round_id)
    protocol = find_drawn(session, visit.round_id)
    if protocol is None:
        return ()
    (one,) = load_visits(session, [visit])
    pools = {pool.organisation_id: pool.officers for pool in read_pools(session, protocol)}
    asked = [request for request in one.requests if request.organisation_id in pools]
    uids = [uid for request in asked for uid in pools[request.organisation_id]]
    facts = _read_facts(session, round_, uids, (visit.day, visit.day))
    names = dict(session.exec(select(Organisation.id, Organisation.short_name)).all())
    return tuple(
        RequestCrew(
            organisation=names[request.organisation_id],
            pool=len(pools[request.organisation_id]),
            reached=_reached(protocol, one, request, pools[request.organisation_id], facts),
        )
        for request in asked
        if any(slot.request_id == request.id for slot in one.crew)
    )


def _reached(
    protocol: DrawProtocol, one: DraftVisit, request: InspectionRequest, pool: Iterable[str], facts: _Facts
) -> tuple[CrewPlace, ...]:
    entry = _entry(protocol, one, request, pool, facts)
    place = {uid: number for number, uid in enumerate(rank_officers(protocol.seed, request.uid, pool), 1)}
    reasons = {uid: CrewReason(reason) for uid, reason in entry["skipped"]}
    reached = [
        CrewPlace(place=place[uid], name=facts.officers[uid].name, reason=reasons.get(uid))
        for uid in [*entry["chosen"], *reasons]
        if uid in place and uid in facts.officers
    ]
    return tuple(sorted(reached, key=lambda one: one.place))


def note_crews(session: Session, round_: Round, release: Release) -> int:
    """Keep the entries of a release that differ from those kept before; returns how many."""
    known = {
        row.request_id: row.document
        for row in session.exec(
            select(CrewDraw)
            .join(Release, col(Release.id) == col(CrewDraw.release_id))
            .where(Release.round_id == round_.id)
            .order_by(col(CrewDraw.id))
        )
    }
    new = [
        CrewDraw(request_id=request_id, release_id=release.id or 0, document=entry)
        for request_id, entry in sorted(crew_entries(session, round_).items())
        if known.get(request_id) != entry
    ]
    session.add_all(new)
    session.flush()
    return len(new)


def _entry(
    protocol: DrawProtocol, one: DraftVisit, request: InspectionRequest, pool: Iterable[str], facts: _Facts
) -> dict[str, Any]:
    uids = {officer.id: uid for uid, officer in facts.officers.items()}
    goes = {uids.get(slot.officer_id, str(slot.officer_id)) for slot in one.crew if slot.request_id == request.id}
    ranked = rank_officers(protocol.seed, request.uid, pool)
    before = walked(ranked, goes)
    return {
        "needed": request.inspectors,
        "day": one.visit.day.isoformat(),
        "quarters": list(quarters_of(one.visit.start_quarter, request.quarters)),
        "chosen": [uid for uid in ranked if uid in goes] + sorted(goes - set(ranked)),
        "skipped": [
            [uid, str(_reason(facts, one, request, facts.officers.get(uid), goes, ahead=ranked[:place]))]
            for place, uid in enumerate(ranked)
            if uid in before - goes
        ],
    }


def _reason(
    facts: _Facts,
    one: DraftVisit,
    request: InspectionRequest,
    officer: Officer | None,
    goes: Set[str],
    *,
    ahead: Sequence[str],
) -> CrewReason:
    """The first reason that holds, the unalterable ones first. `ahead`: who is ranked before this officer."""
    if officer is None or officer.status is not RecordStatus.ACTIVE or not officer.reviewed:
        return CrewReason.NOT_SERVING
    key, visit = officer.id or 0, one.visit
    checks: tuple[tuple[CrewReason, Callable[[], bool]], ...] = (
        (CrewReason.CERTIFICATE, lambda: officer.certificate_until < visit.day),
        (CrewReason.RECUSED, lambda: (key, one.site.enterprise_id) in facts.recused),
        (CrewReason.ABSENT, lambda: _away(facts, key, visit)),
        (CrewReason.BUSY, lambda: _busy(facts, key, visit, request)),
        (CrewReason.TRAVEL, lambda: _too_far(facts, key, one, request)),
        (CrewReason.SKILL, lambda: _kept_for_skill(facts, key, request, goes, goes & set(ahead))),
        (CrewReason.BY_HAND, lambda: visit.crew_pinned),
    )
    return next((reason for reason, holds in checks if holds()), _chosen_by(facts, request, goes))


def _chosen_by(facts: _Facts, request: InspectionRequest, goes: Set[str]) -> CrewReason:
    """How a crew came about that nothing but somebody's choice explains: by an edit, else by the solver."""
    reason, crew = facts.edited.get(request.uid, (CrewReason.EVENNESS, frozenset()))
    if crew == goes:
        return reason
    return CrewReason.KEPT if facts.kept.get(request.uid) == goes else CrewReason.EVENNESS


def _away(facts: _Facts, officer: int, visit: Visit) -> bool:
    """On leave, or taken by another round: then the plan counts the whole day as absence."""
    elsewhere = any(duty.day == visit.day and not duty.own_round for duty in facts.duties.get(officer, ()))
    return elsewhere or any(first <= visit.day <= last for first, last in facts.absent.get(officer, ()))


def _busy(facts: _Facts, officer: int, visit: Visit, request: InspectionRequest) -> bool:
    wanted = set(quarters_of(visit.start_quarter, request.quarters))
    return any(duty.quarter in wanted for duty in _that_day(facts, officer, visit, request))


def _too_far(facts: _Facts, officer: int, one: DraftVisit, request: InspectionRequest) -> bool:
    """Whether another visit in the other quarter of a half-day is further away than the rule `roster_hop` allows."""
    if facts.max_hop_km is None:
        return False
    halves = {quarter // HALF_DAY_QUARTERS for quarter in quarters_of(one.visit.start_quarter, request.quarters)}
    return any(
        duty.quarter // HALF_DAY_QUARTERS in halves and _km(duty, one.site) > facts.max_hop_km
        for duty in _that_day(facts, officer, one.visit, request)
    )


def _kept_for_skill(facts: _Facts, officer: int, request: InspectionRequest, goes: Set[str], ahead: Set[str]) -> bool:
    """Whether the only place left, after those of the crew ranked `ahead`, was kept for somebody with the skill."""
    if request.skill_id is None or (officer, request.skill_id) in facts.skills or len(goes) - len(ahead) != 1:
        return False
    keys = [facts.officers[uid].id or 0 for uid in ahead if uid in facts.officers]
    return not any((member, request.skill_id) in facts.skills for member in keys)


def _that_day(facts: _Facts, officer: int, visit: Visit, request: InspectionRequest) -> list[_Duty]:
    """What else an officer does that day: on other visits, and for another request of this one."""
    return [duty for duty in facts.duties.get(officer, ()) if duty.day == visit.day and duty.request_id != request.id]


def _km(duty: _Duty, site: Site) -> float:
    here, there = (np.array([duty.lon]), np.array([duty.lat])), (np.array([site.lon]), np.array([site.lat]))
    return float(great_circle_km(*here, *there)[0])


def _period(round_: Round) -> tuple[date, date]:
    return round_.period_first, round_.period_last


def _read_facts(session: Session, round_: Round, uids: Sequence[str], span: tuple[date, date]) -> _Facts:
    """Read what speaks against some officers on the days from the first to the last of `span`."""
    pooled = set(uids)
    officers = {row.uid: row for row in session.exec(select(Officer)) if row.uid in pooled}
    absent: dict[int, list[tuple[date, date]]] = {}
    for row in session.exec(select(Absence).where(Absence.last_date >= span[0], Absence.first_date <= span[1])):
        absent.setdefault(row.officer_id, []).append((row.first_date, row.last_date))
    return _Facts(
        officers=officers,
        skills=frozenset(session.exec(select(OfficerSkill.officer_id, OfficerSkill.skill_id)).all()),
        recused=frozenset(session.exec(select(Recusal.officer_id, Recusal.enterprise_id)).all()),
        absent=absent,
        duties=_read_duties(session, round_, span),
        max_hop_km=limits_of(round_.limits).max_hop_km,
        edited=_read_edited(session, round_),
        kept=_read_kept(session, round_),
    )


def _read_edited(session: Session, round_: Round) -> dict[str, tuple[CrewReason, frozenset[str]]]:
    """The crews that edits left behind: named by hand, or kept, as far as they were free, when the visit changed."""
    statement = (
        select(EditCommand.kind, EditCommand.command, EditCommand.after)
        .where(EditCommand.round_id == round_.id, col(EditCommand.undone_at).is_(None))
        .where(col(EditCommand.kind).in_(_CHANGES_CREWS))
        .order_by(col(EditCommand.id))
    )
    edited: dict[str, tuple[CrewReason, frozenset[str]]] = {}
    for kind, command, after in session.exec(statement):
        crews = {uid: frozenset(crew) for visit in after["visits"] for uid, crew in visit["members"].items()}
        for uid, crew in crews.items():
            by_hand = command["request"] == uid if kind == "set_crew" else edited.get(uid) == (CrewReason.BY_HAND, crew)
            if by_hand or kind != "set_crew":
                edited[uid] = CrewReason.BY_HAND if by_hand else CrewReason.KEPT, crew
    return edited


def _read_kept(session: Session, round_: Round) -> dict[str, frozenset[str]]:
    """Crews that the solve which the draft was taken from left as they were, because it had a budget of changes."""
    statement = (
        select(Proposal.answer, SolveRun.kind, SolveRun.draft_parts)
        .join(SolveRun, col(SolveRun.id) == col(Proposal.run_id))
        .where(Proposal.round_id == round_.id, col(Proposal.adopted_at).is_not(None))
        .order_by(col(Proposal.adopted_at).desc(), col(Proposal.id).desc())
    )
    found = session.exec(statement.limit(1)).first()
    if found is None or found[1] is not RunKind.RESOLVE:
        return {}
    answer = json.loads(found[0])
    here = unchanged_requests(answer, found[2])
    crews: dict[str, set[str]] = {}
    for duty in answer["roster"]:
        if duty["request"] in here:
            crews.setdefault(duty["request"], set()).add(duty["officer"])
    return {uid: frozenset(crew) for uid, crew in crews.items()}


def _read_duties(session: Session, round_: Round, span: tuple[date, date]) -> dict[int, list[_Duty]]:
    duties: dict[int, list[_Duty]] = {}
    statement = (
        select(CrewSlot, Visit.round_id, Site.lon, Site.lat)
        .join(Visit, col(Visit.id) == col(CrewSlot.visit_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(CrewSlot.day >= span[0], CrewSlot.day <= span[1])
    )
    for slot, round_id, lon, lat in session.exec(statement):
        duty = _Duty(
            request_id=slot.request_id,
            day=slot.day,
            quarter=slot.quarter,
            lon=lon,
            lat=lat,
            own_round=round_id == round_.id,
        )
        duties.setdefault(slot.officer_id, []).append(duty)
    return duties
