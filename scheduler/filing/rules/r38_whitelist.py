"""R38: enterprises on the white list are met on a trigger only. Source: S12, S34, S35."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    if picture.triggered:
        return
    for task, site in picture.named():
        if site.whitelisted:
            yield Broken(name="whitelisted", task=task, site=site, field="site_uids")


RULE = PlanRule(rule_id="R38", lives_in=__name__, judge=judge)
