"""What an enterprise asks for (诉求): another day, a recusal, guidance, or a complaint; filed, listed, taken back.

Whether another day is offered depends on what the enterprise may see alone; see planning.offers. A complaint goes to
the supervisor and to nobody else. Knows nothing of how an answer is carried out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import AppealKind, AppealStatus, Ban
from data.models import Appeal, Enterprise, Officer, ReleaseVisit
from scheduler.audit import queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.permissions import Actor, is_enterprise, may_coordinate, may_supervise
from scheduler.planning.offers import offered_days
from scheduler.publishing.enterprise_view import EnterpriseVisit, get_enterprise_row, get_enterprise_visit
from scheduler.publishing.visibility import rows_in_force
from scheduler.transitions import APPEAL, step
from scheduler.workdays import load_calendar

ANSWER_WORKDAYS: Final = {
    AppealKind.RESCHEDULE: 1,
    AppealKind.RECUSAL: 1,
    AppealKind.GUIDANCE: 2,
    AppealKind.COMPLAINT: 5,
}
"""Working days until the answer is due. Guidance: R63; the crew goes soon, so the first two are quicker; the last is
ours."""
END_OF_WORK: Final = time(17, 30)
NOTICE_WORKDAYS: Final = 2
"""Another day is asked for, and offered, at least two working days ahead (b6)."""
LONGEST_TEXT: Final = 2000
OF_COORDINATOR: Final = (AppealKind.RESCHEDULE, AppealKind.RECUSAL, AppealKind.GUIDANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealLine:
    """An appeal with the names that a list shows; `officer`: whom a recusal is about."""

    appeal: Appeal
    enterprise: str
    credit_code: str
    officer: str


def days_to_offer(session: Session, clock: Clock, actor: Actor, uid: str) -> tuple[date, ...]:
    """The days that an enterprise may ask for instead; none when it is too late, or has asked before.

    Raises NotFoundError for a visit that it may not see.
    """
    visit = get_enterprise_visit(session, actor, uid)
    if visit.cancelled or visit.arrived or _asked(session, uid) or _too_late(session, clock, visit):
        return ()
    earliest = load_calendar(session).add_workdays(today(clock), NOTICE_WORKDAYS)
    row = get_enterprise_row(session, actor, uid)
    return offered_days(session, row, _announced(session), earliest=earliest)


def why_no_day(session: Session, clock: Clock, actor: Actor, uid: str) -> str:
    """Why no other day is offered for a visit: "asked_already", "too_late" or "none_free".

    Raises NotFoundError for a visit that it may not see.
    """
    visit = get_enterprise_visit(session, actor, uid)
    if _asked(session, uid):
        return "asked_already"
    return "too_late" if _too_late(session, clock, visit) else "none_free"


def ask_for_another_day(session: Session, clock: Clock, actor: Actor, uid: str, *, day: date, text: str) -> Appeal:
    """Ask once to move a visit to one of the days on offer.

    Raises NotFoundError; ConflictError "asked_already" or "visit_over"; InvalidError "too_late_to_move" (param
    `workdays`) or "day_not_offered".
    """
    visit = get_enterprise_visit(session, actor, uid)
    if visit.cancelled or visit.arrived:
        raise ConflictError("visit_over")
    if _asked(session, uid):
        raise ConflictError("asked_already")
    if _too_late(session, clock, visit):
        raise InvalidError(Fault(field="day", code="too_late_to_move", params=(("workdays", NOTICE_WORKDAYS),)))
    if day not in days_to_offer(session, clock, actor, uid):
        raise InvalidError(Fault(field="day", code="day_not_offered"))
    return _file(
        session, clock, actor, AppealKind.RESCHEDULE, text, visit_uid=uid, once_key=_day_key(uid), wanted_day=day
    )


def ask_for_recusal(session: Session, clock: Clock, actor: Actor, uid: str, *, certificate: str, text: str) -> Appeal:
    """Ask that an officer of a visit stays away, known by the number of the certificate (R06).

    Raises NotFoundError; ConflictError "asked_already" or "visit_over"; InvalidError "required" or "unknown_choice".
    """
    visit = get_enterprise_visit(session, actor, uid)
    if visit.cancelled or visit.arrived:
        raise ConflictError("visit_over")
    _require_text(text)
    named = {person["certificate"] for person in visit.public["officers"]}
    officer = session.exec(select(Officer).where(Officer.certificate_number == certificate)).first()
    if certificate not in named or officer is None:
        raise InvalidError(Fault(field="certificate", code="unknown_choice"))
    once = f"recusal:{uid}:{officer.id}"
    if session.exec(select(Appeal.id).where(Appeal.once_key == once)).first() is not None:
        raise ConflictError("asked_already")
    return _file(session, clock, actor, AppealKind.RECUSAL, text, visit_uid=uid, once_key=once, officer_id=officer.id)


def ask_for_guidance(session: Session, clock: Clock, actor: Actor, *, text: str, uid: str = "") -> Appeal:
    """Ask how to comply; answered within two working days (R63). What waits already in the same words is returned.

    Raises InvalidError, NotFoundError.
    """
    _require_text(text)
    if uid:
        get_enterprise_visit(session, actor, uid)
    same = _find_same(session, actor, AppealKind.GUIDANCE, text, uid)
    return same or _file(session, clock, actor, AppealKind.GUIDANCE, text, visit_uid=uid)


def complain(
    session: Session, clock: Clock, actor: Actor, *, text: str, ban: Ban | None = None, uid: str = ""
) -> Appeal:
    """Complain to the supervisor; no department learns of it. What waits already in the same words is returned.

    Raises InvalidError, NotFoundError.
    """
    _require_text(text)
    if uid:
        get_enterprise_visit(session, actor, uid)
    same = _find_same(session, actor, AppealKind.COMPLAINT, text, uid)
    return same or _file(session, clock, actor, AppealKind.COMPLAINT, text, visit_uid=uid, ban=ban)


def withdraw_appeal(session: Session, clock: Clock, actor: Actor, appeal: Appeal) -> None:
    """Take back what is not answered yet. Raises NotFoundError for others' appeals, TransitionError."""
    get_own_appeal(session, actor, appeal.uid)
    appeal.status = step(APPEAL, appeal.status, "withdraw", entity="appeal")
    session.add(appeal)
    session.flush()
    record(session, clock, actor, "appeal.withdraw", entity="appeal", entity_uid=appeal.uid)


