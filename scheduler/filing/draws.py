"""The draw of a round: from tasks and the frozen registry to draws and requests. The method is in `draw_method`."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import PlanKind, PlanStatus, RecordStatus, RequestStatus, Targeting
from data.errors import NotFoundError
from data.models import Draw, Enterprise, InspectionRequest, Plan, PlanTarget, PlanTask, Round, Site
from data.models.columns import new_uid
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotPermittedError
from scheduler.filing.access import require_visible
from scheduler.filing.draw_method import (
    ALGORITHM,
    FrozenList,
    Quota,
    document_faults,
    draw,
    draw_document,
    freeze_list,
    make_seed,
    repeat_draw,
)
from scheduler.filing.rounds import freeze_hash
from scheduler.filing.tasks import TRIGGERED
from scheduler.permissions import Actor, may_coordinate
from scheduler.transitions import ROUND, step

__all__ = ["DrawOutcome", "document_faults", "draw_round", "get_draw", "list_draws", "repeat_draw"]

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOutcome:
    """What a draw led to. `empty_tasks` met no site at all; `outside_tasks` lie outside the period of the round."""

    requests: int
    drawn_tasks: int
    named_tasks: int
    empty_tasks: int
    outside_tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleSite:
    """A site that may be visited now, with what draws look at."""

    site_id: int
    uid: str
    credit_code: str
    credit_class: str
    scenario_id: int | None
    town_id: int
    whitelisted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days of a task that lie in the round, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedLists:
    """The lists of all drawing tasks, {task uid: list}, their hashes sorted, the secret made after them, and the draw.

    `drawn`: {task uid: uids of the drawn sites}.
    """

    lists: Mapping[str, FrozenList]
    hashes: tuple[str, ...]
    secret: str
    seed: str
    drawn: Mapping[str, tuple[str, ...]]


Aim = tuple[Plan, PlanTask, Window]


def draw_round(session: Session, clock: Clock, actor: Actor, round_: Round, *, seed: str | None = None) -> DrawOutcome:
    """Draw the sites of all tasks of a frozen round and write one request a task and site.

    `seed` is the secret part of the seed; left out, the machine makes one, after all lists are fixed. Raises
    NotPermittedError, TransitionError (a round is drawn once), ConflictError "registry_changed" when plans or registry
    are no longer those that were frozen.
    """
    if not may_coordinate(actor):
        raise NotPermittedError
    status = step(ROUND, round_.status, "draw", entity="round")
    if freeze_hash(session, round_) != round_.frozen_hash:
        raise ConflictError("registry_changed", round=round_.name)
    tasks = _tasks_inside(session, round_)
    sites = _eligible_sites(session)
    classes = _by_scenario(sites)
    lists = [_frozen_list(task, plan, classes) for plan, task, _ in tasks if task.targeting is Targeting.DRAWN]
    sealed = _seal(lists, seed if seed is not None else secrets.token_hex(SECRET_BYTES))
    _write_draws(session, clock, actor, round_, tasks, sealed)
    chosen = _chosen_sites(session, tasks, sites, sealed)
    _write_requests(session, round_, tasks, chosen)
    round_.status, round_.draft_version = status, round_.draft_version + 1
    session.add(round_)
    session.flush()
    outcome = DrawOutcome(
        requests=sum(len(ids) for ids in chosen),
        drawn_tasks=len(lists),
        named_tasks=len(tasks) - len(lists),
        empty_tasks=sum(not ids for ids in chosen),
        outside_tasks=_count_tasks(session, round_) - len(tasks),
    )
    after = {"algorithm": ALGORITHM, "seed": sealed.seed, "list_hashes": sealed.hashes, "requests": outcome.requests}
    audit.record(session, clock, actor, "round.draw", entity="round", entity_uid=round_.uid, after=after)
    return outcome


def get_draw(session: Session, actor: Actor, uid: str) -> Draw:
    """Return a draw; a department sees those of its own tasks. Raises NotFoundError, for a foreign one too."""
    found = session.execute(
        sa.select(Draw, col(Plan.organisation_id))
        .join(PlanTask, col(PlanTask.id) == col(Draw.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .where(col(Draw.uid) == uid)
    ).first()
    if found is None:
        raise NotFoundError("draw", uid)
    require_visible(actor, found[1], "draw", uid)
    return found[0]


def list_draws(session: Session, round_: Round) -> list[tuple[Draw, PlanTask, Plan]]:
    """Return the draws of a round with their tasks and plans, by organisation, plan and position."""
    statement = (
        select(Draw, PlanTask, Plan)
        .join(PlanTask, col(PlanTask.id) == col(Draw.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .where(Draw.round_id == round_.id)
        .order_by(col(Plan.organisation_id), col(Plan.id), col(PlanTask.position))
    )
    return list(session.exec(statement).all())


def _plans_tasks(round_: Round) -> sa.Select[Plan, PlanTask]:
    return (
        sa.select(Plan, PlanTask)
        .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
        .where(col(Plan.round_id) == round_.id, col(Plan.status) == PlanStatus.IN_ROUND)
        .order_by(col(Plan.id), col(PlanTask.position))
    )


def _tasks_inside(session: Session, round_: Round) -> list[Aim]:
    found = []
    for plan, task in session.execute(_plans_tasks(round_)):
        first, last = max(task.first_date, round_.period_first), min(task.last_date, round_.period_last)
        if first <= last:
            found.append((plan, task, Window(first=first, last=last)))
    return found


def _count_tasks(session: Session, round_: Round) -> int:
    tasks = _plans_tasks(round_).order_by(None).with_only_columns(col(PlanTask.id)).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(tasks)).scalar_one()


def _eligible_sites(session: Session) -> list[EligibleSite]:
    rows = session.execute(
        sa.select(
            col(Site.id),
            col(Site.uid),
            col(Enterprise.credit_code),
            col(Enterprise.credit_class),
            col(Site.scenario_id),
            col(Site.town_id),
            col(Enterprise.whitelisted),
        )
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(col(Site.status) == RecordStatus.ACTIVE, col(Enterprise.status) == RecordStatus.ACTIVE)
    )
    return [
        EligibleSite(
            site_id=site_id,
            uid=uid,
            credit_code=credit_code,
            credit_class=str(credit_class),
            scenario_id=scenario_id,
            town_id=town_id,
            whitelisted=whitelisted,
        )
        for site_id, uid, credit_code, credit_class, scenario_id, town_id, whitelisted in rows
    ]


def _by_scenario(sites: Iterable[EligibleSite]) -> dict[int | None, list[EligibleSite]]:
    """Sites by class; None holds all of them, as a task without a class means all."""
    classes: dict[int | None, list[EligibleSite]] = {None: list(sites)}
    for site in classes[None]:
        if site.scenario_id is not None:
            classes.setdefault(site.scenario_id, []).append(site)
    return classes


def _frozen_list(task: PlanTask, plan: Plan, classes: Mapping[int | None, Sequence[EligibleSite]]) -> FrozenList:
    listed = [
        (site.credit_class, site.credit_code, site.uid)
        for site in classes.get(task.scenario_id, ())
        if (task.town_id is None or site.town_id == task.town_id) and _may_be_drawn(site, plan.kind)
    ]
    by_class = task.ratio_by_class
    quota = Quota(
        ratio=_decimal(task.ratio) if task.ratio is not None else None,
        quantity=task.quantity,
        by_class={name: _decimal(by_class[name]) for name in sorted(by_class)} if by_class else None,
    )
    return freeze_list(task.uid, quota, listed)


def _seal(lists: Sequence[FrozenList], secret: str) -> SealedLists:
    hashes = tuple(sorted(one.list_hash for one in lists))
    seed = make_seed(hashes, secret)
    return SealedLists(
        lists={one.task: one for one in lists},
        hashes=hashes,
        secret=secret,
        seed=seed,
        drawn={one.task: draw(one, seed) for one in lists},
    )


def _may_be_drawn(site: EligibleSite, kind: PlanKind) -> bool:
    # R38: who is on the white list is met on a trigger only.
    return not site.whitelisted or kind in TRIGGERED


def _decimal(ratio: float) -> str:
    return format(Decimal(repr(ratio)), "f")


def _write_draws(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session, clock: Clock, actor: Actor, round_: Round, tasks: Sequence[Aim], sealed: SealedLists
) -> None:
    for _, task, _ in tasks:
        frozen = sealed.lists.get(task.uid)
        if frozen is None:
            continue
        row = Draw(
            round_id=round_.id,  # type: ignore[arg-type]
            task_id=task.id,  # type: ignore[arg-type]
            algorithm=ALGORITHM,
            list_hash=frozen.list_hash,
            seed=sealed.seed,
            listed=frozen.listed,
            drawn=len(sealed.drawn[task.uid]),
            document=draw_document(frozen, sealed.hashes, sealed.secret, sealed.drawn[task.uid]),
            drawn_by_id=actor.user_id,
            drawn_at=clock.now(),
        )
        session.add(row)


def _chosen_sites(
    session: Session, tasks: Sequence[Aim], sites: Sequence[EligibleSite], sealed: SealedLists
) -> list[list[int]]:
    ids = {site.uid: site.site_id for site in sites}
    named = _named_sites(session, tasks, set(ids.values()))
    return [
        [ids[uid] for uid in sealed.drawn[task.uid]] if task.uid in sealed.drawn else named.get(task.id or 0, [])
        for _, task, _ in tasks
    ]


def _named_sites(session: Session, tasks: Sequence[Aim], eligible: set[int]) -> dict[int, list[int]]:
    wanted = [task.id for _, task, _ in tasks if task.targeting is Targeting.NAMED]
    rows = session.execute(
        sa.select(col(PlanTarget.task_id), col(PlanTarget.site_id))
        .where(col(PlanTarget.task_id).in_(wanted))
        .order_by(col(PlanTarget.task_id), col(PlanTarget.site_id))
    )
    named: dict[int, list[int]] = {}
    for task_id, site_id in rows:
        if site_id in eligible:
            named.setdefault(task_id, []).append(site_id)
    return named


def _write_requests(session: Session, round_: Round, tasks: Sequence[Aim], chosen: Sequence[Sequence[int]]) -> None:
    rows = [
        values | {"uid": new_uid(), "site_id": site_id}
        for aim, ids in zip(tasks, chosen, strict=True)
        for values in [_request_values(round_, *aim)]
        for site_id in ids
    ]
    # As plain rows: tens of thousands of mapped objects would take most of the time of the draw.
    if rows:
        session.execute(sa.insert(InspectionRequest), rows)


def _request_values(round_: Round, plan: Plan, task: PlanTask, window: Window) -> dict[str, Any]:
    return {
        "round_id": round_.id,
        "task_id": task.id,
        "organisation_id": plan.organisation_id,
        "first_date": window.first,
        "last_date": window.last,
        "quarters": task.quarters,
        "inspectors": task.inspectors,
        "priority": task.priority,
        "joint": task.joint,
        "notice_mode": task.notice_mode,
        "skill_id": task.skill_id,
        "drawn": task.targeting is Targeting.DRAWN,
        "locked": False,
        "status": RequestStatus.PENDING,
        "reason_code": "",
        "reason_detail": "",
        "version": 1,
    }
