"""R32: inspections that no cap stops are still counted, and clearly too many are questioned. Source: S4."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for line in picture.caps:
        if not line.capped and line.taken + line.exempt + line.wanted > params["most"]:
            task, site = next(pair for pair in picture.named() if pair[1].site_id in line.site_ids)
            figures = (("count", line.taken + line.exempt), ("most", params["most"]))
            yield Broken(name="clearly_excessive", task=task, site=site, field="site_uids", params=figures)


RULE = PlanRule(rule_id="R32", lives_in=__name__, judge=judge)
