"""The lists that a round draws from: which sites each task aims at, and who is left out for which reason.

Lists are written to the database before any seed exists; from then on nothing but these rows is drawn from. Knows no
party and no seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, ExclusionReason, NoticeMode, PlanStatus, RecordStatus, Targeting
from data.models import (
    Closure,
    DrawList,
    DrawProtocol,
    Enterprise,
    FieldClass,
    Officer,
    Plan,
    PlanTask,
    Recusal,
    Round,
    Site,
)
from scheduler.filing.caps.plan_caps import sites_without_room
from scheduler.filing.caps.policy import Target, load_cap_table
from scheduler.filing.draw_method import Excluded, FrozenList, Quota, Terms, freeze_list
from scheduler.filing.draws.pools import freeze_pools
from scheduler.filing.tasks import TRIGGERED
from scheduler.workdays import load_calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days of a task that lie in the round, both included."""

    first: date
    last: date


Aim = tuple[Plan, PlanTask, Window]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredSite:
    """A site as the registry has it now, with what draws look at."""

    site_id: int
    uid: str
    enterprise_id: int
    credit_code: str
    credit_class: str
    credit_month: date
    scenario_id: int | None
    town_id: int
    whitelisted: bool
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Barriers:
    """What keeps sites out, read once for all lists.

    `workdays`: of the round; `closures`: {site id: ((first, last), ...)}; `recused`: {organisation id: {enterprise id:
    number of its officers who must not go there}}; `officers`: {organisation id: number in service}.
    """

    workdays: tuple[date, ...]
    closures: Mapping[int, tuple[tuple[date, date], ...]]
    recused: Mapping[int, Mapping[int, int]]
    officers: Mapping[int, int]
    full: Mapping[int | None, frozenset[int]] = field(default_factory=dict)


def tasks_inside(session: Session, round_: Round) -> list[Aim]:
    """Return the tasks of a frozen round that have a day in it, by plan and position."""
    found = []
    for plan, task in session.execute(_plans_tasks(round_)):
        first, last = max(task.first_date, round_.period_first), min(task.last_date, round_.period_last)
        if first <= last:
            found.append((plan, task, Window(first=first, last=last)))
    return found


def count_tasks(session: Session, round_: Round) -> int:
    """Count all tasks of a frozen round."""
    tasks = _plans_tasks(round_).order_by(None).with_only_columns(col(PlanTask.id)).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(tasks)).scalar_one()


def registered_sites(session: Session) -> list[RegisteredSite]:
    """Return all sites, closed ones too."""
    rows = session.execute(
        sa.select(
            col(Site.id),
            col(Site.uid),
            col(Enterprise.id),
            col(Enterprise.credit_code),
            col(Enterprise.credit_class),
            col(Enterprise.credit_month),
            col(Site.scenario_id),
            col(Site.town_id),
            col(Enterprise.whitelisted),
            col(Site.status),
            col(Enterprise.status),
        ).join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
    )
    return [
        RegisteredSite(
            site_id=row[0],
            uid=row[1],
            enterprise_id=row[2],
            credit_code=row[3],
            credit_class=str(row[4]),
            credit_month=row[5],
            scenario_id=row[6],
            town_id=row[7],
            whitelisted=row[8],
            closed=RecordStatus.CLOSED in row[9:],
        )
        for row in rows
    ]


def publish_lists(session: Session, round_: Round, protocol: DrawProtocol, terms: Terms) -> list[DrawList]:
    """Write the lists of all drawing tasks and of all officers; from here on they do not change."""
    tasks = tasks_inside(session, round_)
    bodies = sorted({plan.organisation_id for plan, _, _ in tasks})
    classes = _by_scenario(registered_sites(session))
    barriers = replace(read_barriers(session, round_), full=_full_sites(session, tasks, classes))
    rows = []
    for plan, task, window in tasks:
        if task.targeting is not Targeting.DRAWN:
            continue
        hidden = is_hidden(task)
        frozen = _frozen_list((plan, task, window), classes, barriers, terms, protocol)
        rows.append(
            DrawList(
                protocol_id=protocol.id or 0,
                task_id=task.id,
                hidden=hidden,
                list_hash=frozen.list_hash,
                listed=frozen.listed,
                document=frozen.document,
            )
        )
    rows += freeze_pools(session, protocol, bodies)
    session.add_all(rows)
    session.flush()
    return rows


def is_hidden(task: PlanTask) -> bool:
    """Whether nobody outside may learn whom the task draws before its visits are over."""
    return task.notice_mode is NoticeMode.UNANNOUNCED


def read_barriers(session: Session, round_: Round) -> Barriers:
    """Read what keeps sites out of the lists of a round."""
    closures: dict[int, list[tuple[date, date]]] = {}
    closed = select(Closure).where(Closure.last_date >= round_.period_first, Closure.first_date <= round_.period_last)
    for row in session.exec(closed):
        closures.setdefault(row.site_id, []).append((row.first_date, row.last_date))
    recused: dict[int, dict[int, int]] = {}
    serving = sa.and_(col(Officer.status) == RecordStatus.ACTIVE, col(Officer.reviewed))
    statement = (
        sa.select(col(Officer.organisation_id), col(Recusal.enterprise_id), sa.func.count())
        .join(Officer, col(Officer.id) == col(Recusal.officer_id))
        .where(serving)
        .group_by(col(Officer.organisation_id), col(Recusal.enterprise_id))
    )
    for organisation_id, enterprise_id, number in session.execute(statement):
        recused.setdefault(organisation_id, {})[enterprise_id] = number
    counted = sa.select(col(Officer.organisation_id), sa.func.count()).where(serving)
    return Barriers(
        workdays=load_calendar(session).workdays(round_.period_first, round_.period_last),
        closures={site: tuple(spans) for site, spans in closures.items()},
        recused=recused,
        officers=dict(session.execute(counted.group_by(col(Officer.organisation_id))).all()),
    )


