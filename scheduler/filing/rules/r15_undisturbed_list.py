"""R15: items on the undisturbed list are planned on a trigger only. Source: S27, S37."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import ItemList
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    if picture.triggered:
        return
    for task, written in picture.listed():
        if written.item is not None and written.item.listed is ItemList.UNDISTURBED:
            yield Broken(name="item_undisturbed", task=task, field="items", params=(("item", written.text),))


RULE = PlanRule(rule_id="R15", lives_in=__name__, judge=judge)
