"""Sealing what was approved into numbered releases that never change.

One approval is sealed in one transaction: the release, its rows, the notices, the statuses, the audit link; all of it
or nothing. Two tickers may try at once: a compare-and-swap on the approval decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from data.enums import ApprovalStatus, VisitStatus
from data.models import Approval, Plan, Proposal, Release, ReleaseParty, ReleaseVisit, Round, Visit
from data.queries.bulk import insert_rows
from data.session import reading, unit_of_work
from scheduler.audit import queue_up, record
from scheduler.clock import Clock
from scheduler.errors import StaleError
from scheduler.filing.caps.round_caps import settle_round
from scheduler.planning.board import problems_of
from scheduler.planning.crew_reasons import note_crews
from scheduler.planning.drafts import DraftVisit, hash_of_draft, load_draft
from scheduler.planning.figures import RoundFigures, figures_of
from scheduler.publishing.addresses import INBOX_ONLY, Ways
from scheduler.publishing.bodies import content_hash, parties_of
from scheduler.publishing.notices import plan_notices
from scheduler.publishing.posting import supersede_unsent, write_release_notices
from scheduler.publishing.release_views import ReleasedVisit, ReleaseView, get_release, list_releases, release_view
from scheduler.publishing.sealing import SealedVisit, next_number, prepare_visits
from scheduler.transitions import APPROVAL, PLAN, ROUND, VISIT, can_step, step

Watch: TypeAlias = Callable[[str], None]
"""Called at each point of the sealing with the point's name; tests let processes die there."""
POINTS: Final = ("taken", "numbered", "released", "superseded", "written", "recorded")


def unwatched(_point: str) -> None:
    """Nobody watches."""


def seal_due(engine: sa.Engine, clock: Clock, ways: Ways = INBOX_ONLY, *, watch: Watch = unwatched) -> list[int]:
    """Seal every approval whose time has come, in the order of their times; returns the numbers of the releases.

    Each is a transaction of its own. One that loses against another ticker is left to it; one that fails does not
    stop the others and is raised at the end.
    """
    with reading(engine) as session:
        due = session.exec(
            select(col(Approval.id))
            .where(Approval.status == ApprovalStatus.WAITING, Approval.publish_at <= clock.now())
            .order_by(col(Approval.publish_at), col(Approval.id))
        ).all()
    sealed: list[int] = []
    failures: list[Exception] = []
    for approval_id in due:
        try:
            with unit_of_work(engine) as session:
                release = seal_approval(session, clock, session.get_one(Approval, approval_id), ways, watch=watch)
            sealed += [release.number] if release else []
        except (StaleError, IntegrityError):
            # Somebody else wrote the round or took the number first; the next tick looks again.
            continue
        except Exception as error:  # noqa: BLE001 -- raised below, after the other approvals had their turn
            failures.append(error)
    if failures:
        raise ExceptionGroup("sealing", failures)
    return sealed


def seal_approval(
    session: Session, clock: Clock, approval: Approval, ways: Ways = INBOX_ONLY, *, watch: Watch = unwatched
) -> Release | None:
    """Seal one approval whose time has come; None when another ticker has it, or when it is blocked.

    It is blocked, with reasons and without a trace of a release, when the draft is another one by now or breaks a
    hard rule on the rows as they are now.
    """
    # Whoever edits takes this lock first and the approval's row later: the other way round both would wait for ever.
    queue_up(session)
    if not _take(session, approval):
        return None
    watch("taken")
    round_ = session.get_one(Round, approval.round_id)
    draft = load_draft(session, round_)
    reasons = _reasons_against(session, approval, round_, draft)
    if reasons:
        _block(session, clock, approval, round_, reasons)
        return None
    number = next_number(session)
    watch("numbered")
    visits = prepare_visits(session, round_, number, draft)
    figures = figures_of(session, round_, draft)
    release = _write_release(session, clock, approval, round_, number=number, visits=visits, figures=figures)
    watch("released")
    changed = [visit.visit_uid for visit in visits if visit.changed_in == number]
    superseded = supersede_unsent(session, round_.id or 0, changed)
    watch("superseded")
    notices = plan_notices(session, visits, ways)
    written = write_release_notices(session, clock, release, notices, round_name=round_.name, ways=ways)
    watch("written")
    note_crews(session, round_, release)
    _advance(session, round_)
    settle_round(session, clock, round_)
    _record(session, clock, release, round_, notices=written, superseded=superseded)
    watch("recorded")
    return release


def _take(session: Session, approval: Approval) -> bool:
    swapped = session.exec(
        update(Approval)
        .where(col(Approval.id) == approval.id, col(Approval.status) == ApprovalStatus.WAITING)
        .values(status=step(APPROVAL, ApprovalStatus.WAITING, "publish", entity="approval"))
        .execution_options(synchronize_session=False)
    )
    session.refresh(approval)
    return swapped.rowcount == 1


def _reasons_against(
    session: Session, approval: Approval, round_: Round, draft: Sequence[DraftVisit]
) -> list[list[str]]:
    if approval.draft_version != round_.draft_version or approval.draft_hash != hash_of_draft(session, draft):
        return [["draft_changed", round_.uid, f"approved={approval.draft_version} now={round_.draft_version}"]]
    return [[broken.rule, broken.subject, broken.detail] for broken in problems_of(session, round_, draft)]


