"""R39: a legal minimum above the cap is decided by a person first. Source: 食品生产经营风险分级管理办法."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    least = {(row["scenario"], row["class"]): row["least"] for row in params["minimum"]}
    for task, site in picture.named():
        wanted = least.get((site.scenario_code, str(site.credit_class)), 0)
        caps = [line.most for line in picture.caps if line.hard and line.capped and site.site_id in line.site_ids]
        lowest = min((most for most in caps if most is not None), default=None)
        if lowest is not None and wanted > lowest:
            figures = (("least", wanted), ("most", lowest))
            yield Broken(name="minimum_above_cap", task=task, site=site, field="site_uids", params=figures)


RULE = PlanRule(rule_id="R39", lives_in=__name__, judge=judge)
