"""R41: class A is seen less; without a clue it may be spared. Source: S81."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import CreditClass
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    if picture.triggered:
        return
    for task, site in picture.named():
        if site.credit_class is CreditClass.A:
            yield Broken(name="class_a_named", task=task, site=site, field="site_uids")


RULE = PlanRule(rule_id="R41", lives_in=__name__, judge=judge)
