"""R62: a body decides within one working day, several bodies within three. Source: S8."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import PlanStatus
from scheduler.clock import DISTRICT_ZONE
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    plan = picture.plan
    if plan.status is not PlanStatus.SUBMITTED or plan.submitted_at is None:
        return
    joint = any(task.partners for task in picture.tasks)
    days = params["joint_days"] if joint else params["own_days"]
    due = picture.calendar.add_workdays(plan.submitted_at.astimezone(DISTRICT_ZONE).date(), days)
    if picture.present > due:
        yield Broken(name="decision_overdue", field="status", params=(("due", due.isoformat()), ("days", days)))


RULE = PlanRule(rule_id="R62", lives_in=__name__, judge=judge)
