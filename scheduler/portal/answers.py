"""Answering what enterprises ask for: granted, declined or answered, and told in the enterprise's inbox.

Granting another day or a recusal changes the draft; the enterprise reads the new state with the next release.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import AppealKind, AppealStatus, Channel, NoticeKind, RecipientKind, VisitStatus
from data.models import Appeal, Officer, OutboxMessage, Recusal, ReleaseVisit, Round, Visit
from scheduler.audit import queue_up, record
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_supervise
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editing.bulk import apply_many
from scheduler.planning.editing.commands import MoveVisit
from scheduler.planning.editing.log import EditOutcome, apply_edit
from scheduler.planning.editing.standing_in import stand_ins
from scheduler.portal.appeals import LONGEST_TEXT
from scheduler.publishing.visibility import rows_in_force
from scheduler.transitions import APPEAL, step

TAKEN: Final = "appeal.accept"
"""The reason that the change of the draft gives: an action of the audit trail."""


def take_reschedule(session: Session, clock: Clock, actor: Actor, appeal: Appeal, *, text: str = "") -> EditOutcome:
    """Move the visit to the day that was asked for, in the draft, as an edit like any other; tell the enterprise.

    At the same hour; who is not free then is replaced. Returns what the edit did. Raises NotPermittedError,
    TransitionError when it was answered before, ConflictError "visit_over" or "day_over", and what `apply_edit` raises:
    RuleError with the rules against it, ConflictError "round_not_open" or "visit_under_way".
    """
    _require(actor, appeal, AppealKind.RESCHEDULE)
    queue_up(session)
    session.refresh(appeal)
    status = step(APPEAL, appeal.status, "accept", entity="appeal")
    visit, round_ = _visit_to_change(session, appeal)
    if appeal.wanted_day is None or appeal.wanted_day < today(clock):
        raise ConflictError("day_over")
    before = visit.day
    command = MoveVisit(visit=visit.uid, day=appeal.wanted_day, start_quarter=visit.start_quarter)
    outcome = apply_edit(session, clock, actor, round_, command, expected=None, reason=TAKEN)
    after = {"visit": visit.uid, "day": appeal.wanted_day, "was": before}
    _answer(session, clock, actor, appeal, status, text=text, after=after)
    return outcome


def take_recusal(session: Session, clock: Clock, actor: Actor, appeal: Appeal, *, text: str = "") -> bool:
    """Keep the officer away from the enterprise from now on, and send a colleague to this visit, as an edit.

    Returns whether somebody was found; if not, the draft breaks rule R06 until a person mends it on the board, and
    cannot be approved before. Raises as `take_reschedule`, but RuleError.
    """
    _require(actor, appeal, AppealKind.RECUSAL)
    queue_up(session)
    session.refresh(appeal)
    status = step(APPEAL, appeal.status, "accept", entity="appeal")
    visit, round_ = _visit_to_change(session, appeal)
    officer = session.get_one(Officer, appeal.officer_id)
    known = select(Recusal.id).where(Recusal.officer_id == officer.id, Recusal.enterprise_id == appeal.enterprise_id)
    if session.exec(known).first() is None:
        session.add(Recusal(officer_id=officer.id or 0, enterprise_id=appeal.enterprise_id, noted_on=today(clock)))
        session.flush()
    commands = stand_ins(session, round_, visit.uid)
    results = apply_many(session, clock, actor, round_, commands, reason=TAKEN)
    found = bool(results) and all(result.done for result in results)
    if not found:
        # What the approval was given for breaks a rule by now.
        touch_draft(session, clock, actor, round_, reason=TAKEN)
    after = {"visit": visit.uid, "officer": officer.uid, "replaced": found}
    _answer(session, clock, actor, appeal, status, text=text, after=after)
    return found


def _visit_to_change(session: Session, appeal: Appeal) -> tuple[Visit, Round]:
    visit = session.exec(select(Visit).where(Visit.uid == appeal.visit_uid)).first()
    if visit is None or visit.status is not VisitStatus.PUBLISHED:
        raise ConflictError("visit_over")
    return visit, session.get_one(Round, visit.round_id)


def decline_appeal(session: Session, clock: Clock, actor: Actor, appeal: Appeal, *, text: str) -> None:
    """Decline another day or a recusal, with a reason. Raises NotPermittedError, InvalidError, TransitionError."""
    _require(actor, appeal, AppealKind.RESCHEDULE, AppealKind.RECUSAL)
    _require_text(text)
    status = step(APPEAL, appeal.status, "decline", entity="appeal")
    _answer(session, clock, actor, appeal, status, text=text)


def answer_appeal(session: Session, clock: Clock, actor: Actor, appeal: Appeal, *, text: str) -> None:
    """Answer a question or a complaint. Raises NotPermittedError, InvalidError, TransitionError."""
    _require(actor, appeal, AppealKind.GUIDANCE, AppealKind.COMPLAINT)
    _require_text(text)
    status = step(APPEAL, appeal.status, "answer", entity="appeal")
    _answer(session, clock, actor, appeal, status, text=text)


def _require(actor: Actor, appeal: Appeal, *kinds: AppealKind) -> None:
    allowed = may_supervise(actor) if appeal.kind is AppealKind.COMPLAINT else may_coordinate(actor)
    if not allowed:
        raise NotPermittedError
    if appeal.kind not in kinds:
        raise ConflictError("appeal_of_other_kind")


def _require_text(text: str) -> None:
    if not text.strip():
        raise InvalidError(Fault(field="text", code="required"))


def _answer(
    session: Session,
    clock: Clock,
    actor: Actor,
    appeal: Appeal,
    status: AppealStatus,
    *,
    text: str,
    after: dict[str, Any] | None = None,
) -> None:
    appeal.status = status
    appeal.answer = text.strip()[:LONGEST_TEXT]
    appeal.answered_by_id = actor.user_id
    appeal.answered_at = clock.now()
    session.add(appeal)
    session.flush()
    _tell(session, clock, appeal)
    document = {"status": str(status), **(after or {})}
    record(session, clock, actor, "appeal.answer", entity="appeal", entity_uid=appeal.uid, after=document)


def _tell(session: Session, clock: Clock, appeal: Appeal) -> None:
    """Write the answer for the enterprise's inbox. It names no release and no other visit."""
    shown = {
        "uid": appeal.uid,
        "kind": str(appeal.kind),
        "status": str(appeal.status),
        "answer": appeal.answer,
        "wanted_day": appeal.wanted_day.isoformat() if appeal.wanted_day else None,
        "visit": appeal.visit_uid,
        "site": _site_name(session, appeal),
    }
    session.add(
        OutboxMessage(
            dedupe_key=f"appeal:{appeal.uid}",
            kind=NoticeKind.ANSWER,
            channel=Channel.INBOX,
            recipient_kind=RecipientKind.ENTERPRISE,
            recipient_id=appeal.enterprise_id,
            payload={"round": "", "release": None, "changes": [], "appeal": shown},
            created_at=clock.now(),
            not_before=clock.now(),
        )
    )
    session.flush()


def _site_name(session: Session, appeal: Appeal) -> str:
    row = session.exec(rows_in_force().where(col(ReleaseVisit.visit_uid) == appeal.visit_uid)).first()
    return "" if row is None else str(json.loads(row.body)["public"]["site"])
