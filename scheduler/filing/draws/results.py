"""What comes of a draw: from published lists and a seed to draws and requests, once for a round."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import DrawMode, DrawStatus, HashKind, RecordStatus, RequestStatus, Targeting
from data.models import (
    Draw,
    DrawList,
    DrawProtocol,
    Enterprise,
    InspectionRequest,
    Organisation,
    PlanTarget,
    Round,
    Site,
)
from data.models.columns import UID_LENGTH
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotPermittedError
from scheduler.filing.draw_method import (
    ALGORITHMS,
    FrozenList,
    Sources,
    Terms,
    digest,
    draw,
    draw_document,
    one_party,
    read_list,
)
from scheduler.filing.draws.beyond_caps import call_off_beyond_caps
from scheduler.filing.draws.lists import Aim, count_tasks, publish_lists, tasks_inside
from scheduler.filing.draws.records import find_live, list_protocols
from scheduler.filing.rounds import freeze_hash
from scheduler.filing.tasks import asking_organisations_of
from scheduler.permissions import Actor, may_coordinate
from scheduler.transitions import DRAW, ROUND, step

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawOutcome:
    """What a draw led to. `empty_tasks` met no site at all; `outside_tasks` lie outside the period of the round.

    `called_off`: those of the requests that no cap leaves a place for.
    """

    requests: int
    called_off: int
    drawn_tasks: int
    named_tasks: int
    empty_tasks: int
    outside_tasks: int


def draw_round(session: Session, clock: Clock, actor: Actor, round_: Round, *, seed: str | None = None) -> DrawOutcome:
    """Draw the sites of all tasks of a frozen round in one go, with a secret that the service alone makes.

    `seed` is the secret part of the seed; left out, the machine makes one, after all lists are fixed. Raises
    NotPermittedError, TransitionError (a round is drawn once), ConflictError "registry_changed" when plans or registry
    are no longer those that were frozen, "draw_under_way" when parties are at it.
    """
    require_drawable(session, actor, round_)
    if list_protocols(session, round_):
        # Who has begun with parties must not end alone: that would be a redraw.
        raise ConflictError("draw_under_way", round=round_.name)
    protocol = DrawProtocol(
        round_id=round_.id or 0,
        mode=DrawMode.ONE_PARTY,
        status=DrawStatus.READY,
        kind=HashKind.SHA256,
        blind=secrets.token_hex(SECRET_BYTES),
        opened_by_id=actor.user_id,
        opened_at=clock.now(),
    )
    session.add(protocol)
    session.flush()
    lists = publish_lists(session, round_, protocol, Terms(kind=protocol.kind, draw=protocol.uid))
    secret = seed if seed is not None else secrets.token_hex(SECRET_BYTES)
    sources = one_party([one.list_hash for one in lists], secret, kind=protocol.kind)
    return draw_from_lists(session, clock, actor, round_, protocol, sources)


def require_drawable(session: Session, actor: Actor, round_: Round) -> None:
    """Raise what `draw_round` raises before anything is written."""
    if not may_coordinate(actor):
        raise NotPermittedError
    step(ROUND, round_.status, "draw", entity="round")
    if find_live(session, round_) is not None:
        raise ConflictError("draw_under_way", round=round_.name)
    if freeze_hash(session, round_) != round_.frozen_hash:
        raise ConflictError("registry_changed", round=round_.name)


def draw_from_lists(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session, clock: Clock, actor: Actor | None, round_: Round, protocol: DrawProtocol, sources: Sources
) -> DrawOutcome:
    """Draw from the published lists and write one request a task and site; the registry is not looked at again."""
    round_.status, round_.draft_version = step(ROUND, round_.status, "draw", entity="round"), round_.draft_version + 1
    protocol.status = step(DRAW, protocol.status, "draw", entity="draw")
    protocol.seed, protocol.ended_at = sources.seed, clock.now()
    session.add_all([round_, protocol])
    tasks = tasks_inside(session, round_)
    lists = _published(session, protocol)
    drawn = {task_id: draw(frozen, sources.seed) for task_id, frozen in lists.items()}
    # A draw that ends by itself is put down to whoever opened it.
    drawer_id = actor.user_id if actor else protocol.opened_by_id
    for task_id, frozen in lists.items():
        _write_draw(session, clock, drawer_id, round_, task_id, frozen, sources, drawn[task_id])
    chosen = _chosen_sites(session, tasks, drawn)
    requests = _write_requests(session, round_, protocol, tasks, chosen)
    session.flush()
    outcome = DrawOutcome(
        requests=requests,
        called_off=call_off_beyond_caps(session, clock, actor, round_),
        drawn_tasks=len(lists),
        named_tasks=len(tasks) - len(lists),
        empty_tasks=sum(not ids for ids in chosen),
        outside_tasks=count_tasks(session, round_) - len(tasks),
    )
    after = {
        "protocol": protocol.uid,
        "mode": str(protocol.mode),
        "algorithm": ALGORITHMS[protocol.kind],
        "seed": sources.seed,
        "list_hashes": sorted(sources.list_hashes),
        "requests": outcome.requests,
        "called_off": outcome.called_off,
    }
    audit.record(session, clock, actor, "round.draw", entity="round", entity_uid=round_.uid, after=after)
    return outcome


def _published(session: Session, protocol: DrawProtocol) -> dict[int, FrozenList]:
    rows = session.exec(
        select(DrawList)
        .where(DrawList.protocol_id == protocol.id, col(DrawList.task_id).is_not(None))
        .order_by(col(DrawList.id))
    )
    return {row.task_id or 0: read_list(row.document) for row in rows}


def _write_draw(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session,
    clock: Clock,
    drawer_id: int,
    round_: Round,
    task_id: int,
    frozen: FrozenList,
    sources: Sources,
    drawn: Sequence[str],
) -> None:
    session.add(
        Draw(
            round_id=round_.id or 0,
            task_id=task_id,
            algorithm=ALGORITHMS[sources.kind],
            list_hash=frozen.list_hash,
            seed=sources.seed,
            listed=frozen.listed,
            drawn=len(drawn),
            document=draw_document(frozen, sources, drawn),
            drawn_by_id=drawer_id,
            drawn_at=clock.now(),
        )
    )


def _chosen_sites(session: Session, tasks: Sequence[Aim], drawn: Mapping[int, Sequence[str]]) -> list[list[int]]:
    ids = dict(session.execute(sa.select(col(Site.uid), col(Site.id))).all())
    named = _named_sites(session, tasks)
    return [
        [ids[uid] or 0 for uid in drawn[task.id or 0]] if task.id in drawn else named.get(task.id or 0, [])
        for _, task, _ in tasks
    ]


def _named_sites(session: Session, tasks: Sequence[Aim]) -> dict[int, list[int]]:
    wanted = [task.id for _, task, _ in tasks if task.targeting is Targeting.NAMED]
    rows = session.execute(
        sa.select(col(PlanTarget.task_id), col(PlanTarget.site_id))
        .join(Site, col(Site.id) == col(PlanTarget.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(
            col(PlanTarget.task_id).in_(wanted),
            col(Site.status) == RecordStatus.ACTIVE,
            col(Enterprise.status) == RecordStatus.ACTIVE,
        )
        .order_by(col(PlanTarget.task_id), col(PlanTarget.site_id))
    )
    named: dict[int, list[int]] = {}
    for task_id, site_id in rows:
        named.setdefault(task_id, []).append(site_id)
    return named


def _write_requests(
    session: Session, round_: Round, protocol: DrawProtocol, tasks: Sequence[Aim], chosen: Sequence[Sequence[int]]
) -> int:
    """Write one request a site and asking organisation; returns how many."""
    asking = asking_organisations_of(session, [task for _, task, _ in tasks])
    sites = {row.id: row for row in session.execute(sa.select(col(Site.id), col(Site.uid), col(Site.town_id)))}
    codes = dict(session.execute(sa.select(col(Organisation.id), col(Organisation.code))).all())
    rows = [
        _request_values(round_, aim)
        | one.values()
        | {
            "uid": request_uid(protocol, aim[1].uid, sites[site_id].uid, codes[one.organisation_id]),
            "site_id": site_id,
        }
        for aim, ids in zip(tasks, chosen, strict=True)
        for one in asking[aim[1].id]
        for site_id in ids
        if one.town_id in {None, sites[site_id].town_id}
    ]
    # As plain rows: tens of thousands of mapped objects would take most of the time of the draw.
    if rows:
        session.execute(sa.insert(InspectionRequest), rows)
    return len(rows)


def request_uid(protocol: DrawProtocol, task_uid: str, site_uid: str, body_code: str) -> str:
    """Return the id of a request, fixed before the seed: officers are ranked by it, so nobody may choose it later."""
    return digest(protocol.kind, f"{protocol.uid}|{protocol.blind}|{task_uid}|{site_uid}|{body_code}")[:UID_LENGTH]


def _request_values(round_: Round, aim: Aim) -> dict[str, Any]:
    _plan, task, window = aim
    return {
        "round_id": round_.id,
        "task_id": task.id,
        "first_date": window.first,
        "last_date": window.last,
        "priority": task.priority,
        "joint": task.joint,
        "notice_mode": task.notice_mode,
        "drawn": task.targeting is Targeting.DRAWN,
        "locked": False,
        "status": RequestStatus.PENDING,
        "reason_code": "",
        "reason_detail": "",
        "version": 1,
    }
