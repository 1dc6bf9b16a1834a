"""How good the draft is proven to be: score, bound and gap of the proposal it came from. Reads only.

People may have edited the draft since; then the figures are those of the proposal, and how many edits came after it
says how far they still speak of the draft.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from data.enums import ProposalStatus
from data.models import EditCommand, Proposal, Round


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftProof:
    """`score`, `bound`, `gap`: of the proposal that was adopted; `edits`: by hand since then, undone ones left out."""

    proposal_uid: str
    score: float
    bound: float
    gap: float
    adopted_at: datetime
    edits: int


def draft_proof(session: Session, round_: Round) -> DraftProof | None:
    """Return what is proven of the proposal that the draft came from; None where the draft came from none."""
    adopted = session.exec(
        select(Proposal).where(Proposal.round_id == round_.id, Proposal.status == ProposalStatus.ADOPTED)
    ).first()
    if adopted is None or adopted.adopted_at is None:
        return None
    edits = select(func.count(col(EditCommand.id))).where(
        EditCommand.round_id == round_.id,
        EditCommand.made_at >= adopted.adopted_at,
        col(EditCommand.undone_at).is_(None),
    )
    return DraftProof(
        proposal_uid=adopted.uid,
        score=adopted.score,
        bound=adopted.bound,
        gap=adopted.gap,
        adopted_at=adopted.adopted_at,
        edits=session.exec(edits).one(),
    )
