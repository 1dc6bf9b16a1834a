"""R37: no other body sees the same enterprise again within thirty days. Source: S31."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task, site in picture.named():
        others = [day for body, day in site.visits if body != picture.organisation.id]
        free = max(others) + timedelta(days=params["days"]) if others else None
        # A window that reaches beyond the thirty days leaves room for a later day.
        if free is not None and not picture.triggered and task.row.last_date <= free:
            figures = (("last", max(others).isoformat()), ("free", free.isoformat()))
            yield Broken(name="seen_lately", task=task, site=site, field="last_date", params=figures)


RULE = PlanRule(rule_id="R37", lives_in=__name__, judge=judge)
