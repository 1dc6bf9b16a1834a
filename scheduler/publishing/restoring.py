"""Going back to an older release: its visits become the draft again, to be approved and sealed like any other.

History is never edited. What no longer exists stays out; what is under way or done stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from data.enums import NoticeMode, RequestStatus, RoundStatus, VisitStatus
from data.models import CrewSlot, InspectionRequest, Officer, Organisation, Release, Round, Visit, VisitRequest
from scheduler.audit import queue_up, record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError, RuleError
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.board import draft_problems
from scheduler.planning.days import quarters_of
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.sealing import rows_of
from scheduler.transitions import ROUND, VISIT, step

OPEN_TO_CHANGE: Final = (RoundStatus.PROPOSED, RoundStatus.APPROVED, RoundStatus.PUBLISHED)
UNDER_WAY: Final = (VisitStatus.CHECKED_IN, VisitStatus.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of it: visits that are as they were, and those of the release that could not come back."""

    visits: int
    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """Rows as they are now, by what a release calls them."""

    visits: dict[str, Visit]
    requests: dict[str, InspectionRequest]
    officers: dict[str, Officer]
    certificates: dict[str, Officer]
    organisations: dict[str, Organisation]


def restore_release(
    session: Session, clock: Clock, actor: Actor, round_: Round, release: Release, *, reason: str
) -> Restored:
    """Make the draft of a round what a release of it was.

    Raises NotPermittedError, NotFoundError (a release of another round), InvalidError (no reason), TransitionError,
    ConflictError "nothing_to_restore", RuleError when a hard rule forbids on the rows of today what was right then.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="draft.restore")
    if release.round_id != round_.id:
        raise NotFoundError("release", release.number)
    if not reason.strip():
        raise InvalidError(Fault(field="reason", code="required"))
    queue_up(session)
    session.refresh(round_)
    if round_.status not in OPEN_TO_CHANGE:
        step(ROUND, round_.status, "amend", entity="round")
    present = _read(session, round_)
    documents = [json.loads(row.body) for row in rows_of(session, release).values() if not row.cancelled]
    done = {uid for uid, visit in present.visits.items() if visit.status in UNDER_WAY}
    wanted = [document for document in documents if document["visit"] not in done]
    _clear(session, round_, keep=done)
    restored = [document for document in wanted if _restore(session, document, present)]
    if wanted and not restored:
        raise ConflictError("nothing_to_restore", number=release.number)
    _retire(session, present, {document["visit"] for document in restored} | done)
    _note_requests(session, round_)
    touch_draft(session, clock, actor, round_, reason=reason)
    broken = draft_problems(session, round_)
    if broken:
        raise RuleError(tuple((one.rule, one.subject, one.detail) for one in broken))
    after = {"release": release.number, "visits": len(restored), "missing": len(wanted) - len(restored)}
    record(session, clock, actor, "draft.restore", entity="round", entity_uid=round_.uid, after=after, reason=reason)
    return Restored(visits=len(restored), missing=len(wanted) - len(restored))


def _read(session: Session, round_: Round) -> _Present:
    own = InspectionRequest.round_id == round_.id
    officers = session.exec(select(Officer)).all()
    return _Present(
        visits={row.uid: row for row in session.exec(select(Visit).where(Visit.round_id == round_.id))},
        requests={
            row.uid: row
            for row in session.exec(
                select(InspectionRequest).where(own, InspectionRequest.status != RequestStatus.WITHDRAWN)
            )
        },
        officers={row.uid: row for row in officers},
        certificates={row.certificate_number: row for row in officers},
        organisations={row.code: row for row in session.exec(select(Organisation))},
    )


def _clear(session: Session, round_: Round, *, keep: set[str]) -> None:
    """Take requests and crews out of every visit but those under way."""
    own = sa.select(col(Visit.id)).where(col(Visit.round_id) == round_.id, col(Visit.uid).not_in(keep))
    session.exec(delete(CrewSlot).where(col(CrewSlot.visit_id).in_(own)))
    session.exec(delete(VisitRequest).where(col(VisitRequest.visit_id).in_(own)))
    session.flush()


def _restore(session: Session, document: dict[str, Any], present: _Present) -> bool:
    """Put one visit back; False when its row or all of its requests are gone."""
    visit = present.visits.get(document["visit"])
    taken = set(session.exec(select(col(VisitRequest.request_id))))
    lines = [
        (line, present.requests[line["request"]])
        for line in document["internal"]["requests"]
        if line["request"] in present.requests and present.requests[line["request"]].id not in taken
    ]
    if visit is None or not lines:
        return False
    _write_visit(session, visit, document, present)
    for line, request in lines:
        session.add(VisitRequest(visit_id=visit.id or 0, request_id=request.id or 0))
        crew = [present.officers[uid].id or 0 for uid in line["officers"] if uid in present.officers]
        _write_crew(session, visit, request, crew, line["quarters"])
    session.flush()
    return True


def _write_visit(session: Session, visit: Visit, document: dict[str, Any], present: _Present) -> None:
    public, internal = document["public"], document["internal"]
    lead = next(body["code"] for body in public["departments"] if body["leads"])
    leader = next((one["certificate"] for one in public["officers"] if one["leads"]), "")
    visit.day = date.fromisoformat(public["date"])
    visit.start_quarter, visit.quarters = internal["start_quarter"], internal["quarters"]
    visit.notice_mode = NoticeMode.UNANNOUNCED if document["hidden"] else NoticeMode.ANNOUNCED
    visit.lead_organisation_id = present.organisations[lead].id or 0
    visit.lead_officer_id = present.certificates[leader].id if leader in present.certificates else None
    if visit.status is VisitStatus.CANCELLED:
        visit.status = step(VISIT, visit.status, "restore_published", entity="visit")
    session.add(visit)


def _write_crew(session: Session, visit: Visit, request: InspectionRequest, crew: Sequence[int], quarters: int) -> None:
    for officer in crew:
        for quarter in quarters_of(visit.start_quarter, quarters):
            slot = CrewSlot(
                visit_id=visit.id or 0, request_id=request.id or 0, officer_id=officer, day=visit.day, quarter=quarter
            )
            session.add(slot)


def _retire(session: Session, present: _Present, staying: set[str]) -> None:
    """What the release did not have goes: drafts without a trace, released visits as cancelled."""
    for uid, visit in present.visits.items():
        if uid in staying or visit.status is VisitStatus.CANCELLED:
            continue
        if visit.status is VisitStatus.DRAFT:
            session.delete(visit)
        else:
            visit.status = step(VISIT, visit.status, "cancel", entity="visit")
            session.add(visit)
    session.flush()


def _note_requests(session: Session, round_: Round) -> None:
    placed = set(session.exec(select(col(VisitRequest.request_id))))
    rows = session.exec(
        select(InspectionRequest).where(
            InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN
        )
    ).all()
    for row in rows:
        inside = row.id in placed
        row.status = RequestStatus.SCHEDULED if inside else RequestStatus.LEFT_OUT
        row.reason_code, row.reason_detail = ("", "") if inside else (row.reason_code, row.reason_detail)
        session.add(row)
    session.flush()
