"""A second look at what was left out of a staffed plan: where the rules allow it and people are found, it comes back.

Owns that repair, one request and one day at a time, and the finding that a request is left out for want of people.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from solver.explanation import Option, alternatives
from solver.merging.answer import plan_on
from solver.plan import Reason
from solver.plan_index import PlanIndex
from solver.problem import NONE
from solver.staffing_desk import Desk, try_day

MOST_ASKED: Final = 400
"""Requests looked at, the most important ones first; each costs a look at every day of its window."""

MOST_DAYS: Final = 6
MOST_TRIES: Final = 300
"""Days tried for each, cheapest first, and for all; a try packs one day, which takes up to 0.1 seconds."""

GAIN: Final = 1e-6

_CREW_RULES: Final = frozenset({"roster_present", "roster_skill"})


def readmit(desk: Desk) -> dict[int, tuple[str, str]]:
    """Put left-out requests on days with room and people where that lowers the score.

    Returns reason `crew` with its figures for those that only people stand in the way of. Ends when time is up.
    """
    crewless: dict[int, tuple[str, str]] = {}
    left_out = np.flatnonzero(desk.day == NONE)
    urgent = left_out[np.argsort(-desk.problem.requests.priority[left_out], kind="stable")]
    index = PlanIndex(desk.problem, desk.plan())
    tries = MOST_TRIES
    for request in urgent[:MOST_ASKED].tolist():
        if tries <= 0 or not desk.in_time():
            break
        options = alternatives(desk.problem, index.plan, request, limit=desk.problem.days, index=index)
        open_days = [option for option in options if option.allowed and option.total < -GAIN][:MOST_DAYS]
        tries -= len(open_days)
        why = _place(desk, request, open_days)
        if desk.day[request] != NONE:
            index = PlanIndex(desk.problem, desk.plan())
        elif why := why or _without_people(options):
            crewless[request] = (Reason.CREW.value, why)
    return crewless


def _place(desk: Desk, request: int, options: list[Option]) -> str:
    """Put a request on the first of some days that has people for it; else the figures of the first that has none."""
    why = ""
    for option in options:
        day = desk.day.copy()
        day[request] = option.day
        answer = try_day(desk, plan_on(desk.problem, day, {}), option.day)
        if not answer.unstaffed:
            desk.day[request] = option.day
            desk.answers[option.day] = answer
            return ""
        why = why or answer.unstaffed[0][2]
    return why


def _without_people(options: tuple[Option, ...]) -> str:
    """Figures of a day on which nothing but people is missing; empty where there is none."""
    for option in options:
        rules = {finding.rule for finding in option.obstacles}
        if rules and rules <= _CREW_RULES:
            return option.obstacles[0].detail
    return ""
