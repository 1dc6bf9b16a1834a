"""R20: an inspection is of one of the kinds that the law knows: the column takes no other. Source: S2, S3."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R20", lives_in="data.enums.plans.PlanKind")
