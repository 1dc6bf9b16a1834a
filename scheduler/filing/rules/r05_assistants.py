"""R05: the number of assistants is fixed in the plan and stays below a limit. Source: S5."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        if task.row.assistants > params["most"]:
            yield Broken(name="too_many_assistants", task=task, field="assistants", params=(("most", params["most"]),))


RULE = PlanRule(rule_id="R05", lives_in=__name__, judge=judge)
