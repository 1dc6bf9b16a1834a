"""R36: one body merges its checks of an enterprise; apart from others only with a reason. Source: S1, S9."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import Severity
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture, TaskPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    seen: dict[int, TaskPicture] = {}
    for task, site in picture.named():
        first = seen.setdefault(site.site_id, task)
        if first is not task and _meet(first, task):
            other = (("other", first.row.position),)
            yield Broken(name="own_tasks_apart", task=task, site=site, field="site_uids", params=other)
        if site.wanted_by:
            bodies = (("bodies", "、".join(site.wanted_by)),)
            yield Broken(name="others_want_it", task=task, site=site, params=bodies, severity=Severity.NOTICE)


def _meet(one: TaskPicture, other: TaskPicture) -> bool:
    return one.row.first_date <= other.row.last_date and other.row.first_date <= one.row.last_date


RULE = PlanRule(rule_id="R36", lives_in=__name__, judge=judge)
