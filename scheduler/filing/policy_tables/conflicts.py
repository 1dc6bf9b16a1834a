"""The register of requirement conflicts (R16): two items that ask for opposite things, and how it was settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlmodel import Session, col, select

from data.errors import NotFoundError
from data.models import InspectionItem, RequirementConflict
from scheduler.clock import Clock, today
from scheduler.errors import Fault
from scheduler.filing.policy_tables import keeping
from scheduler.permissions import Actor

LONGEST_TEXT: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictDraft:
    """A conflict as an administrator enters it; `resolution`, `decided_by` and `decided_on` come together or not."""

    first_code: str
    second_code: str
    subject: str
    resolution: str = ""
    decided_by: str = ""
    decided_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictRow:
    """A conflict with its two items."""

    row: RequirementConflict
    first: InspectionItem
    second: InspectionItem


def list_conflicts(session: Session) -> tuple[ConflictRow, ...]:
    """Return all conflicts, those that are not settled first, then by age."""
    rows = session.exec(select(RequirementConflict).order_by(col(RequirementConflict.id))).all()
    ids = {key for row in rows for key in (row.first_item_id, row.second_item_id)}
    items = {one.id: one for one in session.exec(select(InspectionItem).where(col(InspectionItem.id).in_(ids)))}
    found = [ConflictRow(row=row, first=items[row.first_item_id], second=items[row.second_item_id]) for row in rows]
    return tuple(sorted(found, key=lambda one: bool(one.row.resolution)))


def get_conflict(session: Session, number: int) -> ConflictRow:
    """Return one conflict. Raises NotFoundError."""
    row = session.get(RequirementConflict, number)
    if row is None:
        raise NotFoundError("requirement_conflict", number)
    return ConflictRow(
        row=row,
        first=session.get_one(InspectionItem, row.first_item_id),
        second=session.get_one(InspectionItem, row.second_item_id),
    )


def add_conflict(session: Session, clock: Clock, actor: Actor, draft: ConflictDraft) -> RequirementConflict:
    """Note a conflict.

    Raises InvalidError: "unknown_item", "same_item", "conflict_twice", "required", "in_the_future".
    """
    keeping.begin_change(session, actor)
    row = RequirementConflict(first_item_id=0, second_item_id=0, subject="")
    _fill(session, clock, row, draft)
    keeping.note(session, clock, actor, "requirement_conflict.add", uid=row.id, after=_told(row))
    return row


def change_conflict(
    session: Session, clock: Clock, actor: Actor, row: RequirementConflict, draft: ConflictDraft
) -> None:
    """Change a conflict or write down how it was settled. Raises as `add_conflict`."""
    keeping.begin_change(session, actor)
    before = _told(row)
    _fill(session, clock, row, draft)
    keeping.note(session, clock, actor, "requirement_conflict.change", uid=row.id, before=before, after=_told(row))


def remove_conflict(session: Session, clock: Clock, actor: Actor, row: RequirementConflict, *, reason: str) -> None:
    """Strike a conflict that is none, or no more. Raises InvalidError on "reason"."""
    keeping.begin_change(session, actor)
    keeping.refuse(keeping.reason_faults(reason))
    session.delete(row)
    keeping.note(session, clock, actor, "requirement_conflict.end", uid=row.id, before=_told(row), reason=reason)


def _fill(session: Session, clock: Clock, row: RequirementConflict, draft: ConflictDraft) -> None:
    items = [_item(session, draft, name) for name in ("first_code", "second_code")]
    faults = [one for one in items if isinstance(one, Fault)] + _text_faults(clock, draft)
    keys = sorted(one.id or 0 for one in items if isinstance(one, InspectionItem))
    if len(keys) == 2:
        twin = _twin(session, keys)
        if keys[0] == keys[1]:
            faults.append(Fault(field="second_code", code="same_item"))
        elif twin is not None and twin.id != row.id:
            faults.append(Fault(field="second_code", code="conflict_twice"))
    keeping.refuse(faults)
    row.first_item_id, row.second_item_id = keys
    row.subject, row.resolution = draft.subject.strip(), draft.resolution.strip()
    row.decided_by, row.decided_on = draft.decided_by.strip(), draft.decided_on
    session.add(row)
    session.flush()


def _item(session: Session, draft: ConflictDraft, name: str) -> InspectionItem | Fault:
    code = getattr(draft, name).strip()
    if not code:
        return Fault(field=name, code="required")
    return keeping.find_item(session, code) or Fault(field=name, code="unknown_item", params=(("code", code),))


def _twin(session: Session, keys: list[int]) -> RequirementConflict | None:
    return session.exec(
        select(RequirementConflict).where(
            RequirementConflict.first_item_id == keys[0], RequirementConflict.second_item_id == keys[1]
        )
    ).first()


def _text_faults(clock: Clock, draft: ConflictDraft) -> list[Fault]:
    faults = [] if draft.subject.strip() else [Fault(field="subject", code="required")]
    settled = {name: getattr(draft, name) for name in ("resolution", "decided_by", "decided_on")}
    if any(settled.values()):
        faults += [Fault(field=name, code="required") for name, value in settled.items() if not value]
    for name, longest in (("subject", LONGEST_TEXT), ("resolution", LONGEST_TEXT), ("decided_by", 80)):
        if len(getattr(draft, name)) > longest:
            faults.append(Fault(field=name, code="string_too_long", params=(("max_length", longest),)))
    if draft.decided_on is not None and draft.decided_on > today(clock):
        faults.append(Fault(field="decided_on", code="in_the_future"))
    return faults


def _told(row: RequirementConflict) -> dict[str, Any]:
    names = ("first_item_id", "second_item_id", "subject", "resolution", "decided_by", "decided_on")
    return {name: getattr(row, name) for name in names}
