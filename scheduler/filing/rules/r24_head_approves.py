"""R24: the head files a plan, never its author, and only filed plans are scheduled. Source: S3, S53."""

from __future__ import annotations

from scheduler.filing.rules.finding import PlanRule

RULE = PlanRule(rule_id="R24", lives_in="scheduler.filing.decisions.file_plan")
