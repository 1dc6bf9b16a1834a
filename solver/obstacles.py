"""What forbids putting requests on a day: rule ids and figures, one finding for each rule that would break.

Owns the hard rules as seen from one place in a plan, in words of `solver.rules`; the judgement of a whole plan is
the checker's. Of rule 9 only what can be said without a roster: enough people who are there, one with the skill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final

from solver.plan import Violation
from solver.plan_index import PlanIndex
from solver.problem import NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Requests of one enterprise that would all be on one day; `together` are all that would then share the visit."""

    enterprise: int
    requests: tuple[int, ...]
    day: int
    together: tuple[int, ...]


def place_on(index: PlanIndex, requests: Sequence[int], day: int) -> Place:
    """Put requests of one enterprise on a day, beside those of the enterprise that are there already."""
    enterprise = index.enterprise(requests[0])
    together = sorted({*requests, *index.on_day(enterprise, day)})
    return Place(enterprise=enterprise, requests=tuple(requests), day=day, together=tuple(together))


def find_obstacles(index: PlanIndex, place: Place) -> tuple[Violation, ...]:
    """Return what forbids a place, in the order of the hard rules; empty where it is allowed.

    Rules the plan breaks elsewhere do not count.
    """
    return tuple(finding for rule in _RULES for finding in rule(index, place))


def find_pair_obstacles(index: PlanIndex, one: int, other: int) -> tuple[Violation, ...]:
    """Return what keeps two requests of an enterprise out of one visit on any day.

    Windows that do not meet, alone, conflict, notice, sequence; in figures of the pair, without a day.
    """
    place = Place(enterprise=index.enterprise(one), requests=(one, other), day=NONE, together=(one, other))
    anywhere = f"day={NONE} "
    found = [
        replace(finding, detail=finding.detail.removeprefix(anywhere))
        for rule in (_alone, _conflicts, _notice)
        for finding in rule(index, place)
    ]
    for before, after, days in index.sequences.get(one, []):
        if other in (before, after) and days > 0:
            found.append(_at(index, "sequence_gap", after, f"before={_id(index, before)} min_days={days}"))
    return (*_windows_apart(index, one, other), *found)


def _windows_apart(index: PlanIndex, one: int, other: int) -> Iterator[Violation]:
    first, last = index.problem.requests.first_day, index.problem.requests.last_day
    for early, late in ((one, other), (other, one)):
        if last[early] < first[late]:
            detail = f"last_day={last[early]} other={_id(index, late)} other_first_day={first[late]}"
            yield _at(index, "visit_in_window", early, detail)


def _id(index: PlanIndex, request: int) -> str:
    return str(index.problem.requests.ids[request])


def _at(index: PlanIndex, rule: str, request: int, detail: str) -> Violation:
    return Violation(rule=rule, subject=_id(index, request), detail=detail)


def _of_site(index: PlanIndex, rule: str, place: Place, detail: str) -> Violation:
    return Violation(rule=rule, subject=str(index.problem.enterprises.ids[place.enterprise]), detail=detail)


def _window(index: PlanIndex, place: Place) -> Iterator[Violation]:
    requests = index.problem.requests
    for request in place.requests:
        first, last = int(requests.first_day[request]), int(requests.last_day[request])
        if not first <= place.day <= last:
            detail = f"day={place.day} first_day={first} last_day={last}"
            yield _at(index, "visit_in_window", request, detail)


def _open(index: PlanIndex, place: Place) -> Iterator[Violation]:
    if index.is_closed(place.enterprise, place.day):
        yield _of_site(index, "visit_enterprise_open", place, f"day={place.day}")


def _capacity(index: PlanIndex, place: Place) -> Iterator[Violation]:
    departments = index.problem.requests.department
    for department in sorted({int(departments[request]) for request in place.requests}):
        mine = [request for request in place.requests if departments[request] == department]
        coming = sum(int(index.load[r]) for r in mine if index.day[r] != place.day)
        used, capacity = int(index.used[department, place.day]), int(index.capacity[department, place.day])
        if coming and used + coming > capacity:
            detail = f"day={place.day} load={coming} used={used} capacity={capacity}"
            subject = str(index.problem.departments.ids[department])
            yield Violation(rule="department_capacity", subject=subject, detail=detail)


