"""Plans as pages show them: a list with its counts, and one plan with everything its tasks point at. Only reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import PlanKind, PlanSource, PlanStatus
from data.models import (
    Draw,
    Enterprise,
    InspectionItem,
    InspectionRecord,
    InspectionRequest,
    Organisation,
    Plan,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    PlanTaskPartner,
    Round,
    Scenario,
    Site,
    Skill,
    Town,
    User,
)
from data.queries.pages import Page, contains, fetch_page
from scheduler.errors import NotPermittedError
from scheduler.filing.stages import plans_to_countersign
from scheduler.permissions import Actor, may_see_all, may_see_plans

MOST_EARLIER: Final = 60
_NUMBERS: Final = (col(Plan.file_number), col(Plan.document_number), col(Plan.clue_number))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanRow:
    """A plan in a list. `round_name` is "" for a plan of no round."""

    uid: str
    title: str
    organisation_id: int
    organisation_name: str
    kind: PlanKind
    source: PlanSource
    status: PlanStatus
    period_first: date
    period_last: date
    tasks: int
    round_name: str
    round_uid: str
    version: int
    created_at: datetime
    submitted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierInspection:
    """A plan or a visit that a follow-up may follow; `key` is what the draft of a plan takes."""

    key: str
    ident: int | str | None
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenItem:
    """An item as written, with the catalogue's item where it is one."""

    text: str
    item: InspectionItem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSite:
    """A site that a task names, with its enterprise."""

    site: Site
    enterprise: Enterprise


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDetails:
    """A task with everything it points at. `requests`: how many it led to; `draw_uid` is "" before the draw."""

    task: PlanTask
    scenario: Scenario | None
    town: Town | None
    skill: Skill | None
    items: tuple[WrittenItem, ...]
    partners: tuple[Organisation, ...]
    targets: tuple[NamedSite, ...]
    draw_uid: str
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDetails:
    """A plan with its tasks by position. `unlisted_items`: how many written items are not in the catalogue (R10).

    `parent`: the plan of a longer span that it was derived from; `shares`: the plans derived from it, by first day.
    """

    plan: Plan
    organisation: Organisation
    round_: Round | None
    author: User
    filed_by: User | None
    tasks: tuple[TaskDetails, ...]
    unlisted_items: int
    parent: Plan | None = None
    shares: tuple[Plan, ...] = ()


