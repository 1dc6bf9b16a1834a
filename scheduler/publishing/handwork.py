"""What people did to a draft by hand since the proposal that it is made of: by deed, with the reasons. Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, func, select

from data.models import AuditEvent, EditCommand, Proposal, Round, User
from scheduler.planning.drafts import DRAFT_CHANGED
from scheduler.planning.editing.commands import KINDS

BY_MACHINE: Final = "proposal.adopt"
STEPS_BACK: Final = frozenset({"edit.undo", "edit.redo"})
"""Reasons of changes that are no deeds of their own: what was undone is not counted, what was redone is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Edits of one kind that stand in the draft; `reasons`: each with how many edits gave it, most first, "" for none.

    The kinds stand in the order of `scheduler.planning.editing.commands.KINDS`.
    """

    kind: str
    count: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HandEdit:
    """A change of the draft by a person that was no edit on the board: a part that was taken in, a draft restored."""

    at: datetime
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A reason that somebody gave for an edit although a warning was against it. `count`: edits with it."""

    code: str
    reason: str
    count: int


def board_edits(session: Session, round_: Round) -> tuple[EditCommand, ...]:
    """All edits on the board since the proposal was taken, also those that were undone; oldest first."""
    adopted = select(func.max(col(Proposal.adopted_at))).where(Proposal.round_id == round_.id)
    since = session.exec(adopted).one()
    statement = select(EditCommand).where(EditCommand.round_id == round_.id).order_by(col(EditCommand.id))
    return tuple(row for row in session.exec(statement) if since is None or row.made_at >= since)


def deeds_of(edits: Iterable[EditCommand]) -> tuple[Deed, ...]:
    """Count the edits that stand by deed and reason."""
    found: dict[str, Counter[str]] = {}
    for row in edits:
        if row.undone_at is None:
            found.setdefault(row.kind, Counter())[_reason(row)] += 1
    return tuple(
        Deed(kind=kind, count=found[kind].total(), reasons=tuple(sorted(found[kind].items(), key=_most_first)))
        for kind in KINDS
        if kind in found
    )


def _reason(row: EditCommand) -> str:
    """Why: an exclusion names it in the deed itself."""
    return row.reason or str(row.command.get("reason", ""))


def _most_first(pair: tuple[str, int]) -> tuple[bool, int, str]:
    reason, count = pair
    return not reason, -count, reason


def against_warnings(edits: Iterable[EditCommand]) -> tuple[Against, ...]:
    """Reasons given for edits that stand in the draft and that a warning was against, by rule."""
    rows = [row for row in edits if row.undone_at is None and row.reason]
    found = Counter((code, row.reason) for row in rows for code in dict.fromkeys(code for code, _ in row.warnings))
    return tuple(Against(code=code, reason=reason, count=count) for (code, reason), count in sorted(found.items()))


def other_changes(session: Session, round_: Round, edits: Sequence[EditCommand]) -> tuple[HandEdit, ...]:
    """Changes of the draft by people since the proposal that no edit on the board brought about, newest first.

    The trail tells of a batch of edits once, with the person and the reason: so many of these are left out.
    """
    batches = {row.batch: (row.actor_id, row.reason) for row in edits}
    by_edits, found = Counter(batches.values()), []
    for event, name in _changes(session, round_):
        key = (event.actor_id or 0, event.reason)
        if event.reason in STEPS_BACK:
            continue
        if by_edits[key]:
            by_edits[key] -= 1
            continue
        found.append(HandEdit(at=event.at, name=name or "", reason=event.reason))
    return tuple(found)


def _changes(session: Session, round_: Round) -> list[tuple[AuditEvent, str | None]]:
    """Events of the trail that changed the draft since a proposal was taken whole, newest first."""
    statement = (
        select(AuditEvent, User.display_name)
        .join(User, col(User.id) == col(AuditEvent.actor_id), isouter=True)
        .where(AuditEvent.entity_uid == round_.uid, AuditEvent.action == DRAFT_CHANGED)
        .order_by(col(AuditEvent.number).desc())
    )
    found: list[tuple[AuditEvent, str | None]] = []
    for event, name in session.exec(statement).all():
        if event.reason == BY_MACHINE:
            break
        found.append((event, name))
    return found
