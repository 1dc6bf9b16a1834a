"""What a released visit keeps of its plans, so that its papers can be written from it alone.

Reads plans and tasks at the moment of sealing. Knows no paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from data.models import Organisation, Plan, PlanTask, User
from scheduler.clock import DISTRICT_ZONE
from scheduler.filing.caps.plan_caps import trigger_of
from scheduler.filing.caps.policy import CapTable
from scheduler.planning.drafts import DraftVisit, chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """By row id: plans of tasks, and who filed them."""

    plans: Mapping[int | None, Plan]
    filers: Mapping[int | None, str]


def load_facts(session: Session, tasks: Mapping[int | None, PlanTask]) -> Facts:
    """Read the facts of tasks, with one query a table and chunk."""
    wanted = sorted({task.plan_id for task in tasks.values()})
    plans = {row.id: row for ids in chunks(wanted) for row in session.exec(select(Plan).where(col(Plan.id).in_(ids)))}
    filers = sorted({plan.filed_by_id for plan in plans.values() if plan.filed_by_id is not None})
    return Facts(
        plans=plans,
        filers={
            row.id: row.display_name
            for ids in chunks(filers)
            for row in session.exec(select(User).where(col(User.id).in_(ids)))
        },
    )


def plan_lines(
    facts: Facts,
    table: CapTable,
    one: DraftVisit,
    tasks: Mapping[int | None, PlanTask],
    bodies: Mapping[int | None, Organisation],
) -> list[dict[str, Any]]:
    """Say where each task of a visit comes from: kind, trigger, file, contact, assistants; by department and task."""
    lines = []
    for number in {request.task_id for request in one.requests}:
        task = tasks[number]
        plan = facts.plans[task.plan_id]
        counted, capped = table.exemption(plan.kind, trigger_of(plan))
        lines.append(
            {
                "department": bodies[plan.organisation_id].code,
                "task": task.name,
                "task_number": task.number,
                "plan": plan.title,
                "file_number": plan.file_number,
                "document_number": plan.document_number,
                "kind": str(plan.kind),
                "trigger": trigger_of(plan),
                "clue": plan.clue_number,
                "basis": plan.basis,
                "reason": task.explanation or task.onsite_reason,
                "targeting": str(task.targeting),
                "contact": plan.contact_name,
                "phone": plan.contact_phone,
                "assistants": task.assistants,
                "emergency": plan.emergency_reason if plan.emergency else "",
                "filed_by": facts.filers.get(plan.filed_by_id, ""),
                "filed_on": plan.filed_at.astimezone(DISTRICT_ZONE).date().isoformat() if plan.filed_at else "",
                "counted": counted,
                "capped": counted and capped,
            }
        )
    return sorted(lines, key=lambda line: (str(line["department"]), str(line["task"]), str(line["plan"])))
