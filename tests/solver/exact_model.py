"""The planning problem once more, as a plain 0-1 programme for HiGHS: a best plan that our own models had no part in.

Owns an independent reading of all hard rules (9, the roster, where it is asked for) and of all six terms of the score.
Takes nothing from the project but the containers of problem and plan: capacities, open days and who is present are
worked out here again. HiGHS must be called in a process of its own (`exact_plan` through a process pool), because
the library inside OR-Tools has the same name. Tiny problems only: every rule is spelled out.

How the format is read where it could be read otherwise:
- two visits are consecutive when the enterprise has no visit on a day between them;
- `max_departments_per_visit` counts different departments, however many requests each has in the visit;
- a lock without a `planned_day` binds nothing, and a locked request that is left out breaks its lock;
- the window for `delay` is the one in the table, also where closures take its ends away;
- officers are busy for the quarters of their own request, counted from the start of the visit, not for the whole visit.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from typing import Any, Final

import numpy as np

from solver.plan import Plan, Roster
from solver.problem import Problem

EARTH_KM: Final = 6371.0088
STARTS: Final = {1: (0, 1, 2, 3), 2: (0, 2), 4: (0,)}
"""Quarters in which a request of so many quarters may start."""


def exact_plan(problem: Problem, *, roster: bool = False) -> Plan | None:
    """A plan of the lowest score, None where the locks leave none; with `roster`, one that is fully staffed.

    Reasons say no more than that a request is left out.
    """
    model = ExactModel(problem)
    model.add_plan_rules()
    model.add_score()
    if roster:
        model.add_roster_rules()
    values = model.programme.minimum()
    return None if values is None else model.plan(values, roster=roster)


@dataclass(slots=True)
class Programme:
    """A 0-1 programme under construction: price of each column; (coefficients by column, low, high) of each row."""

    prices: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)

    def column(self, price: float = 0.0) -> int:
        self.prices.append(price)
        return len(self.prices) - 1

    def at_most(self, terms: dict[int, float], high: float) -> None:
        self.rows.append((terms, -math.inf, high))

    def equal(self, terms: dict[int, float], value: float) -> None:
        self.rows.append((terms, value, value))

    def minimum(self) -> list[bool] | None:
        """The columns' values in an optimal solution, None where there is no solution."""
        import highspy  # noqa: PLC0415 -- only in a process without OR-Tools, see above

        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("mip_rel_gap", 0.0)
        highs.setOptionValue("mip_abs_gap", 1e-8)
        highs.setOptionValue("mip_feasibility_tolerance", 1e-9)
        programme = highspy.HighsLp()
        programme.integrality_ = [highspy.HighsVarType.kInteger] * len(self.prices)
        programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        self._fill(programme)
        highs.passModel(programme)
        highs.run()
        status = highs.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        assert status == highspy.HighsModelStatus.kOptimal, highs.modelStatusToString(status)
        return [value > 0.5 for value in highs.getSolution().col_value]

    def _fill(self, programme: Any) -> None:
        """Fill in a programme of the library, rows one after the other."""
        columns = len(self.prices)
        programme.num_col_, programme.num_row_ = columns, len(self.rows)
        programme.col_cost_ = np.array(self.prices)
        programme.col_lower_, programme.col_upper_ = np.zeros(columns), np.ones(columns)
        programme.row_lower_ = np.array([low for _, low, _ in self.rows])
        programme.row_upper_ = np.array([high for _, _, high in self.rows])
        matrix = programme.a_matrix_
        matrix.start_ = np.cumsum([0, *(len(terms) for terms, _, _ in self.rows)])
        matrix.index_ = np.array([column for terms, _, _ in self.rows for column in terms], dtype=np.int64)
        matrix.value_ = np.array([value for terms, _, _ in self.rows for value in terms.values()])


