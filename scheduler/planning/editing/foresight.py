"""What an edit would come to, judged on the part of the draft that it meets. Reads only, and writes nothing.

Judging takes longer than writing. It can therefore be done before the transaction of the edit stands in line; once
there, what was foreseen holds if everything that it was judged by is still as it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from data.models import Round
from scheduler.clock import Clock, today
from scheduler.errors import NeedsReasonError, RuleError
from scheduler.planning.drafts import DRAFT_CHANGED, VISIT_EDITED
from scheduler.planning.editing.area import read_requests
from scheduler.planning.editing.bench import Bench
from scheduler.planning.editing.changes import change
from scheduler.planning.editing.commands import (
    Command,
    JoinVisits,
    MoveVisit,
    PlaceRequest,
    SetCrew,
    SplitVisit,
    request_named,
    visit_named,
)
from scheduler.planning.editing.draft_states import DraftStates
from scheduler.planning.editing.findings import Finding, soft_findings
from scheduler.planning.editing.frame import Frame
from scheduler.planning.editing.judging import Judgement, judge
from scheduler.planning.editing.states import Rows, VisitState
from scheduler.trail import Link, deeds_since, newest_link


@dataclass(frozen=True, slots=True, kw_only=True)
class Foresight:
    """What a command makes of an area, and what speaks against it. `frame`, `area`, `day`: what it was judged by;
    `link`: the newest one then.

    `before`, `after`: the rows that change; `judgement` is None where nothing does; `told`: soft findings.
    """

    command: Command
    link: Link
    frame: Frame
    area: Rows
    day: date
    before: Rows
    after: Rows
    withdrawn: frozenset[str]
    judgement: Judgement | None
    told: tuple[Finding, ...] = ()

    def holds(self, session: Session, round_: Round, command: Command, *, frame: Frame, area: Rows, day: date) -> bool:
        """Whether judging again would say the same.

        Findings are made of rules, calendars and other rounds as well: nothing but edits of this round may have come
        in between.
        """
        same = self.command == command and self.frame is frame and self.day == day and self.area == area
        return same and _only_edits(session, round_, self.link)


def _only_edits(session: Session, round_: Round, since: Link) -> bool:
    deeds = deeds_since(session, since, newest_link(session))
    return deeds is not None and all(
        deed.action == VISIT_EDITED or (deed.action == DRAFT_CHANGED and deed.entity_uid == round_.uid)
        for deed in deeds
    )


def judged(
    session: Session, clock: Clock, round_: Round, command: Command, *, frame: Frame, area: Rows, reason: str
) -> Foresight:
    """Do a command on an area in memory. Raises RuleError, NeedsReasonError, and what the command itself cannot do."""
    link, bench = newest_link(session), Bench(frame, area)
    change(bench, command)
    before, after = bench.touched()
    judgement: Judgement | None = None
    told: tuple[Finding, ...] = ()
    if before != after:
        judgement = judge(frame, bench.before.visits, bench.visits, withdrawn=bench.withdrawn)
        if judgement.broken:
            raise RuleError(judgement.broken)
        told = soft_findings(session, clock, round_, bench)
    refuse_unreasoned(told, reason)
    return Foresight(
        command=command,
        link=link,
        frame=frame,
        area=area,
        day=today(clock),
        before=before,
        after=after,
        withdrawn=frozenset(bench.withdrawn),
        judgement=judgement,
        told=told,
    )


def refuse_unreasoned(told: tuple[Finding, ...], reason: str) -> None:
    """Raise NeedsReasonError for findings that somebody has to say why of."""
    asked = tuple(one for one in told if one.asks)
    if asked and not reason.strip():
        raise NeedsReasonError(tuple((one.code, one.params) for one in asked))


def load_area(session: Session, round_: Round, states: DraftStates, command: Command) -> Rows:
    """Everything that a command can meet, and the request it names.

    Every rule looks at one site, at one body's day or at one officer's day: these are all visits at the sites of the
    command, and on its days those that its bodies are part of.
    """
    request = request_named(command)
    named = _named(states, command, request)
    days = {state.day for state in named}
    if isinstance(command, MoveVisit | SplitVisit | PlaceRequest) and command.day is not None:
        days.add(command.day)
    sites = {state.site for state in named}
    if request is not None and request in states.frame.request_number:
        sites.add(states.frame.site(request))
    return Rows(
        visits=states.around(days=days, sites=sites, bodies=_bodies(states, command, named, request)),
        requests=read_requests(session, round_, [request] if request else []),
    )


def _named(states: DraftStates, command: Command, request: str | None) -> list[VisitState]:
    """The visits that a command changes or takes something from."""
    uids = {visit_named(command), states.visit_of(request) if request else None}
    uids |= {command.other} if isinstance(command, JoinVisits) else set()
    return [states.visits[uid] for uid in sorted(uid for uid in uids if uid) if uid in states.visits]


def _bodies(states: DraftStates, command: Command, named: list[VisitState], request: str | None) -> set[int]:
    frame = states.frame
    officers = command.officers if isinstance(command, SetCrew) else ()
    asking = {frame.request_department.get(request)} if request else set()
    sent = {frame.officer_department.get(officer) for officer in officers}
    met = {number for state in named for number in states.bodies_of(state.uid)}
    return met | {number for number in asking | sent if number is not None}
