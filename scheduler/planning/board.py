"""The calendar of visits as people see it, and the judgement of the draft. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import CreditClass, NoticeMode, Role, VisitStatus
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    PlanTask,
    PlanTaskItem,
    Round,
    Site,
    Skill,
    Town,
    Visit,
    VisitRequest,
)
from data.queries.pages import contains
from scheduler.clock import DISTRICT_ZONE
from scheduler.errors import NotFoundError
from scheduler.looks import remember_looks
from scheduler.permissions import Actor, is_official, may_see_all
from scheduler.planning.answers import Answer, AnswerDuty, AnswerLeftOut, AnswerVisit, plan_of
from scheduler.planning.days import QUARTER_MINUTES, QUARTER_STARTS
from scheduler.planning.drafts import DraftVisit, draft_hash, load_draft, load_visits
from scheduler.planning.snapshot import Snapshot, take_snapshot
from solver.checker import check
from solver.plan import Violation

RELEASED: Final = (VisitStatus.PUBLISHED, VisitStatus.CHECKED_IN, VisitStatus.DONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """A visit in a calendar. `starts_at`, `ends_at`: local time; `departments`: short names, the lead first."""

    uid: str
    round_uid: str
    day: date
    start_quarter: int
    quarters: int
    starts_at: datetime
    ends_at: datetime
    site_uid: str
    site: str
    address: str
    enterprise_uid: str
    enterprise: str
    credit_class: CreditClass
    town: str
    departments: tuple[str, ...]
    people: int
    notice_mode: NoticeMode
    status: VisitStatus

    @property
    def joint(self) -> bool:
        return len(self.departments) > 1

    @property
    def released(self) -> bool:
        return self.status in RELEASED


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewMember:
    """An officer on a request. `leads`: the one person who leads the whole visit."""

    officer_uid: str
    name: str
    certificate_number: str
    leads: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestInVisit:
    """What one body does in a visit: task, items as written, wishes, and who goes."""

    request_uid: str
    organisation: str
    task: str
    items: tuple[str, ...]
    first_date: date
    last_date: date
    quarters: int
    inspectors: int
    priority: int
    joint: bool
    separate_reason: str
    skill: str
    locked: bool
    drawn: bool
    crew: tuple[CrewMember, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDetails:
    """A visit with everything in it. `latest_start`, `earliest_end`: the dates between which all windows overlap."""

    row: VisitRow
    requests: tuple[RequestInVisit, ...]
    window_first: date
    window_last: date
    pinned: bool
    checked_in_at: datetime | None


def local_start(day: date, start_quarter: int) -> datetime:
    """When a visit begins, in the district's time."""
    hour, minute = QUARTER_STARTS[start_quarter]
    return datetime.combine(day, time(hour, minute), tzinfo=DISTRICT_ZONE)


def list_visits(
    session: Session,
    actor: Actor,
    *,
    first: date,
    last: date,
    organisation_id: int | None = None,
    town_id: int | None = None,
    round_uid: str | None = None,
) -> list[VisitRow]:
    """The visits from `first` to `last` that the actor may see, by day, start and site.

    The district sees all, departments those they take part in, officers those they go to once they are published.
    """
    present = (Visit.day >= first, Visit.day <= last, Visit.status != VisitStatus.CANCELLED)
    statement = visible_visits(actor).where(*present)
    if round_uid is not None:
        statement = statement.where(col(Visit.round_id).in_(select(col(Round.id)).where(Round.uid == round_uid)))
    if town_id is not None:
        statement = statement.where(col(Visit.site_id).in_(select(col(Site.id)).where(Site.town_id == town_id)))
    if organisation_id is not None:
        statement = statement.where(col(Visit.id).in_(_of_organisation(organisation_id)))
    rows = _rows(session, load_visits(session, session.exec(statement).all()))
    return sorted(rows, key=lambda row: (row.day, row.start_quarter, row.site, row.uid))


def find_visits(session: Session, actor: Actor, *, text: str, near: date, most: int) -> list[VisitRow]:
    """At most `most` visits that the actor may see, the nearest to a day first.

    Every word of `text` stands in the name or the address of the site, or in the name or the code of its enterprise.
    """
    named = contains(
        text, (col(Site.name), col(Site.address), col(Enterprise.name)), codes=[col(Enterprise.credit_code)]
    )
    sites = select(col(Site.id)).join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id)).where(named)
    found = visible_visits(actor).where(col(Visit.site_id).in_(sites), Visit.status != VisitStatus.CANCELLED)
    ahead = session.exec(found.where(Visit.day >= near).order_by(col(Visit.day), col(Visit.id)).limit(most)).all()
    past = session.exec(found.where(Visit.day < near).order_by(col(Visit.day).desc(), col(Visit.id)).limit(most)).all()
    chosen = sorted([*ahead, *past], key=lambda visit: (abs(visit.day - near), visit.day, visit.uid))[:most]
    order = {visit.uid: place for place, visit in enumerate(chosen)}
    return sorted(_rows(session, load_visits(session, chosen)), key=lambda row: order[row.uid])


