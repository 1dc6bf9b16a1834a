"""Changes of a draft that keep it sound, as a person would make them on the board."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, select

from data.enums import NoticeMode, VisitStatus
from data.models import CrewSlot, Officer, PlanTaskItem, Visit, VisitRequest
from tests.factories import stored_id
from tests.scheduler.planning.worlds import World


def visit_to(session: Session, world: World, place: int, *, hidden: bool = False) -> Visit:
    """The announced (or the hidden) visit to the site with this number."""
    mode = NoticeMode.UNANNOUNCED if hidden else NoticeMode.ANNOUNCED
    return session.exec(
        select(Visit).where(Visit.site_id == stored_id(world.sites[place]), Visit.notice_mode == mode)
    ).one()


def move(session: Session, visit: Visit, day: date) -> None:
    """Move a visit and its crew to another day."""
    visit.day = day
    for slot in session.exec(select(CrewSlot).where(CrewSlot.visit_id == visit.id)).all():
        slot.day = day
    session.flush()


def drop(session: Session, visit: Visit) -> None:
    """Take a visit out; its requests are left out."""
    for slot in session.exec(select(CrewSlot).where(CrewSlot.visit_id == visit.id)).all():
        session.delete(slot)
    for member in session.exec(select(VisitRequest).where(VisitRequest.visit_id == visit.id)).all():
        session.delete(member)
    visit.status = VisitStatus.CANCELLED
    session.flush()


def replace_officer(session: Session, world: World, visit: Visit) -> tuple[Officer, Officer]:
    """Send a colleague instead of somebody who does not lead; returns who stays at home and who goes."""
    slots = session.exec(select(CrewSlot).where(CrewSlot.visit_id == visit.id)).all()
    out = next(slot.officer_id for slot in slots if slot.officer_id != visit.lead_officer_id)
    leaving = session.get_one(Officer, out)
    busy = set(session.exec(select(CrewSlot.officer_id)))
    coming = next(
        one for one in world.officers if one.organisation_id == leaving.organisation_id and one.id not in busy
    )
    for slot in slots:
        if slot.officer_id == out:
            slot.officer_id = stored_id(coming)
    session.flush()
    return leaving, coming


def reword_item(session: Session, world: World) -> None:
    """Change one item of the first department: every visit of it is another one."""
    item = session.exec(select(PlanTaskItem).where(PlanTaskItem.task_id == world.requests[0].task_id)).first()
    assert item is not None
    item.text += "（修订）"
    session.flush()


def unchanged(_session: Session) -> None:
    """Publish again without a change."""
