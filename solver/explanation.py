"""Why a visit is where it is, why two requests are apart, where else a request could go, why one is left out.

Owns the answers: rule ids and figures, never prose. Judges single places of a finished plan; it knows no model and
no search, and explains a plan that people have changed by hand as well as one that was found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from solver.locks import colliding_locks
from solver.obstacles import find_obstacles, find_pair_obstacles, place_on
from solver.plan import Plan, Violation
from solver.plan_index import TERMS, PlanIndex
from solver.problem import NONE, Problem

__all__ = [
    "ApartExplanation",
    "LeftOutExplanation",
    "Option",
    "PlanIndex",
    "VisitExplanation",
    "alternatives",
    "colliding_locks",
    "explain_apart",
    "explain_left_out",
    "explain_visit",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A day to go to: `joins` an existing visit (its index) or a new one (NONE).

    `difference`: what the score would change by, term by term; `total`: their sum. `obstacles`: the rules that
    forbid it, with figures; empty where it is allowed.
    """

    day: int
    joins: int
    difference: Mapping[str, float]
    total: float
    obstacles: tuple[Violation, ...]

    @property
    def allowed(self) -> bool:
        return not self.obstacles


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitExplanation:
    """Why this day and these requests.

    `terms`: what the score would save without this visit, term by term, its requests not counted as left out; so a
    trip counts only where no other visit needs it. `next_best`: allowed days, cheapest first. `forbidden`: the
    other days of the windows of its requests, by day.
    """

    visit: int
    enterprise: int
    day: int
    requests: tuple[int, ...]
    terms: Mapping[str, float]
    next_best: tuple[Option, ...]
    forbidden: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartExplanation:
    """Why two requests do not share a visit.

    `same_enterprise` False ends the matter. `pair_rules`: what forbids it on every day. `common_days`: days inside
    both windows. `best`: the cheapest way to bring both onto one day (allowed ways first), None without a common
    day; allowed with a total of 0 or more, it says that apart is no dearer.
    """

    request_a: int
    request_b: int
    day_a: int
    day_b: int
    together: bool
    same_enterprise: bool
    pair_rules: tuple[Violation, ...]
    common_days: int
    best: Option | None
    blocked_days: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutExplanation:
    """Why a request is left out: the plan's own code and figures, then what each day of its window says today.

    `days`: days in the window. `blocked_days`: rule id -> days it forbids (a day may count for several rules).
    `options`: as in `alternatives`; an allowed one with a negative total is a gain the plan has missed.
    """

    request: int
    code: str
    detail: str
    days: int
    blocked_days: Mapping[str, int]
    options: tuple[Option, ...]


def explain_visit(
    problem: Problem, plan: Plan, visit: int, *, limit: int = 5, index: PlanIndex | None = None
) -> VisitExplanation:
    """Explain one visit of a plan. Pass an `index` of the same problem and plan to ask more than once."""
    index = index or PlanIndex(problem, plan)
    members = index.members(visit)
    first = min(int(problem.requests.first_day[r]) for r in members)
    last = max(int(problem.requests.last_day[r]) for r in members)
    day = int(plan.visit_day[visit])
    days = (other for other in range(max(0, first), min(last, problem.days - 1) + 1) if other != day)
    options = [_option(index, members, other) for other in days]
    return VisitExplanation(
        visit=visit,
        enterprise=int(plan.visit_enterprise[visit]),
        day=day,
        requests=tuple(members),
        terms=_share(index, members),
        next_best=tuple(sorted((option for option in options if option.allowed), key=_rank)[:limit]),
        forbidden=tuple(option for option in options if not option.allowed),
    )


def explain_apart(
    problem: Problem, plan: Plan, request_a: int, request_b: int, *, index: PlanIndex | None = None
) -> ApartExplanation:
    """Explain why two requests are not in one visit."""
    index = index or PlanIndex(problem, plan)
    same = index.enterprise(request_a) == index.enterprise(request_b)
    common = _common_days(problem, (request_a, request_b)) if same else range(0)
    options = [_option(index, (request_a, request_b), day) for day in common]
    day_a, day_b = int(index.day[request_a]), int(index.day[request_b])
    return ApartExplanation(
        request_a=request_a,
        request_b=request_b,
        day_a=day_a,
        day_b=day_b,
        together=same and day_a == day_b != NONE,
        same_enterprise=same,
        pair_rules=find_pair_obstacles(index, request_a, request_b) if same else (),
        common_days=len(common),
        best=min(options, key=_rank, default=None),
        blocked_days=_blocked(options),
    )


def alternatives(
    problem: Problem, plan: Plan, request: int, limit: int = 5, *, index: PlanIndex | None = None
) -> tuple[Option, ...]:
    """Return the best places a request could go to instead of where it is: allowed ones first, cheapest first."""
    index = index or PlanIndex(problem, plan)
    return tuple(sorted(_options(index, request), key=_rank)[:limit])


def explain_left_out(
    problem: Problem, plan: Plan, request: int, *, limit: int = 5, index: PlanIndex | None = None
) -> LeftOutExplanation:
    """Explain why a request is in no visit. Raises ValueError where it is in one."""
    if plan.request_visit[request] != NONE:
        raise ValueError(f"request {problem.requests.ids[request]} is in a visit")
    index = index or PlanIndex(problem, plan)
    options = _options(index, request)
    code, detail = plan.reasons.get(request, ("", ""))
    return LeftOutExplanation(
        request=request,
        code=code,
        detail=detail,
        days=len(options),
        blocked_days=_blocked(options),
        options=tuple(sorted(options, key=_rank)[:limit]),
    )


def _options(index: PlanIndex, request: int) -> list[Option]:
    now = index.day[request]
    return [_option(index, (request,), day) for day in _common_days(index.problem, (request,)) if day != now]


def _option(index: PlanIndex, requests: Sequence[int], day: int) -> Option:
    place = place_on(index, requests, day)
    difference = index.difference(place.enterprise, dict.fromkeys(requests, day))
    return Option(
        day=day,
        joins=index.visit_on(place.enterprise, day),
        difference=difference,
        total=round(sum(difference.values()), 6),
        obstacles=find_obstacles(index, place),
    )


def _rank(option: Option) -> tuple[bool, float, int]:
    return not option.allowed, option.total, option.day


def _blocked(options: Iterable[Option]) -> dict[str, int]:
    """Rule id -> number of days it forbids, most often first."""
    rules = Counter(rule for option in options for rule in {finding.rule for finding in option.obstacles})
    return dict(sorted(rules.items(), key=lambda entry: (-entry[1], entry[0])))


def _common_days(problem: Problem, requests: Iterable[int]) -> range:
    """Days of the horizon that lie in the windows of all requests."""
    chosen = list(requests)
    first = max(0, *(int(problem.requests.first_day[r]) for r in chosen))
    last = min(problem.days - 1, *(int(problem.requests.last_day[r]) for r in chosen))
    return range(first, max(first, last + 1))


def _share(index: PlanIndex, members: Sequence[int]) -> dict[str, float]:
    """What the score would save without these requests, leaving the price of leaving them out aside."""
    gone = index.difference(index.enterprise(members[0]), dict.fromkeys(members, NONE))
    return {term: 0.0 if term == "unscheduled" else 0.0 - gone[term] for term in TERMS}
