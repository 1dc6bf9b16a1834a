"""R03: a body that coordinates or governs never inspects, nor goes along. Source: S4, S43."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from data.enums import OrganisationKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture

NEVER: Final = frozenset({OrganisationKind.COORDINATION, OrganisationKind.GOVERNMENT})


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    if picture.organisation.kind in NEVER:
        yield Broken(name="body_may_not_inspect", field="organisation")
    for task in picture.tasks:
        for partner in task.partners:
            if partner.kind in NEVER:
                named = (("partner", partner.short_name),)
                yield Broken(name="partner_may_not_inspect", task=task, field="partner_codes", params=named)


RULE = PlanRule(rule_id="R03", lives_in=__name__, judge=judge)
