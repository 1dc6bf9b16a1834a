"""R04: each department sends at least two officers whose certificates hold. Source: S54, S84."""

from __future__ import annotations

from collections.abc import Iterator

from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture, TaskPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task in picture.tasks:
        if task.row.inspectors < params["least"]:
            yield Broken(name="too_few_asked", task=task, field="inspectors", params=(("least", params["least"]),))
        valid = _valid(picture, task)
        if valid < max(params["least"], task.row.inspectors):
            figures = (("valid", valid), ("wanted", task.row.inspectors))
            yield Broken(name="too_few_officers", task=task, field="inspectors", params=figures)


def _valid(picture: PlanPicture, task: TaskPicture) -> int:
    """Officers who could go on the last day; where none are known, the number that the body says are present."""
    if not picture.officers:
        return picture.organisation.inspectors
    return sum(one.reviewed and one.certificate_until >= task.row.last_date for one in picture.officers)


RULE = PlanRule(rule_id="R04", lives_in=__name__, judge=judge)
