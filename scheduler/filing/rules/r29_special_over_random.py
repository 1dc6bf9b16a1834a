"""R29: no special sweep where random draws are in force. Source: S52."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import PlanKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if picture.plan.kind is not PlanKind.SPECIAL:
        return
    for task in picture.tasks:
        if task.random_by and task.roster and task.planned > params["share"] * task.roster:
            bodies = (("bodies", "、".join(task.random_by)),)
            yield Broken(name="random_in_force", task=task, field="scenario_code", params=bodies)


RULE = PlanRule(rule_id="R29", lives_in=__name__, judge=judge)
