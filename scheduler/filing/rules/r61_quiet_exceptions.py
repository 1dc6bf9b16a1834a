"""R61: quiet days have listed exceptions, which are filed. Source: S70."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if not params["on"] or str(picture.plan.kind) not in params["kinds"]:
        return
    for task in picture.tasks:
        days = picture.calendar.workdays(task.row.first_date, task.row.last_date)
        if days and all(params["first_day"] <= day.day <= params["last_day"] for day in days):
            yield Broken(name="quiet_exception", task=task, field="first_date")


RULE = PlanRule(rule_id="R61", lives_in=__name__, judge=judge)
