"""Whole plans of a round side by side: the draft, proposals and releases in one form, with names. Reads only.

Every edition is read through its answer in public ids, so that two of them differ only where the plans do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import NoticeMode, RequestStatus
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    Proposal,
    Release,
    ReleaseVisit,
    Round,
    Site,
    Town,
    Visit,
)
from scheduler.errors import NotFoundError
from scheduler.permissions import Actor, may_see_all
from scheduler.planning.answers import Answer, AnswerDuty, AnswerLeftOut, AnswerVisit
from scheduler.planning.board import draft_answer
from scheduler.planning.days import quarters_of
from scheduler.planning.drafts import DraftVisit, load_draft
from scheduler.planning.snapshot import Snapshot

DRAFT_KEY: Final = "draft"
PROPOSAL_MARK: Final = "p-"
RELEASE_MARK: Final = "r-"


class EditionKind(StrEnum):
    """What a plan is: the present draft, an offer of the solver, or a sealed release."""

    DRAFT = "draft"
    PROPOSAL = "proposal"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionVisit:
    """A visit in names. `bodies`: (code, short name), the lead first; `officers`: (uid, name, body's code).

    `crew`: (request uid, officer uid), sorted; people not known by name are in neither.
    """

    site_uid: str
    site: str
    enterprise_uid: str
    enterprise: str
    town_code: str
    town: str
    credit_class: str
    day: date
    start_quarter: int
    quarters: int
    unannounced: bool
    bodies: tuple[tuple[str, str], ...]
    officers: tuple[tuple[str, str, str], ...]
    requests: tuple[str, ...]
    crew: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """`key`: "draft", "p-UID" or "r-NUMBER"; `source`: the row, None for the draft; visits by site and day."""

    key: str
    kind: EditionKind
    source: Proposal | Release | None
    answer: Answer
    visits: tuple[EditionVisit, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What all editions of a round take their names from, read once. `requests`: uid -> row, site, enterprise."""

    round: Round
    requests: dict[str, tuple[InspectionRequest, Site, Enterprise]]
    sites: dict[str, Site]
    towns: dict[int | None, Town]
    organisations: dict[int | None, Organisation]
    officers: dict[str, Officer]

    @property
    def bodies(self) -> dict[str, Organisation]:
        return {row.code: row for row in self.organisations.values()}


def read_ground(session: Session, round_: Round) -> Ground:
    """Read the rows behind the editions of a round with one query a table."""
    # Three narrow queries: one joined row a request would build every site and enterprise several times over.
    rows = session.exec(select(InspectionRequest).where(InspectionRequest.round_id == round_.id)).all()
    asked = select(col(InspectionRequest.site_id)).where(InspectionRequest.round_id == round_.id)
    sites = {row.id: row for row in session.exec(select(Site).where(col(Site.id).in_(asked)))}
    owners = select(col(Site.enterprise_id)).where(col(Site.id).in_(asked))
    enterprises = {row.id: row for row in session.exec(select(Enterprise).where(col(Enterprise.id).in_(owners)))}
    return Ground(
        round=round_,
        requests={row.uid: (row, sites[row.site_id], enterprises[sites[row.site_id].enterprise_id]) for row in rows},
        sites={site.uid: site for site in sites.values()},
        towns={row.id: row for row in session.exec(select(Town))},
        organisations={row.id: row for row in session.exec(select(Organisation))},
        officers={row.uid: row for row in session.exec(select(Officer))},
    )


def list_edition_keys(session: Session, actor: Actor, round_: Round) -> list[tuple[str, Proposal | Release | None]]:
    """Everything that can be compared: the draft first, then proposals and releases, newest first."""
    if not may_see_all(actor):
        return []
    offers = select(Proposal).where(Proposal.round_id == round_.id).order_by(col(Proposal.id).desc())
    sealed = select(Release).where(Release.round_id == round_.id).order_by(col(Release.number).desc())
    keys: list[tuple[str, Proposal | Release | None]] = [(DRAFT_KEY, None)]
    keys += [(f"{PROPOSAL_MARK}{row.uid}", row) for row in session.exec(offers)]
    keys += [(f"{RELEASE_MARK}{row.number}", row) for row in session.exec(sealed)]
    return keys


def read_edition(session: Session, ground: Ground, snapshot: Snapshot | None, key: str) -> Edition:
    """Read one edition of a round. `snapshot`: of the round now, None when it has nothing to schedule any more.

    Raises NotFoundError for a key that is none of the round's.
    """
    if key == DRAFT_KEY:
        answer = _draft(session, ground, snapshot)
        return _edition(ground, key, EditionKind.DRAFT, None, answer)
    if key.startswith(PROPOSAL_MARK):
        offer = select(Proposal).where(Proposal.uid == key.removeprefix(PROPOSAL_MARK))
        proposal = session.exec(offer.where(Proposal.round_id == ground.round.id)).first()
        if proposal is not None:
            return _edition(ground, key, EditionKind.PROPOSAL, proposal, json.loads(proposal.answer))
    number = key.removeprefix(RELEASE_MARK)
    if key.startswith(RELEASE_MARK) and number.isdecimal() and len(number) < 10:
        sealed = select(Release).where(Release.number == int(number), Release.round_id == ground.round.id)
        release = session.exec(sealed).first()
        if release is not None:
            return _edition(ground, key, EditionKind.RELEASE, release, _released(session, ground, release))
    raise NotFoundError("edition", key)


def _draft(session: Session, ground: Ground, snapshot: Snapshot | None) -> Answer:
    if snapshot is None:
        return Answer(visits=[], unscheduled=[], roster=[])
    return draft_answer(session, snapshot, load_draft(session, ground.round))


def _released(session: Session, ground: Ground, release: Release) -> Answer:
    """A release as an answer; who leads a visit is not kept in it by uid."""
    rows = session.exec(
        select(col(ReleaseVisit.body)).where(ReleaseVisit.release_id == release.id, ~col(ReleaseVisit.cancelled))
    )
    visits: list[AnswerVisit] = []
    roster: list[AnswerDuty] = []
    for body in map(json.loads, rows):
        inside = [one for one in body["internal"]["requests"] if one["request"] in ground.requests]
        if not inside:
            continue
        visits.append(_released_visit(ground, body, [one["request"] for one in inside]))
        roster += [
            AnswerDuty(request=one["request"], officer=officer, lead=0) for one in inside for officer in one["officers"]
        ]
    placed = {uid for visit in visits for uid in visit["requests"]}
    missing = sorted(uid for uid, (row, _, _) in ground.requests.items() if uid not in placed and _live(row))
    left_out = [AnswerLeftOut(request=uid, reason="", detail="") for uid in missing]
    return Answer(visits=visits, unscheduled=left_out, roster=roster)


def _released_visit(ground: Ground, body: dict[str, Any], requests: Sequence[str]) -> AnswerVisit:
    public, internal = body["public"], body["internal"]
    return AnswerVisit(
        site=ground.requests[requests[0]][1].uid,
        day=public["date"],
        start_quarter=internal["start_quarter"],
        quarters=internal["quarters"],
        unannounced=body["hidden"],
        lead_organisation=next((one["code"] for one in public["departments"] if one["leads"]), ""),
        lead="",
        requests=sorted(requests),
    )


def _live(row: InspectionRequest) -> bool:
    return row.status is not RequestStatus.WITHDRAWN


def _edition(ground: Ground, key: str, kind: EditionKind, source: Proposal | Release | None, answer: Answer) -> Edition:
    crews: dict[str, list[str]] = {}
    for duty in answer["roster"]:
        crews.setdefault(duty["request"], []).append(duty["officer"])
    bodies = ground.bodies
    visits = [_visit(ground, bodies, crews, visit) for visit in answer["visits"]]
    placed = {uid for visit in visits for uid in visit.requests}
    waiting = sum(1 for uid, (row, _, _) in ground.requests.items() if uid not in placed and _live(row))
    return Edition(
        key=key,
        kind=kind,
        source=source,
        answer=answer,
        visits=tuple(sorted(visits, key=lambda one: (one.site_uid, one.day, one.start_quarter, one.requests))),
        left_out=waiting,
    )


def _visit(
    ground: Ground, bodies: dict[str, Organisation], crews: dict[str, list[str]], visit: AnswerVisit
) -> EditionVisit:
    _, site, enterprise = ground.requests[visit["requests"][0]]
    codes = {ground.organisations[ground.requests[uid][0].organisation_id].code for uid in visit["requests"]}
    ordered = sorted(codes, key=lambda code: (code != visit["lead_organisation"], code))
    crew = tuple(sorted((uid, officer) for uid in visit["requests"] for officer in crews.get(uid, ())))
    people = {officer: ground.officers[officer] for _, officer in crew if officer in ground.officers}
    town = ground.towns[site.town_id]
    return EditionVisit(
        site_uid=site.uid,
        site=site.name,
        enterprise_uid=enterprise.uid,
        enterprise=enterprise.name,
        town_code=town.code,
        town=town.name,
        credit_class=str(enterprise.credit_class),
        day=date.fromisoformat(visit["day"]),
        start_quarter=visit["start_quarter"],
        quarters=visit["quarters"],
        unannounced=visit["unannounced"],
        bodies=tuple((code, bodies[code].short_name) for code in ordered),
        officers=tuple(
            (uid, row.name, ground.organisations[row.organisation_id].code) for uid, row in sorted(people.items())
        ),
        requests=tuple(sorted(visit["requests"])),
        crew=crew,
    )


def as_draft(ground: Ground, visits: Iterable[EditionVisit]) -> tuple[DraftVisit, ...]:
    """The visits of an edition as a draft would hold them: rows that belong to no session and are never stored."""
    return tuple(_as_draft_visit(ground, number, visit) for number, visit in enumerate(visits, 1))


def _as_draft_visit(ground: Ground, number: int, visit: EditionVisit) -> DraftVisit:
    site = ground.sites[visit.site_uid]
    requests = {uid: ground.requests[uid][0] for uid in visit.requests}
    lead = ground.bodies[visit.bodies[0][0]]
    row = Visit(
        id=number,
        round_id=ground.round.id or 0,
        site_id=site.id or 0,
        day=visit.day,
        start_quarter=visit.start_quarter,
        quarters=visit.quarters,
        notice_mode=NoticeMode.UNANNOUNCED if visit.unannounced else NoticeMode.ANNOUNCED,
        lead_organisation_id=lead.id or 0,
    )
    crew = [
        CrewSlot(
            visit_id=number,
            request_id=requests[uid].id or 0,
            officer_id=ground.officers[officer].id or 0,
            day=visit.day,
            quarter=quarter,
        )
        for uid, officer in visit.crew
        if officer in ground.officers
        for quarter in quarters_of(visit.start_quarter, requests[uid].quarters)
    ]
    return DraftVisit(visit=row, site=site, requests=tuple(requests.values()), crew=tuple(crew))
