"""Corrections of results once a visit is closed: what was wrong stays in the trail, what hangs on it is put right.

Soon after the closing the crew that leads corrects its own items alone. Everybody else, and everybody later, asks, and
another person of the same body decides. What is public keeps its row and bears a note of what was changed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CorrectionStatus, ItemMeasure, ItemOutcome, UncheckedReason, VisitStatus
from data.models import (
    Enterprise,
    InspectionRecord,
    ItemResult,
    PublishedResult,
    ResultCorrection,
    Site,
    Visit,
)
from scheduler.audit import canonical_json, queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.item_results import Finding, finding_faults, says, wanted
from scheduler.fieldwork.order_revisions import revise_orders
from scheduler.fieldwork.visits import get_field_visit
from scheduler.permissions import Actor, is_officer, may_follow_orders, may_publish_results
from scheduler.transitions import CORRECTION, step
from scheduler.workdays import load_calendar

ALONE_WORKDAYS: Final = 2
"""So many working days after the closing the leading crew needs nobody else: as long as papers may be filed late."""
LONGEST_REASON: Final = 500
_WAITING: Final = CorrectionStatus.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """What a result says or is to say."""

    outcome: ItemOutcome
    measure: ItemMeasure | None
    unchecked_reason: UncheckedReason | None
    text: str
    mend_by: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One correction with where it belongs. `own_wish`: the actor asked for it."""

    row: ResultCorrection
    item: str
    visit_uid: str
    site: str
    enterprise: str
    day: date
    before: Saying
    after: Saying
    own_wish: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedVisit:
    """The own body's results of a closed visit. `alone_until`: until when the actor corrects them alone; None: never.

    `corrections`: {id of a result: its corrections, the oldest first}.
    """

    visit: Visit
    site: str
    enterprise: str
    results: tuple[ItemResult, ...]
    corrections: dict[int, tuple[Correction, ...]]
    alone_until: datetime | None

    def waiting(self, result: ItemResult) -> Correction | None:
        """The correction of a result that waits for a second person."""
        return next((one for one in self.corrections.get(result.id or 0, ()) if one.row.status is _WAITING), None)


def get_closed_visit(session: Session, clock: Clock, actor: Actor, visit_uid: str) -> ClosedVisit:
    """A closed visit of the actor's body, for its crew, clerk and head. Raises NotFoundError for every other."""
    visit, organisation_id, leads = _visit_of(session, actor, visit_uid)
    own = select(ItemResult).where(ItemResult.visit_id == visit.id, ItemResult.organisation_id == organisation_id)
    results = session.exec(own.order_by(col(ItemResult.id))).all()
    if not results:
        raise NotFoundError("visit", visit_uid)
    site = session.get_one(Site, visit.site_id)
    made: dict[int, tuple[Correction, ...]] = {}
    for one in reversed(_load(session, actor, col(ItemResult.id).in_([row.id for row in results]))):
        made[one.row.result_id] = (*made.get(one.row.result_id, ()), one)
    return ClosedVisit(
        visit=visit,
        site=site.name,
        enterprise=session.get_one(Enterprise, site.enterprise_id).name,
        results=tuple(results),
        corrections=made,
        alone_until=_alone_until(session, clock, visit) if leads else None,
    )


def correct(
    session: Session, clock: Clock, actor: Actor, visit_uid: str, finding: Finding, *, reason: str
) -> ResultCorrection:
    """Correct a result, or ask for it where it takes a second person; the row says which.

    Raises NotFoundError; ConflictError "correction_asked", "result_changed"; InvalidError with fields
    "KEY.outcome" and so on as `record_results`, "nothing_changed", and on "reason" "required", "string_too_long".
    """
    queue_up(session)
    found = get_closed_visit(session, clock, actor, visit_uid)
    result = next((one for one in found.results if one.item_key == finding.key), None)
    if result is None:
        raise NotFoundError("result", finding.key)
    if found.waiting(result) is not None:
        raise ConflictError("correction_asked")
    if result.version != finding.version:
        raise ConflictError("result_changed", item=result.item)
    faults = _faults(clock, finding, result, reason)
    if faults:
        raise InvalidError(*faults)
    made = ResultCorrection(
        result_id=result.id or 0,
        status=_WAITING,
        alone=found.alone_until is not None,
        before=_stored(says(result)),
        after=_stored(wanted(finding)),
        reason=reason.strip(),
        asked_by_id=actor.user_id,
        asked_at=clock.now(),
    )
    session.add(made)
    session.flush()
    if made.alone:
        _make(session, clock, actor, made, result, found.visit)
    else:
        _note(session, clock, actor, "result.ask_correction", made, result, found.visit)
    return made


