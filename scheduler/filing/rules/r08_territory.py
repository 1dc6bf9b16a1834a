"""R08: a township inspects on its own ground. Source: S1, S59."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import OrganisationKind
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    body = picture.organisation
    if body.kind is not OrganisationKind.TOWNSHIP:
        return
    for task, site in picture.named():
        if site.town_id != body.town_id:
            yield Broken(name="foreign_ground", task=task, site=site, field="site_uids")
    for task in picture.tasks:
        if task.drawn and task.row.town_id != body.town_id:
            yield Broken(name="foreign_draw", task=task, field="town_code")


RULE = PlanRule(rule_id="R08", lives_in=__name__, judge=judge)
