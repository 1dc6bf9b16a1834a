"""From a stored task back to the draft that would make it: for shares, versions, and joining another's task."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import Targeting
from data.models import (
    InspectionItem,
    Organisation,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    PlanTaskPartner,
    Scenario,
    Site,
    Skill,
    Town,
)
from scheduler.filing.drafts import TaskDraft, read_draft

_SAME = (
    "number", "name", "target_text", "targeting", "first_date", "last_date", "ratio", "quantity", "ratio_by_class",
    "quarters", "inspectors", "priority", "joint", "separate_reason", "notice_mode", "explanation", "hours",
    "equipment", "assistants", "together", "sequence_note", "lead_wish", "offsite", "onsite_reason", "minimum_yearly",
    "cap_clause",
)  # fmt: skip


def draft_values(session: Session, task: PlanTask) -> dict[str, Any]:
    """Return what TaskDraft takes for a stored task."""
    scenario = session.get(Scenario, task.scenario_id) if task.scenario_id else None
    town = session.get(Town, task.town_id) if task.town_id else None
    skill = session.get(Skill, task.skill_id) if task.skill_id else None
    items = session.execute(
        sa.select(col(PlanTaskItem.text), col(InspectionItem.uid))
        .outerjoin(InspectionItem, col(InspectionItem.id) == col(PlanTaskItem.item_id))
        .where(col(PlanTaskItem.task_id) == task.id)
        .order_by(col(PlanTaskItem.position))
    )
    return {
        **{name: getattr(task, name) for name in _SAME},
        "scenario_code": scenario.code if scenario else None,
        "town_code": town.code if town else None,
        "skill_code": skill.code if skill else None,
        "site_uids": tuple(target_uids(session, task)) if task.targeting is Targeting.NAMED else (),
        "items": tuple({"text": text, "item_uid": uid} for text, uid in items),
        "partner_codes": tuple(
            session.execute(
                sa.select(col(Organisation.code))
                .join(PlanTaskPartner, col(PlanTaskPartner.organisation_id) == col(Organisation.id))
                .where(col(PlanTaskPartner.task_id) == task.id)
                .order_by(col(Organisation.code))
            ).scalars()
        ),
    }


def make_draft(session: Session, task: PlanTask, **changes: Any) -> TaskDraft:
    """Return the draft of a stored task with some things said otherwise. Raises InvalidError."""
    return read_draft(TaskDraft, draft_values(session, task) | changes)


def target_uids(session: Session, task: PlanTask) -> list[str]:
    """Return the uids of the sites that a task names, sorted."""
    return list(
        session.execute(
            sa.select(col(Site.uid))
            .join(PlanTarget, col(PlanTarget.site_id) == col(Site.id))
            .where(col(PlanTarget.task_id) == task.id)
            .order_by(col(Site.uid))
        ).scalars()
    )
