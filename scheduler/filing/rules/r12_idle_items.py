"""R12: an item that nobody used for years should be cleaned out. Source: S3."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    oldest = picture.today.replace(year=picture.today.year - int(params["years"]), day=1)
    for task, written in picture.listed():
        item = written.item
        if item is None or item.published_on is None or item.published_on >= oldest:
            continue
        if written.last_used is None or written.last_used < oldest:
            figures = (("item", written.text), ("years", params["years"]))
            yield Broken(name="item_idle", task=task, field="items", params=figures)


RULE = PlanRule(rule_id="R12", lives_in=__name__, judge=judge)
