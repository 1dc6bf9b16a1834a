"""Officers who cannot come, or ask a colleague to go instead: asked in time, decided by the body (F29).

Days away become an absence, and the visits that fall into them become concerns (FT34). Somebody else at a visit is an
ordinary edit of the draft: judged by the hard rules, audited, and told to nobody before the next release.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import DutyKind, DutyStatus, NoticeMode, RecordStatus, VisitStatus
from data.models import Absence, CrewSlot, DutyRequest, InspectionRequest, Officer, Round, Site, Visit
from scheduler.audit import queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.visits import FieldVisit, get_field_visit, list_field_visits
from scheduler.permissions import Actor, is_officer, may_coordinate, may_decide_duties
from scheduler.planning.board import local_start
from scheduler.planning.days import quarters_of
from scheduler.planning.editing.commands import SetCrew
from scheduler.planning.editing.log import apply_own_crew
from scheduler.registry.dictionaries import add_absence
from scheduler.transitions import DUTY, step

LONGEST_TEXT: Final = 500
OFFERED_AHEAD: Final = timedelta(days=120)
FARTHEST: Final = timedelta(days=366)
"""Who is away for longer does not serve any more: that is kept with the officer, not asked for day by day."""
ACCEPTED: Final = "duty.accept"
"""The reason that the history of the draft gives for the edit."""
OPEN: Final = (DutyStatus.ASKED, DutyStatus.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an officer asks for. `visit_uid` and `colleague` (public id): "" where the kind has none; `until`: a day."""

    kind: DutyKind
    visit_uid: str = ""
    first: date | None = None
    last: date | None = None
    colleague: str = ""
    reason: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """A request with the names that a page shows. `site`: "" for days; `stand_ins`: who could go instead.

    `in_return`: (site, day) of the colleague's visit that the officer takes over, None without one.
    """

    request: DutyRequest
    officer: str
    colleague: str
    site: str
    stand_ins: tuple[tuple[str, str], ...]
    in_return: tuple[str, date] | None = None

    def open(self, clock: Clock) -> bool:
        """Whether somebody can still answer."""
        return self.request.status in OPEN and clock.now() <= self.request.until


def ask(session: Session, clock: Clock, actor: Actor, wish: Wish) -> DutyRequest:
    """Note what an officer asks for.

    Raises NotPermittedError, NotFoundError (not the officer's visit), ConflictError "visit_over", "duty_asked";
    InvalidError: "required", "period_backwards", "in_the_past", "over_a_year_ahead", "duty_days_asked",
    "duty_days_noted", "duty_until", "duty_colleague", "string_too_long".
    """
    if not is_officer(actor):
        raise NotPermittedError
    queue_up(session)
    own = session.get_one(Officer, actor.officer_id)
    first, last = _days(session, clock, actor, own, wish)
    colleague = _colleague(session, own, wish)
    made = DutyRequest(
        officer_id=own.id or 0,
        kind=wish.kind,
        status=DutyStatus.ASKED if colleague else DutyStatus.WAITING,
        visit_uid="" if wish.kind is DutyKind.DAYS else wish.visit_uid,
        first_date=first,
        last_date=last,
        reason=_text("reason", wish.reason),
        colleague_id=colleague.id if colleague else None,
        until=_until(clock, wish, first),
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
    )
    session.add(made)
    session.flush()
    after = {"kind": wish.kind, "visit": made.visit_uid, "first": first, "last": last, "until": made.until.isoformat()}
    record(session, clock, actor, "duty.ask", entity="duty", entity_uid=made.uid, after=after, reason=made.reason)
    return made


def withdraw(session: Session, clock: Clock, actor: Actor, uid: str) -> None:
    """Take one's own request back before it is decided. Raises NotFoundError, TransitionError."""
    found = _locked(session, uid)
    if not is_officer(actor) or found.officer_id != actor.officer_id:
        raise NotFoundError("duty", uid)
    _go(session, clock, actor, found, "withdraw")


def answer_colleague(
    session: Session, clock: Clock, actor: Actor, uid: str, *, agrees: bool, in_return: str = ""
) -> None:
    """Say as the colleague whether one goes instead; who agrees hands the request on to the body.

    `in_return`: one's own visit that the officer is to take over, one of `visits_to_offer`. Raises NotFoundError,
    TransitionError, ConflictError "duty_expired", InvalidError "duty_return".
    """
    found = _locked(session, uid)
    if not is_officer(actor) or found.colleague_id != actor.officer_id:
        raise NotFoundError("duty", uid)
    _require_time(clock, found)
    if agrees:
        if in_return and in_return not in {one.uid for one in visits_to_offer(session, clock, actor)}:
            raise InvalidError(Fault(field="in_return", code="duty_return"))
        found.agreed_at, found.return_visit_uid = clock.now(), in_return
    else:
        found.decided_by_id, found.decided_at = actor.user_id, clock.now()
    _go(session, clock, actor, found, "agree" if agrees else "refuse")