def decide_correction(
    session: Session, clock: Clock, actor: Actor, uid: str, *, agrees: bool, answer: str = ""
) -> None:
    """Make a correction that somebody else of the body asked for, or refuse it and say why.

    Raises NotPermittedError, NotFoundError, TransitionError; ConflictError "correction_second_person",
    "result_changed"; InvalidError on "answer": "required", "string_too_long".
    """
    if not may_publish_results(actor):
        raise NotPermittedError
    made, result, visit = _locked(session, actor, uid)
    if made.asked_by_id == actor.user_id:
        raise ConflictError("correction_second_person")
    step(CORRECTION, made.status, "make" if agrees else "refuse", entity="correction")
    if agrees:
        if _stored(says(result)) != made.before:
            raise ConflictError("result_changed", item=result.item)
        _make(session, clock, actor, made, result, visit)
        return
    made.answer = _text("answer", answer)
    _end(session, clock, actor, made, "refuse")
    _note(session, clock, actor, "result.refuse_correction", made, result, visit)


def withdraw_correction(session: Session, clock: Clock, actor: Actor, uid: str) -> None:
    """Take one's own wish back before it is decided. Raises NotFoundError, TransitionError."""
    made, result, visit = _locked(session, actor, uid)
    if made.asked_by_id != actor.user_id:
        raise NotFoundError("correction", uid)
    _end(session, clock, actor, made, "withdraw")
    _note(session, clock, actor, "result.withdraw_correction", made, result, visit)


def list_corrections(session: Session, actor: Actor) -> list[Correction]:
    """The corrections of an actor's body, those that wait first, then the latest; an officer sees those asked for."""
    if not may_follow_orders(actor):
        return []
    own = col(ItemResult.organisation_id) == actor.organisation_id
    if is_officer(actor):
        own = col(ResultCorrection.asked_by_id) == actor.user_id
    return sorted(_load(session, actor, own), key=lambda one: one.row.status is not _WAITING)


def waiting_corrections(session: Session, actor: Actor) -> int:
    """How many corrections wait for the actor as the second person."""
    if not may_publish_results(actor):
        return 0
    return sum(one.row.status is _WAITING and not one.own_wish for one in list_corrections(session, actor))


def _visit_of(session: Session, actor: Actor, visit_uid: str) -> tuple[Visit, int, bool]:
    """A closed visit, the body whose results the actor may correct, and whether the actor went and that body leads."""
    if is_officer(actor):
        found = get_field_visit(session, actor, visit_uid)
        if found.own is None or found.status is not VisitStatus.DONE:
            raise NotFoundError("visit", visit_uid)
        return found.visit, found.own.organisation_id, found.leads
    visit = session.exec(select(Visit).where(Visit.uid == visit_uid, Visit.status == VisitStatus.DONE)).first()
    if visit is None or not may_publish_results(actor):
        raise NotFoundError("visit", visit_uid)
    return visit, actor.organisation_id or 0, False


def _alone_until(session: Session, clock: Clock, visit: Visit) -> datetime | None:
    """The end of the time in which the leading crew needs nobody else; None when it is over."""
    closed = (visit.finished_at or clock.now()).astimezone(DISTRICT_ZONE).date()
    last = load_calendar(session).add_workdays(closed, ALONE_WORKDAYS)
    end = datetime.combine(last, time(23, 59, 59), DISTRICT_ZONE)
    return end if clock.now() <= end else None


def _faults(clock: Clock, finding: Finding, result: ItemResult, reason: str) -> list[Fault]:
    kept_day = finding.mend_by is not None and finding.mend_by == result.mend_by
    faults = [
        fault
        for fault in finding_faults(clock, finding, result.item)
        # A day that was set in time may have passed since.
        if not (kept_day and fault.code == "mend_by_needed")
    ]
    if not faults and wanted(finding) == says(result):
        faults.append(Fault(field=f"{finding.key}.outcome", code="nothing_changed"))
    return [*faults, *_text_faults("reason", reason)]


def _text_faults(name: str, text: str) -> list[Fault]:
    if not text.strip():
        return [Fault(field=name, code="required")]
    if len(text) > LONGEST_REASON:
        return [Fault(field=name, code="string_too_long", params=(("max_length", LONGEST_REASON),))]
    return []


def _text(name: str, text: str) -> str:
    faults = _text_faults(name, text)
    if faults:
        raise InvalidError(*faults)
    return text.strip()


