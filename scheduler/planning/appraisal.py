"""Editions of a plan in figures, all counted alike: at the round's real prices and by the rules as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from data.models import Proposal, Round, SolveRun
from scheduler.errors import ConflictError
from scheduler.permissions import Actor
from scheduler.planning.answers import plan_of
from scheduler.planning.distances import plan_km
from scheduler.planning.editions import (
    Edition,
    EditionKind,
    Ground,
    as_draft,
    list_edition_keys,
    read_edition,
    read_ground,
)
from scheduler.planning.figures import RoundFigures, figures_of
from scheduler.planning.questions import Resolve, WhatIf
from scheduler.planning.snapshot import Snapshot, take_snapshot
from scheduler.planning.taking import question_of
from solver.checker import check

MOST_SIDE_BY_SIDE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Appraisal:
    """One edition with its figures.

    `score`, `parts`: at the round's prices, `broken`: hard rules that it breaks on the rows as they are now; all
    None for a release, whose leads are sealed by name only. `question`: what its run asked.
    """

    edition: Edition
    question: WhatIf | Resolve | None
    figures: RoundFigures
    km: float
    score: float | None
    parts: tuple[tuple[str, float], ...]
    broken: int | None


def appraise(session: Session, actor: Actor, round_: Round, keys: Sequence[str]) -> tuple[Appraisal, ...]:
    """Read and count editions of a round in the order asked for, each once, four at most.

    With fewer than two keys the draft and what was made last stand in. Raises NotFoundError for a foreign key.
    """
    known = [key for key, _ in list_edition_keys(session, actor, round_)]
    chosen = list(dict.fromkeys(keys))
    chosen += [key for key in known if key not in chosen][: max(0, 2 - len(chosen))]
    ground, snapshot = read_ground(session, round_), _snapshot(session, round_)
    editions = [read_edition(session, ground, snapshot, key) for key in chosen[:MOST_SIDE_BY_SIDE]]
    return tuple(_appraise(session, ground, snapshot, edition) for edition in editions)


def _snapshot(session: Session, round_: Round) -> Snapshot | None:
    try:
        return take_snapshot(session, round_)
    except ConflictError:
        return None


def _appraise(session: Session, ground: Ground, snapshot: Snapshot | None, edition: Edition) -> Appraisal:
    draft = as_draft(ground, edition.visits)
    judged = snapshot is not None and edition.kind is not EditionKind.RELEASE
    verdict = check(snapshot.problem, plan_of(snapshot, edition.answer)) if judged and snapshot is not None else None
    source = edition.source
    run = session.get_one(SolveRun, source.run_id) if isinstance(source, Proposal) else None
    return Appraisal(
        edition=edition,
        question=None if run is None else question_of(run),
        figures=figures_of(session, ground.round, draft),
        km=plan_km(draft, ground.organisations),
        score=None if verdict is None else verdict.score,
        parts=() if verdict is None else tuple(sorted(verdict.parts.items())),
        broken=None if verdict is None else len(verdict.violations),
    )
