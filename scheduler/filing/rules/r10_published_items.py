"""R10: what is not on the published list is not inspected. Source: S1, S6, S9, S10."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import RecordStatus, Severity
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, params: Params) -> Iterator[Broken]:
    for task, written in picture.listed():
        named = (("item", written.text),)
        item = written.item
        if item is None:
            if not params["unlisted_allowed"]:
                yield Broken(name="item_unlisted", task=task, field="items", params=named)
        elif item.status is not RecordStatus.ACTIVE:
            yield Broken(name="item_closed", task=task, field="items", params=named)
        elif item.published_on is None or item.published_on > picture.today:
            yield Broken(name="item_unpublished", task=task, field="items", params=named)
        elif not item.legal_basis:
            # Published lists do leave it out: shown, and mended in the catalogue.
            yield Broken(name="item_without_basis", task=task, field="items", params=named, severity=Severity.NOTICE)


RULE = PlanRule(rule_id="R10", lives_in=__name__, judge=judge)
