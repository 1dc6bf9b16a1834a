"""Visits that no plan foresaw: opened on the spot with what set them off, filed afterwards (R22, R25, R26).

Such a visit is counted like every other: in the caps, the history, the figures and the warnings of supervision. Its
papers are an emergency plan of a single case, drafted here, which its clerk has to file within the days of R25.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import (
    ArrivalMethod,
    FieldDeed,
    NoticeMode,
    PlanKind,
    PlanTrigger,
    RecordStatus,
    RequestStatus,
    RoundKind,
    RoundStatus,
    Targeting,
    VisitStatus,
)
from data.models import (
    CrewArrival,
    CrewSlot,
    Enterprise,
    FieldEntry,
    InspectionItem,
    InspectionRequest,
    Officer,
    OffPlanVisit,
    Plan,
    PlanTask,
    Recusal,
    Round,
    Site,
    Visit,
    VisitRequest,
)
from scheduler.audit import canonical_json, queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.fieldwork.checkins import LONGEST_REASON, count_visit, time_faults
from scheduler.fieldwork.entries import LATE_AFTER, enter
from scheduler.fieldwork.site_codes import opens
from scheduler.filing.caps.plan_caps import use_plan
from scheduler.filing.drafts import ItemDraft, PlanDraft, TaskDraft
from scheduler.filing.judging import rules_in_force
from scheduler.filing.plans import put_plan, put_task
from scheduler.permissions import Actor, is_officer, may_open_off_plan
from scheduler.planning.days import QUARTER_STARTS, quarters_of
from scheduler.planning.drafts import DraftVisit
from scheduler.publishing.addresses import INBOX_ONLY, Ways
from scheduler.publishing.bodies import load_names, public_hash, visit_document
from scheduler.publishing.posting import Arrival, write_arrival_notices
from scheduler.transitions import VISIT, step

FEWEST_OFFICERS: Final = 2
LONGEST_CLUE: Final = 80
CLUE_REQUIRED: Final = frozenset(
    {PlanTrigger.COMPLAINT, PlanTrigger.ASSIGNED, PlanTrigger.MONITORING, PlanTrigger.MEDIA}
)
"""Triggers that come with a number; taken when somebody has switched R26 off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPlan:
    """What is said of a visit off plan. `code`: of the site, "" when it was not scanned; `officers`: public ids.

    `arrived_at`: when the crew says that it arrived, None for now. `title`: what plan and task are called.
    """

    site_uid: str
    trigger: PlanTrigger | None
    clue_number: str
    reason: str
    items: tuple[str, ...]
    officers: tuple[str, ...]
    title: str
    code: str = ""
    arrived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OffPlanRow:
    """One visit off plan as supervision and its body see it."""

    visit: Visit
    plan: Plan
    site: str
    enterprise: str


def own_body(session: Session, actor: Actor) -> int:
    """The body that the actor inspects for."""
    if is_officer(actor):
        return session.get_one(Officer, actor.officer_id).organisation_id
    return actor.organisation_id or 0


def own_items(session: Session, actor: Actor) -> Sequence[InspectionItem]:
    """The items that the actor's body may check, by code."""
    statement = select(InspectionItem).where(
        InspectionItem.organisation_id == own_body(session, actor), InspectionItem.status == RecordStatus.ACTIVE
    )
    return session.exec(statement.order_by(col(InspectionItem.code), col(InspectionItem.id))).all()


def colleagues(session: Session, actor: Actor, day: date) -> Sequence[Officer]:
    """The officers of the actor's body who may go on a day, by name; the actor is among them."""
    statement = select(Officer).where(
        Officer.organisation_id == own_body(session, actor),
        Officer.status == RecordStatus.ACTIVE,
        Officer.certificate_until >= day,
    )
    return session.exec(statement.order_by(col(Officer.name), col(Officer.id))).all()


