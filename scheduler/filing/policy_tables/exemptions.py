"""The table of exemptions (R32, R33): which kinds of plans are counted and which are capped."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from data.enums import PlanKind, PlanTrigger
from data.errors import NotFoundError
from data.models import CapExemption
from scheduler.clock import Clock
from scheduler.errors import Fault
from scheduler.filing.policy_tables import keeping
from scheduler.permissions import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionDraft:
    """A line as an administrator asks for it. `trigger` None: for every trigger that has no line of its own."""

    kind: PlanKind
    trigger: PlanTrigger | None
    counted: bool
    capped: bool
    source: str = ""
    reason: str = ""


def list_exemptions(session: Session) -> tuple[CapExemption, ...]:
    """Return the lines by kind, the general one of a kind first."""
    statement = select(CapExemption).order_by(col(CapExemption.kind), col(CapExemption.trigger))
    return tuple(session.exec(statement))


def get_exemption(session: Session, number: int) -> CapExemption:
    """Return one line. Raises NotFoundError."""
    row = session.get(CapExemption, number)
    if row is None:
        raise NotFoundError("cap_exemption", number)
    return row


def add_exemption(session: Session, clock: Clock, actor: Actor, draft: ExemptionDraft) -> CapExemption:
    """Write a line. Raises InvalidError: "exemption_twice" on "trigger", "capped_uncounted" on "capped", "reason"."""
    keeping.begin_change(session, actor)
    row = CapExemption(kind=draft.kind)
    _fill(session, row, draft)
    keeping.note(
        session, clock, actor, "cap_exemption.add", uid=row.id, after=_told(draft), reason=draft.reason
    )  # fmt: skip
    return row


def change_exemption(session: Session, clock: Clock, actor: Actor, row: CapExemption, draft: ExemptionDraft) -> None:
    """Change a line for plans judged from now on; what was counted stays counted. Raises as `add_exemption`."""
    keeping.begin_change(session, actor)
    before = _state(row)
    _fill(session, row, draft)
    keeping.note(
        session, clock, actor, "cap_exemption.change", uid=row.id, before=before, after=_told(draft),
        reason=draft.reason,
    )  # fmt: skip


def remove_exemption(session: Session, clock: Clock, actor: Actor, row: CapExemption, *, reason: str) -> None:
    """Strike a line: the kind's general one holds, and without one everything is counted and capped."""
    keeping.begin_change(session, actor)
    keeping.refuse(keeping.reason_faults(reason))
    session.delete(row)
    keeping.note(session, clock, actor, "cap_exemption.end", uid=row.id, before=_state(row), reason=reason)


def _fill(session: Session, row: CapExemption, draft: ExemptionDraft) -> None:
    trigger = str(draft.trigger or "")
    faults = keeping.reason_faults(draft.reason)
    if draft.capped and not draft.counted:
        faults.append(Fault(field="capped", code="capped_uncounted"))
    with session.no_autoflush:
        twin = session.exec(
            select(CapExemption).where(CapExemption.kind == draft.kind, CapExemption.trigger == trigger)
        ).first()
    if twin is not None and twin.id != row.id:
        faults.append(Fault(field="trigger", code="exemption_twice"))
    keeping.refuse(faults)
    row.kind, row.trigger, row.counted, row.capped = draft.kind, trigger, draft.counted, draft.capped
    row.source = draft.source.strip()
    session.add(row)
    session.flush()


def _state(row: CapExemption) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("kind", "trigger", "counted", "capped", "source")}


def _told(draft: ExemptionDraft) -> dict[str, Any]:
    return {name: value for name, value in asdict(draft).items() if name != "reason"}
