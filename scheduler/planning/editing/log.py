"""Doing, undoing and redoing edits of a draft: judged, audited, and one after the other. Knows no page.

Every edit takes the lock of the audit trail first, so that two people's edits are judged each on what the other left.
The database refuses a double booking even without that.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session, col, select, update

from data.enums import CancelReason, RequestStatus, RoundStatus
from data.models import EditCommand, InspectionRequest, Round, Visit
from data.models.columns import new_uid
from scheduler.audit import queue_up, record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NeedsReasonError, NotPermittedError, RuleError, StaleError
from scheduler.filing.draws.cancellations import cancel_drawn
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editing.area import find_visit_of, read_area, read_requests, read_visits
from scheduler.planning.editing.bench import Bench
from scheduler.planning.editing.changes import change
from scheduler.planning.editing.commands import (
    Command,
    ExcludeRequest,
    JoinVisits,
    MoveVisit,
    PlaceRequest,
    SplitVisit,
    command_json,
    kind_of,
    request_named,
    visit_named,
)
from scheduler.planning.editing.findings import soft_findings
from scheduler.planning.editing.frame import VISIT_EDITED, Frame, frame_of
from scheduler.planning.editing.judging import judge
from scheduler.planning.editing.states import Rows, rows_json
from scheduler.planning.editing.writing import write_rows

EDITABLE: Final = frozenset(
    {RoundStatus.DRAWN, RoundStatus.SOLVING, RoundStatus.PROPOSED, RoundStatus.APPROVED, RoundStatus.PUBLISHED}
)
"""A draft may be edited while a run is under way: its result is then offered, never applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOutcome:
    """What an edit did. `visits`: uids touched, those that are gone too; `delta`: (term, change of the score);
    `warnings`: (code, values) of the findings that a reason was given for or that are only told."""

    changed: bool = True
    visits: tuple[str, ...] = ()
    delta: tuple[tuple[str, float], ...] = ()
    warnings: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()


def apply_edit(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    command: Command,
    *,
    expected: int | None,
    reason: str = "",
) -> EditOutcome:
    """Do one edit. `expected`: version of the visit that the person saw, None to do without.

    Raises NotPermittedError; StaleError (the visit was changed: expected, version); RuleError (a hard rule would be
    newly broken); NeedsReasonError (soft findings and no reason); ConflictError ("round_not_open", "visit_under_way"
    and what the command itself cannot do); NotFoundError.
    """
    prepare(session, actor, round_)
    outcome = do_edit(session, clock, actor, round_, command, expected=expected, reason=reason, batch=new_uid())
    if outcome.changed:
        touch_draft(session, clock, actor, round_, reason=reason)
    return outcome


def prepare(session: Session, actor: Actor, round_: Round) -> None:
    """Stand in line, and look whether this person may edit this round now."""
    if not may_coordinate(actor):
        raise NotPermittedError(action="draft.edit")
    queue_up(session)
    session.refresh(round_)
    if round_.status not in EDITABLE:
        raise ConflictError("round_not_open", status=str(round_.status))


def do_edit(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    command: Command,
    *,
    expected: int | None,
    reason: str,
    batch: str,
) -> EditOutcome:
    """Do one edit of a batch; the caller has prepared, and tells that the draft has changed."""
    _refuse_stale(session, round_, command, expected)
    frame = frame_of(session, round_)
    bench = Bench(frame, load_area(session, round_, frame, command))
    change(bench, command)
    before, after = bench.touched()
    if before == after:
        return EditOutcome(changed=False)
    judgement = judge(frame, bench.before.visits, bench.visits, withdrawn=bench.withdrawn)
    if judgement.broken:
        raise RuleError(judgement.broken)
    told = soft_findings(session, clock, round_, bench)
    asked = tuple(one for one in told if one.asks)
    if asked and not reason.strip():
        raise NeedsReasonError(tuple((one.code, one.params) for one in asked))
    write_rows(session, round_, after)
    _call_off_drawn(session, clock, actor, command, bench.withdrawn)
    _drop_undone(session, actor, round_)
    row = EditCommand(
        round_id=round_.id or 0,
        batch=batch,
        actor_id=actor.user_id,
        made_at=clock.now(),
        kind=kind_of(command),
        command=command_json(command),
        before=rows_json(before),
        after=rows_json(after),
        delta=dict(judgement.delta),
        warnings=[[one.code, dict(one.params)] for one in told],
        reason=reason,
    )
    session.add(row)
    audit_rows(session, clock, actor, before, after, reason=reason)
    warnings = tuple((one.code, one.params) for one in told)
    return EditOutcome(visits=tuple(sorted(after.visits)), delta=judgement.delta, warnings=warnings)


def load_area(session: Session, round_: Round, frame: Frame, command: Command) -> Rows:
    """Everything on the days and at the sites that a command is about, and the request it names."""
    request = request_named(command)
    named = {visit_named(command), find_visit_of(session, round_, request) if request else None}
    named |= {command.other} if isinstance(command, JoinVisits) else set()
    states = read_visits(session, round_, [uid for uid in named if uid])
    days = {state.day for state in states.values()}
    if isinstance(command, MoveVisit | SplitVisit | PlaceRequest) and command.day is not None:
        days.add(command.day)
    sites = {state.site for state in states.values()}
    if request is not None and request in frame.request_number:
        sites.add(frame.site(request))
    return Rows(
        visits=read_area(session, round_, days=days, sites=sites),
        requests=read_requests(session, round_, [request] if request else []),
    )


def _refuse_stale(session: Session, round_: Round, command: Command, expected: int | None) -> None:
    uid = visit_named(command)
    if expected is None or uid is None:
        return
    statement = select(col(Visit.version)).where(Visit.uid == uid, Visit.round_id == round_.id)
    version = session.exec(statement).first()
    if version != expected:
        raise StaleError(expected=expected, version=version, visit=uid)


def _call_off_drawn(session: Session, clock: Clock, actor: Actor, command: Command, withdrawn: Collection[str]) -> None:
    """Record that a drawn request is called off, as the public record of draws asks; others need none."""
    if not isinstance(command, ExcludeRequest):
        return
    rows = select(InspectionRequest).where(col(InspectionRequest.uid).in_(withdrawn), col(InspectionRequest.drawn))
    for row in session.exec(rows).all():
        row.status = RequestStatus.LEFT_OUT
        known = command.reason in set(CancelReason)
        reason = CancelReason(command.reason) if known else CancelReason.OTHER
        cancel_drawn(session, clock, actor, row, reason=reason, detail="" if known else command.reason)


def _drop_undone(session: Session, actor: Actor, round_: Round) -> None:
    """What was undone cannot be redone once something else was done."""
    session.exec(
        update(EditCommand)
        .where(
            col(EditCommand.round_id) == round_.id,
            col(EditCommand.actor_id) == actor.user_id,
            col(EditCommand.undone_at).is_not(None),
        )
        .values(dropped=True)
    )


def audit_rows(session: Session, clock: Clock, actor: Actor, before: Rows, after: Rows, *, reason: str) -> None:
    """One link for each visit: from what to what and why."""
    old, new = (_by_uid(rows_json(rows)["visits"]) for rows in (before, after))
    for uid in sorted({*old, *new}):
        record(
            session,
            clock,
            actor,
            VISIT_EDITED,
            entity="visit",
            entity_uid=uid,
            before=old.get(uid),
            after=new.get(uid),
            reason=reason,
        )


def _by_uid(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["uid"]: row for row in rows}