def open_off_plan(
    session: Session,
    clock: Clock,
    actor: Actor,
    said: OffPlan,
    *,
    key: str,
    secret: str,
    device_at: datetime | None = None,
    ways: Ways = INBOX_ONLY,
) -> Visit:
    """Open a visit off plan, checked in; the same visit when this was sent before.

    It took place when the crew says, else when the phone was told, else now. `ways`: on which channels its enterprise
    is told.

    Raises NotPermittedError; InvalidError: "off_plan_site", "off_plan_trigger", "off_plan_clue", "off_plan_reason",
    "off_plan_items", "two_officers", "officer_unfit" (name), "officer_recused" (name), "wrong_site_code",
    "string_too_long", the times of `check_in`, what a task of a plan is refused for; ConflictError "entry_reused".
    """
    if not may_open_off_plan(actor):
        raise NotPermittedError
    queue_up(session)
    content = {**asdict(said), "arrived_at": said.arrived_at.isoformat() if said.arrived_at else ""}
    earlier = _earlier(session, actor, key)
    if earlier is not None:
        enter(session, clock, actor, earlier, FieldDeed.OFF_PLAN, key=key, content=content, device_at=device_at)
        return earlier
    moment = min(said.arrived_at or device_at or clock.now(), clock.now())
    site, crew = _checked(session, clock, actor, said, secret, moment)
    visit, plan, document = _written(session, clock, actor, said, site, crew, moment)
    enter(session, clock, actor, visit, FieldDeed.OFF_PLAN, key=key, content=content, device_at=device_at)
    _arrive(session, clock, visit, crew[0], said, moment)
    use_plan(session, clock, plan, visit_uid=visit.uid, actor_id=actor.user_id)
    count_visit(session, visit, visit.day)
    arrival = Arrival(
        visit_uid=visit.uid, enterprise_id=site.enterprise_id, public=document["public"],
        told_hash=public_hash(document), release_id=None,
    )  # fmt: skip
    write_arrival_notices(session, clock, arrival, ways)
    session.flush()
    after = {"plan": plan.uid, "trigger": said.trigger, "day": visit.day, "officers": [one.name for one in crew]}
    record(
        session, clock, actor, "visit.off_plan", entity="visit", entity_uid=visit.uid, after=after, reason=said.reason
    )
    return visit


