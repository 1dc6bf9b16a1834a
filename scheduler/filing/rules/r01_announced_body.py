"""R01: only a body that was announced by then may inspect. Source: S1, S6."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    announced = picture.organisation.announced_on
    if announced is None or announced > picture.today:
        yield Broken(name="body_not_announced", field="organisation")


RULE = PlanRule(rule_id="R01", lives_in=__name__, judge=judge)
