"""The decision brief (决策单): everything that an approver weighs, on one page, about one draft known by its hash.

Reads only. Lists are cut to what fits a page; what is cut is counted, and the pages behind the brief have it whole.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import ConfirmationStatus, CounterStatus, RequestStatus
from data.models import (
    AuditEvent,
    InspectionRequest,
    Organisation,
    Plan,
    Proposal,
    Release,
    Round,
    Rule,
    RuleOverride,
    Site,
    SolveRun,
    User,
)
from scheduler.clock import Clock
from scheduler.confirming.views import CounterLine, round_confirmations
from scheduler.naming import name_subjects
from scheduler.permissions import Actor
from scheduler.planning.board import draft_hash, draft_problems
from scheduler.planning.drafts import DRAFT_CHANGED
from scheduler.planning.editing.cap_exceptions import CAP_RULES
from scheduler.planning.figures import RoundFigures, Saving, round_figures, savings_by_town
from scheduler.planning.proofs import DraftProof, draft_proof
from scheduler.publishing.handwork import (
    Against,
    Deed,
    HandEdit,
    against_warnings,
    board_edits,
    deeds_of,
    other_changes,
)
from solver.plan import Violation

MOST_LINES: Final = 6
"""Lines of each list that fit the page beside all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Requests left out for one reason: how many, and the first of them by name. `reason` is a stable code."""

    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A warning of filing that was answered with a reason; `count` alike ones of this body."""

    rule: str
    title: str
    title_en: str
    organisation: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one department said that the approver should know: a refusal, or no answer of an invited body."""

    organisation: str
    status: ConfirmationStatus
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRound:
    """The round before this one as it was released; `figures`: as sealed, see planning.figures."""

    name: str
    number: int
    figures: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """One page. `said`: answers by status; every tuple is cut to MOST_LINES, its whole length is beside it.

    `over_caps`: reasons given against caps, which stand apart from the other `overrides`. `deeds`: edits on the board;
    `edits`: what else people changed; `edits_total`: both.
    """

    round: Round
    draft_hash: str
    at: datetime
    figures: RoundFigures
    proof: DraftProof | None
    by_town: tuple[Saving, ...]
    problems: tuple[Violation, ...]
    left_out: tuple[LeftOut, ...]
    over_caps: tuple[Override, ...]
    over_caps_total: int
    overrides: tuple[Override, ...]
    overrides_total: int
    deeds: tuple[Deed, ...]
    edits: tuple[HandEdit, ...]
    edits_total: int
    against: tuple[Against, ...]
    said: tuple[tuple[ConfirmationStatus, int], ...]
    voices: tuple[Voice, ...]
    counters: tuple[CounterLine, ...]
    counters_open: int
    last: LastRound | None
    authors: tuple[str, ...]


def decision_brief(session: Session, clock: Clock, actor: Actor, round_: Round) -> Brief:
    """Gather the brief of the draft as it stands."""
    confirmations = round_confirmations(session, clock, actor, round_)
    reasons, on_board = _overrides(session, round_), board_edits(session, round_)
    deeds, edits = deeds_of(on_board), other_changes(session, round_, on_board)
    over_caps = tuple(one for one in reasons if one.rule in CAP_RULES)
    overrides = tuple(one for one in reasons if one.rule not in CAP_RULES)
    said = Counter(one.confirmation.status for one in confirmations.bodies)
    weighty = {ConfirmationStatus.REFUSED, ConfirmationStatus.UNANSWERED}
    voices = [
        Voice(
            organisation=one.organisation,
            status=one.confirmation.status,
            reason=one.confirmation.reason,
        )
        for one in confirmations.bodies
        if one.confirmation.status in weighty
    ]
    return Brief(
        round=round_,
        draft_hash=draft_hash(session, round_),
        at=clock.now(),
        figures=round_figures(session, round_),
        proof=draft_proof(session, round_),
        by_town=savings_by_town(session, round_),
        problems=_problems(session, round_),
        left_out=_left_out(session, round_),
        over_caps=over_caps[:MOST_LINES],
        over_caps_total=sum(one.count for one in over_caps),
        overrides=overrides[:MOST_LINES],
        overrides_total=sum(one.count for one in overrides),
        deeds=deeds,
        edits=edits[:MOST_LINES],
        edits_total=sum(one.count for one in deeds) + len(edits),
        against=against_warnings(on_board),
        said=tuple((status, said[status]) for status in ConfirmationStatus if said[status]),
        voices=tuple(voices),
        counters=confirmations.counters,
        counters_open=sum(line.counter.status is CounterStatus.OPEN for line in confirmations.counters),
        last=last_round(session, round_),
        authors=_author_names(session, round_),
    )


def _problems(session: Session, round_: Round) -> tuple[Violation, ...]:
    """What is broken, with the name of what it is about."""
    found = draft_problems(session, round_)
    names = name_subjects(session, [one.subject for one in found])
    return tuple(replace(one, subject=names.get(one.subject, one.subject)) for one in found)


def last_round(session: Session, round_: Round) -> LastRound | None:
    """The latest earlier round that was released, by its newest release; None in the first month."""
    statement = (
        select(Release, Round.name)
        .join(Round, col(Round.id) == col(Release.round_id))
        .where(col(Round.period_last) < round_.period_first)
        .order_by(col(Round.period_first).desc(), col(Release.number).desc())
    )
    found = session.exec(statement).first()
    if found is None:
        return None
    release, name = found
    return LastRound(name=name, number=release.number, figures=release.figures)


def authors_of(session: Session, round_: Round) -> set[int | None]:
    """Everybody who had a hand in the draft: opened the round, asked for a solve, adopted, edited."""
    runs = session.exec(select(col(SolveRun.requested_by_id)).where(SolveRun.round_id == round_.id)).all()
    adopters = session.exec(select(col(Proposal.adopted_by_id)).where(Proposal.round_id == round_.id)).all()
    editors = session.exec(
        select(col(AuditEvent.actor_id)).where(AuditEvent.entity_uid == round_.uid, AuditEvent.action == DRAFT_CHANGED)
    ).all()
    return {round_.opened_by_id, *runs, *adopters, *editors}


def _author_names(session: Session, round_: Round) -> tuple[str, ...]:
    keys = {key for key in authors_of(session, round_) if key is not None}
    statement = select(col(User.display_name)).where(col(User.id).in_(keys))
    return tuple(session.exec(statement.order_by(col(User.display_name), col(User.id))))


def _left_out(session: Session, round_: Round) -> tuple[LeftOut, ...]:
    statement = (
        select(col(InspectionRequest.reason_code), col(Organisation.short_name), col(Site.name))
        .join(Site, col(Site.id) == col(InspectionRequest.site_id))
        .join(Organisation, col(Organisation.id) == col(InspectionRequest.organisation_id))
        .where(InspectionRequest.round_id == round_.id, InspectionRequest.status == RequestStatus.LEFT_OUT)
        .order_by(col(InspectionRequest.priority).desc(), col(Site.name), col(InspectionRequest.id))
    )
    names: dict[str, list[str]] = {}
    for code, body, site in session.exec(statement):
        names.setdefault(code, []).append(f"{body} {site}")
    return tuple(
        LeftOut(reason=code, count=len(found), examples=tuple(found[:2]))
        for code, found in sorted(names.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    )


def _overrides(session: Session, round_: Round) -> tuple[Override, ...]:
    """Reasons given against warnings by plans of this round; alike ones of a body are counted together."""
    statement = (
        select(RuleOverride, Organisation.short_name)
        .join(Plan, col(Plan.id) == col(RuleOverride.plan_id))
        .join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
        .where(Plan.round_id == round_.id)
        .order_by(col(RuleOverride.rule), col(Organisation.code), col(RuleOverride.id))
    )
    found = Counter((row.rule, body, row.reason) for row, body in session.exec(statement))
    titles = {row.code: row for row in session.exec(select(Rule).order_by(col(Rule.version)))}
    return tuple(
        Override(
            rule=rule,
            title=titles[rule].title_zh if rule in titles else "",
            title_en=titles[rule].title_en if rule in titles else "",
            organisation=body,
            reason=reason,
            count=count,
        )
        for (rule, body, reason), count in found.items()
    )
