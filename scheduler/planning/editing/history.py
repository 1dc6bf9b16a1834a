"""The edits of a round for people: who did what, when and why, from what to what. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from data.models import EditCommand, Round, User, Visit
from scheduler.naming import name_subjects
from scheduler.planning.editing.states import VisitState, rows_from_json

LONGEST_PAGE = 100
"""Edits shown on one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitChange:
    """One visit that an edit touched; `before` is None where it was not there yet."""

    uid: str
    name: str
    before: VisitState | None
    after: VisitState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EditLine:
    """One edit. `requests`: names of requests that it places or takes out; `batch_size`: edits made with it."""

    uid: str
    kind: str
    who: str
    at: datetime
    reason: str
    undone_at: datetime | None
    delta: tuple[tuple[str, float], ...]
    warnings: tuple[tuple[str, dict[str, object]], ...]
    changes: tuple[VisitChange, ...]
    requests: tuple[str, ...]
    batch_size: int


def list_edits(session: Session, round_: Round, *, page: int = 1) -> tuple[EditLine, ...]:
    """The edits of a round, newest first, a page at a time; a fixed number of queries."""
    statement = select(EditCommand).where(EditCommand.round_id == round_.id)
    order = statement.order_by(col(EditCommand.id).desc())
    rows = session.exec(order.offset((page - 1) * LONGEST_PAGE).limit(LONGEST_PAGE)).all()
    authors = select(col(User.id), col(User.display_name)).where(col(User.id).in_({row.actor_id for row in rows}))
    people = dict(session.exec(authors).all())
    names = name_subjects(session, _subjects(rows))
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row.batch] = sizes.get(row.batch, 0) + 1
    return tuple(_line(row, people.get(row.actor_id, ""), dict(names), sizes[row.batch]) for row in rows)


def _subjects(rows: Iterable[EditCommand]) -> set[str]:
    return {one["uid"] for row in rows for part in ("visits", "requests") for one in row.after[part]}


def _line(row: EditCommand, who: str, names: dict[str, str], size: int) -> EditLine:
    before, after = rows_from_json(row.before), rows_from_json(row.after)
    return EditLine(
        uid=row.uid,
        kind=row.kind,
        who=who,
        at=row.made_at,
        reason=row.reason,
        undone_at=row.undone_at,
        delta=tuple(row.delta.items()),
        warnings=tuple((code, params) for code, params in row.warnings),
        changes=tuple(
            VisitChange(uid=uid, name=names.get(uid, uid), before=before.visits.get(uid), after=state)
            for uid, state in after.visits.items()
        ),
        requests=tuple(names.get(uid, uid) for uid in after.requests),
        batch_size=size,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LastTouch:
    """Who changed a visit last, and what."""

    who: str
    kind: str
    at: datetime


def last_touch(session: Session, visit: Visit) -> LastTouch | None:
    """The newest edit that touched a visit; None where nobody has edited it by hand."""
    statement = (
        select(EditCommand, User.display_name)
        .join(User, col(EditCommand.actor_id) == col(User.id))
        .where(EditCommand.round_id == visit.round_id)
        .order_by(col(EditCommand.id).desc())
        .limit(LONGEST_PAGE)
    )
    for row, who in session.exec(statement):
        if any(one["uid"] == visit.uid for one in row.after["visits"]):
            return LastTouch(who=who, kind=row.kind, at=row.undone_at or row.made_at)
    return None
