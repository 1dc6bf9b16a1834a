"""R68: no visit is a condition of a licence without a legal basis. Source: S59."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    if picture.trigger != "licence":
        return
    for task, written in picture.listed():
        if written.item is None or not written.item.legal_basis:
            yield Broken(name="licence_without_basis", task=task, field="items", params=(("item", written.text),))


RULE = PlanRule(rule_id="R68", lives_in=__name__, judge=judge)