def _departments(index: PlanIndex, place: Place) -> Iterator[Violation]:
    most = index.problem.limits.max_departments_per_visit
    count = len({int(index.problem.requests.department[request]) for request in place.together})
    if most is not None and count > most:
        yield _of_site(index, "visit_departments_limit", place, f"day={place.day} departments={count} most={most}")


def _people(index: PlanIndex, place: Place) -> Iterator[Violation]:
    most = index.problem.limits.max_inspectors_per_visit
    count = sum(int(index.problem.requests.inspectors[request]) for request in place.together)
    if most is not None and count > most:
        yield _of_site(index, "visit_inspectors_limit", place, f"day={place.day} inspectors={count} most={most}")


def _alone(index: PlanIndex, place: Place) -> Iterator[Violation]:
    if len(place.together) > 1:
        for request in place.together:
            if not index.problem.requests.joint[request]:
                yield _at(index, "request_alone", request, f"day={place.day} others={len(place.together) - 1}")


def _conflicts(index: PlanIndex, place: Place) -> Iterator[Violation]:
    for one, other in combinations(place.together, 2):
        if other in index.conflicts.get(one, ()):
            yield _at(index, "conflict_apart", one, f"day={place.day} other={_id(index, other)}")


def _notice(index: PlanIndex, place: Place) -> Iterator[Violation]:
    secret = [request for request in place.together if index.problem.requests.unannounced[request]]
    if 0 < len(secret) < len(place.together):
        detail = f"day={place.day} announced={len(place.together) - len(secret)} unannounced={len(secret)}"
        yield _of_site(index, "notice_modes_apart", place, detail)


def _visits(index: PlanIndex, place: Place) -> Iterator[Violation]:
    most = int(index.problem.enterprises.max_visits[place.enterprise])
    others = [r for r in index.of_enterprise.rows(place.enterprise) if r not in place.requests]
    count = len({int(index.day[r]) for r in others if index.day[r] != NONE} | {place.day})
    now = len({int(index.day[r]) for r in index.of_enterprise.rows(place.enterprise) if index.day[r] != NONE})
    if most != NONE and count > most and count > now:
        yield _of_site(index, "enterprise_max_visits", place, f"visits={count} most={most}")


def _sequences(index: PlanIndex, place: Place) -> Iterator[Violation]:
    rows = sorted({row for request in place.requests for row in index.sequences.get(request, ())})
    for before, after, days in rows:
        first, second = (place.day if r in place.requests else int(index.day[r]) for r in (before, after))
        if second != NONE and (first == NONE or second - first < days):
            detail = f"before={_id(index, before)} before_day={first} day={second} min_days={days}"
            yield _at(index, "sequence_gap", after, detail)


def _locks(index: PlanIndex, place: Place) -> Iterator[Violation]:
    requests = index.problem.requests
    for request in place.requests:
        planned = int(requests.planned_day[request])
        if requests.locked[request] and planned not in (NONE, place.day):
            yield _at(index, "request_locked", request, f"day={place.day} planned_day={planned}")


def _crew(index: PlanIndex, place: Place) -> Iterator[Violation]:
    people, requests = index.problem.inspectors, index.problem.requests
    if people is None:
        return
    there = index.available[:, place.day].copy()
    there[index.problem.recusals[index.recusals.rows(place.enterprise), 0]] = False
    for request in place.requests:
        able = there & (people.department == requests.department[request])
        need, have = int(requests.inspectors[request]), int(able.sum())
        if have < need:
            yield _at(index, "roster_present", request, f"day={place.day} need={need} have={have}")
        skill = int(requests.skill[request])
        if skill != NONE and not (able & people.skills[:, skill]).any():
            detail = f"day={place.day} skill={index.problem.skill_ids[skill]} have=0"
            yield _at(index, "roster_skill", request, detail)


_RULES: Final[tuple[Callable[[PlanIndex, Place], Iterator[Violation]], ...]] = (
    _window,
    _open,
    _capacity,
    _departments,
    _people,
    _alone,
    _conflicts,
    _notice,
    _visits,
    _sequences,
    _locks,
    _crew,
)
