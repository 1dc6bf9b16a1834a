"""R23: a body has a yearly number of special inspections. Source: S6, S36, S54."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import PlanKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if picture.plan.kind is PlanKind.SPECIAL and picture.special_plans >= params["quota"]:
        figures = (("filed", picture.special_plans), ("quota", params["quota"]))
        yield Broken(name="special_quota_used", field="kind", params=figures)


RULE = PlanRule(rule_id="R23", lives_in=__name__, judge=judge)
