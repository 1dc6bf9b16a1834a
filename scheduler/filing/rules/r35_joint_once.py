"""R35: a joint visit counts once for the enterprise and once for each organ. Source: S50."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R35", lives_in="scheduler.filing.caps.round_caps.settle_round")
