"""Undoing and redoing one's own edits, a whole batch at a time, across reloads. Never takes back what others did.

An edit is undone only while its rows are as it left them; else it is said who changed what since.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from data.enums import RequestStatus, VisitStatus
from data.models import AuditEvent, EditCommand, InspectionRequest, Round, User
from scheduler.clock import Clock
from scheduler.errors import ConflictError, RuleError
from scheduler.permissions import Actor
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editing.area import read_rows
from scheduler.planning.editing.draft_states import DraftStates, draft_states
from scheduler.planning.editing.judging import judge
from scheduler.planning.editing.log import EditOutcome, audit_rows, prepare
from scheduler.planning.editing.states import Rows, VisitState, rows_from_json
from scheduler.planning.editing.writing import write_rows
from scheduler.transitions import VISIT, step


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What a person can take back and do again in a round: number and kinds of the edits, none where there is none."""

    undo: tuple[str, ...] = ()
    redo: tuple[str, ...] = ()


def undo(session: Session, clock: Clock, actor: Actor, round_: Round) -> EditOutcome:
    """Take back the newest edit, or batch of edits, that this person has made in a round.

    Raises ConflictError "nothing_to_undo", "undo_blocked" (who, what, at: somebody has changed those rows since),
    "exclusion_recorded", "visit_under_way"; RuleError (what was then would break a hard rule now);
    NotPermittedError; ConflictError "round_not_open".
    """
    prepare(session, actor, round_)
    batch = _batch(session, round_, _next_undo(session, actor, round_), undone=False)
    if not batch:
        raise ConflictError("nothing_to_undo")
    _refuse_recorded(session, batch)
    before, after = _folded(batch)
    outcome = _put_back(session, clock, actor, round_, batch, target=before, expected=after, reason="edit.undo")
    for row in batch:
        row.undone_at = clock.now()
        session.add(row)
    touch_draft(session, clock, actor, round_, reason="edit.undo")
    return outcome


def redo(session: Session, clock: Clock, actor: Actor, round_: Round) -> EditOutcome:
    """Do again what this person took back last, unless something else was done since. Raises as `undo` does."""
    prepare(session, actor, round_)
    batch = _batch(session, round_, _next_redo(session, actor, round_), undone=True)
    if not batch:
        raise ConflictError("nothing_to_redo")
    before, after = _folded(batch)
    outcome = _put_back(session, clock, actor, round_, batch, target=after, expected=before, reason="edit.redo")
    for row in batch:
        row.undone_at = None
        session.add(row)
    touch_draft(session, clock, actor, round_, reason="edit.redo")
    return outcome


def steps_of(session: Session, actor: Actor, round_: Round) -> Steps:
    """What undo and redo would take now, for the buttons."""
    back = _batch(session, round_, _next_undo(session, actor, round_), undone=False)
    again = _batch(session, round_, _next_redo(session, actor, round_), undone=True)
    return Steps(undo=tuple(row.kind for row in back), redo=tuple(row.kind for row in again))


def _next_undo(session: Session, actor: Actor, round_: Round) -> str | None:
    statement = select(EditCommand.batch).where(
        EditCommand.round_id == round_.id,
        EditCommand.actor_id == actor.user_id,
        col(EditCommand.undone_at).is_(None),
    )
    return session.exec(statement.order_by(col(EditCommand.id).desc()).limit(1)).first()


def _next_redo(session: Session, actor: Actor, round_: Round) -> str | None:
    statement = select(EditCommand.batch).where(
        EditCommand.round_id == round_.id,
        EditCommand.actor_id == actor.user_id,
        col(EditCommand.undone_at).is_not(None),
        col(EditCommand.dropped).is_(False),
    )
    return session.exec(statement.order_by(col(EditCommand.id)).limit(1)).first()


def _batch(session: Session, round_: Round, batch: str | None, *, undone: bool) -> list[EditCommand]:
    """The edits of a batch, in the order in which they were made."""
    if batch is None:
        return []
    state = col(EditCommand.undone_at).is_not(None) if undone else col(EditCommand.undone_at).is_(None)
    statement = select(EditCommand).where(EditCommand.round_id == round_.id, EditCommand.batch == batch, state)
    return list(session.exec(statement.order_by(col(EditCommand.id))))


def _folded(batch: Sequence[EditCommand]) -> tuple[Rows, Rows]:
    """The rows of a batch as its first edit found them and as its last left them."""
    visits: dict[str, VisitState | None] = {}
    before, after = Rows(visits={}, requests={}), Rows(visits={}, requests={})
    requests = dict(before.requests)
    for row in batch:
        old, new = rows_from_json(row.before), rows_from_json(row.after)
        for uid in new.visits:
            visits.setdefault(uid, old.visits.get(uid))
        for uid, state in old.requests.items():
            requests.setdefault(uid, state)
        after = Rows(visits={**after.visits, **new.visits}, requests={**after.requests, **new.requests})
    known = {uid: _absent(after.visits[uid]) if state is None else state for uid, state in visits.items()}
    return Rows(visits=known, requests=requests), after


