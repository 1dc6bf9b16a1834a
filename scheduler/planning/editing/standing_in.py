"""Who could go instead of people of a visit who may not go any more, as deeds for the log. Changes nothing itself."""

from __future__ import annotations

from sqlmodel import Session

from data.models import Round
from scheduler.errors import RuleError
from scheduler.planning.editing.commands import PinVisit, SetCrew
from scheduler.planning.editing.crews import staffed
from scheduler.planning.editing.draft_states import draft_states
from scheduler.planning.editing.foresight import load_area


def stand_ins(session: Session, round_: Round, uid: str) -> tuple[SetCrew, ...]:
    """Deeds that give a visit a crew that may go, one for each request whose crew changes.

    None when everybody may go, and none when somebody cannot be replaced.
    """
    states = draft_states(session, round_)
    area = load_area(session, round_, states, PinVisit(visit=uid))
    visit = area.visits[uid]
    others = (one for one in area.visits.values() if one.uid != uid and one.alive)
    try:
        anew = staffed(states.frame, visit, others)
    except RuleError:
        return ()
    return tuple(
        SetCrew(visit=uid, request=member.request, officers=member.officers)
        for member in anew.members
        if member.officers != visit.crew_of(member.request)
    )
