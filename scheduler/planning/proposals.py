"""Proposals: what the solver offered for a round, and making one of them the draft."""

from __future__ import annotations

import json
from typing import Final

from sqlmodel import Session, col, select

from data.enums import ProposalStatus, RoundStatus, RunKind
from data.models import Proposal, Round, SolveRun
from scheduler.audit import canonical_json, queue_up, record, sha256
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotFoundError, NotPermittedError, RuleError
from scheduler.permissions import Actor, may_coordinate, may_see_all
from scheduler.planning.adoption import broken_pins, write_draft
from scheduler.planning.answers import answer_of
from scheduler.planning.drafts import touch_draft
from scheduler.planning.fitting import fitting
from scheduler.planning.pins import read_pins
from scheduler.planning.proposal_views import ProposalView, proposal_view
from scheduler.planning.questions import what_if_of
from scheduler.planning.snapshot import Snapshot, take_snapshot
from scheduler.transitions import PROPOSAL, step
from solver.plan import SolveResult

_PLANNING: Final = frozenset({RoundStatus.PROPOSED, RoundStatus.APPROVED, RoundStatus.PUBLISHED})


def store_proposal(session: Session, clock: Clock, run: SolveRun, snapshot: Snapshot, result: SolveResult) -> Proposal:
    """Write the result of a run as an offer. The plan has been checked by the caller."""
    if result.plan is None or result.score is None:
        raise ConflictError("no_plan", run=run.uid)
    answer = canonical_json(answer_of(snapshot, result.plan))
    proposal = Proposal(
        round_id=run.round_id,
        run_id=run.id or 0,
        draft_version=snapshot.draft_version,
        solve_status=str(result.status),
        score=result.score,
        bound=result.bound,
        gap=result.gap or 0.0,
        parts=dict(result.parts),
        answer=answer,
        answer_hash=sha256(answer),
        created_at=clock.now(),
    )
    session.add(proposal)
    session.flush()
    after = {"run": run.uid, "answer_hash": proposal.answer_hash, "score": proposal.score}
    record(session, clock, None, "proposal.store", entity="proposal", entity_uid=proposal.uid, after=after)
    return proposal


def list_proposals(session: Session, actor: Actor, round_: Round) -> list[Proposal]:
    """The proposals of a round, newest first; only the district sees them, departments wait for the release."""
    if not may_see_all(actor):
        return []
    order = (col(Proposal.created_at).desc(), col(Proposal.id).desc())
    return list(session.exec(select(Proposal).where(Proposal.round_id == round_.id).order_by(*order)))


def get_proposal(session: Session, actor: Actor, uid: str) -> Proposal:
    """Raises NotFoundError for an unknown uid and for whoever may not see proposals."""
    found = session.exec(select(Proposal).where(Proposal.uid == uid)).first()
    if found is None or not may_see_all(actor):
        raise NotFoundError("proposal", uid)
    return found


def adopt_proposal(
    session: Session, clock: Clock, actor: Actor | None, proposal: Proposal, *, understood: bool = False
) -> None:
    """Make a proposal the draft. `actor` None stands for the service, which adopts the first one by itself.

    The proposal is judged against the rows as they are now, so one for an older draft is taken when it still holds.
    Raises NotPermittedError; TransitionError (not on offer); RuleError (it breaks hard rules or pins); ConflictError
    ("round_not_open": not being planned; "proposal_outdated": it has requests that are gone; "visits_under_way";
    "assumptions_not_confirmed").
    """
    if actor is not None and not may_coordinate(actor):
        raise NotPermittedError(action="proposal.adopt")
    # Edits lock the trail and then visits; who did it the other way round would wait for them, and they for it.
    queue_up(session)
    session.refresh(proposal)
    round_ = session.get_one(Round, proposal.round_id, populate_existing=True)
    check_open(round_, proposal)
    check_assumptions(session, proposal, understood=understood)
    status = step(PROPOSAL, proposal.status, "adopt", entity="proposal")
    answer = fitting(take_snapshot(session, round_), json.loads(proposal.answer))
    unpinned = broken_pins(read_pins(session, round_), answer)
    if unpinned:
        raise RuleError(unpinned)
    _supersede_adopted(session, round_)
    write_draft(session, round_, answer)
    proposal.status = status
    proposal.adopted_by_id = actor.user_id if actor else None
    proposal.adopted_at = clock.now()
    session.add(proposal)
    touch_draft(session, clock, actor, round_, reason="proposal.adopt")
    after = {"round": round_.uid, "draft_version": round_.draft_version}
    record(session, clock, actor, "proposal.adopt", entity="proposal", entity_uid=proposal.uid, after=after)


def check_open(round_: Round, proposal: Proposal) -> None:
    """Say whether a proposal may still be taken. Raises ConflictError "round_not_open", TransitionError."""
    if round_.status not in _PLANNING:
        raise ConflictError("round_not_open", status=str(round_.status))
    step(PROPOSAL, proposal.status, "adopt", entity="proposal")


def check_assumptions(session: Session, proposal: Proposal, *, understood: bool) -> None:
    """A plan made for days or people that are not the real ones is taken only by who says to know it.

    Whatever was assumed only takes days and people away, so the plan may still hold; what was assumed does not come
    true by taking it. Raises ConflictError "assumptions_not_confirmed".
    """
    run = session.get_one(SolveRun, proposal.run_id)
    if run.kind is RunKind.WHAT_IF and what_if_of(run.parameters).assumes and not understood:
        raise ConflictError("assumptions_not_confirmed")


def _supersede_adopted(session: Session, round_: Round) -> None:
    adopted = select(Proposal).where(Proposal.round_id == round_.id, Proposal.status == ProposalStatus.ADOPTED)
    for row in session.exec(adopted).all():
        row.status = step(PROPOSAL, row.status, "supersede", entity="proposal")
        session.add(row)
    session.flush()


__all__ = [
    "ProposalView",
    "adopt_proposal",
    "get_proposal",
    "list_proposals",
    "proposal_view",
    "store_proposal",
]
