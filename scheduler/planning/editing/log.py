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
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, NotPermittedError, StaleError
from scheduler.filing.draws.cancellations import GIVEN_BY_HAND, cancel_drawn
from scheduler.permissions import Actor, may_coordinate, may_keep_officers
from scheduler.planning.drafts import VISIT_EDITED, touch_draft
from scheduler.planning.editing.commands import Command, ExcludeRequest, SetCrew, command_json, kind_of, visit_named
from scheduler.planning.editing.draft_states import DraftStates, draft_states
from scheduler.planning.editing.foresight import Foresight, judged, load_area, refuse_unreasoned
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
    foreseen: Foresight | None = None,
) -> EditOutcome:
    """Do one edit. `expected`: version of the visit that the person saw, None to do without; `foreseen`: what
    `foresee` said before this transaction began, judged again where something has changed since.

    Raises NotPermittedError; StaleError (the visit was changed: expected, version); RuleError (a hard rule would be
    newly broken); NeedsReasonError (soft findings and no reason); ConflictError ("round_not_open", "visit_under_way"
    and what the command itself cannot do); NotFoundError.
    """
    prepare(session, actor, round_)
    return _do_alone(session, clock, actor, round_, command, expected=expected, reason=reason, foreseen=foreseen)


def foresee(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    command: Command,
    *,
    expected: int | None,
    reason: str = "",
) -> Foresight:
    """Judge an edit in a transaction that only reads, so that nobody waits for it. Raises as `apply_edit` does."""
    _refuse_others(actor)
    _refuse_closed(round_)
    states = draft_states(session, round_)
    _refuse_stale(session, round_, states, command, expected)
    area = load_area(session, round_, states, command)
    return judged(session, clock, round_, command, frame=states.frame, area=area, reason=reason)


def apply_own_crew(
    session: Session, clock: Clock, actor: Actor, round_: Round, command: SetCrew, *, reason: str
) -> EditOutcome:
    """Say who goes for a request of one's own body; coordinators do so for every one. Raises as `apply_edit` does."""
    owner = select(InspectionRequest.organisation_id).where(InspectionRequest.uid == command.request)
    own = may_keep_officers(actor) and session.exec(owner).first() == actor.organisation_id
    if not (own or may_coordinate(actor)):
        raise NotPermittedError(action="draft.edit")
    _stand_in_line(session, round_)
    return _do_alone(session, clock, actor, round_, command, expected=None, reason=reason)


def _do_alone(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    command: Command,
    *,
    expected: int | None,
    reason: str,
    foreseen: Foresight | None = None,
) -> EditOutcome:
    """Do one edit that is a batch of its own, and tell that the draft has changed."""
    outcome = do_edit(
        session, clock, actor, round_, command, expected=expected, reason=reason, batch=new_uid(), foreseen=foreseen
    )
    if outcome.changed:
        touch_draft(session, clock, actor, round_, reason=reason)
    return outcome


def prepare(session: Session, actor: Actor, round_: Round) -> None:
    """Stand in line, and look whether this person may edit this round now."""
    _refuse_others(actor)
    _stand_in_line(session, round_)


def _stand_in_line(session: Session, round_: Round) -> None:
    queue_up(session)
    session.refresh(round_)
    _refuse_closed(round_)


def _refuse_others(actor: Actor) -> None:
    if not may_coordinate(actor):
        raise NotPermittedError(action="draft.edit")


def _refuse_closed(round_: Round) -> None:
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
    foreseen: Foresight | None = None,
) -> EditOutcome:
    """Do one edit of a batch; the caller has prepared, and tells that the draft has changed."""
    states = draft_states(session, round_)
    _refuse_stale(session, round_, states, command, expected)
    found = _held(session, clock, round_, states, command, foreseen=foreseen, reason=reason)
    if found.judgement is None:
        return EditOutcome(changed=False)
    write_rows(session, round_, found.after)
    _call_off_drawn(session, clock, actor, command, found.withdrawn)
    _drop_undone(session, actor, round_)
    row = EditCommand(
        round_id=round_.id or 0,
        batch=batch,
        actor_id=actor.user_id,
        made_at=clock.now(),
        kind=kind_of(command),
        command=command_json(command),
        before=rows_json(found.before),
        after=rows_json(found.after),
        delta=dict(found.judgement.delta),
        warnings=[[one.code, dict(one.params)] for one in found.told],
        reason=reason,
    )
    session.add(row)
    audit_rows(session, clock, actor, found.before, found.after, reason=reason)
    warnings = tuple((one.code, one.params) for one in found.told)
    return EditOutcome(visits=tuple(sorted(found.after.visits)), delta=found.judgement.delta, warnings=warnings)


def _refuse_stale(session: Session, round_: Round, states: DraftStates, command: Command, expected: int | None) -> None:
    uid = visit_named(command)
    if expected is None or uid is None:
        return
    version = states.versions.get(uid)
    if version is None:
        # A visit that was called off has a version, too.
        statement = select(col(Visit.version)).where(Visit.uid == uid, Visit.round_id == round_.id)
        version = session.exec(statement).first()
    if version != expected:
        raise StaleError(expected=expected, version=version, visit=uid)


def _held(
    session: Session,
    clock: Clock,
    round_: Round,
    states: DraftStates,
    command: Command,
    *,
    foreseen: Foresight | None,
    reason: str,
) -> Foresight:
    """What was foreseen where it still holds, else judged now."""
    area = load_area(session, round_, states, command)
    frame, day = states.frame, today(clock)
    if foreseen is not None and foreseen.holds(session, round_, command, frame=frame, area=area, day=day):
        refuse_unreasoned(foreseen.told, reason)
        return foreseen
    return judged(session, clock, round_, command, frame=frame, area=area, reason=reason)


def _call_off_drawn(session: Session, clock: Clock, actor: Actor, command: Command, withdrawn: Collection[str]) -> None:
    """Record that a drawn request is called off, as the public record of draws asks; others need none."""
    if not isinstance(command, ExcludeRequest):
        return
    rows = select(InspectionRequest).where(col(InspectionRequest.uid).in_(withdrawn), col(InspectionRequest.drawn))
    for row in session.exec(rows).all():
        row.status = RequestStatus.LEFT_OUT
        known = command.reason in GIVEN_BY_HAND
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
