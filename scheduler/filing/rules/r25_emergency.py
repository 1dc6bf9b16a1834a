"""R25: an emergency may come first; its papers follow within working days. Source: S3, S8."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if not picture.triggered:
        return
    for task in picture.tasks:
        due = picture.calendar.add_workdays(task.row.first_date, params["working_days"])
        if task.row.last_date < picture.today and picture.today > due:
            yield Broken(name="backfill_late", task=task, field="first_date", params=(("due", due.isoformat()),))


RULE = PlanRule(rule_id="R25", lives_in=__name__, judge=judge)
