"""Visits as they are released: what officers, and everybody who asks for published visits, are shown.

A draft that is being edited does not show here: every date, crew and item comes from the release in force. Only how far
a visit has come is read from the visit itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from data.enums import CreditClass, NoticeMode, Role, VisitStatus
from data.models import (
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    PlanTask,
    Release,
    ReleaseVisit,
    Round,
    Site,
    Visit,
)
from scheduler.clock import DISTRICT_ZONE
from scheduler.errors import NotFoundError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor, is_officer, is_official, may_see_all
from scheduler.planning import board
from scheduler.planning.board import CrewMember, RequestInVisit, VisitDetails, VisitRow
from scheduler.planning.days import QUARTER_MINUTES
from scheduler.planning.drafts import chunks
from scheduler.publishing.visibility import ARRIVED, names_officer, names_organisation, rows_in_force

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Around:
    """Rows around released visits, by what bodies and rows call them."""

    visits: Mapping[str, Visit]
    rounds: Mapping[int | None, str]
    sites: Mapping[int | None, str]
    enterprises: Mapping[int | None, str]


def list_visits(
    session: Session,
    actor: Actor,
    *,
    first: date,
    last: date,
    organisation_id: int | None = None,
    town_id: int | None = None,
    round_uid: str | None = None,
    published_only: bool = False,
) -> list[VisitRow]:
    """The visits from `first` to `last` that the actor may see, by day, start and site.

    Officers, and whoever asks for published visits only, get the release in force; the others the board.
    """
    if not published_only and not is_officer(actor):
        return board.list_visits(
            session,
            actor,
            first=first,
            last=last,
            organisation_id=organisation_id,
            town_id=town_id,
            round_uid=round_uid,
        )
    statement = _visible(session, actor).where(ReleaseVisit.day >= first, ReleaseVisit.day <= last)
    if organisation_id is not None:
        statement = statement.where(_of_organisation(session, organisation_id))
    if round_uid is not None:
        own = select(col(Release.id)).join(Round, col(Release.round_id) == col(Round.id))
        statement = statement.where(col(ReleaseVisit.release_id).in_(own.where(Round.uid == round_uid)))
    if town_id is not None:
        there = select(col(Visit.uid)).join(Site, col(Visit.site_id) == col(Site.id))
        statement = statement.where(col(ReleaseVisit.visit_uid).in_(there.where(Site.town_id == town_id)))
    found = [row for row in session.exec(statement) if not row.cancelled]
    around = _around(session, found)
    rows = [_row(row, around) for row in found]
    return sorted(rows, key=lambda row: (row.day, row.start_quarter, row.site, row.uid))


def visit_details(session: Session, actor: Actor, uid: str) -> VisitDetails:
    """A visit in full: for officers as released, for the others as it stands on the board. Raises NotFoundError."""
    if not is_officer(actor):
        return board.visit_details(session, actor, uid)
    released = _released(session, actor, uid)
    around = _around(session, [released])
    requests = _requests(session, json.loads(released.body))
    return VisitDetails(
        row=_row(released, around),
        requests=requests,
        window_first=max(request.first_date for request in requests),
        window_last=min(request.last_date for request in requests),
        pinned=False,
        checked_in_at=around.visits[uid].checked_in_at,
    )


def get_visit(session: Session, actor: Actor, uid: str) -> Visit:
    """The row of a visit that the actor may see. Raises NotFoundError."""
    if not is_officer(actor):
        return board.get_visit(session, actor, uid)
    _released(session, actor, uid)
    return session.exec(select(Visit).where(Visit.uid == uid)).one()


def _released(session: Session, actor: Actor, uid: str) -> ReleaseVisit:
    row = session.exec(_visible(session, actor).where(ReleaseVisit.visit_uid == uid)).first()
    if row is None or row.cancelled:
        raise NotFoundError("visit", uid)
    remember_looks(session, [row.visit_uid] if row.hidden else [])
    return row


def _visible(session: Session, actor: Actor) -> Any:
    statement = rows_in_force()
    if may_see_all(actor):
        return statement
    if actor.role is Role.OFFICER:
        officer = session.get(Officer, actor.officer_id or 0)
        return statement.where(names_officer(officer.uid if officer else "-"))
    # An account without an organisation, and every enterprise, sees nothing here.
    return statement.where(_of_organisation(session, (actor.organisation_id if is_official(actor) else None) or 0))


def _of_organisation(session: Session, organisation_id: int) -> Any:
    organisation = session.get(Organisation, organisation_id)
    return names_organisation(organisation.code if organisation else "-")


def _around(session: Session, rows: Sequence[ReleaseVisit]) -> _Around:
    remember_looks(session, [row.visit_uid for row in rows if row.hidden])
    uids = sorted({row.visit_uid for row in rows})
    visits = {
        one.uid: one for part in chunks(uids) for one in session.exec(select(Visit).where(col(Visit.uid).in_(part)))
    }
    sites = sorted({one.site_id for one in visits.values()})
    firms = sorted({row.enterprise_id for row in rows})
    return _Around(
        visits=visits,
        rounds={one.id: one.uid for one in session.exec(select(Round))},
        sites={
            one.id: one.uid
            for part in chunks(sites)
            for one in session.exec(select(Site).where(col(Site.id).in_(part)))
        },
        enterprises={
            one.id: one.uid
            for part in chunks(firms)
            for one in session.exec(select(Enterprise).where(col(Enterprise.id).in_(part)))
        },
    )


def _row(row: ReleaseVisit, around: _Around) -> VisitRow:
    document = json.loads(row.body)
    public, internal = document["public"], document["internal"]
    visit = around.visits[row.visit_uid]
    starts = datetime.fromisoformat(f"{public['date']}T{public['starts']}").replace(tzinfo=DISTRICT_ZONE)
    return VisitRow(
        uid=row.visit_uid,
        round_uid=around.rounds[visit.round_id],
        day=row.day,
        start_quarter=internal["start_quarter"],
        quarters=internal["quarters"],
        starts_at=starts,
        ends_at=starts + timedelta(minutes=QUARTER_MINUTES * internal["quarters"]),
        site_uid=around.sites[visit.site_id],
        site=public["site"],
        address=public["address"],
        enterprise_uid=around.enterprises[row.enterprise_id],
        enterprise=public["enterprise"],
        credit_class=CreditClass(document["context"]["credit_class"]),
        town=public["town"],
        departments=tuple(body["short"] for body in public["departments"]),
        people=sum(request["inspectors"] for request in internal["requests"]),
        notice_mode=NoticeMode.UNANNOUNCED if row.hidden else NoticeMode.ANNOUNCED,
        status=visit.status if visit.status in ARRIVED else VisitStatus.PUBLISHED,
    )


def _requests(session: Session, document: Document) -> tuple[RequestInVisit, ...]:
    lines = document["internal"]["requests"]
    rows = {
        row.uid: (row, task)
        for row, task in session.exec(
            select(InspectionRequest, PlanTask)
            .join(PlanTask, col(PlanTask.id) == col(InspectionRequest.task_id))
            .where(col(InspectionRequest.uid).in_([line["request"] for line in lines]))
        )
    }
    uids = {uid for line in lines for uid in line["officers"]}
    officers = {row.uid: row for row in session.exec(select(Officer).where(col(Officer.uid).in_(uids)))}
    return tuple(_request(line, document["public"], *rows[line["request"]], officers) for line in lines)


def _request(
    line: Document, public: Document, row: InspectionRequest, task: PlanTask, officers: Mapping[str, Officer]
) -> RequestInVisit:
    leads = {officer["certificate"] for officer in public["officers"] if officer["leads"]}
    going = [officers[uid] for uid in line["officers"] if uid in officers]
    crew = [
        CrewMember(
            officer_uid=one.uid,
            name=one.name,
            certificate_number=one.certificate_number,
            leads=one.certificate_number in leads,
        )
        for one in going
    ]
    shorts = {body["code"]: body["short"] for body in public["departments"]}
    return RequestInVisit(
        request_uid=line["request"],
        organisation=shorts[line["department"]],
        task=line["task"],
        items=tuple(item["text"] for item in public["items"] if item["department"] == line["department"]),
        first_date=row.first_date,
        last_date=row.last_date,
        quarters=line["quarters"],
        inspectors=line["inspectors"],
        priority=row.priority,
        joint=row.joint,
        separate_reason=task.separate_reason,
        skill="",
        locked=row.locked,
        drawn=row.drawn,
        crew=tuple(sorted(crew, key=lambda member: (not member.leads, member.certificate_number))),
    )
