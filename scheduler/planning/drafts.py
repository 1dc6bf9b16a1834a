"""The one draft of a round as rows: loading it whole, its hash, and what happens whenever it changes.

Knows no solver. Every change of requests or visits goes through `touch_draft`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlmodel import Session, col, select, update

from data.enums import ApprovalStatus, RoundStatus, VisitStatus
from data.models import Approval, CrewSlot, InspectionRequest, Officer, Organisation, Round, Site, Visit, VisitRequest
from scheduler.audit import canonical_json, record, sha256
from scheduler.clock import Clock
from scheduler.permissions import Actor
from scheduler.transitions import ROUND, step

Key = TypeVar("Key", int, str)
CHUNK: Final = 5000
"""Ids in one IN list: far below the 32,766 variables that SQLite takes."""
DRAFT_CHANGED: Final = "draft.change"
VISIT_EDITED: Final = "visit.edit"
"""Action of the audit trail for one visit that an edit changed; its `draft.change` names the round."""
REOPENED_BY: Final = {RoundStatus.APPROVED: "reopen", RoundStatus.PUBLISHED: "amend"}
"""What a change of the draft does to a round that was approved or published already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftVisit:
    """A visit with its site, its requests (by uid) and its crew (by request, officer, quarter)."""

    visit: Visit
    site: Site
    requests: tuple[InspectionRequest, ...]
    crew: tuple[CrewSlot, ...]


def load_draft(session: Session, round_: Round, *, cancelled: bool = False) -> tuple[DraftVisit, ...]:
    """Load the visits of a round, sorted by uid; cancelled ones only when asked for."""
    statement = select(Visit).where(Visit.round_id == round_.id)
    if not cancelled:
        statement = statement.where(Visit.status != VisitStatus.CANCELLED)
    return load_visits(session, session.exec(statement).all())


def load_visits(session: Session, visits: Iterable[Visit]) -> tuple[DraftVisit, ...]:
    """Load what belongs to some visits, with one query a table and chunk; sorted by uid."""
    rows = sorted(visits, key=lambda visit: visit.uid)
    sites: dict[int | None, Site] = {}
    requests: dict[int, list[InspectionRequest]] = {}
    crew: dict[int, list[CrewSlot]] = {}
    for ids in chunks([visit.id for visit in rows if visit.id is not None]):
        found = select(Site).join(Visit, col(Visit.site_id) == col(Site.id)).where(col(Visit.id).in_(ids))
        sites.update((site.id, site) for site in session.exec(found))
        served = select(VisitRequest.visit_id, InspectionRequest).join(
            InspectionRequest, col(VisitRequest.request_id) == col(InspectionRequest.id)
        )
        for visit_id, request in session.exec(served.where(col(VisitRequest.visit_id).in_(ids))):
            requests.setdefault(visit_id, []).append(request)
        for slot in session.exec(select(CrewSlot).where(col(CrewSlot.visit_id).in_(ids))):
            crew.setdefault(slot.visit_id, []).append(slot)
    return tuple(
        DraftVisit(
            visit=visit,
            site=sites[visit.site_id],
            requests=tuple(sorted(requests.get(visit.id or 0, []), key=lambda request: request.uid)),
            crew=tuple(sorted(crew.get(visit.id or 0, []), key=_slot_order)),
        )
        for visit in rows
    )


def _slot_order(slot: CrewSlot) -> tuple[int, int, int]:
    return slot.request_id, slot.officer_id, slot.quarter


def chunks(ids: Sequence[Key]) -> Iterable[Sequence[Key]]:
    """Cut a list of ids into pieces that fit into one statement."""
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def draft_hash(session: Session, round_: Round) -> str:
    """Return the SHA-256 of the draft: visits, times, requests, crews and leads, by public ids, in a fixed order."""
    return hash_of_draft(session, load_draft(session, round_))


def hash_of_draft(session: Session, draft: Sequence[DraftVisit]) -> str:
    """The same of a draft that is loaded already."""
    officers = {row.id: row.uid for row in session.exec(select(Officer))}
    organisations = {row.id: row.code for row in session.exec(select(Organisation))}
    return sha256(canonical_json([_visit_plain(one, officers, organisations) for one in draft]))


def _visit_plain(
    one: DraftVisit, officers: dict[int | None, str], organisations: dict[int | None, str]
) -> dict[str, Any]:
    visit = one.visit
    requests = {request.id: request.uid for request in one.requests}
    return {
        "visit": visit.uid,
        "site": one.site.uid,
        "day": visit.day.isoformat(),
        "start_quarter": visit.start_quarter,
        "quarters": visit.quarters,
        "notice": str(visit.notice_mode),
        "lead": organisations[visit.lead_organisation_id],
        "lead_officer": officers.get(visit.lead_officer_id),
        "requests": sorted(requests.values()),
        "crew": sorted([requests[slot.request_id], officers[slot.officer_id], slot.quarter] for slot in one.crew),
    }


def touch_draft(session: Session, clock: Clock, actor: Actor | None, round_: Round, *, reason: str = "") -> None:
    """Say that the draft has changed: it gets a new version, and approvals that wait for their time are voided.

    An approved round is open for approval again, and so is a published one: what was released stays in force until the
    next release. The audit trail keeps who it was: that person cannot approve.
    """
    voided = session.exec(
        update(Approval)
        .where(col(Approval.round_id) == round_.id, col(Approval.status) == ApprovalStatus.WAITING)
        .values(status=ApprovalStatus.VOIDED)
    ).rowcount
    before = round_.draft_version
    round_.draft_version = before + 1
    event = REOPENED_BY.get(round_.status)
    if event is not None:
        round_.status = step(ROUND, round_.status, event, entity="round")
    session.add(round_)
    session.flush()
    record(
        session,
        clock,
        actor,
        DRAFT_CHANGED,
        entity="round",
        entity_uid=round_.uid,
        before={"draft_version": before},
        after={"draft_version": round_.draft_version, "voided_approvals": voided},
        reason=reason,
    )
