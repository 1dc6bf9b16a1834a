"""R27: a scheme is filed working days ahead, but for triggered and unannounced ones. Source: S53."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if picture.triggered:
        return
    earliest = picture.calendar.add_workdays(picture.today, params["working_days"])
    for task in picture.tasks:
        if task.announced and task.row.last_date < earliest:
            figures = (("earliest", earliest.isoformat()), ("days", params["working_days"]))
            yield Broken(name="filed_too_late", task=task, field="last_date", params=figures)


RULE = PlanRule(rule_id="R27", lives_in=__name__, judge=judge)
