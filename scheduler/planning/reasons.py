"""Why a visit is where it is and why a request is left out: the solver's explanations in the rows' words. Reads only.

Rule ids, terms and figures only; the pages have the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from data.models import InspectionRequest, Round, Visit
from scheduler.errors import NotFoundError
from scheduler.planning.answers import plan_of
from scheduler.planning.board import draft_answer
from scheduler.planning.drafts import load_draft
from scheduler.planning.snapshot import Snapshot, take_snapshot
from solver.explanation import Option, explain_left_out, explain_visit
from solver.plan import Plan


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


def _draft_plan(session: Session, round_: Round) -> tuple[Snapshot, Plan, Mapping[str, int]]:
    """The draft as a plan, and the place of each visit in it."""
    snapshot, draft = take_snapshot(session, round_), load_draft(session, round_)
    plan = plan_of(snapshot, draft_answer(session, snapshot, draft))
    return snapshot, plan, {one.visit.uid: place for place, one in enumerate(draft)}


def _other_day(snapshot: Snapshot, option: Option) -> OtherDay:
    rules = tuple(dict.fromkeys(finding.rule for finding in option.obstacles))
    return OtherDay(day=snapshot.days.dates[option.day], total=option.total, rules=rules)
