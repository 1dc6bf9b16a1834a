"""R26: a single case names what set it off, and the number of the clue. Source: S4, S60, S61."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import PlanKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    if picture.plan.kind is not PlanKind.CASE:
        return
    if not picture.trigger:
        yield Broken(name="trigger_missing", field="trigger")
    elif picture.trigger in params["clue_required"] and not picture.clue_number:
        yield Broken(name="clue_missing", field="clue_number")


RULE = PlanRule(rule_id="R26", lives_in=__name__, judge=judge)
