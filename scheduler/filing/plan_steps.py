"""One step in a plan's life: still the version that was seen, saved, and written into the audit trail."""

from __future__ import annotations

from sqlmodel import Session

from data.errors import StaleError
from data.models import Plan
from scheduler import audit
from scheduler.clock import Clock
from scheduler.permissions import Actor


def require_version(plan: Plan, version: int | None) -> None:
    """Raise StaleError when the plan is no longer as the person saw it; None asks for nothing."""
    if version is not None and plan.version != version:
        raise StaleError(entity="plan", version=version)


def save_plan(session: Session, plan: Plan) -> None:
    """Write the plan; its version rises."""
    session.add(plan)
    session.flush()


def note_step(
    session: Session, clock: Clock, actor: Actor, action: str, plan: Plan, *, before: str, reason: str = ""
) -> None:
    """Record a change of status."""
    audit.record(
        session, clock, actor, action, entity="plan", entity_uid=plan.uid,
        before={"status": before}, after={"status": plan.status}, reason=reason,
    )  # fmt: skip
