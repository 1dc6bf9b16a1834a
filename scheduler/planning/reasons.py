"""Why a visit is where it is and why a request is left out: the solver's explanations in the rows' words. Reads only.

Rule ids, terms and figures only; the pages have the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session

from data.models import InspectionRequest, Round, Visit
from scheduler.clock import Clock, today
from scheduler.errors import NotFoundError
from scheduler.filing.judging import rules_in_force
from scheduler.planning.answers import plan_of
from scheduler.planning.board import draft_answer
from scheduler.planning.drafts import load_draft
from scheduler.planning.snapshot import Snapshot, take_snapshot
from solver.explanation import Option, PlanIndex, explain_apart, explain_left_out, explain_visit
from solver.plan import Plan

CLAUSE_OF: Final[Mapping[str, str]] = {
    "visit_in_window": "R22",
    "visit_enterprise_open": "R60",
    "visit_on_workday": "R72",
    "visit_inspectors_limit": "R07",
    "visit_departments_limit": "R07",
    "notice_modes_apart": "R64",
    "enterprise_max_visits": "R30",
    "roster_complete": "R04",
    "roster_present": "R04",
    "roster_certificate": "R04",
    "roster_recusal": "R06",
    "visits": "R36",
    "repeats": "R37",
    "repeat_soon": "R37",
    "joint_lost": "R36",
    "short_notice": "R27",
    "quiet_day": "R60",
    "crew_off_draw": "R51",
    "cap_exception": "R30",
}
"""Rule of the checker, term of the score or finding of the board -> rule of the district's table that it serves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDay:
    """Another day. `total`: what the score would change by; `rules`: what forbids it, empty where it is allowed."""

    day: date
    total: float
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitReasons:
    """`terms`: what this visit costs, by term of the score; `next_best`: allowed days, cheapest first."""

    terms: tuple[tuple[str, float], ...]
    next_best: tuple[OtherDay, ...]
    forbidden: tuple[OtherDay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutReasons:
    """`code`, `detail`: as the plan gave them; `days`: in the window; `blocked_days`: (rule, days it forbids)."""

    code: str
    detail: str
    days: int
    blocked_days: tuple[tuple[str, int], ...]
    options: tuple[OtherDay, ...]


def visit_reasons(session: Session, visit: Visit) -> VisitReasons:
    """Explain a visit of the draft. Raises NotFoundError for one that is not in it."""
    snapshot, plan, places = _draft_plan(session, session.get_one(Round, visit.round_id))
    if visit.uid not in places:
        raise NotFoundError("visit", visit.uid)
    found = explain_visit(snapshot.problem, plan, places[visit.uid])
    return VisitReasons(
        terms=tuple((term, cost) for term, cost in found.terms.items() if cost),
        next_best=tuple(_other_day(snapshot, option) for option in found.next_best),
        forbidden=tuple(_other_day(snapshot, option) for option in found.forbidden),
    )


def left_out_reasons(session: Session, request: InspectionRequest) -> LeftOutReasons:
    """Explain why a request is in no visit. Raises NotFoundError for one that is, or that was never asked for."""
    snapshot, plan, _ = _draft_plan(session, session.get_one(Round, request.round_id))
    number = {str(uid): place for place, uid in enumerate(snapshot.problem.requests.ids)}
    place = number.get(request.uid)
    if place is None or plan.request_visit[place] >= 0:
        raise NotFoundError("request", request.uid)
    found = explain_left_out(snapshot.problem, plan, place)
    return LeftOutReasons(
        code=found.code,
        detail=found.detail,
        days=found.days,
        blocked_days=tuple(found.blocked_days.items()),
        options=tuple(_other_day(snapshot, option) for option in found.options),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartReasons:
    """Why another visit of the site is a visit of its own.

    `rules`: (rule, figures) that keep the two apart on every day; `common_days`: days in all windows; `best`: the
    cheapest day for both together, None without one; `blocked_days`: as in `LeftOutReasons`.
    """

    visit_uid: str
    day: date
    rules: tuple[tuple[str, str], ...]
    common_days: int
    best: OtherDay | None
    blocked_days: tuple[tuple[str, int], ...]


def apart_reasons(session: Session, visit: Visit) -> tuple[ApartReasons, ...]:
    """Explain why each other visit of the same site in the round is not one with this, by day."""
    snapshot, plan, places = _draft_plan(session, session.get_one(Round, visit.round_id))
    if visit.uid not in places:
        raise NotFoundError("visit", visit.uid)
    index, own = PlanIndex(snapshot.problem, plan), places[visit.uid]
    return tuple(
        _apart(snapshot, plan, index, uid=uid, own=own, other=other)
        for uid, other in sorted(places.items(), key=lambda entry: int(plan.visit_day[entry[1]]))
        if other != own and plan.visit_enterprise[other] == plan.visit_enterprise[own]
    )


def _apart(snapshot: Snapshot, plan: Plan, index: PlanIndex, *, uid: str, own: int, other: int) -> ApartReasons:
    """Explain two visits by the two of their requests that are hardest to bring together."""
    pairs = [
        explain_apart(snapshot.problem, plan, one, two, index=index)
        for one in index.members(own)
        for two in index.members(other)
    ]
    hardest = min(pairs, key=lambda pair: (not pair.pair_rules, pair.common_days, -_gain(pair.best)))
    return ApartReasons(
        visit_uid=uid,
        day=snapshot.days.dates[int(plan.visit_day[other])],
        rules=tuple((one.rule, one.detail) for one in hardest.pair_rules),
        common_days=hardest.common_days,
        best=None if hardest.best is None else _other_day(snapshot, hardest.best),
        blocked_days=tuple(hardest.blocked_days.items()),
    )


def _gain(best: Option | None) -> float:
    return 0.0 if best is None else best.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """The rule of the district that a hard rule or a term of the score stands for, with where it comes from."""

    code: str
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    source: str


def read_clauses(session: Session, clock: Clock) -> Mapping[str, Clause]:
    """Rule or term of the planning problem -> the clause behind it, as in force today; those without one are absent."""
    rows = {row.code: row for row in rules_in_force(session, today(clock))}
    return {
        rule: Clause(
            code=code,
            title_zh=rows[code].title_zh,
            title_en=rows[code].title_en,
            text_zh=rows[code].text_zh,
            text_en=rows[code].text_en,
            source=rows[code].source,
        )
        for rule, code in CLAUSE_OF.items()
        if code in rows
    }


def _draft_plan(session: Session, round_: Round) -> tuple[Snapshot, Plan, Mapping[str, int]]:
    """The draft as a plan, and the place of each visit in it."""
    snapshot, draft = take_snapshot(session, round_), load_draft(session, round_)
    plan = plan_of(snapshot, draft_answer(session, snapshot, draft))
    return snapshot, plan, {one.visit.uid: place for place, one in enumerate(draft)}


def _other_day(snapshot: Snapshot, option: Option) -> OtherDay:
    rules = tuple(dict.fromkeys(finding.rule for finding in option.obstacles))
    return OtherDay(day=snapshot.days.dates[option.day], total=option.total, rules=rules)
