"""The plan: who is visited when, by which requests and officers; and the result of a solve around it.

Owns the answer as columns. Knows no file, no model and no search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from solver.problem import NONE, Ints


class SolveStatus(StrEnum):
    """How a solve ended. INFEASIBLE and UNKNOWN carry no plan; they are answers, not errors."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Stable codes of why a request is left out; `detail` of the same row gives the figures."""

    NO_DAY_IN_WINDOW = "no_day_in_window"
    CLOSED = "closed"
    CAPACITY = "capacity"
    MAX_VISITS = "max_visits"
    SEQUENCE = "sequence"
    LOCK = "lock"
    CONFLICT = "conflict"
    CREW = "crew"
    TOO_LONG = "too_long"
    TOO_MANY = "too_many"
    COST = "cost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """Who goes: parallel columns, one row a (request, officer). `request`, `inspector`: indices; `lead`: 0 or 1."""

    request: Ints
    inspector: Ints
    lead: Ints

    def __len__(self) -> int:
        return len(self.request)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An answer to a Problem of R requests.

    `request_visit` [R]: index of the visit a request is in, NONE where it is unscheduled.
    `visit_enterprise`, `visit_day`, `visit_start_quarter` [V].
    `reasons`: request index -> (stable code, figures such as "load=12 capacity=8 day=3") for each unscheduled one.
    """

    request_visit: Ints
    visit_enterprise: Ints
    visit_day: Ints
    visit_start_quarter: Ints
    reasons: dict[int, tuple[str, str]] = field(default_factory=dict)
    roster: Roster | None = None

    @property
    def visits(self) -> int:
        return len(self.visit_day)

    def request_day(self) -> Ints:
        """Day of each request, NONE where unscheduled; [R]."""
        day = np.full(len(self.request_visit), NONE, dtype=np.int64)
        placed = self.request_visit >= 0
        day[placed] = self.visit_day[self.request_visit[placed]]
        return day


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken hard rule: stable rule id, the ids concerned, and the figures."""

    rule: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the checker says of a plan: broken rules, the score (six decimals) and its parts by term."""

    violations: tuple[Violation, ...]
    score: float
    parts: dict[str, float]

    @property
    def valid(self) -> bool:
        return not self.violations


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveResult:
    """How a solve ended. `plan` is None for INFEASIBLE and UNKNOWN; `bound` is proven; `gap` as in the format.

    `collisions`: for INFEASIBLE, a small set of (request id, rule id) that cannot hold together.
    `log`: lines for the run record, no text for people.
    """

    status: SolveStatus
    plan: Plan | None
    score: float | None
    parts: dict[str, float]
    bound: float
    seconds: float
    seed: int
    collisions: tuple[tuple[str, str], ...] = ()
    log: tuple[str, ...] = ()

    @property
    def gap(self) -> float | None:
        """(score - bound) / max(1, |score|), None without a plan."""
        if self.score is None:
            return None
        return (self.score - self.bound) / max(1.0, abs(self.score))
