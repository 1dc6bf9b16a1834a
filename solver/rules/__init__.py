"""Every rule of the planning problem: one id, one module, one checker function.

Owns the two tables of contents. Knows problem and plan; no model, no search, no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from solver.plan import Plan, Violation
from solver.problem import Problem
from solver.rules import (
    conflict_apart,
    delay,
    department_capacity,
    enterprise_max_visits,
    moves,
    notice_modes_apart,
    plan_columns,
    repeats,
    request_alone,
    request_locked,
    request_placed_once,
    roster_certificate,
    roster_complete,
    roster_hop,
    roster_no_overlap,
    roster_one_lead,
    roster_own_department,
    roster_present,
    roster_recusal,
    roster_skill,
    sequence_gap,
    trips,
    unscheduled,
    visit_departments_limit,
    visit_enterprise_open,
    visit_in_window,
    visit_inspectors_limit,
    visit_not_empty,
    visit_one_a_day,
    visit_one_enterprise,
    visit_start_quarter,
    visits,
)

__all__ = ["HARD_RULES", "ROSTER_RULES", "SOFT_RULES"]

HardRule = Callable[[Problem, Plan], Iterator[Violation]]
SoftRule = Callable[[Problem, Plan], float]

HARD_RULES: Final[Mapping[str, HardRule]] = MappingProxyType(
    {
        plan_columns.RULE: plan_columns.violations,
        request_placed_once.RULE: request_placed_once.violations,
        visit_not_empty.RULE: visit_not_empty.violations,
        visit_one_enterprise.RULE: visit_one_enterprise.violations,
        visit_one_a_day.RULE: visit_one_a_day.violations,
        visit_in_window.RULE: visit_in_window.violations,
        visit_enterprise_open.RULE: visit_enterprise_open.violations,
        visit_start_quarter.RULE: visit_start_quarter.violations,
        department_capacity.RULE: department_capacity.violations,
        visit_departments_limit.RULE: visit_departments_limit.violations,
        visit_inspectors_limit.RULE: visit_inspectors_limit.violations,
        request_alone.RULE: request_alone.violations,
        conflict_apart.RULE: conflict_apart.violations,
        notice_modes_apart.RULE: notice_modes_apart.violations,
        enterprise_max_visits.RULE: enterprise_max_visits.violations,
        sequence_gap.RULE: sequence_gap.violations,
        request_locked.RULE: request_locked.violations,
        roster_complete.RULE: roster_complete.violations,
        roster_own_department.RULE: roster_own_department.violations,
        roster_present.RULE: roster_present.violations,
        roster_certificate.RULE: roster_certificate.violations,
        roster_recusal.RULE: roster_recusal.violations,
        roster_no_overlap.RULE: roster_no_overlap.violations,
        roster_skill.RULE: roster_skill.violations,
        roster_hop.RULE: roster_hop.violations,
        roster_one_lead.RULE: roster_one_lead.violations,
    }
)
"""Rule id -> finder of violations, in the order of the hard rules 1 to 9."""

ROSTER_RULES: Final = frozenset(rule for rule in HARD_RULES if rule.startswith("roster_"))
"""The parts of hard rule 9; they bind only where officers are given."""

SOFT_RULES: Final[Mapping[str, SoftRule]] = MappingProxyType(
    {
        unscheduled.RULE: unscheduled.cost,
        visits.RULE: visits.cost,
        trips.RULE: trips.cost,
        delay.RULE: delay.cost,
        moves.RULE: moves.cost,
        repeats.RULE: repeats.cost,
    }
)
"""Term of the score -> its cost, in the order of the score."""
