"""R31: caps stand in a table by organ, field, item, level, class and year. Source: S55, S60, S61, S62."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R31", lives_in="scheduler.filing.caps.policy.CapTable")
