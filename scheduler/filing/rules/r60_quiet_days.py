"""R60: no daily inspections on quiet days; closures of single sites are the planner's. Source: S7, S8, S69, S70."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import PlanKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if not params["on"] or picture.plan.kind is not PlanKind.DAILY:
        return
    for task in picture.tasks:
        days = picture.calendar.workdays(task.row.first_date, task.row.last_date)
        if days and all(params["first_day"] <= day.day <= params["last_day"] for day in days):
            figures = (("first", params["first_day"]), ("last", params["last_day"]))
            yield Broken(name="only_quiet_days", task=task, field="first_date", params=figures)


RULE = PlanRule(rule_id="R60", lives_in=__name__, judge=judge)
