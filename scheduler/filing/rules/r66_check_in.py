"""R66: the crew checks in on the day, before it starts, for a released visit. Source: S42, S46, S67."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R66", lives_in="scheduler.fieldwork.checkins.note_arrival")
