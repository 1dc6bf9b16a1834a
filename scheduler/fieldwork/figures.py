"""Figures of the rules that the field goes by, as they hold on a day. Knows no visit."""

from __future__ import annotations

from datetime import date
from types import MappingProxyType
from typing import Final

from sqlmodel import Session

from scheduler.filing.judging import rules_in_force

PUBLISHED: Final = MappingProxyType({("R66", "backfill_days"): 10, ("R55", "working_days"): 20})
"""What the sources say; taken when somebody has switched the rule off, because work has to go on."""


def figure(session: Session, day: date, code: str, name: str) -> int:
    """A general parameter of a rule on a day; its published figure when the rule is switched off."""
    for rule in rules_in_force(session, day):
        if (rule.code, rule.organisation_kind, rule.scenario_id) == (code, None, None):
            return int(rule.parameters[name])
    return PUBLISHED[code, name]