def starts_of(session: Session, actor: Actor, uids: Collection[str]) -> dict[str, tuple[date, int]]:
    """Day and start quarter of those of some visits that the actor may see and that are not cancelled."""
    found = visible_visits(actor).where(col(Visit.uid).in_(uids), Visit.status != VisitStatus.CANCELLED)
    return {visit.uid: (visit.day, visit.start_quarter) for visit in session.exec(found)}


def visit_details(session: Session, actor: Actor, uid: str) -> VisitDetails:
    """Raises NotFoundError for an unknown visit and for whoever may not see it."""
    visit = get_visit(session, actor, uid)
    loaded = load_visits(session, [visit])[0]
    return VisitDetails(
        row=_rows(session, [loaded])[0],
        requests=_requests(session, loaded),
        window_first=max(request.first_date for request in loaded.requests),
        window_last=min(request.last_date for request in loaded.requests),
        pinned=visit.day_pinned or any(request.locked for request in loaded.requests),
        checked_in_at=visit.checked_in_at,
    )


def get_visit(session: Session, actor: Actor, uid: str) -> Visit:
    """Raises NotFoundError for an unknown visit and for whoever may not see it."""
    visit = session.exec(visible_visits(actor).where(Visit.uid == uid, Visit.status != VisitStatus.CANCELLED)).first()
    if visit is None:
        raise NotFoundError("visit", uid)
    _remember(session, [visit])
    return visit


def round_of(session: Session, visit: Visit) -> Round:
    """The round that a visit, which somebody may see, is in."""
    return session.get_one(Round, visit.round_id)


def _remember(session: Session, visits: Sequence[Visit]) -> None:
    remember_looks(session, [one.uid for one in visits if one.notice_mode is NoticeMode.UNANNOUNCED])


def draft_problems(session: Session, round_: Round) -> tuple[Violation, ...]:
    """Judge the draft by every hard rule on the rows as they are now."""
    return problems_of(session, round_, load_draft(session, round_))


def problems_of(session: Session, round_: Round, draft: Sequence[DraftVisit]) -> tuple[Violation, ...]:
    """The same of a draft that is loaded already; days in the figures are dates."""
    snapshot = take_snapshot(session, round_)
    found = check(snapshot.problem, plan_of(snapshot, draft_answer(session, snapshot, draft))).violations
    return tuple(replace(one, detail=snapshot.days.dated(one.detail)) for one in found)


def draft_answer(session: Session, snapshot: Snapshot, draft: Sequence[DraftVisit]) -> Answer:
    """Write the draft as an answer, as a proposal would be written."""
    officers = {row.id: row.uid for row in session.exec(select(Officer))}
    organisations = {row.id: row.code for row in session.exec(select(Organisation))}
    placed = {request.uid for one in draft for request in one.requests}
    asked = session.exec(select(InspectionRequest).where(col(InspectionRequest.uid).in_(_ids(snapshot) - placed))).all()
    return Answer(
        visits=[_answer_visit(one, officers, organisations) for one in draft],
        unscheduled=[
            AnswerLeftOut(request=row.uid, reason=row.reason_code, detail=row.reason_detail)
            for row in asked
            if row.reason_code
        ],
        roster=[duty for one in draft for duty in _duties(one, officers)],
    )


def _ids(snapshot: Snapshot) -> set[str]:
    return {str(uid) for uid in snapshot.problem.requests.ids}


def _answer_visit(
    one: DraftVisit, officers: dict[int | None, str], organisations: dict[int | None, str]
) -> AnswerVisit:
    return AnswerVisit(
        site=one.site.uid,
        day=one.visit.day.isoformat(),
        start_quarter=one.visit.start_quarter,
        quarters=one.visit.quarters,
        unannounced=one.visit.notice_mode is NoticeMode.UNANNOUNCED,
        lead_organisation=organisations[one.visit.lead_organisation_id],
        lead=officers.get(one.visit.lead_officer_id, ""),
        requests=[request.uid for request in one.requests],
    )


def _duties(one: DraftVisit, officers: dict[int | None, str]) -> list[AnswerDuty]:
    requests = {request.id: request.uid for request in one.requests}
    pairs = sorted({(slot.request_id, slot.officer_id) for slot in one.crew})
    lead = one.visit.lead_officer_id
    return [
        AnswerDuty(request=requests[request], officer=officers[officer], lead=int(officer == lead))
        for request, officer in pairs
    ]


