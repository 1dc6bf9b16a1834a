"""Answering what enterprises ask for: granted, declined or answered, and told in the enterprise's inbox.

Granting another day or a recusal changes the draft; the enterprise reads the new state with the next release.
"""

from __future__ import annotations

import json
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import AppealKind, AppealStatus, Channel, NoticeKind, RecipientKind
from data.models import Appeal, Officer, OutboxMessage, Recusal, ReleaseVisit
from scheduler.audit import record
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_supervise
from scheduler.planning.drafts import touch_draft
from scheduler.portal.appeals import LONGEST_TEXT
from scheduler.portal.moving import movable_visit, move_visit, replace_officer
from scheduler.publishing.visibility import rows_in_force
from scheduler.transitions import APPEAL, step

TAKEN: Final = "appeal.accept"
"""The reason that the change of the draft gives: an action of the audit trail."""


def take_reschedule(session: Session, clock: Clock, actor: Actor, appeal: Appeal, *, text: str = "") -> None:
    """Move the visit to the day that was asked for, in the draft, and tell the enterprise.

    Raises NotPermittedError, TransitionError when it was answered before, and ConflictError: "visit_over",
    "round_busy", "day_over", "site_taken" or "nobody_free".
    """
    _require(actor, appeal, AppealKind.RESCHEDULE)
    status = step(APPEAL, appeal.status, "accept", entity="appeal")
    visit, round_ = movable_visit(session, appeal.visit_uid)
    if appeal.wanted_day is None or appeal.wanted_day < today(clock):
        raise ConflictError("day_over")
    before = visit.day
    swapped = move_visit(session, visit, appeal.wanted_day)
    touch_draft(session, clock, actor, round_, reason=TAKEN)
    after = {"visit": visit.uid, "day": visit.day, "was": before, "replaced": swapped}
    _answer(session, clock, actor, appeal, status, text=text, after=after)


def take_recusal(session: Session, clock: Clock, actor: Actor, appeal: Appeal, *, text: str = "") -> bool:
    """Keep the officer away from the enterprise from now on, and send a colleague to this visit.

    Returns whether somebody was found; if not, the draft breaks rule R06 until a person mends it on the board, and
    cannot be approved before. Raises as `take_reschedule`.
    """
    _require(actor, appeal, AppealKind.RECUSAL)
    status = step(APPEAL, appeal.status, "accept", entity="appeal")
    visit, round_ = movable_visit(session, appeal.visit_uid)
    officer = session.get_one(Officer, appeal.officer_id)
    known = select(Recusal.id).where(Recusal.officer_id == officer.id, Recusal.enterprise_id == appeal.enterprise_id)
    if session.exec(known).first() is None:
        session.add(Recusal(officer_id=officer.id or 0, enterprise_id=appeal.enterprise_id, noted_on=today(clock)))
        session.flush()
    swapped = replace_officer(session, visit, officer)
    touch_draft(session, clock, actor, round_, reason=TAKEN)
    after = {"visit": visit.uid, "officer": officer.uid, "replaced": swapped}
    _answer(session, clock, actor, appeal, status, text=text, after=after)
    return swapped is not None


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
