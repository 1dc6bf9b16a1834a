"""R21: the annual plan is filed by the end of March. Source: S6, S7, S8."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    plan = picture.plan
    days = (plan.period_last - plan.period_first).days + 1
    month = min(max(params["month"], 1), 12)
    last = monthrange(plan.period_first.year, month)[1]
    deadline = date(plan.period_first.year, month, min(max(params["day"], 1), last))
    if days >= params["annual_days"] and picture.today > deadline:
        yield Broken(name="annual_plan_late", field="period_first", params=(("deadline", deadline.isoformat()),))


RULE = PlanRule(rule_id="R21", lives_in=__name__, judge=judge)
