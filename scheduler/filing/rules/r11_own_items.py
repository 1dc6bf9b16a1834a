"""R11: an item belongs to the body that checks it. Source: S6."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for task, written in picture.listed():
        if written.item is not None and written.item.organisation_id != picture.organisation.id:
            yield Broken(name="item_of_others", task=task, field="items", params=(("item", written.text),))


RULE = PlanRule(rule_id="R11", lives_in=__name__, judge=judge)