def exclusion_of(site: RegisteredSite, aim: Aim, barriers: Barriers) -> ExclusionReason | None:
    """Return why a site is not in the list of a task; None when it is. The first reason that holds is given."""
    plan, task, window = aim
    if site.closed:
        return ExclusionReason.CLOSED
    # R38: who is on the white list is met on a trigger only.
    if site.whitelisted and plan.kind not in TRIGGERED:
        return ExclusionReason.WHITELISTED
    if _quiet_throughout(site, window, barriers):
        return ExclusionReason.QUIET
    if _nobody_may_go(site, plan, task, barriers):
        return ExclusionReason.RECUSED
    # R30: who has been inspected as often as the cap allows is not drawn once more.
    if site.site_id in barriers.full.get(task.id, ()):
        return ExclusionReason.CAP
    return None


def _full_sites(
    session: Session, tasks: Sequence[Aim], classes: Mapping[int | None, Sequence[RegisteredSite]]
) -> dict[int | None, frozenset[int]]:
    table = load_cap_table(session)
    special = {(row.enterprise_id, row.scenario_id): row.credit_class for row in session.exec(select(FieldClass))}
    found = {}
    for plan, task, _ in tasks:
        if task.targeting is not Targeting.DRAWN:
            continue
        targets = [
            Target(
                site_id=site.site_id,
                enterprise_id=site.enterprise_id,
                scenario_id=site.scenario_id,
                credit_class=special.get((site.enterprise_id, site.scenario_id or 0), CreditClass(site.credit_class)),
            )
            for site in classes.get(task.scenario_id, ())
            if not site.closed and task.town_id in {None, site.town_id}
        ]
        found[task.id] = sites_without_room(session, plan, task, targets, table=table)
    return found


def _plans_tasks(round_: Round) -> sa.Select[Plan, PlanTask]:
    return (
        sa.select(Plan, PlanTask)
        .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
        .where(col(PlanTask.round_id) == round_.id, col(Plan.status) != PlanStatus.REPLACED)
        .order_by(col(Plan.id), col(PlanTask.position))
    )


def _by_scenario(sites: Iterable[RegisteredSite]) -> dict[int | None, list[RegisteredSite]]:
    """Sites by class; None holds all of them, as a task without a class means all."""
    classes: dict[int | None, list[RegisteredSite]] = {None: list(sites)}
    for site in classes[None]:
        if site.scenario_id is not None:
            classes.setdefault(site.scenario_id, []).append(site)
    return classes


def _frozen_list(
    aim: Aim,
    classes: Mapping[int | None, Sequence[RegisteredSite]],
    barriers: Barriers,
    terms: Terms,
    protocol: DrawProtocol,
) -> FrozenList:
    task = aim[1]
    listed: list[tuple[str, str, str]] = []
    excluded: list[Excluded] = []
    months: set[str] = set()
    for site in classes.get(task.scenario_id, ()):
        if task.town_id is not None and site.town_id != task.town_id:
            continue
        reason = exclusion_of(site, aim, barriers)
        if reason is not None:
            excluded.append((site.credit_code, site.uid, str(reason)))
            continue
        listed.append((site.credit_class, site.credit_code, site.uid))
        months.add(site.credit_month.strftime("%Y-%m"))
    return freeze_list(
        task.uid,
        _quota(task, protocol.floor),
        listed,
        excluded=excluded,
        terms=terms,
        blind=protocol.blind if is_hidden(task) else "",
        class_months=sorted(months),
    )


def _quota(task: PlanTask, floor: str) -> Quota:
    by_class = task.ratio_by_class
    return Quota(
        ratio=_decimal(task.ratio) if task.ratio is not None else None,
        quantity=task.quantity,
        by_class={name: _decimal(by_class[name]) for name in sorted(by_class)} if by_class else None,
        floor=floor or None,
    )


def _quiet_throughout(site: RegisteredSite, window: Window, barriers: Barriers) -> bool:
    spans = barriers.closures.get(site.site_id)
    if not spans:
        return False
    days = [day for day in barriers.workdays if window.first <= day <= window.last]
    return bool(days) and all(any(first <= day <= last for first, last in spans) for day in days)


def _nobody_may_go(site: RegisteredSite, plan: Plan, task: PlanTask, barriers: Barriers) -> bool:
    """Whether recusals leave fewer officers than the task needs. A body without officers on record sends others."""
    recused = barriers.recused.get(plan.organisation_id, {}).get(site.enterprise_id, 0)
    serving = barriers.officers.get(plan.organisation_id, 0)
    return bool(recused) and serving >= task.inspectors > serving - recused


def _decimal(ratio: float) -> str:
    return format(Decimal(repr(ratio)), "f")


__all__ = [
    "Aim",
    "Barriers",
    "RegisteredSite",
    "Window",
    "count_tasks",
    "exclusion_of",
    "publish_lists",
    "read_barriers",
    "registered_sites",
    "tasks_inside",
]
