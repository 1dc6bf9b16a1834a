"""What rostering answers: who goes and when, who could not be staffed, and what the merge should learn from it.

Owns value objects only; knows no model and no search.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from solver.plan import Roster
from solver.problem import Ints


class CutKind(StrEnum):
    """What failed: a request on a day whatever else is planned, or requests that cannot all be on that day."""

    REQUEST_DAY = "request_day"
    TOGETHER = "together"


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterCut:
    """One fact about a day that rostering found out, for the merge to respect.

    REQUEST_DAY: each of `requests` (of `department`) can never be staffed on `day`: too few officers who are
    present, valid, not recused, or none with the skill. TOGETHER: of the requests of `department` now `planned` on
    `day`, those in `requests` had to go for the others to be staffed; `load_planned` and `load_staffed` are the
    loads in people-quarters of all and of those others. `proven`: no roster of the day leaves out less priority;
    False where the work limit ended the search before the proof.
    """

    kind: CutKind
    day: int
    department: int
    requests: tuple[int, ...]
    planned: tuple[int, ...]
    load_planned: int
    load_staffed: int
    proven: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterOutcome:
    """Who goes to the visits of a plan.

    `roster`: rows for every staffed request, None where the problem has no officers. `start_quarters` [V]: a start
    that rule 4 allows for each visit. `unstaffed`: (request, code, figures), by request; the roster holds once
    these requests are left out. `cuts`: by day and department. `complete`: False after a cancelled run.
    """

    roster: Roster | None
    start_quarters: Ints
    unstaffed: tuple[tuple[int, str, str], ...] = ()
    cuts: tuple[RosterCut, ...] = ()
    complete: bool = True
