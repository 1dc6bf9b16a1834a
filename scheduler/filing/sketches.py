"""Tasks that somebody is still writing: kept as typed, faulty or not, until they are finished or given up.

Keeping what was typed is no filing: beginning and giving up are audited, the strokes between are not. A finished task
goes through `tasks.add_task` like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlmodel import Session, col, select

from data.errors import NotFoundError
from data.models import Plan, PlanSketch
from scheduler import audit
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError
from scheduler.filing.access import require_editable
from scheduler.permissions import Actor

MOST_SKETCHES: Final = 50
LONGEST_TYPED: Final = 400_000
Typed = Mapping[str, Sequence[str]]


def start_sketch(
    session: Session, clock: Clock, actor: Actor, plan: Plan, *, step: str, typed: Typed | None = None
) -> PlanSketch:
    """Begin a task of an editable plan. Raises TransitionError, InvalidError "unfinished_tasks" beyond fifty."""
    require_editable(actor, plan, None)
    begun = len(list_sketches(session, plan))
    if begun >= MOST_SKETCHES:
        raise InvalidError(Fault(field="tasks", code="unfinished_tasks", params=(("count", begun),)))
    sketch = PlanSketch(
        plan_id=plan.id,  # type: ignore[arg-type]
        typed={name: list(values) for name, values in (typed or {}).items()},
        step=step,
        saved_by_id=actor.user_id,
        saved_at=clock.now(),
    )
    session.add(sketch)
    session.flush()
    after = {"sketch": sketch.uid}
    audit.record(session, clock, actor, "plan.start_task", entity="plan", entity_uid=plan.uid, after=after)
    return sketch


def get_sketch(session: Session, plan: Plan, uid: str) -> PlanSketch:
    """Return an unfinished task of this plan. Raises NotFoundError."""
    found = session.exec(select(PlanSketch).where(PlanSketch.uid == uid, PlanSketch.plan_id == plan.id)).first()
    if found is None:
        raise NotFoundError("plan_task", uid)
    return found


def list_sketches(session: Session, plan: Plan) -> Sequence[PlanSketch]:
    """Return the unfinished tasks of a plan, the oldest first."""
    return session.exec(select(PlanSketch).where(PlanSketch.plan_id == plan.id).order_by(col(PlanSketch.id))).all()


def save_sketch(
    session: Session, clock: Clock, actor: Actor, plan: Plan, sketch: PlanSketch, *, step: str, typed: Typed
) -> None:
    """Keep what was typed at a step beside what stands there from others; the last to save wins.

    Raises TransitionError, InvalidError "too_long".
    """
    require_editable(actor, plan, None)
    merged = sketch.typed | {name: list(values) for name, values in typed.items()}
    if sum(len(value) for values in merged.values() for value in values) > LONGEST_TYPED:
        raise InvalidError(Fault(field="site_uids", code="too_long"))
    sketch.typed, sketch.step = merged, step
    sketch.saved_by_id, sketch.saved_at = actor.user_id, clock.now()
    session.add(sketch)
    session.flush()


def finish_sketch(session: Session, sketch: PlanSketch) -> None:
    """Drop what was typed, because a task was made of it."""
    session.delete(sketch)
    session.flush()


def give_up_sketch(session: Session, clock: Clock, actor: Actor, plan: Plan, sketch: PlanSketch) -> None:
    """Drop an unfinished task; the audit trail keeps what was typed."""
    require_editable(actor, plan, None)
    before = {"sketch": sketch.uid, "typed": sketch.typed}
    finish_sketch(session, sketch)
    audit.record(session, clock, actor, "plan.give_up_task", entity="plan", entity_uid=plan.uid, before=before)
