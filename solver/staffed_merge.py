"""Merge and roster in a loop: a day that cannot be staffed becomes a cut for the merge, until every visit has a crew.

Owns the translation of roster cuts into days a request may not take, and the last resort of leaving a request out with
reason `crew`. Knows neither how merges nor how rosters are made.

A cut bans just the requests that had to go, those of least priority, from just that day; the capacity of the day stays
as it is, so that others who fit may come. What was banned too hastily is looked at again (see `second_chance`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from solver.executors import executor_for
from solver.locks import held_requests
from solver.merging.answer import plan_on
from solver.merging.merge import Merge, rebuild
from solver.merging.reasons import explain_left_out
from solver.merging.state import recount
from solver.merging.tables import Flat
from solver.options import SolveOptions
from solver.plan import Plan, Reason
from solver.problem import NONE, Problem
from solver.rostering.roster import roster_plan
from solver.second_chance import readmit
from solver.staffing_desk import Desk, pack, solve_short_days

MOST_ROUNDS: Final = 12
"""Rounds of cutting; each bans at least one request from a day for good, most districts need two or three."""

PATIENCE: Final = 2
"""Rounds without gain after which cutting ends: bans are never lifted, so too many of them do harm."""

_BY_CREW: Final = frozenset({Reason.COST, Reason.CREW, Reason.CAPACITY})
"""Reasons that give way to `crew` where a roster has failed."""

Reasons = dict[int, tuple[str, str]]
"""Request -> (code, figures)."""


def staff_merge(problem: Problem, merge: Merge, flat: Flat, options: SolveOptions) -> Plan | None:
    """Staff a merge, repairing it by cuts as long as time allows; None when a locked request finds no crew.

    A cancelled run has the crews that packing finds, without the fair draw.
    """
    day = np.full(len(problem.requests), NONE, dtype=np.int64)
    day[flat.order] = merge.state.day
    with executor_for(options.executor or _spec(options.workers)) as executor:
        desk = Desk(
            problem=problem, merge=merge, options=options, executor=executor, day=day, held=held_requests(problem)
        )
        _cut(desk)
        dropped = _drop_short(desk)
        if dropped is None:
            return None
        return _rostered(desk, dropped | readmit(desk))


def _spec(workers: int) -> str:
    return f"processes:{workers}" if workers > 1 else "inline"


def _cut(desk: Desk) -> None:
    """Staff, ban what found no crew from its day, merge again, until all have crews or time is up; keep the best.

    Packing decides in the rounds; the other methods are kept for the best days found.
    """
    pack(desk, set(range(desk.problem.days)))
    desk.merge.tell("staff")
    best = _Best(desk)
    failures = 0
    for _ in range(MOST_ROUNDS):
        if not desk.short or not desk.in_time() or failures > PATIENCE or not _merge_again(desk):
            break
        failures = 0 if best.take(desk) else failures + 1
        desk.merge.tell("staff")
    best.restore(desk)
    solve_short_days(desk)


class _Best:
    """The best days and answers so far; a round of bans may also make things worse."""

    def __init__(self, desk: Desk) -> None:
        self.cost = desk.cost()
        self.kept = desk.day.copy(), dict(desk.answers)

    def take(self, desk: Desk) -> bool:
        """Keep what the desk has when it is better; says whether it is."""
        if desk.cost() >= self.cost:
            return False
        self.cost, self.kept = desk.cost(), (desk.day.copy(), dict(desk.answers))
        return True

    def restore(self, desk: Desk) -> None:
        """Put the best back."""
        desk.day, desk.answers = self.kept


def _merge_again(desk: Desk) -> bool:
    """Merge and pack under all bans learnt so far; False where there was nothing new to learn."""
    bans = _bans(desk)
    if bans <= desk.bans:
        return False
    desk.bans |= bans
    flat = desk.flat()
    rebuild(desk.merge, flat.tables)
    before = desk.day.copy()
    desk.day[flat.order] = desk.merge.state.day
    moved = before != desk.day
    pack(desk, (set(before[moved].tolist()) | set(desk.day[moved].tolist())) - {NONE})
    return True


def _bans(desk: Desk) -> set[tuple[int, int]]:
    """Requests to keep off the day that could not staff them; a held one stays, and its rivals of that day go."""
    found: set[tuple[int, int]] = set()
    for answer in desk.answers.values():
        for cut in answer.cuts:
            loose = [r for r in cut.requests if not desk.held[r]]
            if len(loose) < len(cut.requests):
                loose += [r for r in cut.planned if not desk.held[r]]
            found.update((r, cut.day) for r in loose)
    return found


def _drop_short(desk: Desk) -> Reasons | None:
    """Leave out what no day could staff, and what follows it; their reasons, or None where a held one is among them."""
    dropped = dict(desk.short)
    pending = list(dropped)
    while pending:
        before = pending.pop()
        for _, after, gap in desk.problem.sequences[desk.problem.sequences[:, 0] == before].tolist():
            if after not in dropped and desk.day[after] != NONE:
                dropped[after] = (Reason.SEQUENCE.value, f"before_day={NONE} min_days={gap}")
                pending.append(after)
    rows = list(dropped)
    if desk.held[rows].any():
        return None
    desk.day[rows] = NONE
    for day, answer in desk.answers.items():
        desk.answers[day] = replace(answer, unstaffed=())
    return dropped


def _rostered(desk: Desk, crewless: Reasons) -> Plan:
    """Draw the roster of the finished days, and say why the others are left out."""
    problem, options = desk.problem, desk.options
    flat = desk.flat()
    desk.merge.state.day[:] = desk.day[flat.order]
    recount(flat.tables, desk.merge.state)
    reasons = explain_left_out(problem, flat, desk.merge.state)
    # A rule that shuts a request out explains more than the one roster that happened to have no people for it.
    reasons |= {r: why for r, why in crewless.items() if r in reasons and reasons[r][0] in _BY_CREW}
    plan = plan_on(problem, desk.day, reasons)
    outcome = roster_plan(
        problem,
        plan,
        seed=options.roster_seed,
        executor=desk.executor,
        known=desk.answers,
        draw=not options.cancelled(),
    )
    return replace(plan, roster=outcome.roster, visit_start_quarter=outcome.start_quarters)
