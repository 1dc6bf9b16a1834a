"""Carrying out in the draft what was granted: a visit on another day, an officer who stays away, colleagues instead.

Changes rows of the draft alone; what was released stays in force until the next release.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from data.enums import RecordStatus, RoundStatus, VisitStatus
from data.models import Absence, CrewSlot, InspectionRequest, Officer, OfficerSkill, Recusal, Round, Site, Visit
from scheduler.errors import ConflictError

EDITABLE: Final = frozenset({RoundStatus.PROPOSED, RoundStatus.APPROVED, RoundStatus.PUBLISHED})


def movable_visit(session: Session, uid: str) -> tuple[Visit, Round]:
    """The visit in the draft with its round. Raises ConflictError "visit_over" or "round_busy"."""
    visit = session.exec(select(Visit).where(Visit.uid == uid)).first()
    if visit is None or visit.status is not VisitStatus.PUBLISHED:
        raise ConflictError("visit_over")
    round_ = session.get_one(Round, visit.round_id)
    if round_.status not in EDITABLE:
        raise ConflictError("round_busy", round=round_.name)
    return visit, round_


def move_visit(session: Session, visit: Visit, day: date) -> list[tuple[str, str]]:
    """Put a visit on another day at the same hour; who cannot come then is replaced by a colleague who can.

    Returns (who stays at home, who goes instead), names. Raises ConflictError "site_taken" when another visit to the
    site is planned for that day, or "nobody_free" with the name of who could not be replaced.
    """
    beside = select(Visit.id).where(Visit.site_id == visit.site_id, Visit.day == day, Visit.id != visit.id)
    if session.exec(beside.where(Visit.status != VisitStatus.CANCELLED)).first() is not None:
        raise ConflictError("site_taken", day=day.isoformat())
    slots = _slots(session, visit)
    instead = _stand_ins(session, visit, day, slots)
    for slot in slots:
        # Both at once: on the old day the colleague may be somewhere else.
        slot.officer_id = instead.get(slot.officer_id, slot.officer_id)
        slot.day = day
        session.add(slot)
    visit.day = day
    visit.lead_officer_id = instead.get(visit.lead_officer_id or 0, visit.lead_officer_id)
    session.add(visit)
    session.flush()
    return [(_name(session, one), _name(session, other)) for one, other in instead.items()]


def _stand_ins(session: Session, visit: Visit, day: date, slots: list[CrewSlot]) -> dict[int, int]:
    """Who cannot come on a day -> who goes instead, by row id; everybody stands in once at most."""
    going = {slot.officer_id for slot in slots}
    instead: dict[int, int] = {}
    for officer_id in sorted(going):
        mine = [slot for slot in slots if slot.officer_id == officer_id]
        person = session.get_one(Officer, officer_id)
        if _can_come(session, person, visit, day, mine):
            continue
        other = _colleague(session, person, visit, day, mine, going={*going, *instead.values()})
        if other is None:
            raise ConflictError("nobody_free", day=day.isoformat(), officer=person.name)
        instead[officer_id] = other.id or 0
    return instead


def _name(session: Session, officer_id: int) -> str:
    return session.get_one(Officer, officer_id).name


def replace_officer(session: Session, visit: Visit, officer: Officer) -> tuple[str, str] | None:
    """Send a colleague instead of an officer. None when the officer does not go, or nobody is free."""
    slots = _slots(session, visit)
    mine = [slot for slot in slots if slot.officer_id == officer.id]
    going = {slot.officer_id for slot in slots}
    other = _colleague(session, officer, visit, visit.day, mine, going=going) if mine else None
    if other is None:
        return None
    if visit.lead_officer_id == officer.id:
        visit.lead_officer_id = other.id
        session.add(visit)
    for slot in mine:
        slot.officer_id = other.id or 0
        session.add(slot)
    session.flush()
    return officer.name, other.name


def _slots(session: Session, visit: Visit) -> list[CrewSlot]:
    statement = select(CrewSlot).where(CrewSlot.visit_id == visit.id)
    return list(session.exec(statement.order_by(col(CrewSlot.officer_id), col(CrewSlot.quarter))))


def _colleague(
    session: Session, person: Officer, visit: Visit, day: date, slots: list[CrewSlot], *, going: set[int]
) -> Officer | None:
    """Somebody of the same body who could go instead; the first by uid, so that the same rows give the same person."""
    statement = select(Officer).where(Officer.organisation_id == person.organisation_id)
    for other in session.exec(statement.order_by(col(Officer.uid))):
        if other.id not in going and _can_come(session, other, visit, day, slots):
            return other
    return None


def _can_come(session: Session, officer: Officer, visit: Visit, day: date, slots: list[CrewSlot]) -> bool:
    serves = officer.status is RecordStatus.ACTIVE and officer.reviewed and officer.certificate_until >= day
    if not serves or not _has_skills(session, officer, slots):
        return False
    away = select(Absence.id).where(
        Absence.officer_id == officer.id, Absence.first_date <= day, Absence.last_date >= day
    )
    owner = session.get_one(Site, visit.site_id).enterprise_id
    recused = select(Recusal.id).where(Recusal.officer_id == officer.id, Recusal.enterprise_id == owner)
    elsewhere = select(CrewSlot.id).where(
        CrewSlot.officer_id == officer.id,
        CrewSlot.day == day,
        CrewSlot.visit_id != visit.id,
        col(CrewSlot.quarter).in_([slot.quarter for slot in slots]),
    )
    return all(session.exec(found.limit(1)).first() is None for found in (away, recused, elsewhere))


def _has_skills(session: Session, officer: Officer, slots: list[CrewSlot]) -> bool:
    """Whether the officer has every skill that the requests of these slots ask for."""
    asked = select(col(InspectionRequest.skill_id)).where(
        col(InspectionRequest.id).in_({slot.request_id for slot in slots}), col(InspectionRequest.skill_id).is_not(None)
    )
    owned = select(col(OfficerSkill.skill_id)).where(OfficerSkill.officer_id == officer.id)
    return set(session.exec(asked)) <= set(session.exec(owned))
