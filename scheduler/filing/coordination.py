"""Before a plan is submitted: who else wants the same sites, what joining saves, what needs no visit; and joining.

A clerk sees of other organisations' plans only what is needed to join them: who, which class of sites, when, how many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import NoticeMode, OrganisationKind, PlanStatus, Targeting
from data.errors import NotFoundError
from data.models import InspectionItem, Organisation, Plan, PlanTarget, PlanTask, PlanTaskItem, Scenario, Site
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError
from scheduler.filing.access import own_organisation
from scheduler.filing.stages import UNDER_WAY
from scheduler.filing.task_drafts import make_draft
from scheduler.filing.tasks import add_task
from scheduler.permissions import Actor

MOST_OFFERED: Final = 30
_WANTED: Final = (*UNDER_WAY, PlanStatus.FILED, PlanStatus.IN_ROUND)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherTask:
    """A task of another organisation. `sites`: how many it names, None where they are drawn."""

    uid: str
    organisation_name: str
    name: str
    scenario: Scenario | None
    first_date: date
    last_date: date
    sites: int | None
    filed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """An own task and another's in the same period. `certain`: sites that both name; `possible`: sites that one names
    and the other may draw, None where both draw from the same class."""

    own: PlanTask
    other: OtherTask
    certain: int
    possible: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """What joining would save. `notices_apart`: one a site and organisation; `notices_joined`: one a site.

    `offsite`: own tasks with the items that can be checked without a visit and no reason for one (R13).
    """

    overlaps: tuple[Overlap, ...]
    sites: int
    shared_sites: int
    notices_apart: int
    notices_joined: int
    offsite: tuple[tuple[PlanTask, tuple[str, ...]], ...]

    @property
    def saved(self) -> int:
        return self.notices_apart - self.notices_joined


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    task: PlanTask
    organisation: Organisation
    scenario: Scenario | None
    status: PlanStatus
    sites: frozenset[int]


def coordination(session: Session, plan: Plan) -> Coordination:
    """Compare a plan with what others have submitted or filed for the same days."""
    own = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(col(PlanTask.position))).all()
    others = _others(session, plan.organisation_id, plan.period_first, plan.period_last, _WANTED)
    sites = _targets(session, [task.id for task in own])
    places = _places(session, {site for ids in sites.values() for site in ids} | {s for o in others for s in o.sites})
    pairs = [(task, other) for task in own for other in others if _same_days(task, other.task)]
    overlaps = [_overlap(task, sites[task.id or 0], other, places) for task, other in pairs]
    wanting: dict[int, set[int]] = {site: set() for ids in sites.values() for site in ids}
    for task, other in pairs:
        for site in sites[task.id or 0] & other.sites:
            wanting[site].add(other.organisation.id or 0)
    return Coordination(
        overlaps=_worth_telling(overlaps),
        sites=len(wanting),
        shared_sites=sum(bool(others_) for others_ in wanting.values()),
        notices_apart=sum(1 + len(others_) for others_ in wanting.values()),
        notices_joined=len(wanting),
        offsite=_offsite(session, own),
    )


def joinable(session: Session, plan: Plan, *, scenario_code: str = "") -> tuple[OtherTask, ...]:
    """Return filed tasks of others in the plan's period that could be joined, by first day, organisation and name.

    Unannounced ones are not offered: who joins would know of them beforehand.
    """
    others = _others(session, plan.organisation_id, plan.period_first, plan.period_last, (PlanStatus.FILED,))
    return tuple(
        _shown(one)
        for one in others
        if one.task.joint
        and one.task.notice_mode is NoticeMode.ANNOUNCED
        and one.task.round_id is None
        and (not scenario_code or (one.scenario is not None and one.scenario.code == scenario_code))
    )[:MOST_OFFERED]


def join_task(session: Session, clock: Clock, actor: Actor, plan: Plan, task_uid: str) -> PlanTask:
    """Add a task with the sites and the days of another organisation's filed task; its own items come later.

    Raises NotFoundError for a task that is not offered, InvalidError "no_sites" when none lies on the own ground.
    """
    own_organisation(actor)
    if task_uid not in {one.uid for one in joinable(session, plan)}:
        raise NotFoundError("plan_task", task_uid)
    theirs = session.exec(select(PlanTask).where(PlanTask.uid == task_uid)).one()
    organisation = session.get_one(Organisation, plan.organisation_id)
    body = session.get_one(Organisation, session.get_one(Plan, theirs.plan_id).organisation_id)
    changes: dict[str, Any] = {
        "number": "", "items": (), "partner_codes": (body.code,), "quarters": None, "inspectors": None,
        "skill_code": None, "equipment": "", "assistants": 0, "onsite_reason": "", "cap_clause": "",
        "explanation": "", "lead_wish": False, "minimum_yearly": None,
        "first_date": max(theirs.first_date, plan.period_first), "last_date": min(theirs.last_date, plan.period_last),
    }  # fmt: skip
    if theirs.targeting is Targeting.NAMED:
        uids = _own_ground(session, theirs, organisation)
        if not uids:
            raise InvalidError(Fault(field="site_uids", code="no_sites"))
        changes["site_uids"] = uids
    return add_task(session, clock, actor, plan, make_draft(session, theirs, **changes))


def _own_ground(session: Session, theirs: PlanTask, organisation: Organisation) -> tuple[str, ...]:
    statement = sa.select(col(Site.uid)).join(PlanTarget, col(PlanTarget.site_id) == col(Site.id))
    statement = statement.where(col(PlanTarget.task_id) == theirs.id)
    if organisation.kind is OrganisationKind.TOWNSHIP:
        statement = statement.where(col(Site.town_id) == organisation.town_id)
    return tuple(session.execute(statement.order_by(col(Site.uid))).scalars())


def _others(
    session: Session, organisation_id: int, first: date, last: date, statuses: Iterable[PlanStatus]
) -> list[_Wanted]:
    rows = session.execute(
        sa.select(PlanTask, Organisation, Scenario, col(Plan.status))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
        .outerjoin(Scenario, col(Scenario.id) == col(PlanTask.scenario_id))
        .where(col(Plan.organisation_id) != organisation_id, col(Plan.status).in_(tuple(statuses)))
        .where(col(PlanTask.first_date) <= last, col(PlanTask.last_date) >= first, col(Plan.emergency).is_(False))
        .order_by(col(PlanTask.first_date), col(Organisation.code), col(PlanTask.name), col(PlanTask.id))
    ).all()
    sites = _targets(session, [task.id for task, *_ in rows])
    return [
        _Wanted(task=task, organisation=body, scenario=scenario, status=status, sites=sites[task.id])
        for task, body, scenario, status in rows
    ]


def _targets(session: Session, task_ids: Sequence[int | None]) -> dict[int, frozenset[int]]:
    found: dict[int, set[int]] = {key: set() for key in task_ids if key is not None}
    for task_id, site_id in session.execute(
        sa.select(col(PlanTarget.task_id), col(PlanTarget.site_id)).where(col(PlanTarget.task_id).in_(task_ids))
    ):
        found[task_id].add(site_id)
    return {key: frozenset(ids) for key, ids in found.items()}


def _places(session: Session, site_ids: Iterable[int]) -> dict[int, tuple[int | None, int]]:
    """{site: its scenario and town}."""
    rows = session.execute(
        sa.select(col(Site.id), col(Site.scenario_id), col(Site.town_id)).where(col(Site.id).in_(sorted(site_ids)))
    )
    return {key: (scenario, town) for key, scenario, town in rows}


def _same_days(one: PlanTask, other: PlanTask) -> bool:
    return one.first_date <= other.last_date and other.first_date <= one.last_date


def _overlap(
    own: PlanTask, sites: frozenset[int], other: _Wanted, places: dict[int, tuple[int | None, int]]
) -> Overlap:
    possible: int | None
    if own.targeting is Targeting.NAMED and other.task.targeting is Targeting.NAMED:
        possible = 0
    elif own.targeting is Targeting.NAMED:
        possible = sum(_in_class(places[site], other.task) for site in sites)
    elif other.task.targeting is Targeting.NAMED:
        possible = sum(_in_class(places[site], own) for site in other.sites)
    else:
        same = own.scenario_id is not None and own.scenario_id == other.task.scenario_id
        possible = None if same and (own.town_id is None or other.task.town_id in {None, own.town_id}) else 0
    return Overlap(own=own, other=_shown(other), certain=len(sites & other.sites), possible=possible)


def _worth_telling(overlaps: Sequence[Overlap]) -> tuple[Overlap, ...]:
    """Those that may meet at all, the surest and largest first."""
    meeting = [one for one in overlaps if one.certain or one.possible != 0]
    return tuple(sorted(meeting, key=lambda one: (-one.certain, -(one.possible or 0)))[:MOST_OFFERED])


def _in_class(place: tuple[int | None, int], drawing: PlanTask) -> bool:
    scenario, town = place
    return drawing.scenario_id in {None, scenario} and drawing.town_id in {None, town}


def _shown(one: _Wanted) -> OtherTask:
    return OtherTask(
        uid=one.task.uid,
        organisation_name=one.organisation.short_name,
        name=one.task.name,
        scenario=one.scenario,
        first_date=one.task.first_date,
        last_date=one.task.last_date,
        sites=len(one.sites) if one.task.targeting is Targeting.NAMED else None,
        filed=one.status is PlanStatus.FILED,
    )


def _offsite(session: Session, tasks: Sequence[PlanTask]) -> tuple[tuple[PlanTask, tuple[str, ...]], ...]:
    rows = session.execute(
        sa.select(col(PlanTaskItem.task_id), col(PlanTaskItem.text))
        .join(InspectionItem, col(InspectionItem.id) == col(PlanTaskItem.item_id))
        .where(col(PlanTaskItem.task_id).in_([task.id for task in tasks]), col(InspectionItem.offsite))
        .order_by(col(PlanTaskItem.task_id), col(PlanTaskItem.position))
    )
    texts: dict[int, list[str]] = {}
    for task_id, text in rows:
        texts.setdefault(task_id, []).append(text)
    return tuple(
        (task, tuple(texts.get(task.id or 0, ())))
        for task in tasks
        if (task.offsite or task.id in texts) and not task.onsite_reason
    )
