"""R07: not more people enter an enterprise than needed. Source: S4, S65, S66."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import Severity
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        people = task.row.inspectors
        if people > params["department_most"]:
            most = (("most", params["department_most"]),)
            yield Broken(name="team_too_large", task=task, field="inspectors", params=most)
        elif people * (1 + len(task.partners)) > params["total_most"]:
            figures = (("people", people * (1 + len(task.partners))), ("most", params["total_most"]))
            yield Broken(
                name="teams_too_large", task=task, field="partner_codes", params=figures, severity=Severity.NOTICE
            )


RULE = PlanRule(rule_id="R07", lives_in=__name__, judge=judge)