def _block(session: Session, clock: Clock, approval: Approval, round_: Round, reasons: list[list[str]]) -> None:
    approval.status = step(APPROVAL, ApprovalStatus.WAITING, "block", entity="approval")
    approval.blocked_by = reasons
    round_.status = step(ROUND, round_.status, "reopen", entity="round")
    session.add_all([approval, round_])
    session.flush()
    after = {"reasons": reasons, "round": round_.uid}
    record(session, clock, None, "approval.block", entity="approval", entity_uid=approval.uid, after=after)


def _write_release(
    session: Session,
    clock: Clock,
    approval: Approval,
    round_: Round,
    *,
    number: int,
    visits: Sequence[SealedVisit],
    figures: RoundFigures,
) -> Release:
    release = Release(
        number=number,
        parent_number=number - 1 or None,
        round_id=round_.id or 0,
        approval_id=approval.id or 0,
        content_hash=content_hash([visit.document for visit in visits]),
        proposal_hash=_proposal_hash(session, round_),
        approved_by_id=approval.approved_by_id,
        publish_at=approval.publish_at,
        sealed_at=clock.now(),
        late_seconds=max(0, int((clock.now() - approval.publish_at).total_seconds())),
        comment=approval.comment,
        figures=asdict(figures),
    )
    session.add(release)
    session.flush()
    _write_visits(session, release, visits)
    return release


def _write_visits(session: Session, release: Release, visits: Sequence[SealedVisit]) -> None:
    """Add the rows of a release and the index of who takes part in them, each in one statement."""
    rows = [
        {
            "release_id": release.id,
            "visit_uid": visit.visit_uid,
            "sequence": visit.sequence,
            "changed_in": visit.changed_in,
            "enterprise_id": visit.enterprise_id,
            "day": visit.day,
            "hidden": visit.hidden,
            "cancelled": visit.cancelled,
            "public_hash": visit.public_hash,
            "roster_hash": visit.roster_hash,
            "body": visit.body,
        }
        for visit in visits
    ]
    insert_rows(session, ReleaseVisit, rows)
    keys = select(col(ReleaseVisit.visit_uid), col(ReleaseVisit.id)).where(ReleaseVisit.release_id == release.id)
    numbers = dict(session.exec(keys).all())
    parties = [
        {"kind": kind, "party": party, "release_visit_id": numbers[visit.visit_uid]}
        for visit in visits
        for kind, party in parties_of(visit.document)
    ]
    insert_rows(session, ReleaseParty, parties)


def _proposal_hash(session: Session, round_: Round) -> str:
    statement = select(Proposal.answer_hash).where(
        Proposal.round_id == round_.id, col(Proposal.adopted_at).is_not(None)
    )
    return session.exec(statement.order_by(col(Proposal.adopted_at).desc(), col(Proposal.id).desc())).first() or ""


def _advance(session: Session, round_: Round) -> None:
    """Everything the release is about goes one step on."""
    round_.status = step(ROUND, round_.status, "publish", entity="round")
    session.add(round_)
    session.exec(
        update(Visit)
        .where(col(Visit.round_id) == round_.id, col(Visit.status) == VisitStatus.DRAFT)
        .values(status=step(VISIT, VisitStatus.DRAFT, "publish", entity="visit"), version=col(Visit.version) + 1)
        # Nobody looks at the objects of the draft again, and renewing thousands takes longer than the statement.
        .execution_options(synchronize_session=False)
    )
    for plan in session.exec(select(Plan).where(Plan.round_id == round_.id)).all():
        if can_step(PLAN, plan.status, "schedule"):
            plan.status = step(PLAN, plan.status, "schedule", entity="plan")
            session.add(plan)
    session.flush()


def _record(session: Session, clock: Clock, release: Release, round_: Round, *, notices: int, superseded: int) -> None:
    """Link the release into the audit chain together with its parent's hash."""
    parent = session.exec(select(Release).where(Release.number == release.number - 1)).first()
    after = {
        "number": release.number,
        "content_hash": release.content_hash,
        "parent_hash": parent.content_hash if parent else "",
        "round": round_.uid,
        "late_seconds": release.late_seconds,
        "notices": notices,
        "superseded": superseded,
    }
    record(session, clock, None, "release.seal", entity="release", entity_uid=release.uid, after=after)


def broken_releases(session: Session) -> list[int]:
    """Recompute the content hash of every release from its rows; returns the numbers of those that disagree."""
    broken: list[int] = []
    for release in session.exec(select(Release).order_by(col(Release.number))).all():
        rows = session.exec(select(col(ReleaseVisit.body)).where(ReleaseVisit.release_id == release.id)).all()
        if content_hash([json.loads(body) for body in rows]) != release.content_hash:
            broken.append(release.number)
    return broken


__all__ = [
    "ReleaseView",
    "ReleasedVisit",
    "broken_releases",
    "get_release",
    "list_releases",
    "release_view",
    "seal_approval",
    "seal_due",
]
