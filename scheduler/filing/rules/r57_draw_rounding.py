"""R57: drawn numbers are rounded half up, one at least. Source: S86."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R57", lives_in="scheduler.filing.draw_method")
