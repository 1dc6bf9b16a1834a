"""R64: an announced visit is told working days before. Source: S8, S65, S102."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    # R25: what was inspected in an emergency lies in the past, on whatever day it was.
    if picture.plan.emergency:
        return
    earliest = picture.calendar.add_workdays(picture.today, params["working_days"])
    for task in picture.tasks:
        if task.announced and task.row.last_date < earliest:
            figures = (("earliest", earliest.isoformat()), ("days", params["working_days"]))
            yield Broken(name="no_time_to_announce", task=task, field="last_date", params=figures)


RULE = PlanRule(rule_id="R64", lives_in=__name__, judge=judge)