class ExactModel:
    """Columns: `serve[r][t]` request r on day t, `out[r]` left out, `visit[e][t]` enterprise e visited on day t.

    With a roster also `start[e, t, k]` the visit starts in quarter k, `goes[i, r, t, k]` officer i goes for request r
    on day t in a visit that starts in quarter k.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.programme = Programme()
        self.asks = problem.requests
        self.owner: list[int] = problem.requests.enterprise.tolist()
        self.office: list[int] = problem.requests.department.tolist()
        self.serve = [{t: self.programme.column() for t in self._days(r)} for r in range(len(self.asks))]
        self.out = [self.programme.column() for _ in self.serve]
        self.visit: list[dict[int, int]] = [{} for _ in range(len(problem.enterprises))]
        for r, days in enumerate(self.serve):
            for t in days:
                if t not in self.visit[self.owner[r]]:
                    self.visit[self.owner[r]][t] = self.programme.column()
        self.start: dict[tuple[int, int, int], int] = {}
        self.goes: dict[tuple[int, int, int, int], int] = {}

    def _days(self, r: int) -> list[int]:
        """Rule 3: days of the window that lie in the horizon and outside the enterprise's closures."""
        closed = {
            t for e, first, last in self.problem.closures.tolist() for t in range(first, last + 1) if e == self.owner[r]
        }
        window = range(int(self.asks.first_day[r]), int(self.asks.last_day[r]) + 1)
        return [t for t in window if t < self.problem.days and t not in closed]

    def _members(self, e: int, t: int) -> list[int]:
        """Requests that may be in the visit of enterprise e on day t."""
        return [r for r, days in enumerate(self.serve) if self.owner[r] == e and t in days]

    def add_plan_rules(self) -> None:
        """Add hard rules 1 to 8."""
        for r, days in enumerate(self.serve):
            self.programme.equal({self.out[r]: 1, **dict.fromkeys(days.values(), 1)}, 1)
        for e, days in enumerate(self.visit):
            for t, visit in days.items():
                self._add_visit(visit, t, self._members(e, t))
            if self.problem.enterprises.max_visits[e] >= 0:
                self.programme.at_most(dict.fromkeys(days.values(), 1), int(self.problem.enterprises.max_visits[e]))
        self._add_capacity()
        self._add_sequences()
        self._add_locks()

    def _add_visit(self, visit: int, t: int, members: list[int]) -> None:
        """Add rules 2, 6 and 7 of one visit."""
        limits = self.problem.limits
        here = {r: self.serve[r][t] for r in members}
        for column in here.values():
            self.programme.at_most({column: 1, visit: -1}, 0)
        self.programme.at_most({visit: 1, **dict.fromkeys(here.values(), -1)}, 0)
        if limits.max_inspectors_per_visit is not None:
            people = {here[r]: float(self.asks.inspectors[r]) for r in members}
            self.programme.at_most(people, limits.max_inspectors_per_visit)
        if limits.max_departments_per_visit is not None:
            present = {d: self.programme.column() for d in {self.office[r] for r in members}}
            for r in members:
                self.programme.at_most({here[r]: 1, present[self.office[r]]: -1}, 0)
            self.programme.at_most(dict.fromkeys(present.values(), 1), limits.max_departments_per_visit)
        for a, b in combinations(members, 2):
            if self._apart(a, b):
                self.programme.at_most({here[a]: 1, here[b]: 1}, 1)

    def _apart(self, a: int, b: int) -> bool:
        conflict = [a, b] in self.problem.conflicts.tolist() or [b, a] in self.problem.conflicts.tolist()
        alone = not self.asks.joint[a] or not self.asks.joint[b]
        return conflict or alone or bool(self.asks.unannounced[a] != self.asks.unannounced[b])

    def _add_capacity(self) -> None:
        """Add rule 5."""
        loads: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
        for r, days in enumerate(self.serve):
            for t, column in days.items():
                loads[self.office[r], t][column] = int(self.asks.inspectors[r]) * int(self.asks.quarters[r])
        free_share = 1 - Fraction(str(self.problem.limits.reserve))
        for (d, t), terms in loads.items():
            self.programme.at_most(terms, math.floor(4 * self._people(d, t) * free_share))

    def _people(self, d: int, t: int) -> int:
        """People of department d who are present on day t."""
        lowered = [people for office, day, people in self.problem.capacity.tolist() if (office, day) == (d, t)]
        officers = self.problem.inspectors
        if officers is None:
            return lowered[0] if lowered else int(self.problem.departments.inspectors[d])
        present = sum(officers.department[i] == d and self._present(i, t) for i in range(len(officers)))
        return min([present, *lowered])

    def _present(self, i: int, t: int) -> bool:
        """Neither absent nor expired."""
        officers = self.problem.inspectors
        assert officers is not None
        expired = 0 <= officers.valid_until_day[i] < t
        return not expired and [i, t] not in self.problem.absences.tolist()

    def _add_sequences(self) -> None:
        for before, after, min_days in self.problem.sequences.tolist():
            for t, column in self.serve[after].items():
                early = [c for s, c in self.serve[before].items() if s + min_days <= t]
                self.programme.at_most({column: 1, **dict.fromkeys(early, -1)}, 0)

    def _add_locks(self) -> None:
        for r, days in enumerate(self.serve):
            planned = int(self.asks.planned_day[r])
            if self.asks.locked[r] and planned >= 0:
                elsewhere = [column for t, column in days.items() if t != planned]
                self.programme.equal(dict.fromkeys([self.out[r], *elsewhere], 1), 0)

    def add_score(self) -> None:
        """Add the six terms."""
        weights, prices = self.problem.weights, self.programme.prices
        class_of = self.problem.enterprises.credit_class
        for r, days in enumerate(self.serve):
            prices[self.out[r]] += weights.unscheduled * int(self.asks.priority[r])
            for t, column in days.items():
                prices[column] += self._own_price(r, t)
        for e, visits in enumerate(self.visit):
            for column in visits.values():
                prices[column] += weights.visit[class_of[e]]
            self._add_repeats(visits)
        self._add_trips()

    def _own_price(self, r: int, t: int) -> float:
        """Delay and move of one request on one day."""
        weights = self.problem.weights
        first, last = int(self.asks.first_day[r]), int(self.asks.last_day[r])
        planned = int(self.asks.planned_day[r])
        rate = weights.delay[self.problem.enterprises.credit_class[self.owner[r]]]
        delay = rate * (t - first) / (last - first) if last > first else 0.0
        return delay + (weights.move if planned >= 0 and planned != t else 0.0)

    def _add_repeats(self, visits: dict[int, int]) -> None:
        least = self.problem.limits.repeat_days
        if least is None:
            return
        for s, t in combinations(sorted(visits), 2):
            if t - s < least:
                again = self.programme.column(self.problem.weights.repeat)
                between = [visits[m] for m in visits if s < m < t]
                self.programme.at_most({visits[s]: 1, visits[t]: 1, again: -1, **dict.fromkeys(between, -1)}, 1)

    def _add_trips(self) -> None:
        trips: dict[tuple[int, int, int], int] = {}
        for r, days in enumerate(self.serve):
            for t, column in days.items():
                key = (self.office[r], int(self.problem.enterprises.town[self.owner[r]]), t)
                if key not in trips:
                    trips[key] = self.programme.column(self.problem.weights.trip)
                self.programme.at_most({column: 1, trips[key]: -1}, 0)

    def add_roster_rules(self) -> None:
        """Add hard rules 4 and 9; that a visit has a lead asks nothing, as it always has people."""
        for e, days in enumerate(self.visit):
            for t, visit in days.items():
                for k in STARTS[1]:
                    self.start[e, t, k] = self.programme.column()
                self.programme.equal({visit: -1, **{self.start[e, t, k]: 1 for k in STARTS[1]}}, 0)
        for r, days in enumerate(self.serve):
            for t in days:
                self._add_crew(r, t)
        self._add_one_place_at_a_time()

    def _add_crew(self, r: int, t: int) -> None:
        """Staff one request on one day: allowed starts, enough people, one with the skill."""
        serve, allowed = self.serve[r][t], STARTS[int(self.asks.quarters[r])]
        for k in set(STARTS[1]) - set(allowed):
            self.programme.at_most({serve: 1, self.start[self.owner[r], t, k]: 1}, 1)
        for i in self._candidates(r, t):
            for k in allowed:
                self.goes[i, r, t, k] = self.programme.column()
                self.programme.at_most({self.goes[i, r, t, k]: 1, self.start[self.owner[r], t, k]: -1}, 0)
        crew = {self.goes[i, r, t, k]: 1.0 for i in self._candidates(r, t) for k in allowed}
        self.programme.equal({serve: -int(self.asks.inspectors[r]), **crew}, 0)
        skill, officers = int(self.asks.skill[r]), self.problem.inspectors
        if skill >= 0 and officers is not None:
            skilled = [i for i in self._candidates(r, t) if officers.skills[i, skill]]
            self.programme.at_most({serve: 1, **{self.goes[i, r, t, k]: -1 for i in skilled for k in allowed}}, 0)

    def _candidates(self, r: int, t: int) -> list[int]:
        officers = self.problem.inspectors
        assert officers is not None
        own = [i for i in range(len(officers)) if officers.department[i] == self.office[r]]
        recused = self.problem.recusals.tolist()
        return [i for i in own if self._present(i, t) and [i, self.owner[r]] not in recused]

    def _add_one_place_at_a_time(self) -> None:
        """Nobody is twice on one request or on two requests in a quarter, or hops too far within a half-day."""
        busy: dict[tuple[int, int, int], dict[int, int]] = defaultdict(dict)
        for (i, r, t, k), column in self.goes.items():
            for quarter in range(k, k + int(self.asks.quarters[r])):
                busy[i, t, quarter][column] = self.owner[r]
        for columns in busy.values():
            self.programme.at_most(dict.fromkeys(columns, 1), 1)
        for (i, t, quarter), columns in list(busy.items()):
            if quarter % 2 == 0:
                self._add_hops(columns, busy.get((i, t, quarter + 1), {}))

    def _add_hops(self, earlier: dict[int, int], later: dict[int, int]) -> None:
        farthest = self.problem.limits.max_hop_km
        for one, here in earlier.items():
            for other, there in later.items():
                if farthest is not None and here != there and self._km(here, there) > farthest:
                    self.programme.at_most({one: 1, other: 1}, 1)

    def _km(self, here: int, there: int) -> float:
        """Great-circle distance by the spherical law of cosines."""
        places = self.problem.enterprises
        (lon_a, lat_a), (lon_b, lat_b) = (
            (math.radians(places.lon[e]), math.radians(places.lat[e])) for e in (here, there)
        )
        cosine = math.sin(lat_a) * math.sin(lat_b) + math.cos(lat_a) * math.cos(lat_b) * math.cos(lon_a - lon_b)
        return EARTH_KM * math.acos(max(-1.0, min(1.0, cosine)))

    def plan(self, values: list[bool], *, roster: bool) -> Plan:
        """Read the plan off a solution."""
        places = [(e, t) for e, days in enumerate(self.visit) for t, column in days.items() if values[column]]
        visit_of = np.full(len(self.asks), -1, dtype=np.int64)
        for r, days in enumerate(self.serve):
            for t, column in days.items():
                if values[column]:
                    visit_of[r] = places.index((self.owner[r], t))
        starts = {(e, t): k for (e, t, k), column in self.start.items() if values[column]}
        return Plan(
            request_visit=visit_of,
            visit_enterprise=np.array([e for e, _ in places], dtype=np.int64),
            visit_day=np.array([t for _, t in places], dtype=np.int64),
            visit_start_quarter=np.array([starts.get(place, 0) for place in places], dtype=np.int64),
            reasons={r: ("left_out", "") for r in range(len(self.asks)) if visit_of[r] < 0},
            roster=self._roster(values, visit_of) if roster else None,
        )

    def _roster(self, values: list[bool], visit_of: np.ndarray) -> Roster:
        rows = sorted((r, i) for (i, r, _, _), column in self.goes.items() if values[column])
        led: set[int] = set()
        leads = []
        for r, _ in rows:
            leads.append(int(visit_of[r] not in led))
            led.add(visit_of[r])
        columns = np.array(rows, dtype=np.int64).reshape(-1, 2)
        return Roster(request=columns[:, 0], inspector=columns[:, 1], lead=np.array(leads, dtype=np.int64))