def own_appeals(session: Session, actor: Actor, *, uid: str | None = None) -> list[Appeal]:
    """What the actor's enterprise has asked for, newest first; with `uid` only what concerns that visit."""
    statement = select(Appeal).where(Appeal.enterprise_id == _own(actor))
    if uid is not None:
        statement = statement.where(Appeal.visit_uid == uid)
    return list(session.exec(statement.order_by(col(Appeal.filed_at).desc(), col(Appeal.id).desc())))


def get_own_appeal(session: Session, actor: Actor, uid: str) -> Appeal:
    """Raises NotFoundError for an unknown appeal and for other enterprises'."""
    found = session.exec(select(Appeal).where(Appeal.uid == uid, Appeal.enterprise_id == _own(actor))).first()
    if found is None:
        raise NotFoundError("appeal", uid)
    return found


def get_appeal(session: Session, actor: Actor, uid: str) -> Appeal:
    """An appeal for who answers it. Raises NotFoundError for an unknown one and for anybody else."""
    found = session.exec(select(Appeal).where(Appeal.uid == uid, col(Appeal.kind).in_(kinds_of(actor)))).first()
    if found is None:
        raise NotFoundError("appeal", uid)
    return found


def kinds_of(actor: Actor) -> tuple[AppealKind, ...]:
    """The kinds of appeals that an actor answers."""
    if may_coordinate(actor):
        return OF_COORDINATOR
    return (AppealKind.COMPLAINT,) if may_supervise(actor) else ()


