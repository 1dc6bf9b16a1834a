"""R16: conflicting requirements of two fields are settled first, and told. Source: S4, S45, S73."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for task, written in picture.listed():
        for conflict in written.conflicts:
            if conflict.resolution:
                figures = (("item", written.text), ("resolution", conflict.resolution))
                yield Broken(name="conflict_settled", task=task, field="items", params=figures)
            else:
                figures = (("item", written.text), ("subject", conflict.subject))
                yield Broken(name="conflict_unsettled", task=task, field="items", params=figures)


RULE = PlanRule(rule_id="R16", lives_in=__name__, judge=judge)