def visible_visits(actor: Actor) -> Any:
    """The statement of the visits that the actor may see, cancelled ones among them."""
    statement = select(Visit)
    if may_see_all(actor):
        return statement
    if actor.role is Role.OFFICER:
        own = select(col(CrewSlot.visit_id)).where(CrewSlot.officer_id == actor.officer_id)
        return statement.where(col(Visit.id).in_(own), col(Visit.status).in_(RELEASED))
    # An account without an organisation, and every enterprise, sees nothing here.
    organisation = actor.organisation_id if is_official(actor) else None
    return statement.where(col(Visit.id).in_(_of_organisation(organisation or 0)))


def _of_organisation(organisation_id: int) -> Any:
    return (
        select(col(VisitRequest.visit_id))
        .join(InspectionRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(InspectionRequest.organisation_id == organisation_id)
    )


def _rows(session: Session, visits: Sequence[DraftVisit]) -> list[VisitRow]:
    _remember(session, [one.visit for one in visits])
    organisations = {row.id: row for row in session.exec(select(Organisation))}
    towns = {row.id: row.name for row in session.exec(select(Town))}
    rounds = {row.id: row.uid for row in session.exec(select(Round))}
    owners = {one.site.enterprise_id for one in visits}
    enterprises = {row.id: row for row in session.exec(select(Enterprise).where(col(Enterprise.id).in_(owners)))}
    rows: list[VisitRow] = []
    for one in visits:
        visit, enterprise = one.visit, enterprises[one.site.enterprise_id]
        starts = local_start(visit.day, visit.start_quarter)
        bodies = {request.organisation_id for request in one.requests}
        ordered = sorted(bodies, key=lambda body: (body != visit.lead_organisation_id, organisations[body].code))
        rows.append(
            VisitRow(
                uid=visit.uid,
                round_uid=rounds[visit.round_id],
                day=visit.day,
                start_quarter=visit.start_quarter,
                quarters=visit.quarters,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=QUARTER_MINUTES * visit.quarters),
                site_uid=one.site.uid,
                site=one.site.name,
                address=one.site.address,
                enterprise_uid=enterprise.uid,
                enterprise=enterprise.name,
                credit_class=enterprise.credit_class,
                town=towns[one.site.town_id],
                departments=tuple(organisations[body].short_name for body in ordered),
                people=sum(request.inspectors for request in one.requests),
                notice_mode=visit.notice_mode,
                status=visit.status,
            )
        )
    return rows


def _requests(session: Session, one: DraftVisit) -> tuple[RequestInVisit, ...]:
    tasks = [request.task_id for request in one.requests]
    names = {row.id: row for row in session.exec(select(PlanTask).where(col(PlanTask.id).in_(tasks)))}
    items: dict[int, list[str]] = {}
    written = select(PlanTaskItem).where(col(PlanTaskItem.task_id).in_(tasks)).order_by(col(PlanTaskItem.position))
    for item in session.exec(written):
        items.setdefault(item.task_id, []).append(item.text)
    organisations = {row.id: row for row in session.exec(select(Organisation))}
    lead = one.visit.lead_organisation_id
    ordered = sorted(
        one.requests, key=lambda r: (r.organisation_id != lead, organisations[r.organisation_id].code, r.uid)
    )
    skills = {row.id: row.name for row in session.exec(select(Skill))}
    crew = _crew(session, one)
    return tuple(
        RequestInVisit(
            request_uid=request.uid,
            organisation=organisations[request.organisation_id].short_name,
            task=names[request.task_id].name,
            items=tuple(items.get(request.task_id, [])),
            first_date=request.first_date,
            last_date=request.last_date,
            quarters=request.quarters,
            inspectors=request.inspectors,
            priority=request.priority,
            joint=request.joint,
            separate_reason=names[request.task_id].separate_reason,
            skill=skills.get(request.skill_id, ""),
            locked=request.locked,
            drawn=request.drawn,
            crew=tuple(crew.get(request.id, [])),
        )
        for request in ordered
    )


def _crew(session: Session, one: DraftVisit) -> dict[int | None, list[CrewMember]]:
    """Request id -> who goes, each once, the lead first."""
    ids = {slot.officer_id for slot in one.crew}
    officers = {row.id: row for row in session.exec(select(Officer).where(col(Officer.id).in_(ids)))}
    crew: dict[int | None, list[CrewMember]] = {}
    for request_id, officer_id in sorted({(slot.request_id, slot.officer_id) for slot in one.crew}):
        officer = officers[officer_id]
        crew.setdefault(request_id, []).append(
            CrewMember(
                officer_uid=officer.uid,
                name=officer.name,
                certificate_number=officer.certificate_number,
                leads=officer_id == one.visit.lead_officer_id,
            )
        )
    return {request: sorted(members, key=lambda member: not member.leads) for request, members in crew.items()}


__all__ = [
    "VisitDetails",
    "VisitRow",
    "draft_hash",
    "draft_problems",
    "get_visit",
    "list_visits",
    "local_start",
    "round_of",
    "visible_visits",
    "visit_details",
]