def _absent(state: VisitState) -> VisitState:
    """How a visit stands that was not there yet: called off, and empty."""
    return replace(
        state,
        status=VisitStatus.CANCELLED,
        members=(),
        lead_officer="",
        day_pinned=False,
        crew_pinned=False,
        members_pinned=False,
    )


def _put_back(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    batch: Sequence[EditCommand],
    *,
    target: Rows,
    expected: Rows,
    reason: str,
) -> EditOutcome:
    present = read_rows(session, round_, expected)
    if not _as_left(present, expected):
        raise _blocked(session, round_, batch, expected)
    new = Rows(
        visits={uid: _standing(present.visits[uid], state) for uid, state in target.visits.items()},
        requests=target.requests,
    )
    if new.requests != present.requests:
        # A request that comes back has to be asked for again before its visit can be judged.
        write_rows(session, round_, Rows(visits={}, requests=new.requests))
    states = draft_states(session, round_)
    frame, area = states.frame, _met(states, present, new)
    withdrawn = [uid for uid, state in new.requests.items() if state.status is RequestStatus.WITHDRAWN]
    judgement = judge(frame, area, {**area, **new.visits}, withdrawn=withdrawn)
    if judgement.broken:
        raise RuleError(judgement.broken)
    write_rows(session, round_, new)
    audit_rows(session, clock, actor, present, new, reason=reason)
    return EditOutcome(visits=tuple(sorted(new.visits)), delta=judgement.delta)


def _met(states: DraftStates, present: Rows, new: Rows) -> dict[str, VisitState]:
    """The visits that going from one to the other can meet."""
    both = [state for rows in (present, new) for state in rows.visits.values()]
    return states.around(
        days={state.day for state in both},
        sites={state.site for state in both},
        bodies={number for state in both for number in states.frame.bodies(state)},
    )


def _as_left(present: Rows, expected: Rows) -> bool:
    """Whether rows are as an edit left them; that a visit was published meanwhile does not count."""
    if set(present.visits) != set(expected.visits) or present.requests != expected.requests:
        return False
    return all(_same(present.visits[uid], state) for uid, state in expected.visits.items())


def _same(present: VisitState, expected: VisitState) -> bool:
    if present.alive != expected.alive:
        return False
    return not present.alive or present == replace(expected, status=present.status)


def _standing(present: VisitState, target: VisitState) -> VisitState:
    """The target with the status that follows from the present one. Raises ConflictError "visit_under_way"."""
    if present.status in (VisitStatus.CHECKED_IN, VisitStatus.DONE):
        raise ConflictError("visit_under_way", status=str(present.status))
    if present.alive == target.alive:
        return replace(target, status=present.status)
    event = "cancel" if present.alive else "restore"
    if event == "restore" and target.status is VisitStatus.PUBLISHED:
        event = "restore_published"
    return replace(target, status=step(VISIT, present.status, event, entity="visit"))


def _blocked(session: Session, round_: Round, batch: Sequence[EditCommand], rows: Rows) -> ConflictError:
    """Say who changed the rows since: the newest later edit of one of them, else the newest link of the trail."""
    later = session.exec(
        select(EditCommand)
        .where(EditCommand.round_id == round_.id, col(EditCommand.id) > (batch[-1].id or 0))
        .order_by(col(EditCommand.id).desc())
    ).all()
    for row in later:
        changed = {one["uid"] for part in ("visits", "requests") for one in row.after[part]}
        if row.undone_at is None and changed & {*rows.visits, *rows.requests}:
            return ConflictError("undo_blocked", who=_name(session, row.actor_id), what=row.kind, at=row.made_at)
    event = session.exec(
        select(AuditEvent)
        .where(col(AuditEvent.entity_uid).in_([round_.uid, *rows.visits, *rows.requests]))
        .order_by(col(AuditEvent.number).desc())
        .limit(1)
    ).first()
    if event is None:
        return ConflictError("undo_blocked", who="", what="", at=batch[-1].made_at)
    return ConflictError("undo_blocked", who=_name(session, event.actor_id), what=event.action, at=event.at)


def _name(session: Session, user_id: int | None) -> str:
    user = session.get(User, user_id) if user_id else None
    return user.display_name if user else ""


def _refuse_recorded(session: Session, batch: Sequence[EditCommand]) -> None:
    """A drawn request that was called off stays so: the record of it is public."""
    excluded = [row.command["request"] for row in batch if row.kind == "exclude"]
    drawn = select(InspectionRequest.uid).where(col(InspectionRequest.uid).in_(excluded), col(InspectionRequest.drawn))
    if excluded and session.exec(drawn).first() is not None:
        raise ConflictError("exclusion_recorded")
