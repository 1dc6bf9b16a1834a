"""What the public sees of a draw, and when: hashes first, results at once, hidden tasks only when they are over.

The lists and results of unannounced tasks stay closed until every unannounced visit of the round has arrived or the
period is over. Before that the public learns their hashes and nothing else: not the department, not a number. The
seed may be public nevertheless, because hidden lists are ranked with their blind (see `draw_method`).
Of officers nothing is shown but certificate numbers and random ids.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import DrawStatus, ExclusionReason, NoticeMode, VisitStatus
from data.errors import NotFoundError
from data.models import (
    Draw,
    DrawList,
    DrawParty,
    DrawProtocol,
    InspectionRequest,
    Organisation,
    Plan,
    PlanTask,
    Round,
    Visit,
    VisitRequest,
)
from scheduler.clock import Clock, today
from scheduler.filing.draw_method import ALGORITHMS
from scheduler.filing.draws import crews
from scheduler.filing.draws.cancellations import FirmRate, public_rates
from scheduler.filing.draws.protocol import get_protocol
from scheduler.filing.draws.records import list_parties

OVER = (VisitStatus.CHECKED_IN, VisitStatus.DONE, VisitStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicList:
    """A list as the public sees it. A closed one shows its hash and nothing else.

    `strata`: (credit class, sites listed, sites drawn), by class; drawn is None before the draw.
    """

    list_hash: str
    closed: bool
    officers: bool = False
    organisation: str = ""
    task: str = ""
    quota: dict[str, Any] | None = None
    listed: int | None = None
    drawn: int | None = None
    excluded: tuple[tuple[ExclusionReason, int], ...] = ()
    strata: tuple[tuple[str, int, int | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDraw:
    """A draw as everybody may see it. `cancelled`: enterprises with drawn visits called off afterwards (D8).

    `late`: a deadline has passed and the rules have not been applied yet.
    """

    protocol: DrawProtocol
    round_name: str
    period_first: date
    period_last: date
    algorithm: str
    parties: tuple[DrawParty, ...]
    lists: tuple[PublicList, ...]
    others: tuple[DrawProtocol, ...]
    cancelled: tuple[FirmRate, ...]
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLine:
    """A draw in the list of all draws."""

    uid: str
    round_name: str
    attempt: int
    status: DrawStatus
    opened_at: datetime


def public_draws(session: Session) -> list[PublicLine]:
    """Return all draws, the latest first; aborted ones are among them."""
    statement = (
        select(DrawProtocol, col(Round.name))
        .join(Round, col(Round.id) == col(DrawProtocol.round_id))
        .order_by(col(DrawProtocol.opened_at).desc(), col(DrawProtocol.id).desc())
    )
    return [
        PublicLine(uid=one.uid, round_name=name, attempt=one.attempt, status=one.status, opened_at=one.opened_at)
        for one, name in session.exec(statement)
    ]


def public_draw(session: Session, clock: Clock, uid: str) -> PublicDraw:
    """Return what everybody may see of a draw. Raises NotFoundError."""
    protocol = get_protocol(session, uid)
    round_ = session.get_one(Round, protocol.round_id)
    opened = hidden_are_over(session, clock, round_)
    others = select(DrawProtocol).where(DrawProtocol.round_id == round_.id, DrawProtocol.id != protocol.id)
    due = {
        DrawStatus.COMMITTING: protocol.commit_until,
        DrawStatus.REVEALING: protocol.reveal_until,
        DrawStatus.READY: protocol.value_until,
    }
    until = due.get(protocol.status)
    return PublicDraw(
        protocol=protocol,
        round_name=round_.name,
        period_first=round_.period_first,
        period_last=round_.period_last,
        algorithm=ALGORITHMS[protocol.kind],
        parties=tuple(list_parties(session, protocol)),
        lists=_lists(session, protocol, opened=opened),
        others=tuple(session.exec(others.order_by(col(DrawProtocol.attempt)))),
        cancelled=tuple(public_rates(session, round_, opened=opened)) if protocol.status is DrawStatus.DRAWN else (),
        late=until is not None and clock.now() > until,
    )


def public_document(session: Session, clock: Clock, uid: str, list_hash: str) -> str:
    """Return a list's document; once it is drawn the draw's, of officers with their crews. Raises NotFoundError."""
    protocol = get_protocol(session, uid)
    row = session.exec(
        select(DrawList).where(DrawList.protocol_id == protocol.id, DrawList.list_hash == list_hash)
    ).first()
    round_ = session.get_one(Round, protocol.round_id)
    if row is None or (row.hidden and not hidden_are_over(session, clock, round_)):
        raise NotFoundError("draw", list_hash)
    if row.organisation_id is not None and crews_are_public(session, clock, protocol):
        return crews.pool_document(session, protocol, row.organisation_id) or row.document
    made = _results(session, protocol).get(row.task_id)
    return made.document if made is not None else row.document


def crews_are_public(session: Session, clock: Clock, protocol: DrawProtocol) -> bool:
    """Whether everybody may learn who went where and why."""
    round_ = session.get_one(Round, protocol.round_id)
    return protocol.status is DrawStatus.DRAWN and hidden_are_over(session, clock, round_)


def public_crews(session: Session, clock: Clock, uid: str) -> tuple[PublicDraw, list[crews.CrewLine]]:
    """Return a draw and the officers' draws of its round, none before they are public. Raises NotFoundError."""
    draw = public_draw(session, clock, uid)
    if not crews_are_public(session, clock, draw.protocol):
        return draw, []
    return draw, crews.list_crews(session, draw.protocol)