def list_appeals(session: Session, actor: Actor) -> list[AppealLine]:
    """What the actor answers: what waits first, by when it is due; then the rest, newest first."""
    statement = (
        select(Appeal, Enterprise, Officer)
        .join(Enterprise, col(Appeal.enterprise_id) == col(Enterprise.id))
        .join(Officer, col(Appeal.officer_id) == col(Officer.id), isouter=True)
        .where(col(Appeal.kind).in_(kinds_of(actor)))
        .order_by(col(Appeal.id).desc())
    )
    lines = [
        AppealLine(
            appeal=appeal,
            enterprise=enterprise.name,
            credit_code=enterprise.credit_code,
            officer=officer.name if officer else "",
        )
        for appeal, enterprise, officer in session.exec(statement)
    ]
    waiting = [line for line in lines if line.appeal.status is AppealStatus.WAITING]
    done = [line for line in lines if line.appeal.status is not AppealStatus.WAITING]
    return [*sorted(waiting, key=lambda line: (line.appeal.due_at, line.appeal.uid)), *done]


def waiting_appeals(session: Session, actor: Actor) -> tuple[int, datetime | None]:
    """How many appeals wait for the actor, and when the first is due."""
    rows = session.exec(
        select(col(Appeal.due_at)).where(Appeal.status == AppealStatus.WAITING, col(Appeal.kind).in_(kinds_of(actor)))
    ).all()
    return len(rows), min(rows, default=None)


def _announced(session: Session) -> list[ReleaseVisit]:
    visible = (col(ReleaseVisit.hidden).is_(False), col(ReleaseVisit.cancelled).is_(False))
    return list(session.exec(rows_in_force().where(*visible).order_by(col(ReleaseVisit.visit_uid))))


def _too_late(session: Session, clock: Clock, visit: EnterpriseVisit) -> bool:
    return load_calendar(session).add_workdays(today(clock), NOTICE_WORKDAYS) > visit.day


def _day_key(uid: str) -> str:
    return f"reschedule:{uid}"


def _asked(session: Session, uid: str) -> bool:
    return session.exec(select(Appeal.id).where(Appeal.once_key == _day_key(uid))).first() is not None


def _find_same(session: Session, actor: Actor, kind: AppealKind, text: str, uid: str) -> Appeal | None:
    """The same words about the same visit, not answered yet: a form that was sent twice."""
    # Two of the same moment wait for each other here, and the second finds the first.
    queue_up(session)
    statement = select(Appeal).where(
        Appeal.enterprise_id == _own(actor),
        Appeal.kind == kind,
        Appeal.status == AppealStatus.WAITING,
        Appeal.visit_uid == uid,
        Appeal.text == text.strip()[:LONGEST_TEXT],
    )
    return session.exec(statement).first()


def _require_text(text: str) -> None:
    if not text.strip():
        raise InvalidError(Fault(field="text", code="required"))


def _own(actor: Actor) -> int:
    if not is_enterprise(actor) or actor.enterprise_id is None:
        raise NotPermittedError(action="enterprise.appeal")
    return actor.enterprise_id


def _file(session: Session, clock: Clock, actor: Actor, kind: AppealKind, text: str, **values: Any) -> Appeal:
    due = load_calendar(session).add_workdays(today(clock), ANSWER_WORKDAYS[kind])
    appeal = Appeal(
        kind=kind,
        enterprise_id=_own(actor),
        text=text.strip()[:LONGEST_TEXT],
        filed_by_id=actor.user_id,
        filed_at=clock.now(),
        due_at=datetime.combine(due, END_OF_WORK, DISTRICT_ZONE),
        **values,
    )
    session.add(appeal)
    session.flush()
    # What was written stays out of the trail: more people read it than may read a complaint.
    after = {"kind": str(kind), "wanted_day": appeal.wanted_day}
    record(session, clock, actor, "appeal.file", entity="appeal", entity_uid=appeal.uid, after=after)
    return appeal
