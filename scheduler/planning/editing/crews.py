"""Who goes when people change a visit: whoever of its crew is free, and in the others' places those drawn first. Pure.

In a round without a draw the places go to those who have least to do that day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from scheduler.errors import RuleError
from scheduler.planning.days import quarters_of
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.states import Member, VisitState
from solver.problem import NONE
from solver.rostering.ranking import draw_value
from solver.rules.roster_hop import great_circle_km

HALF_DAY: Final = 2
"""Quarters of a half-day: only within one does the way between two visits matter."""


class Duties:
    """Who is busy where: officer and day -> quarter -> site (uids), of all visits but those being staffed."""

    def __init__(self, frame: Frame, visits: Iterable[VisitState]) -> None:
        self.frame = frame
        self._busy: dict[tuple[str, date], dict[int, str]] = {}
        for visit in visits:
            self.book(visit)

    def book(self, visit: VisitState) -> None:
        """Note the people of a visit as busy."""
        for member in visit.members if visit.alive else ():
            if member.request in self.frame.request_number:
                for officer in member.officers:
                    self.take(officer, visit, self.frame.quarters(member.request))

    def take(self, officer: str, visit: VisitState, quarters: int) -> None:
        day = self._busy.setdefault((officer, visit.day), {})
        day.update(dict.fromkeys(quarters_of(visit.start_quarter, quarters), visit.site))

    def held(self, officer: str, day: date) -> Mapping[int, str]:
        return self._busy.get((officer, day), {})

    def free(self, officers: Iterable[str], visit: VisitState, quarters: int) -> list[str]:
        """Who may go: there, certified, not recused, not elsewhere, and near enough before and after."""
        day, site = self.frame.days.number(visit.day), self.frame.site_number.get(visit.site)
        if site is None or day == NONE:
            return []
        taken = quarters_of(visit.start_quarter, quarters)
        return [uid for uid in officers if self._is_free(uid, visit.day, day, site, taken)]

    def _is_free(self, officer: str, date_: date, day: int, site: int, taken: range) -> bool:
        number, held = self.frame.officer_number.get(officer), self.held(officer, date_)
        if number is None or any(quarter in held for quarter in taken):
            return False
        if not self.frame.available[number, day] or (number, site) in self.frame.recused:
            return False
        return all(self._near(site, other) for quarter, other in held.items() if _adjoins(quarter, taken))

    def _near(self, site: int, other: str) -> bool:
        most, there = self.frame.problem.limits.max_hop_km, self.frame.site_number[other]
        if most is None or site == there:
            return True
        lon, lat = self.frame.problem.enterprises.lon, self.frame.problem.enterprises.lat
        ends = np.array([site]), np.array([there])
        return bool(great_circle_km(lon[ends[0]], lat[ends[0]], lon[ends[1]], lat[ends[1]])[0] <= most)


def _adjoins(quarter: int, taken: range) -> bool:
    return any(abs(quarter - mine) == 1 and quarter // HALF_DAY == mine // HALF_DAY for mine in taken)


def staffed(frame: Frame, visit: VisitState, others: Iterable[VisitState]) -> VisitState:
    """Return the visit with a crew for each request and a lead, people kept wherever they are free.

    Raises RuleError ("roster_present", "roster_skill") naming the request that nobody can serve, with figures.
    """
    duties = Duties(frame, others)
    members: list[Member] = []
    for member in sorted(visit.members, key=lambda one: one.request):
        officers = _crew(duties, visit, member)
        members.append(Member(request=member.request, officers=officers))
        for officer in officers:
            duties.take(officer, visit, frame.quarters(member.request))
    return led(frame, replace(visit, members=tuple(members)))


def drawn_crew(frame: Frame, visit: VisitState, request: str, others: Iterable[VisitState]) -> tuple[str, ...] | None:
    """Who would go for a request by the officers' draw if nobody went yet; None where nothing was drawn.

    None, too, for a body whose people are not known by name. Raises RuleError as `staffed` does.
    """
    if frame.draw_seed is None or frame.request_department.get(request) not in frame.named_departments:
        return None
    rest = tuple(one for one in visit.members if one.request != request)
    return _crew(Duties(frame, (*others, replace(visit, members=rest))), visit, Member(request=request))


def _crew(duties: Duties, visit: VisitState, member: Member) -> tuple[str, ...]:
    frame = duties.frame
    number = frame.request_number[member.request]
    requests = frame.problem.requests
    if int(requests.department[number]) not in frame.named_departments:
        return ()
    need, skill, quarters = (
        int(requests.inspectors[number]),
        int(requests.skill[number]),
        frame.quarters(member.request),
    )
    people = frame.department_officers.get(int(requests.department[number]), ())
    free = duties.free(people, visit, quarters)
    skilled = [uid for uid in free if _has(frame, uid, skill)]
    place = f"day={visit.day.isoformat()} quarter={visit.start_quarter}"
    if len(free) < need:
        raise RuleError((("roster_present", member.request, f"{place} need={need} have={len(free)}"),))
    if not skilled:
        raise RuleError((("roster_skill", member.request, f"{place} skill={frame.problem.skill_ids[skill]} have=0"),))
    ranked = sorted(free, key=lambda uid: _rank(duties, visit, member, uid))
    return _chosen(ranked, set(skilled), need)


def _rank(duties: Duties, visit: VisitState, member: Member, officer: str) -> tuple[bool, bytes, int, str]:
    """Who goes already stays; then the officers' draw of the request decides, else who has least to do that day."""
    seed = duties.frame.draw_seed
    drawn = b"" if seed is None else draw_value(seed, member.request, officer)
    return officer not in member.officers, drawn, len(duties.held(officer, visit.day)), officer


def _chosen(ranked: Sequence[str], skilled: Collection[str], need: int) -> tuple[str, ...]:
    """The first `need` people, one with the skill among them."""
    chosen = list(ranked[:need])
    if not set(chosen) & set(skilled):
        first = next(uid for uid in ranked if uid in skilled)
        chosen = [first, *chosen[: need - 1]]
    return tuple(sorted(chosen))


def _has(frame: Frame, officer: str, skill: int) -> bool:
    people = frame.problem.inspectors
    return skill == NONE or (people is not None and bool(people.skills[frame.officer_number[officer], skill]))


def led(frame: Frame, visit: VisitState) -> VisitState:
    """Return the visit with a lead that is in it: the present one where that still holds.

    Else the body that leads stays, or the one with most to do takes over; of its people the first by uid leads.
    """
    bodies = {member.request: frame.organisation(member.request) for member in visit.members}
    lead = visit.lead_organisation
    if lead not in bodies.values():
        lead = min(bodies, key=lambda request: (-frame.load(request), bodies[request]))
        lead = bodies[lead]
    crew = [uid for member in visit.members if bodies[member.request] == lead for uid in member.officers]
    officer = visit.lead_officer if visit.lead_officer in crew else min(crew, default="")
    return replace(visit, lead_organisation=lead, lead_officer=officer)