def list_plans(
    session: Session,
    actor: Actor,
    *,
    status: PlanStatus | None = None,
    round_uid: str | None = None,
    organisation_id: int | None = None,
    asked: bool = False,
    text: str = "",
    page: int = 1,
    per_page: int = 50,
) -> Page[PlanRow]:
    """Return the plans that the actor may see, newest first; a department sees its own only.

    `asked`: instead the plans of others on which the actor's organisation is to countersign (会签).
    Raises NotPermittedError for officers and enterprises.
    """
    if not may_see_plans(actor):
        raise NotPermittedError
    tasks = sa.select(sa.func.count()).where(col(PlanTask.plan_id) == col(Plan.id)).scalar_subquery()
    statement = (
        sa.select(Plan, Organisation, Round, tasks)
        .join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
        .outerjoin(Round, col(Round.id) == col(Plan.round_id))
        .where(_named(text))
        .order_by(col(Plan.created_at).desc(), col(Plan.id).desc())
    )
    if asked:
        waiting = [plan.id for plan, _ in plans_to_countersign(session, actor.organisation_id)]
        statement = statement.where(col(Plan.id).in_(waiting))
    elif not may_see_all(actor):
        statement = statement.where(col(Plan.organisation_id) == actor.organisation_id)
    for column, value in (
        (col(Plan.status), status),
        (col(Round.uid), round_uid),
        (col(Plan.organisation_id), organisation_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    found = fetch_page(session, statement, page=page, per_page=per_page)
    return Page(rows=tuple(map(_plan_row, found.rows)), page=found.page, per_page=found.per_page, total=found.total)


def _named(text: str) -> Any:
    """The condition that a plan holds every word of `text` in its title, its body's name or one of its numbers."""
    own = contains(text, (col(Plan.title), col(Organisation.name), *_NUMBERS))
    numbered = sa.select(col(PlanTask.plan_id)).where(contains(text, (col(PlanTask.number),)))
    return sa.or_(own, col(Plan.id).in_(numbered))


def plan_details(session: Session, plan: Plan) -> PlanDetails:
    """Return everything that the page of a plan shows; twelve queries, however many tasks it has."""
    tasks = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(col(PlanTask.position))).all()
    details = _task_details(session, tasks)
    return PlanDetails(
        plan=plan,
        organisation=session.get_one(Organisation, plan.organisation_id),
        round_=session.get(Round, plan.round_id) if plan.round_id else None,
        author=session.get_one(User, plan.created_by_id),
        filed_by=session.get(User, plan.filed_by_id) if plan.filed_by_id else None,
        tasks=details,
        unlisted_items=sum(written.item is None for one in details for written in one.items),
        parent=session.get(Plan, plan.parent_id) if plan.parent_id else None,
        shares=_shares(session, plan),
    )


def _shares(session: Session, plan: Plan) -> tuple[Plan, ...]:
    statement = select(Plan).where(Plan.parent_id == plan.id, Plan.status != PlanStatus.WITHDRAWN)
    return tuple(session.exec(statement.order_by(col(Plan.period_first), col(Plan.id))))


def list_earlier(session: Session, actor: Actor) -> tuple[EarlierInspection, ...]:
    """Return what a follow-up may follow: the organisation's filed plans and past visits, the latest first."""
    plans = session.exec(
        select(Plan)
        .where(Plan.organisation_id == actor.organisation_id, col(Plan.filed_at).is_not(None))
        .order_by(col(Plan.filed_at).desc(), col(Plan.id).desc())
        .limit(MOST_EARLIER)
    )
    visits = session.execute(
        sa.select(col(InspectionRecord.visit_uid), col(InspectionRecord.day), col(Site.name))
        .join(Site, col(Site.id) == col(InspectionRecord.site_id))
        .where(col(InspectionRecord.organisation_id) == actor.organisation_id)
        .order_by(col(InspectionRecord.problem_found).desc(), col(InspectionRecord.day).desc())
        .limit(MOST_EARLIER)
    )
    return (
        *(EarlierInspection(key=f"plan:{plan.uid}", ident=plan.id, label=plan.title) for plan in plans),
        *(
            EarlierInspection(key=f"visit:{uid}", ident=uid, label=f"{day.isoformat()} {name}")
            for uid, day, name in visits
        ),
    )


def _plan_row(row: Any) -> PlanRow:
    plan, organisation, round_, tasks = row
    return PlanRow(
        uid=plan.uid,
        title=plan.title,
        organisation_id=plan.organisation_id,
        organisation_name=organisation.short_name,
        kind=plan.kind,
        source=plan.source,
        status=plan.status,
        period_first=plan.period_first,
        period_last=plan.period_last,
        tasks=tasks,
        round_name=round_.name if round_ else "",
        round_uid=round_.uid if round_ else "",
        version=plan.version,
        created_at=plan.created_at,
        submitted_at=plan.submitted_at,
    )


def _task_details(session: Session, tasks: Sequence[PlanTask]) -> tuple[TaskDetails, ...]:
    ids = [task.id for task in tasks]
    scenarios = _by_id(session, Scenario, (task.scenario_id for task in tasks))
    towns = _by_id(session, Town, (task.town_id for task in tasks))
    skills = _by_id(session, Skill, (task.skill_id for task in tasks))
    items, partners, targets = _items(session, ids), partners_of(session, ids), _targets(session, ids)
    draws = dict(session.execute(_column_of(Draw, Draw.uid, ids)).all())
    counted = sa.select(col(InspectionRequest.task_id), sa.func.count()).group_by(col(InspectionRequest.task_id))
    requests: dict[Any, int] = dict(session.execute(counted.where(col(InspectionRequest.task_id).in_(ids))).all())  # type: ignore[arg-type]
    return tuple(
        TaskDetails(
            task=task,
            scenario=scenarios.get(task.scenario_id),
            town=towns.get(task.town_id),
            skill=skills.get(task.skill_id),
            items=tuple(items.get(task.id, ())),
            partners=tuple(partners.get(task.id, ())),
            targets=tuple(targets.get(task.id, ())),
            draw_uid=draws.get(task.id, ""),
            requests=requests.get(task.id, 0),
        )
        for task in tasks
    )


def _by_id(session: Session, table: Any, keys: Iterable[int | None]) -> dict[int | None, Any]:
    wanted = sorted({key for key in keys if key is not None})
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(wanted)))} if wanted else {}


def _column_of(table: Any, column: Any, task_ids: Sequence[int | None]) -> Any:
    return sa.select(col(table.task_id), col(column)).where(col(table.task_id).in_(task_ids))


def _items(session: Session, task_ids: Sequence[int | None]) -> dict[int | None, list[WrittenItem]]:
    rows = session.execute(
        sa.select(PlanTaskItem, InspectionItem)
        .outerjoin(InspectionItem, col(InspectionItem.id) == col(PlanTaskItem.item_id))
        .where(col(PlanTaskItem.task_id).in_(task_ids))
        .order_by(col(PlanTaskItem.position))
    )
    found: dict[int | None, list[WrittenItem]] = {}
    for written, item in rows:
        found.setdefault(written.task_id, []).append(WrittenItem(text=written.text, item=item))
    return found


def partners_of(session: Session, task_ids: Sequence[int | None]) -> dict[int | None, list[Organisation]]:
    """Return {task id: the organisations it wants beside it, by code}."""
    rows = session.execute(
        sa.select(col(PlanTaskPartner.task_id), Organisation)
        .join(Organisation, col(Organisation.id) == col(PlanTaskPartner.organisation_id))
        .where(col(PlanTaskPartner.task_id).in_(task_ids))
        .order_by(col(Organisation.code))
    )
    found: dict[int | None, list[Organisation]] = {}
    for task_id, organisation in rows:
        found.setdefault(task_id, []).append(organisation)
    return found


def _targets(session: Session, task_ids: Sequence[int | None]) -> dict[int | None, list[NamedSite]]:
    rows = session.execute(
        sa.select(col(PlanTarget.task_id), Site, Enterprise)
        .join(Site, col(Site.id) == col(PlanTarget.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(col(PlanTarget.task_id).in_(task_ids))
        .order_by(col(Enterprise.credit_code), col(Site.uid))
    )
    found: dict[int | None, list[NamedSite]] = {}
    for task_id, site, enterprise in rows:
        found.setdefault(task_id, []).append(NamedSite(site=site, enterprise=enterprise))
    return found
