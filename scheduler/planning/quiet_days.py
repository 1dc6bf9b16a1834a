"""Quiet days of the district (R60): days of the month on which daily inspections are not planned. Writes nothing.

R60 is about a kind of plan, so it cannot close a site: a case at the same site may well come on a quiet day (R61 says
which kinds are exceptions). It narrows the window of each request that it is about to the longest run of days that
are not quiet, the earlier of two as long: within a month that is all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import OrganisationKind, PlanKind
from data.models import InspectionRequest, Plan, PlanTask, Round, Rule
from scheduler.filing.judging import rules_in_force
from scheduler.planning.asking import Asked, LeftOut
from scheduler.planning.days import Days
from solver.plan import Reason

RULE = "R60"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietRule:
    """The versions of R60 that hold, by scope: (kind of body or None, scenario id or None)."""

    scopes: dict[tuple[OrganisationKind | None, int | None], Rule]

    def quiet(self, kind: OrganisationKind, scenario_id: int | None) -> range:
        """Days of the month that are quiet for a body in a scenario; the narrower version goes before the wider."""
        wanted = [(kind, scenario_id), (None, scenario_id), (kind, None), (None, None)]
        row = next((self.scopes[scope] for scope in wanted if scope in self.scopes), None)
        if row is None or not row.parameters["on"]:
            return range(0)
        return range(row.parameters["first_day"], row.parameters["last_day"] + 1)


def keep_quiet_days(
    session: Session, round_: Round, days: Days, asked: Sequence[Asked], left_out: Sequence[LeftOut]
) -> tuple[tuple[Asked, ...], tuple[LeftOut, ...]]:
    """Take the quiet days out of the windows; what has no other day joins those that are left out ("closed").

    The version of the rule is that of the first day of the round's period. What a person has fixed to a day stays.
    """
    rows = rules_in_force(session, round_.period_first)
    rule = QuietRule(scopes={(row.organisation_kind, row.scenario_id): row for row in rows if row.code == RULE})
    if not any(row.parameters["on"] for row in rule.scopes.values()):
        return tuple(asked), tuple(left_out)
    daily = _daily_tasks(session, round_)
    kept, dropped = [], list(left_out)
    for one in asked:
        if one.locked or one.row.task_id not in daily:
            kept.append(one)
            continue
        quiet = rule.quiet(one.organisation.kind, daily[one.row.task_id])
        window = _longest_run(days, one.window, quiet)
        if window is None:
            detail = f"quiet={quiet.start}-{quiet.stop - 1}"
            dropped.append(LeftOut(request=one.row.uid, reason=Reason.CLOSED, detail=detail))
        else:
            kept.append(replace(one, window=window))
    return tuple(kept), tuple(dropped)


def _daily_tasks(session: Session, round_: Round) -> dict[int, int | None]:
    """{task id: scenario id} of the tasks of daily plans that ask for something in the round."""
    statement = (
        sa.select(col(PlanTask.id), col(PlanTask.scenario_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .join(InspectionRequest, col(InspectionRequest.task_id) == col(PlanTask.id))
        .where(col(InspectionRequest.round_id) == round_.id, col(Plan.kind) == PlanKind.DAILY)
        .distinct()
    )
    return {task_id: scenario_id for task_id, scenario_id in session.execute(statement)}  # noqa: C416 -- rows are not pairs to the type checker


def _longest_run(days: Days, window: tuple[int, int], quiet: range) -> tuple[int, int] | None:
    """The longest run of working days in a window that are not quiet, as first and last day; None without one."""
    runs = groupby(range(window[0], window[1] + 1), key=lambda number: days.dates[number].day in quiet)
    free = [tuple(run) for is_quiet, run in runs if not is_quiet]
    longest = max(free, key=len, default=None)
    return None if longest is None else (longest[0], longest[-1])