def list_off_plan(session: Session, *, since: date, organisation_id: int | None = None) -> list[OffPlanRow]:
    """The visits off plan from a day on, of one body or of all, the latest first."""
    statement = (
        sa.select(Visit, Plan, col(Site.name), col(Enterprise.name))
        .join(OffPlanVisit, col(OffPlanVisit.visit_id) == col(Visit.id))
        .join(Plan, col(Plan.id) == col(OffPlanVisit.plan_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(col(Visit.day) >= since)
        .order_by(col(Visit.day).desc(), col(Visit.id).desc())
    )
    if organisation_id is not None:
        statement = statement.where(col(Plan.organisation_id) == organisation_id)
    rows = session.execute(statement)
    return [OffPlanRow(visit=visit, plan=plan, site=site, enterprise=firm) for visit, plan, site, firm in rows]


def find_plan(session: Session, visit_uid: str) -> Plan | None:
    """The plan that is filed after a visit; None for a visit that a release has."""
    own = select(OffPlanVisit.plan_id).join(Visit, col(Visit.id) == col(OffPlanVisit.visit_id))
    number = session.exec(own.where(Visit.uid == visit_uid)).first()
    return session.get(Plan, number) if number is not None else None


def _earlier(session: Session, actor: Actor, key: str) -> Visit | None:
    sent = select(FieldEntry).where(FieldEntry.user_id == actor.user_id, FieldEntry.key == key)
    kept = session.exec(sent).first()
    return session.get_one(Visit, kept.visit_id) if kept is not None else None


def _checked(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session, clock: Clock, actor: Actor, said: OffPlan, secret: str, moment: datetime
) -> tuple[Site, list[Officer]]:
    """The site and the crew, the one who leads first. Raises InvalidError with everything that is wrong."""
    site = session.exec(select(Site).where(Site.uid == said.site_uid, Site.status == RecordStatus.ACTIVE)).first()
    day = moment.astimezone(DISTRICT_ZONE).date()
    own = {one.uid: one for one in colleagues(session, actor, day)}
    leads = session.get_one(Officer, actor.officer_id).uid if is_officer(actor) else ""
    wanted = list(dict.fromkeys(uid for uid in (leads, *said.officers) if uid))
    faults = [
        *([] if site else [Fault(field="site", code="off_plan_site")]),
        *_said_faults(session, said, day),
        *time_faults(session, clock, day, said.arrived_at, moment),
        *_crew_faults(session, site, wanted, own),
    ]
    if site and said.code and not opens(secret, site.uid, said.code):
        faults.append(Fault(field="code", code="wrong_site_code"))
    if faults or site is None:
        raise InvalidError(*faults)
    return site, [own[uid] for uid in wanted]


def _said_faults(session: Session, said: OffPlan, day: date) -> Iterator[Fault]:
    if said.trigger is None:
        yield Fault(field="trigger", code="off_plan_trigger")
    elif said.trigger in _clue_required(session, day) and not said.clue_number.strip():
        yield Fault(field="clue_number", code="off_plan_clue")
    if not said.reason.strip():
        yield Fault(field="reason", code="off_plan_reason")
    if not said.items:
        yield Fault(field="items", code="off_plan_items")
    for name, text, most in (("reason", said.reason, LONGEST_REASON), ("clue_number", said.clue_number, LONGEST_CLUE)):
        if len(text) > most:
            yield Fault(field=name, code="string_too_long", params=(("max_length", most),))


def _clue_required(session: Session, day: date) -> frozenset[str]:
    rule = next((one for one in rules_in_force(session, day) if one.code == "R26"), None)
    return frozenset(rule.parameters["clue_required"]) if rule is not None else CLUE_REQUIRED


def _crew_faults(
    session: Session, site: Site | None, wanted: Sequence[str], own: dict[str, Officer]
) -> Iterator[Fault]:
    # R04: two officers at least, with certificates that hold; R06: none of them with an interest.
    if len(wanted) < FEWEST_OFFICERS:
        yield Fault(field="officers", code="two_officers")
    if any(uid not in own for uid in wanted):
        yield Fault(field="officers", code="officer_unfit")
    if site is not None:
        barred = set(session.exec(select(Recusal.officer_id).where(Recusal.enterprise_id == site.enterprise_id)))
        for uid in wanted:
            if uid in own and own[uid].id in barred:
                yield Fault(field="officers", code="officer_recused", params=(("name", own[uid].name),))


def _written(  # noqa: PLR0917 -- all of it goes into the rows of one visit
    session: Session,
    clock: Clock,
    actor: Actor,
    said: OffPlan,
    site: Site,
    crew: Sequence[Officer],
    moment: datetime,
) -> tuple[Visit, Plan, dict[str, Any]]:
    """Write plan, request, visit and crew; returns the visit, its plan, and its body as a release would have it."""
    day = moment.astimezone(DISTRICT_ZONE).date()
    plan, task = _file_draft(session, clock, actor, said, crew[0].organisation_id, len(crew), day)
    round_ = _round_of(session, clock, actor, day)
    request = InspectionRequest(
        round_id=round_.id or 0, task_id=task.id or 0, organisation_id=plan.organisation_id, site_id=site.id or 0,
        first_date=day, last_date=day, quarters=task.quarters, inspectors=len(crew), priority=task.priority,
        joint=False, notice_mode=NoticeMode.UNANNOUNCED, skill_id=task.skill_id, status=RequestStatus.SCHEDULED,
    )  # fmt: skip
    start = _quarter(moment, task.quarters)
    visit = Visit(
        round_id=round_.id or 0, site_id=site.id or 0, day=day, start_quarter=start, quarters=task.quarters,
        notice_mode=NoticeMode.UNANNOUNCED, status=step(VISIT, VisitStatus.DRAFT, "begin_off_plan", entity="visit"),
        lead_organisation_id=plan.organisation_id, lead_officer_id=crew[0].id, checked_in_at=moment,
    )  # fmt: skip
    session.add_all([request, visit])
    session.flush()
    session.add(VisitRequest(visit_id=visit.id or 0, request_id=request.id or 0))
    going = DraftVisit(visit=visit, site=site, requests=(request,), crew=_slots(session, visit, request, crew))
    document = visit_document(round_, going, load_names(session, [going])) | {"hidden": False}
    session.add(
        OffPlanVisit(
            visit_id=visit.id or 0, plan_id=plan.id or 0, body=canonical_json(document),
            opened_by_id=actor.user_id, opened_at=clock.now(),
        )
    )  # fmt: skip
    session.flush()
    return visit, plan, document


def _file_draft(  # noqa: PLR0917 -- as above
    session: Session, clock: Clock, actor: Actor, said: OffPlan, organisation_id: int, officers: int, day: date
) -> tuple[Plan, PlanTask]:
    draft = PlanDraft(
        title=said.title[:200], kind=PlanKind.CASE, period_first=day, period_last=day, trigger=said.trigger,
        clue_number=said.clue_number, emergency=True, emergency_reason=said.reason, inspected_on=day,
    )  # fmt: skip
    plan = put_plan(session, clock, actor, organisation_id, draft)
    items = session.exec(select(InspectionItem).where(col(InspectionItem.uid).in_(said.items))).all()
    task = TaskDraft(
        name=said.title, targeting=Targeting.NAMED, site_uids=(said.site_uid,), first_date=day, last_date=day,
        items=tuple(ItemDraft(text=one.name, item_uid=one.uid) for one in sorted(items, key=lambda one: one.code)),
        inspectors=officers, joint=False, separate_reason=said.reason, notice_mode=NoticeMode.UNANNOUNCED,
        onsite_reason=said.reason,
    )  # fmt: skip
    return plan, put_task(session, clock, actor, plan, task)


def _round_of(session: Session, clock: Clock, actor: Actor, day: date) -> Round:
    """The round that holds the year's visits off plan; the first of the year makes it."""
    first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    kept = select(Round).where(Round.kind == RoundKind.OFF_PLAN, Round.period_first == first)
    round_ = session.exec(kept).first()
    if round_ is None:
        round_ = Round(
            name=f"计划外检查 {day.year}", kind=RoundKind.OFF_PLAN, status=RoundStatus.CLOSED, period_first=first,
            period_last=last, filing_until=clock.now(), opened_by_id=actor.user_id, opened_at=clock.now(),
        )  # fmt: skip
        session.add(round_)
        session.flush()
    return round_


def _quarter(moment: datetime, quarters: int) -> int:
    """The quarter of the day in which a crew arrives; early enough that the visit ends with the day."""
    local = moment.astimezone(DISTRICT_ZONE)
    begun = [number for number, start in enumerate(QUARTER_STARTS) if (local.hour, local.minute) >= start]
    return min(max(begun, default=0), len(QUARTER_STARTS) - quarters)


def _slots(session: Session, visit: Visit, request: InspectionRequest, crew: Sequence[Officer]) -> tuple[CrewSlot, ...]:
    """The crew by quarter. Who was to be elsewhere then has no room for a second row, but went all the same."""
    slots = [
        CrewSlot(
            visit_id=visit.id or 0, request_id=request.id or 0, officer_id=one.id or 0, day=visit.day, quarter=quarter
        )
        for one in crew
        for quarter in quarters_of(visit.start_quarter, visit.quarters)
    ]
    people = [one.id for one in crew]
    held = select(CrewSlot.officer_id, CrewSlot.quarter).where(
        CrewSlot.day == visit.day, col(CrewSlot.officer_id).in_(people)
    )
    busy = set(session.exec(held).all())
    session.add_all([one for one in slots if (one.officer_id, one.quarter) not in busy])
    session.flush()
    return tuple(slots)


def _arrive(  # noqa: PLR0917 -- as above
    session: Session, clock: Clock, visit: Visit, officer: Officer, said: OffPlan, moment: datetime
) -> None:
    session.add(
        CrewArrival(
            visit_id=visit.id or 0,
            organisation_id=officer.organisation_id,
            officer_id=officer.id or 0,
            method=ArrivalMethod.CODE if said.code else ArrivalMethod.MANUAL,
            reason="" if said.code else said.reason.strip(),
            arrived_at=moment,
            received_at=clock.now(),
            late=clock.now() - moment > LATE_AFTER,
        )
    )
