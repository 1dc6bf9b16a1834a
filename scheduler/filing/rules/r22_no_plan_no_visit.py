"""R22: a visit serves requests, and a request belongs to a task of a filed plan. Source: S8, S22."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R22", lives_in="data.models.rounds.InspectionRequest")