def visits_to_offer(session: Session, clock: Clock, actor: Actor) -> tuple[FieldVisit, ...]:
    """The officer's coming visits that a colleague may be asked to take over in exchange.

    Announced ones only: who asks would read of an unannounced visit before it is decided whether they go.
    """
    now = today(clock)
    coming = list_field_visits(session, actor, first=now + timedelta(days=1), last=now + OFFERED_AHEAD)
    return tuple(one for one in coming if not one.hidden and one.status is VisitStatus.PUBLISHED)


def accept(session: Session, clock: Clock, actor: Actor, uid: str, *, stand_in: str = "") -> None:
    """Grant a request: days become an absence, another officer goes to the visit.

    `stand_in`: public id of who goes where the officer named nobody. Raises NotPermittedError, NotFoundError,
    TransitionError, ConflictError "duty_expired", "visit_over", "duty_moved" (no longer on the crew); InvalidError
    "duty_stand_in", "duty_elsewhere"; what `apply_own_crew` raises.
    """
    found = _to_decide(session, actor, uid)
    _require_time(clock, found)
    step(DUTY, found.status, "accept", entity="duty")
    officer = session.get_one(Officer, found.officer_id)
    if found.kind is DutyKind.DAYS:
        add_absence(session, clock, actor, officer, first=found.first_date, last=found.last_date)
    else:
        _replace(session, clock, actor, found, officer, stand_in)
        _exchange(session, clock, actor, found, officer)
    found.decided_by_id, found.decided_at = actor.user_id, clock.now()
    _go(session, clock, actor, found, "accept")


def refuse(session: Session, clock: Clock, actor: Actor, uid: str, *, answer: str) -> None:
    """Refuse a request, saying why. Raises NotPermittedError, NotFoundError, TransitionError, InvalidError."""
    found = _to_decide(session, actor, uid)
    found.answer = _text("answer", answer)
    found.decided_by_id, found.decided_at = actor.user_id, clock.now()
    _go(session, clock, actor, found, "refuse")


def list_duties(session: Session, actor: Actor) -> list[Duty]:
    """The requests that an actor has to do with, the latest first: own ones, those to answer, those to decide."""
    statement = select(DutyRequest).order_by(col(DutyRequest.asked_at).desc(), col(DutyRequest.id).desc())
    if is_officer(actor):
        own = sa.or_(col(DutyRequest.officer_id) == actor.officer_id, col(DutyRequest.colleague_id) == actor.officer_id)
        return _load(session, session.exec(statement.where(own)).all())
    if not may_decide_duties(actor):
        return []
    statement = statement.where(col(DutyRequest.status) != DutyStatus.ASKED)
    if not may_coordinate(actor):
        body = select(col(Officer.id)).where(Officer.organisation_id == actor.organisation_id)
        statement = statement.where(col(DutyRequest.officer_id).in_(body))
    return _load(session, session.exec(statement).all())


def waiting_duties(session: Session, clock: Clock, actor: Actor) -> list[Duty]:
    """Those that wait for the actor's own word now."""
    wanted = DutyStatus.ASKED if is_officer(actor) else DutyStatus.WAITING
    return [
        one
        for one in list_duties(session, actor)
        if one.open(clock)
        and one.request.status is wanted
        and not (is_officer(actor) and one.request.officer_id == actor.officer_id)
    ]


def expire_duties(session: Session, clock: Clock) -> int:
    """End the requests that nobody answered in time; returns how many."""
    late = select(DutyRequest).where(col(DutyRequest.status).in_(OPEN), col(DutyRequest.until) < clock.now())
    found = session.exec(late.order_by(col(DutyRequest.id))).all()
    for one in found:
        _go(session, clock, None, one, "expire")
    return len(found)


def _days(session: Session, clock: Clock, actor: Actor, own: Officer, wish: Wish) -> tuple[date, date]:
    if wish.kind is not DutyKind.DAYS:
        return _day_of_visit(session, actor, own, wish)
    if wish.first is None:
        raise InvalidError(Fault(field="first", code="required"))
    last = wish.last or wish.first
    if last < wish.first:
        raise InvalidError(Fault(field="last", code="period_backwards"))
    if wish.first < today(clock):
        raise InvalidError(Fault(field="first", code="in_the_past"))
    if last > today(clock) + FARTHEST:
        raise InvalidError(Fault(field="last", code="over_a_year_ahead"))
    _refuse_repeated(session, clock, own, wish.first, last)
    return wish.first, last


