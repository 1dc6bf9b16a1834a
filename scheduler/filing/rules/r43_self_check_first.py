"""R43: low-risk enterprises check themselves, or are checked off-site first. Source: S57."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if picture.triggered:
        return
    for task, site in picture.named():
        offsite = [written for written in task.items if written.item is not None and written.item.offsite]
        if offsite and str(site.credit_class) in params["offsite_first"]:
            first = "self_check_first" if str(site.credit_class) in params["self_check"] else "offsite_before_visit"
            yield Broken(name=first, task=task, site=site, field="site_uids")


RULE = PlanRule(rule_id="R43", lives_in=__name__, judge=judge)
