"""R55: results are public within twenty working days of the visit. Source: S74, 国发〔2019〕5号."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R55", lives_in="scheduler.fieldwork.publication.due_results")
