"""Writing an answer into the one draft of a round: visits, their requests and crews. Knows no solver.

A visit that survives keeps its row and its public id: a recipient who was told of it is later told that it moved, not
that one visit went and another came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session, col, delete, insert, select

from data.enums import NoticeMode, RequestStatus, VisitStatus
from data.models import CrewSlot, InspectionRequest, Officer, Organisation, Round, Site, Visit, VisitRequest
from scheduler.errors import ConflictError
from scheduler.planning.answers import Answer, AnswerVisit
from scheduler.planning.days import quarters_of
from scheduler.planning.drafts import DraftVisit, load_draft
from scheduler.planning.pins import PinnedVisit
from scheduler.transitions import VISIT, step

_UNTOUCHABLE = (VisitStatus.CHECKED_IN, VisitStatus.DONE)


def write_draft(session: Session, round_: Round, answer: Answer) -> None:
    """Replace the draft by an answer whose requests, sites and officers are all in the database.

    Visits that were never published disappear when nothing takes their place; published ones become cancelled.
    Raises ConflictError "visits_under_way" when a crew has already checked in somewhere.
    """
    old = load_draft(session, round_)
    if any(one.visit.status in _UNTOUCHABLE for one in old):
        raise ConflictError("visits_under_way", round=round_.name)
    requests = {
        row.uid: row
        for row in session.exec(select(InspectionRequest).where(InspectionRequest.round_id == round_.id)).all()
    }
    _empty_draft(session, round_)
    kept = _match(old, answer["visits"])
    _retire(session, old, kept.values())
    visits = _write_visits(session, round_, answer["visits"], kept)
    _write_members(session, answer, visits, requests)
    _write_statuses(session, round_, answer)


def _empty_draft(session: Session, round_: Round) -> None:
    own = sa.select(col(Visit.id)).where(col(Visit.round_id) == round_.id)
    session.exec(delete(CrewSlot).where(col(CrewSlot.visit_id).in_(own)))
    session.exec(delete(VisitRequest).where(col(VisitRequest.visit_id).in_(own)))


def _match(old: Sequence[DraftVisit], new: Sequence[AnswerVisit]) -> dict[int, Visit]:
    """Place among the new visits -> the old visit it continues: same site, most requests in common."""
    by_site: dict[str, list[DraftVisit]] = {}
    for one in old:
        by_site.setdefault(one.site.uid, []).append(one)
    pairs = [
        (-len({request.uid for request in before.requests} & set(visit["requests"])), before.visit.uid, place, before)
        for place, visit in enumerate(new)
        for before in by_site.get(visit["site"], [])
    ]
    kept: dict[int, Visit] = {}
    used: set[str] = set()
    for common, uid, place, before in sorted(pairs, key=lambda pair: pair[:3]):
        if common and uid not in used and place not in kept:
            kept[place] = before.visit
            used.add(uid)
    return kept


def _retire(session: Session, old: Sequence[DraftVisit], kept: Iterable[Visit]) -> None:
    staying = {visit.uid for visit in kept}
    for visit in (one.visit for one in old if one.visit.uid not in staying):
        if visit.status is VisitStatus.DRAFT:
            session.delete(visit)
            continue
        visit.status = step(VISIT, visit.status, "cancel", entity="visit")
        session.add(visit)
    session.flush()


def _write_visits(session: Session, round_: Round, new: Sequence[AnswerVisit], kept: dict[int, Visit]) -> list[Visit]:
    sites = {
        row.uid: row.id or 0 for row in session.exec(select(Site).where(col(Site.uid).in_([v["site"] for v in new])))
    }
    organisations = {row.code: row.id or 0 for row in session.exec(select(Organisation))}
    officers = {row.uid: row.id for row in session.exec(select(Officer))}
    visits: list[Visit] = []
    for place, answer in enumerate(new):
        visit = kept.get(place) or Visit(round_id=round_.id or 0)  # type: ignore[call-arg]
        visit.site_id = sites[answer["site"]]
        visit.day = date.fromisoformat(answer["day"])
        visit.start_quarter = answer["start_quarter"]
        visit.quarters = answer["quarters"]
        visit.notice_mode = NoticeMode.UNANNOUNCED if answer["unannounced"] else NoticeMode.ANNOUNCED
        visit.lead_organisation_id = organisations[answer["lead_organisation"]]
        visit.lead_officer_id = officers.get(answer["lead"])
        visits.append(visit)
    session.add_all(visits)
    session.flush()
    return visits


def _write_members(
    session: Session, answer: Answer, visits: Sequence[Visit], requests: dict[str, InspectionRequest]
) -> None:
    visit_of = {uid: visit for visit, new in zip(visits, answer["visits"], strict=True) for uid in new["requests"]}
    members = [{"visit_id": visit.id, "request_id": requests[uid].id} for uid, visit in visit_of.items()]
    if members:
        session.exec(insert(VisitRequest), params=members)
    officers = {row.uid: row.id for row in session.exec(select(Officer))}
    slots = [
        {
            "visit_id": visit_of[duty["request"]].id,
            "request_id": requests[duty["request"]].id,
            "officer_id": officers[duty["officer"]],
            "day": visit_of[duty["request"]].day,
            "quarter": quarter,
        }
        for duty in answer["roster"]
        for quarter in quarters_of(visit_of[duty["request"]].start_quarter, requests[duty["request"]].quarters)
    ]
    if slots:
        session.exec(insert(CrewSlot), params=slots)


def _write_statuses(session: Session, round_: Round, answer: Answer) -> None:
    """Mark every live request of the round: in a visit, or left out with code and figures."""
    left_out = {row["request"]: row for row in answer["unscheduled"]}
    rows = session.exec(
        select(InspectionRequest).where(
            InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN
        )
    ).all()
    for row in rows:
        reason = left_out.get(row.uid)
        row.status = RequestStatus.SCHEDULED if reason is None else RequestStatus.LEFT_OUT
        row.reason_code = "" if reason is None else reason["reason"]
        row.reason_detail = "" if reason is None else reason["detail"]
        session.add(row)
    session.flush()


def broken_pins(pins: Iterable[PinnedVisit], answer: Answer) -> tuple[tuple[str, str, str], ...]:
    """What an answer would change of what is pinned: (`pin_kept`, visit, which pin), by visit."""
    visit_of = {uid: visit for visit in answer["visits"] for uid in visit["requests"]}
    crews: dict[str, set[str]] = {}
    for duty in answer["roster"]:
        crews.setdefault(duty["request"], set()).add(duty["officer"])
    found: list[tuple[str, str, str]] = []
    for one in pins:
        there = [visit_of.get(uid) for uid in sorted(one.requests)]
        if one.day_pinned and any(visit is None or visit["day"] != one.day for visit in there):
            found.append(("pin_kept", one.uid, f"planned_day={one.day}"))
        if one.members_pinned and any(visit is None or set(visit["requests"]) != one.requests for visit in there):
            found.append(("pin_kept", one.uid, f"departments={len(one.requests)}"))
        if any(crews.get(uid, set()) != crew for uid, crew in one.crews.items()):
            found.append(("pin_kept", one.uid, f"inspectors={sum(map(len, one.crews.values()))}"))
    return tuple(found)
