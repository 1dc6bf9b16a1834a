"""R71: who was ordered to mend has until the day that was set; a re-inspection comes after it. Source: S0, S8, S12."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    if picture.mend_by is None:
        return
    for task in picture.tasks:
        if task.row.first_date <= picture.mend_by:
            figures = (("mend_by", picture.mend_by.isoformat()),)
            yield Broken(name="review_early", task=task, field="first_date", params=figures)


RULE = PlanRule(rule_id="R71", lives_in=__name__, judge=judge)
