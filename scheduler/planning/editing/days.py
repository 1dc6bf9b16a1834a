"""Where a visit or a request could go: every day with its price and with the rules against it. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlmodel import Session

from data.models import InspectionRequest, Round, Visit
from scheduler.errors import NotFoundError, RuleError
from scheduler.planning.editing.changes import new_visit
from scheduler.planning.editing.crews import staffed
from scheduler.planning.editing.draft_states import DraftStates, draft_states
from scheduler.planning.editing.judging import plan_from
from scheduler.planning.editing.states import Member, VisitState
from solver.obstacles import find_obstacles, place_on
from solver.plan_index import PlanIndex
from solver.problem import QUARTERS_PER_DAY

BEST: Final = 5
"""How many places are ranked: as many as a person compares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChoice:
    """A day of the windows. `start_quarters`: where the visit could begin with a full crew, empty where it cannot.

    `total`: what the score would change by, `terms` its parts; `rules`: (rule, figures) against the day. `joins`: uid
    of the visit of the site that a request would become a part of, "" where it gets one of its own.
    """

    day: date
    start_quarters: tuple[int, ...]
    total: float
    terms: tuple[tuple[str, float], ...]
    rules: tuple[tuple[str, str], ...]
    joins: str = ""

    @property
    def allowed(self) -> bool:
        return bool(self.start_quarters)


def possible_days(session: Session, visit: Visit) -> tuple[DayChoice, ...]:
    """Every working day that lies in the window of some request of a visit, by day: its price, or what forbids it.

    The day that the visit is on is among them, for the other quarters. Raises NotFoundError for a visit in no draft.
    """
    states = draft_states(session, session.get_one(Round, visit.round_id))
    state = states.visits.get(visit.uid)
    if state is None:
        raise NotFoundError("visit", visit.uid)
    table = _Table(states, state.site, states.bodies_of(state.uid))
    return tuple(table.visit_choice(state, day) for day in table.window(state.requests))


def ranked_places(session: Session, what: InspectionRequest | Visit) -> tuple[DayChoice, ...]:
    """The best five places to go, allowed ones first, cheapest first; a visit's own day is not among them.

    For a request a place is a visit of its own or, where its site is visited that day, a part in that visit. Raises
    NotFoundError for a visit in no draft and a request that is not asked for.
    """
    if isinstance(what, Visit):
        choices = tuple(one for one in possible_days(session, what) if one.day != what.day)
    else:
        states = draft_states(session, session.get_one(Round, what.round_id))
        body = states.frame.request_department.get(what.uid)
        if body is None:
            raise NotFoundError("request", what.uid)
        table = _Table(states, states.frame.site(what.uid), {body})
        choices = tuple(table.request_choice(what.uid, day) for day in table.window((what.uid,)))
    return tuple(sorted(choices, key=lambda one: (not one.allowed, one.total, one.day)))[:BEST]


class _Table:
    """What one site and some bodies have in the draft, sorted so that every day is asked about quickly.

    Every rule looks at one site, at one body's day or at one officer's day: nothing else could speak for or against.
    """

    def __init__(self, states: DraftStates, site: str, bodies: Collection[int]) -> None:
        self.states, self.frame, self.draft = states, states.frame, states.visits
        here = {number for uid in states.visits_at(site) for number in states.bodies_of(uid)}
        part = states.around(days=self.frame.days.dates, sites={site}, bodies=here | {*bodies})
        self.index = PlanIndex(self.frame.problem, plan_from(self.frame, part))

    def window(self, requests: Iterable[str]) -> range:
        """Day numbers from the first to the last day of the windows of some requests."""
        rows, numbers = self.frame.problem.requests, self.numbers(requests)
        first = min((int(rows.first_day[number]) for number in numbers), default=0)
        return range(first, max((int(rows.last_day[number]) + 1 for number in numbers), default=first))

    def numbers(self, requests: Iterable[str]) -> list[int]:
        known = self.frame.request_number
        return [known[uid] for uid in requests if uid in known]

    def visit_choice(self, state: VisitState, number: int) -> DayChoice:
        """A whole visit on another day."""
        day = self.frame.days.dates[number]
        there = self._at_site(state.site, day, but=state.uid)
        rules = [("visit_one_a_day", f"day={day.isoformat()}")] if there is not None else []
        return self._choice(state.requests, replace(state, day=day), number, rules)

    def request_choice(self, uid: str, number: int) -> DayChoice:
        """One request on a day, in the visit of its site where there is one."""
        day = self.frame.days.dates[number]
        there = self._at_site(self.frame.site(uid), day, but="")
        if there is None:
            return self._choice((uid,), new_visit(self.frame, uid, day, 0), number, [])
        joined = replace(there, members=(*there.members, Member(request=uid)))
        return replace(self._choice((uid,), joined, number, []), joins=there.uid)

    def _at_site(self, site: str, day: date, *, but: str) -> VisitState | None:
        here = (self.draft[uid] for uid in self.states.visits_at(site) if uid != but)
        return next((one for one in here if one.day == day), None)

    def _choice(self, moved: Sequence[str], state: VisitState, number: int, rules: list[tuple[str, str]]) -> DayChoice:
        frame, requests = self.frame, self.numbers(moved)
        place = place_on(self.index, requests, number)
        difference = self.index.difference(place.enterprise, dict.fromkeys(requests, number))
        rules += [(one.rule, frame.days.dated(one.detail)) for one in find_obstacles(self.index, place)]
        starts: list[int] = []
        if not rules:
            starts, missing = self._starts(state)
            rules = [] if starts else [(rule, detail) for rule, _, detail in missing]
        return DayChoice(
            day=state.day,
            start_quarters=tuple(starts),
            total=round(sum(difference.values()), 6),
            terms=tuple((term, cost) for term, cost in difference.items() if cost),
            rules=tuple(dict.fromkeys(rules)),
        )

    def _starts(self, state: VisitState) -> tuple[list[int], tuple[tuple[str, str, str], ...]]:
        """Quarters in which the visit finds people, and what is missing in the last one where it does not."""
        meeting = self.states.around(days={state.day}, sites=(), bodies=self.frame.bodies(state))
        others = [one for one in meeting.values() if one.uid != state.uid]
        long = max(self.frame.quarters(request) for request in state.requests)
        found: list[int] = []
        missing: tuple[tuple[str, str, str], ...] = ()
        for start in range(0, QUARTERS_PER_DAY, long):
            try:
                staffed(self.frame, replace(state, start_quarter=start, quarters=long), others)
            except RuleError as error:
                missing = error.violations
            else:
                found.append(start)
        return found, missing
