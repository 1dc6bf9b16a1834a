"""R72: visits are on working days; a window without one is empty. Source: 国务院办公厅节假日安排."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    # R25: what was inspected in an emergency lies in the past, on whatever day it was.
    if picture.plan.emergency:
        return
    for task in picture.tasks:
        if not picture.calendar.workdays(task.row.first_date, task.row.last_date):
            yield Broken(name="no_working_day", task=task, field="first_date")


RULE = PlanRule(rule_id="R72", lives_in=__name__, judge=judge)
