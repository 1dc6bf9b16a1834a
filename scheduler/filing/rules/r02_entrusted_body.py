"""R02: an entrusted body acts on a published entrustment and within its scope. Source: S3, S43."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import Mandate
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    body = picture.organisation
    if body.mandate is not Mandate.ENTRUSTED:
        return
    if body.entrusted_by_id is None:
        yield Broken(name="entrusted_by_nobody", field="organisation")
    elif body.entrusted_on is None or body.entrusted_on > picture.today:
        yield Broken(name="entrustment_unpublished", field="organisation")
    # The scope of an entrustment is what its own catalogue lists.
    for task, item in picture.listed():
        if item.item is None:
            yield Broken(name="outside_entrustment", task=task, field="items", params=(("item", item.text),))


RULE = PlanRule(rule_id="R02", lives_in=__name__, judge=judge)
