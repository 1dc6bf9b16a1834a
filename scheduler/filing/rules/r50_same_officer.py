"""R50: officers are matched anew each time; the same one again and again without findings is asked about. S52, S83."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R50", lives_in="scheduler.oversight.officers")
