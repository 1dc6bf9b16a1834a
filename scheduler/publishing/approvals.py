"""Leave to publish: who may give it, what it is bound to, and what it would set off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlmodel import Session, and_, col, func, select, update

from data.enums import ApprovalStatus, Channel, OutboxState, RecipientKind, VisitStatus
from data.models import Approval, OutboxMessage, Release, ReleaseVisit, Round, Rule, Visit
from scheduler.audit import queue_up, record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.confirming.answering import still_open
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError, RuleError
from scheduler.permissions import Actor, may_approve, may_see_all
from scheduler.planning.board import draft_hash as present_hash
from scheduler.planning.board import draft_problems
from scheduler.publishing.addresses import INBOX_ONLY, Ways, readers_among, recipient_names
from scheduler.publishing.brief import authors_of
from scheduler.publishing.differences import Change
from scheduler.publishing.notices import Notice, plan_notices
from scheduler.publishing.sealing import (
    SealedVisit,
    VisitDifference,
    current_release,
    differences,
    next_number,
    prepare_visits,
    rows_of,
)
from scheduler.transitions import APPROVAL, ROUND, step
from scheduler.workdays import load_calendar

LEAD_RULE: Final = "R64"
EARLIEST: Final = timedelta(minutes=10)
"""How far in the past a publish time may lie: "at once" was typed a few minutes ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What publishing the draft as it stands would do.

    `notices`: number by kind of recipient, equal to the outbox rows that sealing writes. `unreachable`: names of
    enterprises that would be told but have neither an account to read it with nor an address beside it.
    `by_channel`: the same number by kind of recipient and channel. `short_notice`: the differences that concern a visit
    before `lead_until`, the first day that is far enough ahead. `repeated_papers`: how many of the notices on paper say
    nothing new and are written again only because nobody has noted the handing over of those of release `current`.
    """

    differences: tuple[VisitDifference, ...]
    by_channel: tuple[tuple[RecipientKind, Channel, int], ...]
    short_notice: tuple[VisitDifference, ...]
    lead_until: date
    notices: tuple[tuple[RecipientKind, int], ...]
    unreachable: tuple[str, ...]
    repeated_papers: int
    current: int | None


def approve_round(
    session: Session,
    clock: Clock,
    actor: Actor,
    round_: Round,
    *,
    draft_hash: str,
    publish_at: datetime,
    comment: str = "",
    reason: str = "",
    confirmed: bool = False,
) -> Approval:
    """Give leave to publish exactly this draft at `publish_at` (aware).

    Changes at short notice ask for a `reason` and to be `confirmed`: then InvalidError "short_notice" is raised.
    Raises NotPermittedError ("own_draft": the approver opened, solved, adopted or edited it), ConflictError
    ("draft_changed"; "confirmations_open": departments were asked and not all has been said), InvalidError (publish
    time; "publication_too_late": after new visits; "after_round"), RuleError (a hard rule is broken), TransitionError.
    """
    if not may_approve(actor):
        raise NotPermittedError(action="round.approve")
    if actor.user_id in authors_of(session, round_):
        raise NotPermittedError("own_draft", round=round_.name)
    _refuse_time(clock, publish_at)
    queue_up(session)
    status = step(ROUND, round_.status, "approve", entity="round")
    _refuse_unready(session, round_, draft_hash)
    _refuse_too_late(session, clock, round_, publish_at)
    if not (reason.strip() and confirmed):
        _refuse_short_notice(session, round_, publish_at, missing="confirmed" if reason.strip() else "reason")
    approval = Approval(
        round_id=round_.id or 0,
        draft_hash=draft_hash,
        draft_version=round_.draft_version,
        approved_by_id=actor.user_id,
        approved_at=clock.now(),
        publish_at=publish_at,
        comment=comment,
        reason=reason.strip(),
    )
    round_.status = status
    session.add_all([approval, round_])
    session.flush()
    after = {"draft_hash": draft_hash, "publish_at": publish_at.isoformat(), "round": round_.uid}
    record(
        session, clock, actor, "round.approve", entity="approval", entity_uid=approval.uid, after=after, reason=reason
    )
    return approval


def _refuse_unready(session: Session, round_: Round, draft_hash: str) -> None:
    """Refuse another draft than was seen, one that departments still talk about, and one that breaks a hard rule."""
    if present_hash(session, round_) != draft_hash:
        raise ConflictError("draft_changed", round=round_.name)
    waiting = still_open(session, round_)
    if waiting.anything:
        awaited = len(waiting.awaited) + len(waiting.edited)
        raise ConflictError("confirmations_open", round=round_.name, awaited=awaited, counters=waiting.counters)
    broken = draft_problems(session, round_)
    if broken:
        raise RuleError(tuple((v.rule, v.subject, v.detail) for v in broken))


def _refuse_time(clock: Clock, publish_at: datetime) -> None:
    if publish_at.tzinfo is None:
        raise InvalidError(Fault(field="publish_at", code="no_time_zone"))
    if publish_at < clock.now() - EARLIEST:
        raise InvalidError(Fault(field="publish_at", code="in_the_past"))


def _refuse_too_late(session: Session, clock: Clock, round_: Round, publish_at: datetime) -> None:
    """Refuse a time at which visits that nobody was told of would be over already, or the whole round."""
    new = and_(col(Visit.round_id) == round_.id, col(Visit.status) == VisitStatus.DRAFT)
    day = publish_at.astimezone(DISTRICT_ZONE).date()
    count, first = session.exec(select(func.count(), func.min(col(Visit.day))).where(new, col(Visit.day) < day)).one()
    if count:
        params = (("count", count), ("first", first.isoformat()))
        raise InvalidError(Fault(field="publish_at", code="publication_too_late", params=params))
    # What is mended after the round can still be published at once.
    if day > max(round_.period_last, today(clock)):
        over = (("last", round_.period_last.isoformat()),)
        raise InvalidError(Fault(field="publish_at", code="after_round", params=over))


def cancel_approval(session: Session, clock: Clock, actor: Actor, approval: Approval) -> None:
    """Take leave back before its time comes; an approver may, also for a colleague.

    Raises NotPermittedError, TransitionError once it is sealed, voided or blocked.
    """
    if not may_approve(actor):
        raise NotPermittedError(action="approval.cancel")
    queue_up(session)
    taken = session.exec(
        update(Approval)
        .where(col(Approval.id) == approval.id, col(Approval.status) == ApprovalStatus.WAITING)
        .values(status=ApprovalStatus.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    session.refresh(approval)
    if taken.rowcount != 1:
        step(APPROVAL, approval.status, "cancel", entity="approval")
    round_ = session.get_one(Round, approval.round_id)
    round_.status = step(ROUND, round_.status, "reopen", entity="round")
    session.add(round_)
    session.flush()
    record(session, clock, actor, "approval.cancel", entity="approval", entity_uid=approval.uid)


def list_approvals(session: Session, actor: Actor, round_: Round) -> list[Approval]:
    """The approvals of a round, newest first; only the district sees them."""
    if not may_see_all(actor):
        return []
    statement = select(Approval).where(Approval.round_id == round_.id).order_by(col(Approval.id).desc())
    return list(session.exec(statement))


def get_approval(session: Session, actor: Actor, uid: str) -> Approval:
    """Raises NotFoundError for an unknown uid and for whoever may not see approvals."""
    found = session.exec(select(Approval).where(Approval.uid == uid)).first()
    if found is None or not may_see_all(actor):
        raise NotFoundError("approval", uid)
    return found


def publication_preview(
    session: Session, clock: Clock, round_: Round, ways: Ways = INBOX_ONLY, *, publish_at: datetime | None = None
) -> Preview:
    """Say what publishing would change and whom it would tell, by the same preparation as the sealing."""
    visits = prepare_visits(session, round_, next_number(session))
    notices = plan_notices(session, visits, ways)
    current = current_release(session, round_.id or 0)
    previous = rows_of(session, current)
    counts = Counter(notice.recipient[0] for notice in notices)
    by_channel = Counter((notice.recipient[0], notice.channel) for notice in notices)
    changes = differences(previous, visits)
    until = lead_until(session, publish_at or clock.now())
    return Preview(
        differences=changes,
        by_channel=tuple(
            (kind, channel, by_channel[kind, channel])
            for kind in RecipientKind
            for channel in Channel
            if by_channel[kind, channel]
        ),
        short_notice=at_short_notice(changes, until),
        lead_until=until,
        notices=tuple((kind, counts[kind]) for kind in RecipientKind),
        unreachable=_unreachable(session, notices),
        repeated_papers=_repeated_papers(session, round_, notices, _untouched(previous, visits)),
        current=current.number if current else None,
    )


def _untouched(previous: Mapping[str, ReleaseVisit], visits: Sequence[SealedVisit]) -> frozenset[str]:
    """The visits that the next release would have for everybody just as the one before."""
    pairs = ((visit, previous.get(visit.visit_uid)) for visit in visits)
    return frozenset(
        visit.visit_uid
        for visit, old in pairs
        if old is not None
        and (old.public_hash, old.roster_hash, old.cancelled) == (visit.public_hash, visit.roster_hash, visit.cancelled)
    )


def _repeated_papers(session: Session, round_: Round, notices: Sequence[Notice], untouched: frozenset[str]) -> int:
    """Notices on paper about nothing but `untouched` visits, to who has one of this round waiting already."""
    own = select(col(Release.id)).where(Release.round_id == round_.id)
    waiting = select(OutboxMessage.recipient_kind, OutboxMessage.recipient_id).where(
        OutboxMessage.channel == Channel.PRINT,
        OutboxMessage.state == OutboxState.QUEUED,
        col(OutboxMessage.release_id).in_(own),
    )
    told_soon = set(session.exec(waiting).all())
    return sum(
        notice.channel is Channel.PRINT
        and notice.recipient in told_soon
        and all(line.visit_uid in untouched for line in notice.lines)
        for notice in notices
    )


def lead_until(session: Session, publish_at: datetime) -> date:
    """The first day whose visits are announced early enough when a release is published then (R64)."""
    day = publish_at.astimezone(DISTRICT_ZONE).date()
    rule = session.exec(
        select(Rule)
        .where(Rule.code == LEAD_RULE, Rule.valid_from <= day, col(Rule.organisation_kind).is_(None))
        .where(col(Rule.scenario_id).is_(None))
        .order_by(col(Rule.version).desc())
    ).first()
    working_days = rule.parameters["working_days"] if rule is not None and rule.active else 0
    return load_calendar(session).add_workdays(day, working_days)


def at_short_notice(changes: Sequence[VisitDifference], until: date) -> tuple[VisitDifference, ...]:
    """Those changes of visits that enterprises know of which concern a day before `until` (N6)."""
    return tuple(one for one in changes if one.change is not Change.NEW and not one.hidden and _earliest(one) < until)


def _earliest(one: VisitDifference) -> date:
    return min(date.fromisoformat(side["date"]) for side in (one.before, one.after) if side is not None)


def _refuse_short_notice(session: Session, round_: Round, publish_at: datetime, *, missing: str) -> None:
    """`missing`: the field that has to be filled before changes at short notice may be published."""
    current = current_release(session, round_.id or 0)
    if current is None:
        return
    changes = differences(rows_of(session, current), prepare_visits(session, round_, next_number(session)))
    until = lead_until(session, publish_at)
    found = at_short_notice(changes, until)
    if found:
        params = (("count", len(found)), ("until", until.isoformat()))
        raise InvalidError(Fault(field=missing, code="short_notice", params=params))


def _unreachable(session: Session, notices: tuple[Notice, ...]) -> tuple[str, ...]:
    """Names of enterprises that no wire reaches; paper is brought to them by hand."""
    channels: dict[int, set[Channel]] = {}
    for one in notices:
        if one.recipient[0] is RecipientKind.ENTERPRISE:
            channels.setdefault(one.recipient[1], set()).add(one.channel)
    silent = sorted(number for number, own in channels.items() if own <= {Channel.INBOX, Channel.PRINT})
    deaf = [number for number in silent if number not in readers_among(session, silent)]
    names = recipient_names(session, [(RecipientKind.ENTERPRISE, number) for number in deaf])
    return tuple(sorted(names.values()))