def _make(  # noqa: PLR0917 -- session, clock and actor come first everywhere
    session: Session, clock: Clock, actor: Actor, made: ResultCorrection, result: ItemResult, visit: Visit
) -> None:
    old, new = _said(made.before), _said(made.after)
    for name in Saying.__slots__:
        setattr(result, name, getattr(new, name))
    session.add(result)
    if old.outcome is not new.outcome:
        made.publication_id = _standing_publication(session, result, visit)
    session.flush()
    _note_history(session, visit, result.organisation_id)
    was_ordered = old.measure is ItemMeasure.ORDERED
    revise_orders(session, clock, actor, visit, result, was_ordered=was_ordered, reason=made.reason)
    _end(session, clock, actor, made, "make")
    _note(session, clock, actor, "result.correct", made, result, visit)


def _standing_publication(session: Session, result: ItemResult, visit: Visit) -> int | None:
    return session.exec(
        select(PublishedResult.id).where(
            PublishedResult.visit_uid == visit.uid,
            PublishedResult.organisation_id == result.organisation_id,
            col(PublishedResult.withdrawn_at).is_(None),
        )
    ).first()


def _note_history(session: Session, visit: Visit, organisation_id: int) -> None:
    """Write anew whether the body found something: rules count by it."""
    problem = select(ItemResult.id).where(
        ItemResult.visit_id == visit.id,
        ItemResult.organisation_id == organisation_id,
        ItemResult.outcome == ItemOutcome.PROBLEM,
    )
    found = session.exec(problem).first() is not None
    rows = select(InspectionRecord).where(
        InspectionRecord.visit_uid == visit.uid, InspectionRecord.organisation_id == organisation_id
    )
    for row in session.exec(rows).all():
        row.problem_found = found
        session.add(row)
    session.flush()


def _end(session: Session, clock: Clock, actor: Actor, made: ResultCorrection, event: str) -> None:
    made.status = step(CORRECTION, made.status, event, entity="correction")
    made.decided_by_id, made.decided_at = actor.user_id, clock.now()
    session.add(made)
    session.flush()


def _note(  # noqa: PLR0917 -- as above
    session: Session,
    clock: Clock,
    actor: Actor,
    action: str,
    made: ResultCorrection,
    result: ItemResult,
    visit: Visit,
) -> None:
    change = {
        name: {"item": result.item, **json.loads(text)}
        for name, text in (("before", made.before), ("after", made.after))
    }
    reason = made.answer or made.reason
    record(session, clock, actor, action, entity="visit", entity_uid=visit.uid, reason=reason, **change)


def _locked(session: Session, actor: Actor, uid: str) -> tuple[ResultCorrection, ItemResult, Visit]:
    """A correction of the actor's body, with everybody else kept waiting."""
    queue_up(session)
    statement = select(ResultCorrection).where(ResultCorrection.uid == uid)
    made = session.exec(statement.execution_options(populate_existing=True)).first()
    if made is None:
        raise NotFoundError("correction", uid)
    result = session.get_one(ItemResult, made.result_id, populate_existing=True)
    if result.organisation_id != actor.organisation_id and made.asked_by_id != actor.user_id:
        raise NotFoundError("correction", uid)
    return made, result, session.get_one(Visit, result.visit_id)


def _load(session: Session, actor: Actor, condition: Any) -> Sequence[Correction]:
    """The latest first."""
    rows = session.execute(
        sa.select(ResultCorrection, ItemResult, Visit, col(Site.name), col(Enterprise.name))
        .join(ItemResult, col(ItemResult.id) == col(ResultCorrection.result_id))
        .join(Visit, col(Visit.id) == col(ItemResult.visit_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(condition)
        .order_by(col(ResultCorrection.asked_at).desc(), col(ResultCorrection.id).desc())
    )
    return [
        Correction(
            row=row,
            item=result.item,
            visit_uid=visit.uid,
            site=site,
            enterprise=enterprise,
            day=visit.day,
            before=_said(row.before),
            after=_said(row.after),
            own_wish=row.asked_by_id == actor.user_id,
        )
        for row, result, visit, site, enterprise in rows
    ]


def _stored(values: tuple[Any, ...]) -> str:
    return canonical_json(dict(zip(Saying.__slots__, values, strict=True)))


def _said(text: str) -> Saying:
    kept = json.loads(text)
    return Saying(
        outcome=ItemOutcome(kept["outcome"]),
        measure=ItemMeasure(kept["measure"]) if kept["measure"] else None,
        unchecked_reason=UncheckedReason(kept["unchecked_reason"]) if kept["unchecked_reason"] else None,
        text=kept["text"],
        mend_by=date.fromisoformat(kept["mend_by"]) if kept["mend_by"] else None,
    )
