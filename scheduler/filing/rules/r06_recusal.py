"""R06: enough officers remain who have no interest in the enterprise; the roster keeps to it. Source: S84."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for task, site in picture.named():
        free = sum(one.officer_id not in site.recused for one in picture.officers)
        if site.recused and free < task.row.inspectors:
            figures = (("free", free), ("wanted", task.row.inspectors))
            yield Broken(name="too_few_unbiased", task=task, site=site, field="site_uids", params=figures)


RULE = PlanRule(rule_id="R06", lives_in=__name__, judge=judge)
