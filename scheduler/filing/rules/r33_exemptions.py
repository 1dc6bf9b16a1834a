"""R33: a table says which kinds are counted and which are capped; sources disagree. Source: S3, S4."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R33", lives_in="scheduler.filing.caps.policy.CapTable.exemption")
