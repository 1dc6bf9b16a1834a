"""From a run's question to what the solver is given: the snapshot as it would be, and the draft to stay close to.

Reads only. What a question assumes is laid over the snapshot and over nothing else: no row knows of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session, col, select

from data.enums import RunKind, VisitStatus
from data.models import Round, Scenario, Site, SolveRun, Town
from scheduler.audit import sha256
from scheduler.planning.answers import Answer, plan_of
from scheduler.planning.board import draft_answer
from scheduler.planning.drafts import DraftVisit, load_draft
from scheduler.planning.evenness import even_capacity
from scheduler.planning.parts import parts_of
from scheduler.planning.pins import crews_without_a_day, read_pins
from scheduler.planning.questions import FACTORS, QuietDays, WhatIf, resolve_of, what_if_of
from scheduler.planning.snapshot import Snapshot, problem_hash, take_snapshot
from solver.problem import NONE, Ints, Problem, Weights
from solver.resolving.present import Anchor

_RISKY = slice(2, 4)
"""Classes C and D among the four prices of a day of delay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`snapshot`: as the run asks; `anchor`: the draft that a budget is counted from; `parts`: the draft by site.

    `collisions`: (request uid, rule) of pins that no plan can keep; then there is nothing to solve.
    """

    snapshot: Snapshot
    collisions: tuple[tuple[str, str], ...]
    anchor: Anchor | None
    parts: dict[str, str]


def prepare(session: Session, run: SolveRun, round_: Round) -> Prepared:
    """Read what a run needs, in the caller's transaction. Raises ConflictError as `take_snapshot`."""
    snapshot = take_snapshot(session, round_)
    draft = load_draft(session, round_)
    answer = draft_answer(session, snapshot, draft)
    anchor: Anchor | None = None
    collisions: tuple[tuple[str, str], ...] = ()
    if run.kind is RunKind.PLAIN:
        collisions = crews_without_a_day(snapshot.problem, read_pins(session, round_))
    if run.kind is RunKind.WHAT_IF:
        snapshot = with_question(session, snapshot, answer, what_if_of(run.parameters), seed=run.seed)
    elif run.kind is RunKind.RESOLVE:
        anchor = Anchor(
            plan=plan_of(snapshot, answer),
            budget=resolve_of(run.parameters).budget,
            frozen=_frozen(snapshot, draft),
        )
    return Prepared(snapshot=snapshot, collisions=collisions, anchor=anchor, parts=parts_of(answer))


def with_question(session: Session, snapshot: Snapshot, draft: Answer, asked: WhatIf, *, seed: int) -> Snapshot:
    """Lay a question over a snapshot: prices, closures, absences, and the draft's days where changes have a price."""
    problem = snapshot.problem
    problem = replace(problem, weights=_weights(problem.weights, asked))
    if asked.fewer_changes:
        problem = _near_draft(snapshot, problem, draft)
    closed = np.array(sorted(_closed(session, snapshot, asked.quiet_days)), dtype=np.int64).reshape(-1, 3)
    away = np.array(sorted(_away(problem, asked, seed)), dtype=np.int64).reshape(-1, 2)
    problem = replace(
        problem,
        closures=np.unique(np.vstack([problem.closures, closed]), axis=0),
        absences=np.unique(np.vstack([problem.absences, away]), axis=0),
    )
    if len(away):
        # The bound of evenness never exceeds who is there, so it is drawn again for those who still are.
        free = replace(problem, capacity=np.empty((0, 3), dtype=np.int64))
        evened = even_capacity(free.requests, free.people_present(), reserve=free.limits.reserve)
        problem = replace(problem, capacity=evened)
    return replace(snapshot, problem=problem, problem_hash=problem_hash(problem))


def _weights(own: Weights, asked: WhatIf) -> Weights:
    a, b, c, d = own.visit
    factor = FACTORS[asked.fewer_visits]
    delay = np.array(own.delay)
    delay[_RISKY] *= FACTORS[asked.risk_earlier]
    ahead = tuple(delay.tolist())
    return replace(
        own,
        visit=(a * factor, b * factor, c * factor, d * factor),
        trip=own.trip * FACTORS[asked.shorter_trips],
        delay=(ahead[0], ahead[1], ahead[2], ahead[3]),
        move=own.move * FACTORS[asked.fewer_changes],
    )


def _near_draft(snapshot: Snapshot, problem: Problem, draft: Answer) -> Problem:
    """The planned day of every request that no lock holds is the draft's, where it has one."""
    requests = problem.requests
    present = plan_of(snapshot, draft).request_day()
    days = np.where((present != NONE) & ~requests.locked, present, requests.planned_day)
    return replace(problem, requests=replace(requests, planned_day=days))


def _closed(session: Session, snapshot: Snapshot, quiet: Iterable[QuietDays]) -> set[tuple[int, int, int]]:
    """Rows (site, first day, last day) for the sites of the round that a question closes."""
    number = {str(uid): place for place, uid in enumerate(snapshot.problem.enterprises.ids)}
    found: set[tuple[int, int, int]] = set()
    for one in quiet:
        span = snapshot.days.span(one.first, one.last)
        if span is not None:
            found |= {(number[uid], *span) for uid in _sites(session, one, tuple(number))}
    return found


def _sites(session: Session, quiet: QuietDays, asked: Sequence[str]) -> set[str]:
    """The sites that a line of quiet days names among those of the round; without any name all of them."""
    if not (quiet.town or quiet.scenario or quiet.sites):
        return set(asked)
    statement = select(Site.uid)
    if quiet.town:
        statement = statement.where(col(Site.town_id).in_(select(col(Town.id)).where(Town.code == quiet.town)))
    if quiet.scenario:
        kinds = select(col(Scenario.id)).where(Scenario.code == quiet.scenario)
        statement = statement.where(col(Site.scenario_id).in_(kinds))
    if quiet.sites:
        statement = statement.where(col(Site.uid).in_(quiet.sites))
    return set(session.exec(statement)) & set(asked)


def _away(problem: Problem, asked: WhatIf, seed: int) -> set[tuple[int, int]]:
    """(officer, day) for everybody who is not there: whole bodies, and of each other body the share chosen by lot."""
    people = problem.inspectors
    if people is None:
        return set()
    gone: set[int] = set()
    for department, code in enumerate(problem.departments.ids):
        members = np.flatnonzero(people.department == department)
        if str(code) in asked.absent_bodies:
            gone.update(members.tolist())
            continue
        staying = -(-len(members) * asked.officers_percent // 100)
        gone.update(_by_lot(people.ids, members, seed)[staying:])
    return {(person, day) for person in gone for day in range(problem.days)}


def _by_lot(ids: Sequence[object] | np.ndarray, members: Ints, seed: int) -> list[int]:
    """Members in an order that the seed decides, the same on any machine."""
    return sorted(members.tolist(), key=lambda person: sha256(f"{seed}|{ids[person]}"))


def _frozen(snapshot: Snapshot, draft: Sequence[DraftVisit]) -> frozenset[int]:
    """Requests of visits whose crew or members a person has pinned, and of those that are under way or over."""
    number = {str(uid): place for place, uid in enumerate(snapshot.problem.requests.ids)}
    over = (VisitStatus.CHECKED_IN, VisitStatus.DONE)
    held = [one for one in draft if one.visit.crew_pinned or one.visit.members_pinned or one.visit.status in over]
    return frozenset(number[request.uid] for one in held for request in one.requests if request.uid in number)