def _refuse_repeated(session: Session, clock: Clock, own: Officer, first: date, last: date) -> None:
    """Refuse days that all lie within a request that waits, or within an absence that is noted already."""
    asked = select(DutyRequest).where(
        DutyRequest.officer_id == own.id,
        DutyRequest.kind == DutyKind.DAYS,
        col(DutyRequest.status).in_(OPEN),
        DutyRequest.until >= clock.now(),
        DutyRequest.first_date <= first,
        DutyRequest.last_date >= last,
    )
    noted = select(Absence).where(Absence.officer_id == own.id, Absence.first_date <= first, Absence.last_date >= last)
    for code, statement in (("duty_days_asked", asked), ("duty_days_noted", noted)):
        if session.execute(statement).first() is not None:
            raise InvalidError(Fault(field="first", code=code))


def _day_of_visit(session: Session, actor: Actor, own: Officer, wish: Wish) -> tuple[date, date]:
    if not wish.visit_uid:
        raise InvalidError(Fault(field="visit", code="required"))
    found = get_field_visit(session, actor, wish.visit_uid)
    if found.status is not VisitStatus.PUBLISHED:
        raise ConflictError("visit_over")
    same = select(DutyRequest.id).where(
        DutyRequest.officer_id == own.id,
        DutyRequest.visit_uid == wish.visit_uid,
        col(DutyRequest.status).in_(OPEN),
    )
    if session.exec(same).first() is not None:
        raise ConflictError("duty_asked")
    return found.day, found.day


def _colleague(session: Session, own: Officer, wish: Wish) -> Officer | None:
    if wish.kind is not DutyKind.SWAP:
        return None
    found = session.exec(select(Officer).where(Officer.uid == wish.colleague)).first()
    if found is None or found.organisation_id != own.organisation_id or found.id == own.id:
        raise InvalidError(Fault(field="colleague", code="duty_colleague"))
    return found


def _until(clock: Clock, wish: Wish, first: date) -> datetime:
    """The end of the last day for an answer: before the first day that it is about, or that day's morning."""
    last = datetime.combine(first, time(8, 0), DISTRICT_ZONE)
    until = min(datetime.combine(wish.until, time(23, 59), DISTRICT_ZONE), last) if wish.until else last
    if until <= clock.now():
        raise InvalidError(Fault(field="until", code="duty_until"))
    return until


def _text(name: str, text: str) -> str:
    if not text.strip():
        raise InvalidError(Fault(field=name, code="required"))
    if len(text) > LONGEST_TEXT:
        raise InvalidError(Fault(field=name, code="string_too_long", params=(("max_length", LONGEST_TEXT),)))
    return text.strip()


def _locked(session: Session, uid: str) -> DutyRequest:
    queue_up(session)
    found = session.exec(select(DutyRequest).where(DutyRequest.uid == uid)).first()
    if found is None:
        raise NotFoundError("duty", uid)
    session.refresh(found)
    return found


def _to_decide(session: Session, actor: Actor, uid: str) -> DutyRequest:
    """A request that is this actor's to decide. Raises NotPermittedError, NotFoundError for another body's."""
    if not may_decide_duties(actor):
        raise NotPermittedError
    found = _locked(session, uid)
    officer = session.get_one(Officer, found.officer_id)
    if not may_coordinate(actor) and officer.organisation_id != actor.organisation_id:
        raise NotFoundError("duty", uid)
    return found


def _require_time(clock: Clock, found: DutyRequest) -> None:
    if found.status in OPEN and clock.now() > found.until:
        raise ConflictError("duty_expired")


def _go(session: Session, clock: Clock, actor: Actor | None, found: DutyRequest, event: str) -> None:
    before, found.status = found.status, step(DUTY, found.status, event, entity="duty")
    session.add(found)
    session.flush()
    change: dict[str, Any] = {"before": {"status": str(before)}, "after": {"status": str(found.status)}}
    record(session, clock, actor, f"duty.{event}", entity="duty", entity_uid=found.uid, reason=found.answer, **change)


def _replace(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session, clock: Clock, actor: Actor, found: DutyRequest, officer: Officer, stand_in: str
) -> None:
    """Send somebody else to the visit."""
    colleague = session.get(Officer, found.colleague_id) if found.colleague_id else None
    uid = colleague.uid if colleague else stand_in
    if not uid:
        raise InvalidError(Fault(field="stand_in", code="duty_stand_in"))
    _send_instead(session, clock, actor, found.visit_uid, officer, uid)


