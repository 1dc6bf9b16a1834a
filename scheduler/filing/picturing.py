"""From rows to the picture of a plan that its rules are judged on; a fixed number of queries, however many tasks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import PlanKind, PlanStatus, RecordStatus
from data.models import (
    Enterprise,
    InspectionItem,
    InspectionRecord,
    ItemResult,
    Officer,
    OrderEnd,
    Organisation,
    Plan,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    Recusal,
    RequirementConflict,
    Scenario,
    Site,
    Visit,
)
from scheduler.filing.caps.plan_caps import CapLine, cap_lines, effective_classes, trigger_of
from scheduler.filing.plan_views import partners_of
from scheduler.filing.rules.picture import ItemPicture, OfficerPicture, PlanPicture, SiteTarget, TaskPicture
from scheduler.workdays import WorkCalendar, load_calendar

HISTORY: Final = timedelta(days=366)
# Plans that count when another plan asks what there is already.
STANDING: Final = (PlanStatus.SUBMITTED, PlanStatus.FILED, PlanStatus.IN_ROUND, PlanStatus.SCHEDULED)
CHUNK: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Named:
    """What is known of the named sites, each by site id."""

    sites: Mapping[int, SiteTarget]
    by_task: Mapping[int, tuple[int, ...]]


def load_picture(
    session: Session,
    plan: Plan,
    *,
    today: date,
    present: date | None = None,
    calendar: WorkCalendar | None = None,
    caps: Sequence[CapLine] | None = None,
) -> PlanPicture:
    """Load what the rules ask about a plan judged as on `today`; `present` is what day it really is.

    `caps` given saves counting them again.
    """
    tasks = session.exec(select(PlanTask).where(PlanTask.plan_id == plan.id).order_by(col(PlanTask.position))).all()
    body = session.get_one(Organisation, plan.organisation_id)
    officers = _officers(session, body)
    return PlanPicture(
        plan=plan,
        organisation=body,
        today=today,
        present=present or today,
        calendar=calendar or load_calendar(session),
        tasks=_tasks(session, plan, tasks, today, [one.officer_id for one in officers]),
        officers=officers,
        special_plans=_special_plans(session, plan) if plan.kind is PlanKind.SPECIAL else 0,
        mend_by=_mend_by(session, plan) if plan.reviewed_visit_uid else None,
        trigger=trigger_of(plan),
        clue_number=plan.clue_number,
        caps=tuple(caps) if caps is not None else cap_lines(session, plan),
    )


def _tasks(
    session: Session, plan: Plan, tasks: Sequence[PlanTask], today: date, officers: Sequence[int]
) -> tuple[TaskPicture, ...]:
    ids = [task.id for task in tasks]
    scenarios = _by_id(session, Scenario, (task.scenario_id for task in tasks))
    items, partners = _items(session, ids, plan), partners_of(session, ids)
    named = _named(session, plan, ids, today, officers)
    rosters = {task.id: _roster(session, task.scenario_id, task.town_id) for task in tasks}
    special = plan.kind is PlanKind.SPECIAL
    return tuple(
        TaskPicture(
            row=task,
            scenario=scenarios.get(task.scenario_id),
            items=tuple(items.get(task.id, ())),
            sites=tuple(named.sites[key] for key in named.by_task.get(task.id or 0, ())),
            partners=tuple(partners.get(task.id, ())),
            roster=rosters[task.id],
            random_by=_random_by(session, plan, task) if special else (),
        )
        for task in tasks
    )


def _officers(session: Session, body: Organisation) -> tuple[OfficerPicture, ...]:
    rows = session.exec(
        select(Officer)
        .where(Officer.organisation_id == body.id, Officer.status == RecordStatus.ACTIVE)
        .order_by(col(Officer.id))
    )
    return tuple(
        OfficerPicture(officer_id=row.id or 0, certificate_until=row.certificate_until, reviewed=row.reviewed)
        for row in rows
    )


def _mend_by(session: Session, plan: Plan) -> date | None:
    """The last day of the open orders that the body gave at the visit that is looked at again."""
    statement = (
        select(sa.func.max(col(ItemResult.mend_by)))
        .join(Visit, col(Visit.id) == col(ItemResult.visit_id))
        .where(Visit.uid == plan.reviewed_visit_uid, ItemResult.organisation_id == plan.organisation_id)
        .where(col(ItemResult.id).not_in(select(col(OrderEnd.result_id))))
    )
    return session.exec(statement).one()


def _special_plans(session: Session, plan: Plan) -> int:
    statement = select(sa.func.count()).where(
        Plan.organisation_id == plan.organisation_id,
        Plan.kind == PlanKind.SPECIAL,
        Plan.year == plan.year,
        col(Plan.status).in_(STANDING),
        Plan.id != plan.id,
    )
    return session.exec(statement).one()


def _roster(session: Session, scenario_id: int | None, town_id: int | None) -> int:
    statement = select(sa.func.count()).select_from(Site).where(Site.status == RecordStatus.ACTIVE)
    if scenario_id is not None:
        statement = statement.where(Site.scenario_id == scenario_id)
    if town_id is not None:
        statement = statement.where(Site.town_id == town_id)
    return session.exec(statement).one()


def _random_by(session: Session, plan: Plan, task: PlanTask) -> tuple[str, ...]:
    rows = session.execute(
        sa.select(col(Organisation.short_name))
        .join(Plan, col(Plan.organisation_id) == col(Organisation.id))
        .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
        .where(
            col(Plan.kind) == PlanKind.RANDOM,
            col(Plan.year) == plan.year,
            col(Plan.status).in_(STANDING),
            col(PlanTask.scenario_id) == task.scenario_id,
        )
        .distinct()
        .order_by(col(Organisation.short_name))
    )
    return tuple(rows.scalars())


def _items(session: Session, task_ids: Sequence[int | None], plan: Plan) -> dict[int | None, list[ItemPicture]]:
    rows = session.execute(
        sa.select(PlanTaskItem, InspectionItem)
        .outerjoin(InspectionItem, col(InspectionItem.id) == col(PlanTaskItem.item_id))
        .where(col(PlanTaskItem.task_id).in_(task_ids))
        .order_by(col(PlanTaskItem.position))
    ).all()
    keys = sorted({item.id for _, item in rows if item is not None})
    used, conflicts = _last_used(session, keys, plan), _conflicts(session, keys)
    found: dict[int | None, list[ItemPicture]] = {}
    for written, item in rows:
        key = item.id if item is not None else None
        picture = ItemPicture(
            text=written.text, item=item, last_used=used.get(key), conflicts=tuple(conflicts.get(key, ()))
        )
        found.setdefault(written.task_id, []).append(picture)
    return found


def _last_used(session: Session, item_ids: Sequence[int], plan: Plan) -> dict[int | None, date]:
    rows = session.execute(
        sa.select(col(PlanTaskItem.item_id), sa.func.max(col(Plan.period_last)))
        .join(PlanTask, col(PlanTask.id) == col(PlanTaskItem.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .where(col(PlanTaskItem.item_id).in_(item_ids), col(Plan.status).in_(STANDING), col(Plan.id) != plan.id)
        .group_by(col(PlanTaskItem.item_id))
    )
    return {item_id: last for item_id, last in rows}  # noqa: C416 -- rows are no pairs to mypy


def _conflicts(session: Session, item_ids: Sequence[int]) -> dict[int | None, list[RequirementConflict]]:
    first, second = col(RequirementConflict.first_item_id), col(RequirementConflict.second_item_id)
    rows = session.exec(
        select(RequirementConflict).where(first.in_(item_ids) | second.in_(item_ids)).order_by(RequirementConflict.id)  # type: ignore[arg-type]
    )
    found: dict[int | None, list[RequirementConflict]] = {}
    for row in rows:
        for key in {row.first_item_id, row.second_item_id} & set(item_ids):
            found.setdefault(key, []).append(row)
    return found


def _named(
    session: Session, plan: Plan, task_ids: Sequence[int | None], today: date, officers: Sequence[int]
) -> _Named:
    rows = session.execute(
        sa.select(col(PlanTarget.task_id), Site, Enterprise, col(Scenario.code))
        .join(Site, col(Site.id) == col(PlanTarget.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .outerjoin(Scenario, col(Scenario.id) == col(Site.scenario_id))
        .where(col(PlanTarget.task_id).in_(task_ids))
        .order_by(col(Enterprise.credit_code), col(Site.uid))
    ).all()
    by_task: dict[int, list[int]] = {}
    for task_id, site, _, _ in rows:
        by_task.setdefault(task_id, []).append(site.id)
    sites = {site.id: (site, enterprise, code or "") for _, site, enterprise, code in rows}
    return _Named(
        sites=_targets(session, plan, sites, today, officers),
        by_task={task_id: tuple(ids) for task_id, ids in by_task.items()},
    )


def _targets(
    session: Session,
    plan: Plan,
    sites: Mapping[int, tuple[Site, Enterprise, str]],
    today: date,
    officers: Sequence[int],
) -> dict[int, SiteTarget]:
    classes = effective_classes(session, [site for site, _, _ in sites.values()])
    owners = {enterprise.id for _, enterprise, _ in sites.values()}
    visits, recused = _visits(session, owners, today), _recused(session, owners, officers)
    wanted = _wanted_by(session, plan, sorted(sites))
    return {
        key: SiteTarget(
            site_id=key,
            uid=site.uid,
            name=site.name,
            enterprise_id=site.enterprise_id,
            town_id=site.town_id,
            scenario_id=site.scenario_id,
            scenario_code=code,
            credit_class=classes.get(key, enterprise.credit_class),
            field_class=key in classes,
            class_month=enterprise.credit_month,
            whitelisted=enterprise.whitelisted,
            visits=tuple(visits.get(site.enterprise_id, ())),
            wanted_by=tuple(wanted.get(key, ())),
            recused=frozenset(recused.get(site.enterprise_id, ())),
        )
        for key, (site, enterprise, code) in sites.items()
    }


def _visits(session: Session, owners: Iterable[int | None], today: date) -> dict[int, list[tuple[int, date]]]:
    found: dict[int, list[tuple[int, date]]] = {}
    for ids in _chunks(owners):
        rows = session.execute(
            sa.select(col(Site.enterprise_id), col(InspectionRecord.organisation_id), col(InspectionRecord.day))
            .join(Site, col(Site.id) == col(InspectionRecord.site_id))
            .where(col(Site.enterprise_id).in_(ids), col(InspectionRecord.day).between(today - HISTORY, today))
            .order_by(col(InspectionRecord.day), col(InspectionRecord.id))
        )
        for owner, body, day in rows:
            found.setdefault(owner, []).append((body, day))
    return found


def _recused(session: Session, owners: Iterable[int | None], officers: Sequence[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    if not officers:
        return found
    for ids in _chunks(owners):
        rows = session.execute(
            sa.select(col(Recusal.enterprise_id), col(Recusal.officer_id)).where(
                col(Recusal.enterprise_id).in_(ids), col(Recusal.officer_id).in_(officers)
            )
        )
        for owner, officer in rows:
            found.setdefault(owner, []).append(officer)
    return found


def _wanted_by(session: Session, plan: Plan, site_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for ids in _chunks(site_ids):
        rows = session.execute(
            sa.select(col(PlanTarget.site_id), col(Organisation.short_name))
            .join(PlanTask, col(PlanTask.id) == col(PlanTarget.task_id))
            .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
            .join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
            .where(
                col(PlanTarget.site_id).in_(ids),
                col(Plan.organisation_id) != plan.organisation_id,
                col(Plan.status).in_(STANDING),
                col(PlanTask.first_date) <= plan.period_last,
                col(PlanTask.last_date) >= plan.period_first,
            )
            .distinct()
            .order_by(col(PlanTarget.site_id), col(Organisation.short_name))
        )
        for site_id, name in rows:
            found.setdefault(site_id, []).append(name)
    return found


def _by_id(session: Session, table: Any, keys: Iterable[int | None]) -> dict[int | None, Any]:
    wanted = sorted({key for key in keys if key is not None})
    return {row.id: row for row in session.exec(select(table).where(col(table.id).in_(wanted)))} if wanted else {}


def _chunks(ids: Iterable[int | None]) -> Iterable[list[int]]:
    wanted = sorted(key for key in set(ids) if key is not None)
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
