"""Where a round stands, stage by stage: what is done, what is awaited of whom, and until when. Reads only.

Knows no draw room and no publishing room beyond their rows, so that the page asks one question.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlmodel import Session, col, func, select

from data.enums import (
    ApprovalStatus,
    ConfirmationStatus,
    CounterStatus,
    DrawStatus,
    PlanStatus,
    ProposalStatus,
    Role,
    RoundStatus,
)
from data.models import (
    Approval,
    Confirmation,
    CounterProposal,
    DrawParty,
    DrawProtocol,
    Organisation,
    Proposal,
    Release,
    Round,
    User,
)
from scheduler.filing.rounds import round_summary
from scheduler.planning.runs import find_live_run


class StageName(StrEnum):
    """The stages of a round's page, in their order."""

    FILING = "filing"
    DRAWING = "drawing"
    SOLVING = "solving"
    PROPOSALS = "proposals"
    CONFIRMATION = "confirmation"
    APPROVAL = "approval"
    PUBLICATION = "publication"


class StageState(StrEnum):
    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage. `at`: when it was done; `due`: until when it is awaited; `awaited`: names of who is to act.

    `count`: plans filed, proposals on offer, answers, releases: whatever the stage collects. `number`: of the release
    in force, which stays in force while the draft is worked on again; 0 where there is none.
    """

    name: StageName
    state: StageState
    at: datetime | None = None
    due: datetime | None = None
    awaited: tuple[str, ...] = ()
    count: int = 0
    number: int = 0


NOW_AT: Final = {
    RoundStatus.OPEN: 0, RoundStatus.FROZEN: 1, RoundStatus.DRAWN: 2, RoundStatus.SOLVING: 2, RoundStatus.PROPOSED: 5,
    RoundStatus.APPROVED: 6, RoundStatus.PUBLISHED: 7, RoundStatus.CLOSED: 7,
}  # fmt: skip
"""Which stage a round waits in; proposals are on offer beside the approval, and departments need not be asked."""
_OVERTAKEN: Final = (ConfirmationStatus.REPLACED, ConfirmationStatus.WITHDRAWN)
_FILED: Final = frozenset({PlanStatus.FILED, PlanStatus.IN_ROUND, PlanStatus.SCHEDULED})


def round_standing(session: Session, round_: Round) -> tuple[Stage, ...]:
    """The stages of a round in order."""
    makers = (_filing, _drawing, _solving, _proposals, _confirmation, _approval, _publication)
    here = NOW_AT[round_.status]
    states = [
        StageState.DONE if place < here else StageState.NOW if place == here else StageState.AHEAD
        for place in range(len(makers))
    ]
    return tuple(make(session, round_, state) for make, state in zip(makers, states, strict=True))


def _filing(session: Session, round_: Round, state: StageState) -> Stage:
    sent = round_summary(session, round_).organisations
    filed = {one.organisation_id for one in sent if not _FILED.isdisjoint(one.plans)}
    clerks = select(col(User.organisation_id)).where(User.role == Role.CLERK, col(User.active))
    missing = select(Organisation.short_name).where(
        col(Organisation.id).in_(clerks), col(Organisation.id).not_in(filed)
    )
    waiting = tuple(session.exec(missing.order_by(col(Organisation.code)))) if state is StageState.NOW else ()
    return Stage(
        name=StageName.FILING,
        state=state,
        at=round_.frozen_at,
        due=round_.filing_until,
        awaited=waiting,
        count=len(filed),
    )


def _drawing(session: Session, round_: Round, state: StageState) -> Stage:
    found = select(DrawProtocol).where(DrawProtocol.round_id == round_.id).order_by(col(DrawProtocol.attempt).desc())
    protocol = session.exec(found.limit(1)).first()
    if protocol is None or protocol.status is DrawStatus.ABORTED:
        waiting = _people(session, Role.COORDINATOR) if state is StageState.NOW else ()
        return Stage(name=StageName.DRAWING, state=state, awaited=waiting)
    revealing = protocol.status is DrawStatus.REVEALING
    done = col(DrawParty.revealed_at) if revealing else col(DrawParty.committed_at)
    missing = select(DrawParty.name).where(DrawParty.protocol_id == protocol.id, done.is_(None))
    live = protocol.status in {DrawStatus.COMMITTING, DrawStatus.REVEALING}
    return Stage(
        name=StageName.DRAWING,
        state=state,
        at=protocol.ended_at,
        due=(protocol.reveal_until if revealing else protocol.commit_until) if live else None,
        awaited=tuple(session.exec(missing.order_by(col(DrawParty.position)))) if live else (),
    )


def _solving(session: Session, round_: Round, state: StageState) -> Stage:
    first = select(func.min(col(Proposal.created_at))).where(Proposal.round_id == round_.id)
    idle = state is StageState.NOW and find_live_run(session, round_) is None
    return Stage(
        name=StageName.SOLVING,
        state=state,
        at=session.exec(first).one(),
        awaited=_people(session, Role.COORDINATOR) if idle else (),
    )


def _proposals(session: Session, round_: Round, state: StageState) -> Stage:
    offers = select(func.count(col(Proposal.id))).where(
        Proposal.round_id == round_.id, Proposal.status == ProposalStatus.OFFERED
    )
    taken = select(func.max(col(Proposal.adopted_at))).where(Proposal.round_id == round_.id)
    return Stage(name=StageName.PROPOSALS, state=state, at=session.exec(taken).one(), count=session.exec(offers).one())


def _confirmation(session: Session, round_: Round, _state: StageState) -> Stage:
    """What departments say goes its own way: a round may be approved without asking them, not while they are asked."""
    waiting = _waiting_bodies(session, round_)
    if not waiting and _counters_wait(session, round_):
        waiting = _people(session, Role.COORDINATOR)
    said = select(func.count(col(Confirmation.id)), func.max(col(Confirmation.answered_at))).where(
        Confirmation.round_id == round_.id,
        col(Confirmation.status).not_in((*_OVERTAKEN, ConfirmationStatus.WAITING)),
    )
    count, at = session.exec(said).one()
    due = select(func.min(col(Confirmation.due))).where(
        Confirmation.round_id == round_.id, Confirmation.status == ConfirmationStatus.WAITING
    )
    state = StageState.NOW if waiting else StageState.DONE if count else StageState.AHEAD
    return Stage(
        name=StageName.CONFIRMATION,
        state=state,
        at=at if state is StageState.DONE else None,
        due=session.exec(due).one(),
        awaited=waiting,
        count=count,
    )


def _waiting_bodies(session: Session, round_: Round) -> tuple[str, ...]:
    statement = (
        select(Organisation.short_name)
        .join(Confirmation, col(Confirmation.organisation_id) == col(Organisation.id))
        .where(Confirmation.round_id == round_.id, Confirmation.status == ConfirmationStatus.WAITING)
    )
    return tuple(session.exec(statement.order_by(col(Organisation.code))))


def _counters_wait(session: Session, round_: Round) -> bool:
    """Whether a department proposed another day for the draft and the coordinator has not decided yet."""
    if round_.status is not RoundStatus.PROPOSED:
        return False
    statement = (
        select(CounterProposal.id)
        .join(Confirmation, col(Confirmation.id) == col(CounterProposal.confirmation_id))
        .where(
            Confirmation.round_id == round_.id,
            col(Confirmation.status).not_in(_OVERTAKEN),
            CounterProposal.status == CounterStatus.OPEN,
        )
    )
    return session.exec(statement.limit(1)).first() is not None


def _approval(session: Session, round_: Round, state: StageState) -> Stage:
    if state is StageState.NOW and (_waiting_bodies(session, round_) or _counters_wait(session, round_)):
        return Stage(name=StageName.APPROVAL, state=StageState.AHEAD)
    given = session.exec(
        select(Approval)
        .where(
            Approval.round_id == round_.id, col(Approval.status).in_((ApprovalStatus.WAITING, ApprovalStatus.PUBLISHED))
        )
        .order_by(col(Approval.id).desc())
        .limit(1)
    ).first()
    return Stage(
        name=StageName.APPROVAL,
        state=state,
        at=given.approved_at if given is not None and state is StageState.DONE else None,
        awaited=_people(session, Role.APPROVER) if state is StageState.NOW else (),
    )


def _publication(session: Session, round_: Round, state: StageState) -> Stage:
    waiting = select(Approval).where(Approval.round_id == round_.id, Approval.status == ApprovalStatus.WAITING)
    approval = session.exec(waiting).first()
    releases: Sequence[Release] = session.exec(
        select(Release).where(Release.round_id == round_.id).order_by(col(Release.number).desc())
    ).all()
    return Stage(
        name=StageName.PUBLICATION,
        state=state,
        at=releases[0].sealed_at if releases else None,
        due=approval.publish_at if approval is not None else None,
        count=len(releases),
        number=releases[0].number if releases else 0,
    )


def _people(session: Session, role: Role) -> tuple[str, ...]:
    statement = select(User.display_name).where(User.role == role, col(User.active)).order_by(col(User.id))
    return tuple(session.exec(statement))
