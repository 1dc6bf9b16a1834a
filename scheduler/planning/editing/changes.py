"""What each command does to the visits on the bench. Breaks what it breaks: judging is somebody else's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from data.enums import NoticeMode, RequestStatus, VisitStatus
from data.models.columns import new_uid
from scheduler.errors import ConflictError, RuleError
from scheduler.planning.editing.bench import SET_ASIDE, Bench
from scheduler.planning.editing.commands import (
    Command,
    ExcludeRequest,
    JoinVisits,
    MoveVisit,
    PinVisit,
    PlaceRequest,
    SetCrew,
    SetLead,
    SplitVisit,
    TakeOut,
)
from scheduler.planning.editing.crews import led
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.states import Member, VisitState
from solver.problem import QUARTERS_PER_DAY


def change(bench: Bench, command: Command) -> None:
    """Do a command on the bench. Raises RuleError, ConflictError, NotFoundError where it cannot be done at all."""
    _CHANGES[type(command)](bench, command)


def _move(bench: Bench, command: MoveVisit) -> None:
    visit = bench.visit(command.visit)
    _refuse_day(bench, visit.site, command.day, command.start_quarter)
    bench.put(replace(visit, day=command.day, start_quarter=command.start_quarter))


def _pin(bench: Bench, command: PinVisit) -> None:
    visit = bench.visit(command.visit)
    pinned = replace(
        visit,
        day_pinned=visit.day_pinned if command.day is None else command.day,
        crew_pinned=visit.crew_pinned if command.crew is None else command.crew,
        members_pinned=visit.members_pinned if command.members is None else command.members,
    )
    bench.put(pinned, staff=False)


def _split(bench: Bench, command: SplitVisit) -> None:
    visit = bench.visit(command.visit)
    leaving = set(command.requests)
    if not leaving or not leaving < set(visit.requests):
        raise ConflictError("nothing_to_split")
    _refuse_day(bench, visit.site, command.day, command.start_quarter)
    bench.put(replace(visit, members=tuple(one for one in visit.members if one.request not in leaving)), staff=False)
    bench.visits[visit.uid] = led(bench.frame, bench.visits[visit.uid])
    members = tuple(one for one in visit.members if one.request in leaving)
    bench.put(replace(new_visit(bench.frame, members[0].request, command.day, command.start_quarter), members=members))


def _join(bench: Bench, command: JoinVisits) -> None:
    keep, other = bench.visit(command.keep), bench.visit(command.other)
    if keep.uid == other.uid or keep.site != other.site:
        raise RuleError((("visit_one_enterprise", keep.site, f"other={other.site}"),))
    bench.put(replace(other, members=()))
    _put_at_a_start(bench, replace(keep, members=(*keep.members, *other.members)))


def _place(bench: Bench, command: PlaceRequest) -> None:
    uid = bench.request(command.request).uid
    _refuse_unknown(bench, uid)
    present = bench.visit_of(uid)
    if present is not None and (command.visit is None or command.visit == present.uid):
        raise ConflictError("request_placed")
    if present is not None:
        bench.visit(present.uid)
        bench.put(replace(present, members=tuple(one for one in present.members if one.request != uid)), staff=False)
        _lead_anew(bench, present.uid)
    if command.visit is not None:
        visit = bench.visit(command.visit)
        if visit.site != bench.frame.site(uid):
            raise RuleError((("visit_one_enterprise", visit.site, f"request={uid}"),))
        _put_at_a_start(bench, replace(visit, members=(*visit.members, Member(request=uid))))
    else:
        if command.day is None:
            raise ConflictError("day_missing")
        _refuse_day(bench, bench.frame.site(uid), command.day, command.start_quarter)
        bench.put(new_visit(bench.frame, uid, command.day, command.start_quarter))
    bench.mark(uid, RequestStatus.SCHEDULED)


def _take_out(bench: Bench, command: TakeOut) -> None:
    _leave_visit(bench, bench.request(command.request).uid)
    bench.mark(command.request, RequestStatus.LEFT_OUT, SET_ASIDE)


def _exclude(bench: Bench, command: ExcludeRequest) -> None:
    if not command.reason.strip():
        raise ConflictError("reason_missing")
    state = bench.request(command.request)
    if bench.visit_of(state.uid) is not None:
        _leave_visit(bench, state.uid)
    bench.mark(state.uid, RequestStatus.WITHDRAWN)
    bench.withdrawn.add(state.uid)


def _set_crew(bench: Bench, command: SetCrew) -> None:
    visit = bench.visit(command.visit)
    if command.request not in visit.requests:
        raise ConflictError("not_in_visit")
    officers = tuple(sorted(set(command.officers)))
    unknown = [uid for uid in officers if uid not in bench.frame.officer_number]
    if unknown:
        raise RuleError(tuple(("roster_own_department", uid, f"request={command.request}") for uid in unknown))
    members = tuple(
        Member(request=one.request, officers=officers) if one.request == command.request else one
        for one in visit.members
    )
    pinned = visit.crew_pinned or command.pin
    bench.put(led(bench.frame, replace(visit, members=members, crew_pinned=pinned)), staff=False)


def _set_lead(bench: Bench, command: SetLead) -> None:
    visit = bench.visit(command.visit)
    bodies = {one.request: bench.frame.organisation(one.request) for one in visit.members}
    of_officer = [bodies[one.request] for one in visit.members if command.officer in one.officers]
    lead = of_officer[0] if command.officer and of_officer else command.organisation
    if lead not in bodies.values() or (command.officer and not of_officer):
        raise ConflictError("not_in_visit")
    bench.put(led(bench.frame, replace(visit, lead_organisation=lead, lead_officer=command.officer)), staff=False)


def _leave_visit(bench: Bench, request: str) -> None:
    present = bench.visit_of(request)
    if present is None:
        raise ConflictError("not_in_visit")
    visit = bench.visit(present.uid)
    bench.put(replace(visit, members=tuple(one for one in visit.members if one.request != request)), staff=False)
    _lead_anew(bench, visit.uid)


def _lead_anew(bench: Bench, uid: str) -> None:
    visit = bench.visits[uid]
    if visit.alive:
        bench.visits[uid] = led(bench.frame, visit)


def new_visit(frame: Frame, request: str, day: date, start_quarter: int) -> VisitState:
    """A visit of one request that has no row and no crew yet."""
    hidden = bool(frame.problem.requests.unannounced[frame.request_number[request]])
    return VisitState(
        uid=new_uid(),
        site=frame.site(request),
        day=day,
        start_quarter=start_quarter,
        quarters=frame.quarters(request),
        notice_mode=NoticeMode.UNANNOUNCED if hidden else NoticeMode.ANNOUNCED,
        status=VisitStatus.DRAFT,
        lead_organisation=frame.organisation(request),
        lead_officer="",
        members=(Member(request=request),),
    )


def _put_at_a_start(bench: Bench, visit: VisitState) -> None:
    """Lay a visit that has grown at its own quarter, or at the first one that suits its length and has people."""
    long = max(bench.frame.quarters(member.request) for member in visit.members)
    starts = [start for start in range(0, QUARTERS_PER_DAY, long) if start != visit.start_quarter]
    first: RuleError | None = None
    for start in (*([visit.start_quarter] if visit.start_quarter % long == 0 else []), *starts):
        try:
            bench.put(replace(visit, start_quarter=start))
        except RuleError as error:
            first = first or error
        else:
            return
    if first is not None:
        raise first


def _refuse_day(bench: Bench, site: str, day: date, start_quarter: int) -> None:
    if not bench.is_workday(day):
        raise RuleError((("visit_on_workday", site, f"day={day.isoformat()}"),))
    if not 0 <= start_quarter < QUARTERS_PER_DAY:
        raise RuleError((("visit_start_quarter", site, f"start_quarter={start_quarter}"),))


def _refuse_unknown(bench: Bench, request: str) -> None:
    if request not in bench.frame.request_number:
        raise RuleError((("visit_in_window", request, ""),))


_CHANGES: Final[Mapping[type[Any], Callable[[Bench, Any], None]]] = {
    MoveVisit: _move,
    PinVisit: _pin,
    SplitVisit: _split,
    JoinVisits: _join,
    PlaceRequest: _place,
    TakeOut: _take_out,
    ExcludeRequest: _exclude,
    SetCrew: _set_crew,
    SetLead: _set_lead,
}