def hidden_are_over(session: Session, clock: Clock, round_: Round) -> bool:
    """Whether no unannounced visit of a round can come any more: all have arrived, or the period is past."""
    if today(clock) > round_.period_last:
        return True
    if _results_exist(session, round_):
        return session.exec(_hidden_ahead(round_).limit(1)).first() is None
    return False


def _results_exist(session: Session, round_: Round) -> bool:
    made = select(col(InspectionRequest.id)).where(InspectionRequest.round_id == round_.id).limit(1)
    return session.exec(made).first() is not None


def _hidden_ahead(round_: Round) -> Any:
    over = (
        select(col(VisitRequest.request_id))
        .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
        .where(col(Visit.status).in_(OVER))
    )
    return select(col(InspectionRequest.id)).where(
        InspectionRequest.round_id == round_.id,
        InspectionRequest.notice_mode == NoticeMode.UNANNOUNCED,
        sa.not_(col(InspectionRequest.id).in_(over)),
    )


def _lists(session: Session, protocol: DrawProtocol, *, opened: bool) -> tuple[PublicList, ...]:
    rows = session.exec(select(DrawList).where(DrawList.protocol_id == protocol.id).order_by(col(DrawList.list_hash)))
    results = _results(session, protocol)
    names = {row.id: row.short_name for row in session.exec(select(Organisation))}
    tasks = {
        task.id: (task.name, names[plan.organisation_id])
        for task, plan in session.exec(
            select(PlanTask, Plan)
            .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
            .where(Plan.round_id == protocol.round_id)
        )
    }
    shown = []
    for row in rows:
        if row.hidden and not opened:
            shown.append(PublicList(list_hash=row.list_hash, closed=True))
        elif row.task_id is None:
            body = names.get(row.organisation_id, "")
            shown.append(
                PublicList(list_hash=row.list_hash, closed=False, officers=True, organisation=body, listed=row.listed)
            )
        else:
            name, body = tasks.get(row.task_id, ("", ""))
            shown.append(_task_list(row, results.get(row.task_id), name, body))
    return tuple(sorted(shown, key=lambda one: (one.closed, one.officers, one.organisation, one.list_hash)))


def _task_list(row: DrawList, made: Draw | None, name: str, body: str) -> PublicList:
    said = json.loads(row.document)
    drawn = set(json.loads(made.document)["drawn"]) if made is not None else None
    reasons: dict[ExclusionReason, int] = {}
    for _, _, reason in said["excluded"]:
        cause = ExclusionReason(reason)
        reasons[cause] = reasons.get(cause, 0) + 1
    return PublicList(
        list_hash=row.list_hash,
        closed=False,
        organisation=body,
        task=name,
        quota=said["quota"],
        listed=row.listed,
        drawn=None if made is None else made.drawn,
        excluded=tuple(sorted(reasons.items())),
        strata=tuple(
            (stratum, len(sites), None if drawn is None else sum(uid in drawn for _, uid in sites))
            for stratum, sites in sorted(said["strata"].items())
        ),
    )


def _results(session: Session, protocol: DrawProtocol) -> dict[int | None, Draw]:
    if protocol.status is not DrawStatus.DRAWN:
        return {}
    return {row.task_id: row for row in session.exec(select(Draw).where(Draw.round_id == protocol.round_id))}
