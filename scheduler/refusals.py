"""Refused access to what is another's: one row of the audit trail for an actor and an object an hour. Knows no HTTP.

Foreign things are answered as not found, so the error alone does not say whether somebody mistyped an address or
knocked at another's door. Only the second is worth a row: what nobody has is not noted, else anybody could fill the
trail with inventions. A read-only request writes nothing in its own transaction; therefore its entrypoint calls
`note_refusal` in a transaction of its own after the refusal.
"""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session, col, select

from data.models import (
    AccessCode,
    ApiToken,
    Appeal,
    Approval,
    Attachment,
    AuditEvent,
    Draw,
    DrawParty,
    DrawProtocol,
    Enterprise,
    FeedToken,
    InboxMessage,
    InspectionRequest,
    ListUpload,
    Officer,
    Plan,
    PlanTask,
    PrintOrder,
    Proposal,
    Round,
    SheetUpload,
    Site,
    SolveRun,
    User,
    Visit,
)
from scheduler import audit
from scheduler.clock import Clock
from scheduler.permissions import Actor

ACTION: Final = "access.refused"
ONCE_EVERY: Final = timedelta(hours=1)
OWNED: Final[MappingProxyType[str, tuple[type[Any], ...]]] = MappingProxyType(
    {
        "access_code": (AccessCode,),
        "api_token": (ApiToken,),
        "appeal": (Appeal,),
        "approval": (Approval,),
        "attachment": (Attachment,),
        "draw": (Draw, DrawProtocol),
        "draw_party": (DrawParty,),
        "enterprise": (Enterprise,),
        "feed": (FeedToken,),
        "list": (ListUpload,),
        "message": (InboxMessage,),
        "officer": (Officer,),
        "plan": (Plan,),
        "plan_task": (PlanTask,),
        "print": (PrintOrder,),
        "proposal": (Proposal,),
        "request": (InspectionRequest,),
        "round": (Round,),
        "run": (SolveRun,),
        "site": (Site,),
        "upload": (SheetUpload,),
        "user": (User,),
        "visit": (Visit,),
    }
)
"""Entity of a NotFoundError -> the tables whose `uid` its key may be."""


def is_worth_noting(session: Session, clock: Clock, actor: Actor, entity: str, key: object) -> bool:
    """Whether the thing exists, so that somebody else's was asked for, and the last row about it is an hour old."""
    return _exists(session, entity, key) and not _was_noted(session, clock, actor, entity, str(key))


def note_refusal(session: Session, clock: Clock, actor: Actor, entity: str, key: object, *, tried: str) -> bool:
    """Add the row unless there is one already; return whether it was added. `tried`: method and view, no names.

    Takes the lock of the trail before it looks: of a hundred requests at once one writes.
    """
    audit.queue_up(session)
    if not is_worth_noting(session, clock, actor, entity, key):
        return False
    audit.record(session, clock, actor, "access.refused", entity=entity, entity_uid=str(key), after={"tried": tried})
    return True


def _exists(session: Session, entity: str, key: object) -> bool:
    return any(
        session.exec(select(table.id).where(table.uid == str(key))).first() is not None
        for table in OWNED.get(entity, ())
    )


def _was_noted(session: Session, clock: Clock, actor: Actor, entity: str, key: str) -> bool:
    noted = select(AuditEvent.id).where(
        AuditEvent.entity_uid == key,
        AuditEvent.entity == entity,
        AuditEvent.action == ACTION,
        AuditEvent.actor_id == actor.user_id,
        col(AuditEvent.at) > clock.now() - ONCE_EVERY,
    )
    return session.exec(noted).first() is not None
