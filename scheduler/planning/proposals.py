"""Proposals: what the solver offered for a round, and making one of them the draft."""

from __future__ import annotations

import json
from typing import Final

from sqlmodel import Session, col, select

from data.enums import ProposalStatus, RoundStatus
from data.models import Proposal, Round, SolveRun
from scheduler.audit import canonical_json, record, sha256
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotFoundError, NotPermittedError, RuleError
from scheduler.permissions import Actor, may_coordinate, may_see_all
from scheduler.planning.adoption import broken_pins, write_draft
from scheduler.planning.answers import NOT_PLACED, Answer, AnswerLeftOut, answer_of, plan_of
from scheduler.planning.drafts import touch_draft
from scheduler.planning.pins import read_pins
from scheduler.planning.proposal_views import ProposalView, proposal_view
from scheduler.planning.snapshot import Snapshot, take_snapshot
from scheduler.transitions import PROPOSAL, step
from solver.checker import check
from solver.plan import SolveResult

_PLANNING: Final = frozenset({RoundStatus.PROPOSED, RoundStatus.APPROVED})


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


def adopt_proposal(session: Session, clock: Clock, actor: Actor | None, proposal: Proposal) -> None:
    """Make a proposal the draft. `actor` None stands for the service, which adopts the first one by itself.

    The proposal is judged against the rows as they are now, so one for an older draft is taken when it still holds.
    Raises NotPermittedError; TransitionError (not on offer); RuleError (it breaks hard rules or pins); ConflictError
    ("round_not_open": not being planned; "proposal_outdated": it has requests that are gone; "visits_under_way").
    """
    if actor is not None and not may_coordinate(actor):
        raise NotPermittedError(action="proposal.adopt")
    round_ = session.get_one(Round, proposal.round_id)
    if round_.status not in _PLANNING:
        raise ConflictError("round_not_open", status=str(round_.status))
    status = step(PROPOSAL, proposal.status, "adopt", entity="proposal")
    answer = _fitting(take_snapshot(session, round_), json.loads(proposal.answer))
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


def _fitting(snapshot: Snapshot, answer: Answer) -> Answer:
    """Return the answer completed for the requests there are now; raise when it cannot be the draft any more."""
    now = {str(uid) for uid in snapshot.problem.requests.ids} | {one.request for one in snapshot.left_out}
    placed = {uid for visit in answer["visits"] for uid in visit["requests"]}
    if placed - now:
        raise ConflictError("proposal_outdated", gone=len(placed - now))
    verdict = check(snapshot.problem, plan_of(snapshot, answer))
    if not verdict.valid:
        raise RuleError(tuple((v.rule, v.subject, v.detail) for v in verdict.violations))
    given = [row for row in answer["unscheduled"] if row["request"] in now]
    missing = now - placed - {row["request"] for row in given}
    added = [AnswerLeftOut(request=uid, reason=NOT_PLACED, detail="") for uid in sorted(missing)]
    return Answer(visits=answer["visits"], unscheduled=given + added, roster=answer["roster"])


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
