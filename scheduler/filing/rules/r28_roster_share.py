"""R28: a plan covers no more than a share of a roster. Source: S64."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        if task.roster and task.planned > params["most_share"] * task.roster:
            figures = (("planned", task.planned), ("roster", task.roster))
            yield Broken(name="share_of_roster", task=task, field="ratio", params=figures)


RULE = PlanRule(rule_id="R28", lives_in=__name__, judge=judge)
