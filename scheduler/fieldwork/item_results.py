"""Results of a visit: each crew records its own items, the lead closes. Rules R55, R69; form d7."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import FieldDeed, ItemMeasure, ItemOutcome, UncheckedReason
from data.models import FieldEntry, InspectionRecord, ItemResult
from scheduler.audit import record
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError
from scheduler.fieldwork.entries import enter
from scheduler.fieldwork.orders import settle_orders
from scheduler.fieldwork.visits import FieldBody, FieldItem, FieldVisit, get_field_visit, require_begun
from scheduler.permissions import Actor
from scheduler.transitions import VISIT, step

LONGEST_TEXT: Final = 2000
LONGEST_TO_MEND: Final = timedelta(days=366)
"""A day beyond is a slip of the year; one at the end of all calendars would leave none for a re-inspection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is said of one item. `key`: of the item; `version`: of the result that the page showed, 0 for none."""

    key: str
    outcome: ItemOutcome
    measure: ItemMeasure | None = None
    unchecked_reason: UncheckedReason | None = None
    text: str = ""
    mend_by: date | None = None
    version: int = 0


def record_results(
    session: Session,
    clock: Clock,
    actor: Actor,
    uid: str,
    findings: Sequence[Finding],
    *,
    key: str,
    device_at: datetime | None = None,
) -> bool:
    """Record results of the own department's items; False when this was sent before.

    A result may be changed until the visit is closed. Raises NotFoundError, TransitionError (cancelled, closed),
    ConflictError "crew_not_arrived", "result_changed" (a colleague has recorded something else meanwhile),
    InvalidError with fields "KEY.outcome" and so on: "unknown_choice", "required", "mend_by_needed", "mend_by_far",
    "string_too_long".
    """
    found = get_field_visit(session, actor, uid)
    content = {"findings": [asdict(one) for one in findings]}
    entry = enter(session, clock, actor, found.visit, FieldDeed.RESULTS, key=key, content=content, device_at=device_at)
    if entry is None:
        return False
    require_begun(found)
    step(VISIT, found.visit.status, "record", entity="visit")
    own = _require_arrived(found)
    items = {item.key: item for item in found.items_of(own.code)}
    faults = [fault for one in findings for fault in _faults(clock, one, items.get(one.key))]
    if not findings:
        faults.append(Fault(field="items", code="nothing_recorded"))
    if faults:
        raise InvalidError(*faults)
    before, after = {}, {}
    for one in findings:
        old = found.results.get(one.key)
        if old is not None and says(old) == wanted(one):
            continue
        if (old.version if old else 0) != one.version:
            raise ConflictError("result_changed", item=items[one.key].text)
        before[items[one.key].text] = str(old.outcome) if old else ""
        after[items[one.key].text] = str(one.outcome)
        session.add(_written(clock, actor, found, own, entry, old, one, items[one.key]))
    session.flush()
    record(session, clock, actor, "visit.record", entity="visit", entity_uid=uid, before=before, after=after)
    return True


def close_visit(
    session: Session,
    clock: Clock,
    actor: Actor,
    uid: str,
    *,
    key: str,
    note: str = "",
    device_at: datetime | None = None,
) -> bool:
    """Close a visit, as one of the lead's crew; False when this was sent before.

    Whoever did not come does not count as having been there: their part of the history is taken back. Raises
    NotFoundError, TransitionError, ConflictError "lead_closes", "crew_not_arrived"; InvalidError "items_open" while
    results of those who came are missing, "absent_note" when somebody did not come and nobody says why.
    """
    found = get_field_visit(session, actor, uid)
    entry = enter(
        session, clock, actor, found.visit, FieldDeed.CLOSE, key=key, content={"note": note}, device_at=device_at
    )
    if entry is None:
        return False
    require_begun(found)
    status = step(VISIT, found.visit.status, "finish", entity="visit")
    if not found.leads:
        raise ConflictError("lead_closes")
    _require_arrived(found)
    faults = list(_closing_faults(found, note))
    if faults:
        raise InvalidError(*faults)
    found.visit.status, found.visit.finished_at = status, clock.now()
    session.add(found.visit)
    _settle_history(session, found)
    session.flush()
    settle_orders(session, clock, actor, found.visit)
    absent = [body.code for body in found.absent]
    problems = sum(one.outcome is ItemOutcome.PROBLEM for one in found.results.values())
    after = {"status": str(status), "absent": absent, "problems": problems}
    record(session, clock, actor, "visit.close", entity="visit", entity_uid=uid, after=after, reason=note.strip())
    return True


def _require_arrived(found: FieldVisit) -> FieldBody:
    if found.own is None or not found.arrived:
        raise ConflictError("crew_not_arrived")
    return found.own


def _faults(clock: Clock, one: Finding, item: FieldItem | None) -> Iterator[Fault]:
    if item is None:
        yield Fault(field=f"{one.key}.outcome", code="unknown_choice")
        return
    yield from finding_faults(clock, one, item.text)


def finding_faults(clock: Clock, one: Finding, item: str) -> Iterator[Fault]:
    """What is missing or wrong in a finding; `item`: the text by which the fault names it."""
    if len(one.text) > LONGEST_TEXT:
        yield Fault(field=f"{one.key}.text", code="string_too_long", params=(("max_length", LONGEST_TEXT),))
    if one.outcome is ItemOutcome.UNCHECKED and one.unchecked_reason is None:
        yield Fault(field=f"{one.key}.unchecked_reason", code="unchecked_why", params=(("item", item),))
    if one.outcome is ItemOutcome.PROBLEM:
        if one.measure is None:
            yield Fault(field=f"{one.key}.measure", code="measure_needed", params=(("item", item),))
        if not one.text.strip():
            yield Fault(field=f"{one.key}.text", code="problem_text", params=(("item", item),))
        if one.measure is ItemMeasure.ORDERED:
            yield from _mend_by_faults(clock, one, item)


def _mend_by_faults(clock: Clock, one: Finding, item: str) -> Iterator[Fault]:
    if one.mend_by is None or one.mend_by <= today(clock):
        yield Fault(field=f"{one.key}.mend_by", code="mend_by_needed", params=(("item", item),))
    elif one.mend_by > today(clock) + LONGEST_TO_MEND:
        yield Fault(field=f"{one.key}.mend_by", code="mend_by_far", params=(("item", item),))


def wanted(one: Finding) -> tuple[Any, ...]:
    """What of a finding counts: a measure belongs to a problem, a day to an order, a reason to what was not checked."""
    problem = one.outcome is ItemOutcome.PROBLEM
    ordered = problem and one.measure is ItemMeasure.ORDERED
    return (
        one.outcome,
        one.measure if problem else None,
        one.unchecked_reason if one.outcome is ItemOutcome.UNCHECKED else None,
        one.text.strip(),
        one.mend_by if ordered else None,
    )


def says(result: ItemResult) -> tuple[Any, ...]:
    """What a stored result says, in the order of `wanted`."""
    return result.outcome, result.measure, result.unchecked_reason, result.text, result.mend_by


def _written(  # noqa: PLR0917 -- all of it goes into one row
    clock: Clock,
    actor: Actor,
    found: FieldVisit,
    own: FieldBody,
    entry: FieldEntry,
    old: ItemResult | None,
    one: Finding,
    item: FieldItem,
) -> ItemResult:
    outcome, measure, unchecked, text, mend_by = wanted(one)
    columns: dict[str, Any] = {
        "outcome": outcome,
        "measure": measure,
        "unchecked_reason": unchecked,
        "text": text,
        "mend_by": mend_by,
        "recorded_by_id": actor.user_id,
        "recorded_at": clock.now(),
        "device_at": entry.device_at,
        "late": entry.late,
    }
    if old is None:
        place: dict[str, Any] = {"visit_id": found.visit.id, "organisation_id": own.organisation_id}
        return ItemResult(item_key=item.key, item=item.text, **place, **columns)
    for name, value in columns.items():
        setattr(old, name, value)
    return old


def _closing_faults(found: FieldVisit, note: str) -> Iterator[Fault]:
    if found.open_items:
        yield Fault(field="items", code="items_open", params=(("count", found.open_items),))
    if found.absent and not note.strip():
        # The page names them beside the form, in the language of its reader.
        yield Fault(field="note", code="absent_note")
    if len(note) > LONGEST_TEXT:
        yield Fault(field="note", code="string_too_long", params=(("max_length", LONGEST_TEXT),))


def _settle_history(session: Session, found: FieldVisit) -> None:
    """Write into each body's part of the history whether it found something; take back that of who did not come."""
    here = {body.organisation_id for body in found.bodies if body.arrival is not None}
    problems = {one.organisation_id for one in found.results.values() if one.outcome is ItemOutcome.PROBLEM}
    rows = select(InspectionRecord).where(col(InspectionRecord.visit_uid) == found.uid)
    for row in session.exec(rows).all():
        if row.organisation_id not in here:
            session.delete(row)
            continue
        row.problem_found = row.organisation_id in problems
        session.add(row)
