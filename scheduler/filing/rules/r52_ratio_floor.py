"""R52: a random draw takes no less than a share of its roster. Source: S83, S84."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import PlanKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if picture.plan.kind is not PlanKind.RANDOM:
        return
    for task in picture.tasks:
        ratio = task.row.ratio
        if ratio is None and task.row.quantity is not None and task.roster:
            ratio = task.row.quantity / task.roster
        if task.drawn and not task.row.ratio_by_class and ratio is not None and ratio < params["least_share"]:
            least = (("least", f"{params['least_share']:.0%}"),)
            yield Broken(name="share_too_small", task=task, field="ratio", params=least)


RULE = PlanRule(rule_id="R52", lives_in=__name__, judge=judge)
