"""R34: raised frequencies of class D are outside the cap: its policies have no limit. Source: S61."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R34", lives_in="data.seed.policies.default_caps")