def _exchange(session: Session, clock: Clock, actor: Actor, found: DutyRequest, officer: Officer) -> None:
    """Send the officer to the visit that the colleague gives in exchange."""
    if found.return_visit_uid and found.colleague_id:
        colleague = session.get_one(Officer, found.colleague_id)
        _send_instead(session, clock, actor, found.return_visit_uid, colleague, officer.uid)


def _send_instead(  # noqa: PLR0917 -- as above
    session: Session, clock: Clock, actor: Actor, visit_uid: str, officer: Officer, uid: str
) -> None:
    """Put somebody (public id) in an officer's place, by an edit of the draft that a new solve keeps."""
    visit = session.exec(select(Visit).where(Visit.uid == visit_uid)).one()
    if visit.status is not VisitStatus.PUBLISHED:
        raise ConflictError("visit_over")
    _refuse_elsewhere(session, visit, uid)
    request = _request_of(session, visit, officer)
    crew = session.exec(
        select(Officer.uid)
        .join(CrewSlot, col(CrewSlot.officer_id) == col(Officer.id))
        .where(CrewSlot.visit_id == visit.id, CrewSlot.request_id == request.id)
        .distinct()
    ).all()
    officers = tuple(sorted({uid, *(one for one in crew if one != officer.uid)}))
    command = SetCrew(visit=visit.uid, request=request.uid, officers=officers, pin=True)
    apply_own_crew(session, clock, actor, session.get_one(Round, visit.round_id), command, reason=ACCEPTED)


def _refuse_elsewhere(session: Session, visit: Visit, uid: str) -> None:
    """Say by name what the hard rule would say by numbers: somebody (public id) is at another visit in these hours.

    An unannounced visit is left to the rule, which names none.
    """
    same_hours = (
        select(Officer.name, Visit, Site.name)
        .join(CrewSlot, col(CrewSlot.officer_id) == col(Officer.id))
        .join(Visit, col(Visit.id) == col(CrewSlot.visit_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(Officer.uid == uid, CrewSlot.day == visit.day, col(CrewSlot.visit_id) != visit.id)
        .where(col(CrewSlot.quarter).in_(quarters_of(visit.start_quarter, visit.quarters)))
        .where(Visit.notice_mode == NoticeMode.ANNOUNCED)
    )
    found = session.exec(same_hours.order_by(col(CrewSlot.quarter))).first()
    if found is None:
        return
    name, there, site = found
    params = (
        ("name", name),
        ("day", visit.day.isoformat()),
        ("site", session.get_one(Site, visit.site_id).name),
        ("starts", _starts(visit)),
        ("other", site),
        ("other_starts", _starts(there)),
    )
    raise InvalidError(Fault(field="stand_in", code="duty_elsewhere", params=params))


def _starts(visit: Visit) -> str:
    return f"{local_start(visit.day, visit.start_quarter):%H:%M}"


def _request_of(session: Session, visit: Visit, officer: Officer) -> InspectionRequest:
    request = session.exec(
        select(InspectionRequest)
        .join(CrewSlot, col(CrewSlot.request_id) == col(InspectionRequest.id))
        .where(CrewSlot.visit_id == visit.id, CrewSlot.officer_id == officer.id)
        .order_by(col(InspectionRequest.id))
    ).first()
    if request is None:
        raise ConflictError("duty_moved")
    return request


def _load(session: Session, rows: Sequence[DutyRequest]) -> list[Duty]:
    people = {row.id: row for row in session.exec(select(Officer))}
    uids = [uid for row in rows for uid in (row.visit_uid, row.return_visit_uid) if uid]
    sites = session.exec(
        select(col(Visit.uid), col(Site.name), col(Visit.day))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(col(Visit.uid).in_(uids))
    )
    places = {uid: (name, day) for uid, name, day in sites}
    return [
        Duty(
            request=row,
            officer=people[row.officer_id].name,
            colleague=people[row.colleague_id].name if row.colleague_id else "",
            site=places[row.visit_uid][0] if row.visit_uid in places else "",
            in_return=places.get(row.return_visit_uid),
            stand_ins=_stand_ins(people.values(), people[row.officer_id]) if row.kind is DutyKind.VISIT else (),
        )
        for row in rows
    ]


def _stand_ins(people: Any, officer: Officer) -> tuple[tuple[str, str], ...]:
    """(public id, name) of the colleagues in service, by name; whether one may go is judged when it is decided."""
    own = [
        one
        for one in people
        if one.organisation_id == officer.organisation_id and one.status is RecordStatus.ACTIVE and one.id != officer.id
    ]
    return tuple((one.uid, one.name) for one in sorted(own, key=lambda one: (one.name, one.uid)))
