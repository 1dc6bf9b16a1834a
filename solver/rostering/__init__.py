"""Rostering: who goes to each visit of a plan, and in which quarter of the day.

Owns hard rule 9 and the starts of rule 4; knows nothing of how visits were merged.
"""

from solver.rostering.day import DayAnswer
from solver.rostering.outcome import CutKind, RosterCut, RosterOutcome
from solver.rostering.ranking import draw_value
from solver.rostering.roster import roster_plan, staff_days

__all__ = [
    "CutKind",
    "DayAnswer",
    "RosterCut",
    "RosterOutcome",
    "draw_value",
    "roster_plan",
    "staff_days",
]
