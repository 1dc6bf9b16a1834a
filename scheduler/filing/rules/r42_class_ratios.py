"""R42: shares drawn by class stay within bounds. Source: S63."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        for name, ratio in sorted((task.row.ratio_by_class or {}).items()):
            low, high = params[name]
            if not low <= ratio <= high:
                figures = (("class", name), ("low", f"{low:.0%}"), ("high", f"{high:.0%}"))
                yield Broken(name="ratio_out_of_bounds", task=task, field="ratio_by_class", params=figures)


RULE = PlanRule(rule_id="R42", lives_in=__name__, judge=judge)
