"""R13: what can be checked off-site is not checked on site without a reason. Source: S1."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        if task.row.onsite_reason:
            continue
        offsite = [written.text for written in task.items if written.item is not None and written.item.offsite]
        # One item that needs the visit justifies it for the others.
        if offsite and len(offsite) == len(task.items):
            yield Broken(name="offsite_possible", task=task, field="items", params=(("item", "、".join(offsite)),))


RULE = PlanRule(rule_id="R13", lives_in=__name__, judge=judge)
