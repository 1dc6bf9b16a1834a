"""R44: the class that a field's own authority gave goes before the general one. Source: S56."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for task, site in picture.named():
        if site.field_class:
            given = (("class", str(site.credit_class)),)
            yield Broken(name="field_class_counts", task=task, site=site, field="site_uids", params=given)


RULE = PlanRule(rule_id="R44", lives_in=__name__, judge=judge)
