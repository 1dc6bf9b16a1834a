"""R67: there is no field for a target of visits or fines. Source: S1, S3."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R67", lives_in="data.models")
