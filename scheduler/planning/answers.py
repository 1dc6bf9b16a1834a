"""Between the solver's plan and an answer in public ids and ISO dates, both ways. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, TypedDict

import numpy as np

from scheduler.planning.days import quarters_of
from scheduler.planning.people import is_unnamed
from scheduler.planning.snapshot import Snapshot
from solver.plan import Plan, Roster
from solver.problem import NONE, Inspectors, Problem

NOT_PLACED: Final = "not_placed"
"""Reason of a request that a draft simply has in no visit: a person took it out."""


class AnswerVisit(TypedDict):
    """`lead`: officer uid ("" when not known by name); `lead_organisation`: code of the body that leads."""

    site: str
    day: str
    start_quarter: int
    quarters: int
    unannounced: bool
    lead_organisation: str
    lead: str
    requests: list[str]


class AnswerLeftOut(TypedDict):
    """`detail`: figures as the solver gives them, `name=value name=value`, days as dates."""

    request: str
    reason: str
    detail: str


class AnswerDuty(TypedDict):
    request: str
    officer: str
    lead: int


class Answer(TypedDict):
    """A complete answer; visits sorted by site and day, the others by request."""

    visits: list[AnswerVisit]
    unscheduled: list[AnswerLeftOut]
    roster: list[AnswerDuty]


def answer_of(snapshot: Snapshot, plan: Plan) -> Answer:
    """Write a plan in public ids. People not known by name stay out of the roster."""
    problem = snapshot.problem
    roster = _duties(problem, plan.roster)
    members: dict[int, list[int]] = {}
    for request, visit in enumerate(plan.request_visit.tolist()):
        if visit != NONE:
            members.setdefault(visit, []).append(request)
    leads = {str(duty["request"]): duty for duty in roster if duty["lead"]}
    visits = [_visit(problem, plan, visit, requests, leads) for visit, requests in members.items()]
    return Answer(
        visits=sorted(visits, key=lambda one: (one["site"], one["day"])),
        unscheduled=_unscheduled(snapshot, plan),
        roster=[duty for duty in roster if not is_unnamed(duty["officer"])],
    )


def _duties(problem: Problem, roster: Roster | None) -> list[AnswerDuty]:
    if roster is None or problem.inspectors is None:
        return []
    rows = zip(roster.request.tolist(), roster.inspector.tolist(), roster.lead.tolist(), strict=True)
    duties = [
        AnswerDuty(request=str(problem.requests.ids[r]), officer=str(problem.inspectors.ids[i]), lead=int(lead))
        for r, i, lead in rows
    ]
    return sorted(duties, key=lambda duty: (duty["request"], duty["officer"]))


def _visit(
    problem: Problem, plan: Plan, visit: int, requests: list[int], leads: Mapping[str, AnswerDuty]
) -> AnswerVisit:
    rows = problem.requests
    uids = sorted(str(rows.ids[request]) for request in requests)
    duty = next((leads[uid] for uid in uids if uid in leads), None)
    led = requests[0] if duty is None else next(r for r in requests if rows.ids[r] == duty["request"])
    if duty is None:
        # Without a roster the body that stays longest with most people leads; the code breaks ties.
        led = min(requests, key=lambda r: (-int(rows.load[r]), str(problem.departments.ids[rows.department[r]])))
    return AnswerVisit(
        site=str(problem.enterprises.ids[plan.visit_enterprise[visit]]),
        day=problem.dates[plan.visit_day[visit]],
        start_quarter=int(plan.visit_start_quarter[visit]),
        quarters=int(rows.quarters[requests].max()),
        unannounced=bool(rows.unannounced[requests].any()),
        lead_organisation=str(problem.departments.ids[rows.department[led]]),
        lead="" if duty is None or is_unnamed(duty["officer"]) else duty["officer"],
        requests=uids,
    )


def _unscheduled(snapshot: Snapshot, plan: Plan) -> list[AnswerLeftOut]:
    rows = [
        AnswerLeftOut(
            request=str(snapshot.problem.requests.ids[request]), reason=str(reason), detail=snapshot.days.dated(detail)
        )
        for request, (reason, detail) in plan.reasons.items()
    ]
    rows += [AnswerLeftOut(request=one.request, reason=one.reason, detail=one.detail) for one in snapshot.left_out]
    return sorted(rows, key=lambda row: row["request"])


class Numbers:
    """Places in the columns of a problem, by public id; make them once where many answers are read."""

    def __init__(self, problem: Problem) -> None:
        people = problem.inspectors
        self.requests = _places(problem.requests.ids)
        self.sites = _places(problem.enterprises.ids)
        self.days = _places(problem.dates)
        self.people: Mapping[str, int] = {} if people is None else _places(people.ids)
        self.crowds = _crowds(people)


def _places(ids: Iterable[object]) -> dict[str, int]:
    return {str(uid): place for place, uid in enumerate(ids)}


def plan_of(snapshot: Snapshot, answer: Answer, numbers: Numbers | None = None) -> Plan:
    """Read an answer back as a plan for the snapshot's problem, so that it can be checked.

    Requests that the problem does not know are passed over; those it knows and the answer does not are left out
    with the reason `not_placed`; people not known by name are filled in. `numbers`: those of the problem, if made.
    """
    problem = snapshot.problem
    numbers = numbers or Numbers(problem)
    number, sites, days = numbers.requests, numbers.sites, numbers.days
    request_visit = np.full(len(problem.requests), NONE, dtype=np.int64)
    columns: list[tuple[int, int, int]] = []
    for visit in answer["visits"]:
        known = [number[uid] for uid in visit["requests"] if uid in number]
        # A day that is not in the horizon becomes one past it: the checker then says so.
        request_visit[known] = len(columns)
        columns.append((sites.get(visit["site"], NONE), days.get(visit["day"], len(days)), visit["start_quarter"]))
    table = np.array(columns, dtype=np.int64).reshape(-1, 3)
    return Plan(
        request_visit=request_visit,
        visit_enterprise=table[:, 0],
        visit_day=table[:, 1],
        visit_start_quarter=table[:, 2],
        reasons=_reasons(answer, number, np.flatnonzero(request_visit == NONE).tolist()),
        roster=_roster(problem, answer, numbers),
    )


def _reasons(answer: Answer, number: Mapping[str, int], absent: list[int]) -> dict[int, tuple[str, str]]:
    reasons = dict.fromkeys(absent, (NOT_PLACED, ""))
    for row in answer["unscheduled"]:
        if number.get(row["request"]) in reasons:
            reasons[number[row["request"]]] = row["reason"], row["detail"]
    return reasons


def _roster(problem: Problem, answer: Answer, numbers: Numbers) -> Roster | None:
    if problem.inspectors is None:
        return None
    number, people = numbers.requests, numbers.people
    rows = [
        (number[duty["request"]], people.get(duty["officer"], NONE), int(duty["lead"]))
        for duty in answer["roster"]
        if duty["request"] in number
    ]
    rows += _unnamed_duties(problem, answer, numbers, {request for request, _, _ in rows})
    table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
    return Roster(request=table[:, 0], inspector=table[:, 1], lead=table[:, 2])


def _unnamed_duties(
    problem: Problem, answer: Answer, numbers: Numbers, staffed: set[int]
) -> Iterable[tuple[int, int, int]]:
    """Give people not known by name to their bodies' requests: whoever is free, rather not just before or after."""
    crowd, number = numbers.crowds, numbers.requests
    if not crowd:
        return
    busy: set[tuple[int, str, int]] = set()
    for visit in sorted(answer["visits"], key=lambda one: (one["day"], one["start_quarter"], one["site"])):
        leaderless = not visit["lead"]
        for request in (number[uid] for uid in visit["requests"] if uid in number):
            department = int(problem.requests.department[request])
            if request in staffed or department not in crowd:
                continue
            taken = quarters_of(visit["start_quarter"], int(problem.requests.quarters[request]))
            chosen = _free(crowd[department], busy, visit["day"], taken)[: int(problem.requests.inspectors[request])]
            for person in chosen:
                leads = leaderless and str(problem.departments.ids[department]) == visit["lead_organisation"]
                leaderless = leaderless and not leads
                busy.update((person, visit["day"], quarter) for quarter in taken)
                yield request, person, int(leads)


def _crowds(inspectors: Inspectors | None) -> dict[int, list[int]]:
    """Department -> its people not known by name."""
    crowd: dict[int, list[int]] = {}
    if inspectors is not None:
        for person, uid in enumerate(inspectors.ids):
            if is_unnamed(str(uid)):
                crowd.setdefault(int(inspectors.department[person]), []).append(person)
    return crowd


def _free(people: list[int], busy: set[tuple[int, str, int]], day: str, taken: range) -> list[int]:
    def adjoins(person: int) -> bool:
        return (person, day, taken.start - 1) in busy or (person, day, taken.stop) in busy

    there = [person for person in people if not any((person, day, quarter) in busy for quarter in taken)]
    return sorted(there, key=lambda person: (adjoins(person), person))
