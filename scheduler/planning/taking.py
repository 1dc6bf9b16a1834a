"""A proposal against the present draft: what it would change, what was touched since; taking it whole or in part."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session

from data.enums import ProposalStatus, RunKind
from data.models import Proposal, Round, SolveRun
from scheduler.audit import queue_up, record
from scheduler.clock import Clock
from scheduler.errors import ConflictError, NotPermittedError, RuleError
from scheduler.filing.draws.pools import officers_seed
from scheduler.permissions import Actor, may_coordinate
from scheduler.planning.adoption import broken_pins, write_draft
from scheduler.planning.answers import Answer
from scheduler.planning.comparison import Pair, compare, count_changes
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editions import DRAFT_KEY, PROPOSAL_MARK, Edition, Ground, read_edition, read_ground
from scheduler.planning.fitting import fitting, staffed_part
from scheduler.planning.parts import mixed, parts_of
from scheduler.planning.pins import read_pins
from scheduler.planning.proposals import adopt_proposal, check_assumptions, check_open
from scheduler.planning.questions import Resolve, WhatIf, resolve_of, what_if_of
from scheduler.planning.snapshot import Snapshot, take_snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which part of a proposal: sites in these towns (codes), with these bodies (codes), of these enterprises (uids).

    `untouched`: of those only sites that nobody has touched since the solve began; with nothing else chosen, all such.
    """

    towns: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()
    enterprises: tuple[str, ...] = ()
    untouched: bool = False

    @property
    def empty(self) -> bool:
        return not (self.towns or self.bodies or self.enterprises or self.untouched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A proposal beside the present draft.

    `pairs`: what taking it would change; `changes`: of how many visits. `outdated`: the draft has changed since its
    solve began; `touched`: uids of the sites that this concerned. `question`: None for a plain solve.
    """

    proposal: Proposal
    run: SolveRun
    question: WhatIf | Resolve | None
    draft: Edition
    offered: Edition
    pairs: tuple[Pair, ...]
    changes: int
    outdated: bool
    touched: frozenset[str]

    @property
    def untouched_pairs(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.either.site_uid not in self.touched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken of a proposal: visits that changed, sites, and how many visits got other people than offered."""

    changes: int
    sites: int
    restaffed: int


def question_of(run: SolveRun) -> WhatIf | Resolve | None:
    """What a run asked."""
    if run.kind is RunKind.WHAT_IF:
        return what_if_of(run.parameters)
    return resolve_of(run.parameters) if run.kind is RunKind.RESOLVE else None


def read_offer(session: Session, proposal: Proposal) -> Offer:
    """Compare a proposal with the draft as it is now. Raises ConflictError "nothing_to_schedule"."""
    round_ = session.get_one(Round, proposal.round_id)
    return _offer(session, proposal, read_ground(session, round_), take_snapshot(session, round_))


def _offer(session: Session, proposal: Proposal, ground: Ground, snapshot: Snapshot) -> Offer:
    run = session.get_one(SolveRun, proposal.run_id)
    draft = read_edition(session, ground, snapshot, DRAFT_KEY)
    offered = read_edition(session, ground, snapshot, f"{PROPOSAL_MARK}{proposal.uid}")
    pairs = compare(draft.visits, offered.visits)
    outdated = proposal.draft_version != ground.round.draft_version
    now = parts_of(draft.answer)
    before = run.draft_parts
    touched = {site for site in now.keys() | before.keys() if now.get(site) != before.get(site)}
    return Offer(
        proposal=proposal,
        run=run,
        question=question_of(run),
        draft=draft,
        offered=offered,
        pairs=pairs,
        changes=count_changes(pairs),
        outdated=outdated and proposal.status is ProposalStatus.OFFERED,
        touched=frozenset(touched if outdated else ()),
    )


def take_whole(session: Session, clock: Clock, actor: Actor, proposal: Proposal, *, understood: bool = False) -> None:
    """Make a proposal the draft. A budget is counted again from the draft as it is now.

    Raises as `adopt_proposal`, and ConflictError "budget_exceeded": more would change than was allowed.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="proposal.adopt")
    if proposal.draft_version != session.get_one(Round, proposal.round_id).draft_version:
        offer = read_offer(session, proposal)
        if isinstance(offer.question, Resolve) and offer.changes > offer.question.budget:
            raise ConflictError("budget_exceeded", changes=offer.changes, budget=offer.question.budget)
    adopt_proposal(session, clock, actor, proposal, understood=understood)


def take_part(
    session: Session, clock: Clock, actor: Actor, proposal: Proposal, choice: Choice, *, understood: bool = False
) -> Taken:
    """Put the chosen part of a proposal into the draft; the rest of the draft stays, and the proposal stays on offer.

    Visits whose people are taken elsewhere get others who are free, those drawn first. Raises NotPermittedError;
    TransitionError; ConflictError ("nothing_chosen", "round_not_open", "assumptions_not_confirmed",
    "proposal_outdated", "visits_under_way"); RuleError when the part does not fit what stays.
    """
    if not may_coordinate(actor):
        raise NotPermittedError(action="proposal.adopt_part")
    queue_up(session)
    session.refresh(proposal)
    round_ = session.get_one(Round, proposal.round_id, populate_existing=True)
    check_open(round_, proposal)
    check_assumptions(session, proposal, understood=understood)
    ground, snapshot = read_ground(session, round_), take_snapshot(session, round_)
    offer = _offer(session, proposal, ground, snapshot)
    sites = chosen_sites(offer, choice)
    if not sites:
        raise ConflictError("nothing_chosen")
    answer = mixed(offer.draft.answer, json.loads(proposal.answer), sites)
    seed = officers_seed(session, proposal.round_id)
    staffed = staffed_part(snapshot, answer, sites, seed=offer.run.seed if seed is None else seed)
    _keep_pins(session, round_, staffed)
    write_draft(session, round_, fitting(snapshot, staffed))
    touch_draft(session, clock, actor, round_, reason="proposal.adopt_part")
    after = read_edition(session, ground, take_snapshot(session, round_), DRAFT_KEY)
    taken = Taken(
        changes=count_changes(compare(offer.draft.visits, after.visits)),
        sites=len(sites),
        restaffed=_other_people(offer.offered, after, sites),
    )
    noted = {"round": round_.uid, "draft_version": round_.draft_version, "sites": sorted(sites)}
    record(session, clock, actor, "proposal.adopt_part", entity="proposal", entity_uid=proposal.uid, after=noted)
    return taken


def _keep_pins(session: Session, round_: Round, answer: Answer) -> None:
    """Refuse an answer that changes what somebody has pinned (RuleError)."""
    broken = broken_pins(read_pins(session, round_), answer)
    if broken:
        raise RuleError(broken)


def chosen_sites(offer: Offer, choice: Choice) -> frozenset[str]:
    """Sites where the proposal differs from the draft and that are in the chosen part."""
    if choice.empty:
        return frozenset()
    pairs = offer.untouched_pairs if choice.untouched else offer.pairs
    named = bool(choice.towns or choice.bodies or choice.enterprises)
    return frozenset(pair.either.site_uid for pair in pairs if not named or _chosen(pair, choice))


def _chosen(pair: Pair, choice: Choice) -> bool:
    place = pair.either
    bodies = {code for side in (pair.before, pair.after) if side is not None for code, _ in side.bodies}
    return (
        place.town_code in choice.towns
        or place.enterprise_uid in choice.enterprises
        or not bodies.isdisjoint(choice.bodies)
    )


def _other_people(offered: Edition, after: Edition, sites: Collection[str]) -> int:
    wanted = {(v.site_uid, v.day, v.requests): (v.start_quarter, v.crew) for v in offered.visits if v.site_uid in sites}
    got = {(v.site_uid, v.day, v.requests): (v.start_quarter, v.crew) for v in after.visits if v.site_uid in sites}
    return sum(1 for key, people in got.items() if key in wanted and wanted[key] != people)
