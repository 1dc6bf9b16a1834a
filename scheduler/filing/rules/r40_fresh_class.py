"""R40: classes change monthly; plans go by the latest. Source: S81, S82."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task, site in picture.named():
        age = (picture.today.year - site.class_month.year) * 12 + picture.today.month - site.class_month.month
        if age > params["months"]:
            month = (("month", site.class_month.isoformat()[:7]),)
            yield Broken(name="class_outdated", task=task, site=site, field="site_uids", params=month)


RULE = PlanRule(rule_id="R40", lives_in=__name__, judge=judge)
