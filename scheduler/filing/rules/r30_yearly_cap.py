"""R30: one organ inspects one enterprise no more often in a year than its cap. Source: S1, S3, S4."""

from __future__ import annotations

from collections.abc import Iterator

from data.enums import Severity
from scheduler.filing.rules.finding import Broken, Params, PlanRule
from scheduler.filing.rules.picture import PlanPicture


def judge(picture: PlanPicture, _params: Params) -> Iterator[Broken]:
    for line in picture.caps:
        if line.exceeded:
            task, site = next(pair for pair in picture.named() if pair[1].site_id in line.site_ids)
            figures = (("holder", line.holder), ("most", line.most), ("taken", line.taken))
            milder = None if line.hard else Severity.WARNING
            name = "cap_reached" if line.hard else "cap_passed"
            yield Broken(name=name, task=task, site=site, field="site_uids", params=figures, severity=milder)


RULE = PlanRule(rule_id="R30", lives_in=__name__, judge=judge)
