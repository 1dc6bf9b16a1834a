"""R14: the facts of simple items may be collected by another team on one form. Source: S3, S22."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        if task.items and all(written.item is not None and written.item.simple for written in task.items):
            yield Broken(name="one_form_possible", task=task, field="items")


RULE = PlanRule(rule_id="R14", lives_in=__name__, judge=judge)
