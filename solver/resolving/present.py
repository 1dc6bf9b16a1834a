"""A present plan that is to be changed a little: how much may change, what it may not keep, and how a try is judged.

Owns the judgement of plans on their way. Knows no search.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from solver.checker import check
from solver.merging.budget import Budget
from solver.options import Progress, SolveOptions
from solver.plan import Plan
from solver.problem import Problem
from solver.resolving.pieces import Piece, Pieces, pieces_of, plan_of_pieces

DEFERRED: Final = frozenset({"request_locked", "sequence_gap"})
"""Rules that a part of a plan may break until its other parts are there."""
CHOOSING_SHARE: Final = 0.9
"""Share of the seconds by which choosing must come to an end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The plan that stands, for the same requests; how many visits may change; requests whose visit must not."""

    plan: Plan
    budget: int
    frozen: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A plan on its way: its pieces, how many deferred rules it breaks, and its score."""

    pieces: dict[int, tuple[Piece, ...]]
    open_rules: int
    score: float

    @property
    def worth(self) -> tuple[int, float]:
        """The lower the better: first whole, then cheap."""
        return self.open_rules, self.score


@dataclass(slots=True, kw_only=True)
class Desk:
    """One re-solve under way: what is asked, what was there before, and what is known so far."""

    problem: Problem
    options: SolveOptions
    anchor: Anchor
    before: dict[int, tuple[Piece, ...]]
    clock: Budget
    bound: float = 0.0
    reasons: dict[int, tuple[str, str]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    @property
    def staffed(self) -> bool:
        return self.problem.inspectors is not None and self.options.roster

    def in_time(self, share: float = CHOOSING_SHARE) -> bool:
        """Say whether another try may begin before `share` of the seconds; where work is counted, it always may."""
        if self.options.cancelled():
            return False
        seconds = None if self.options.work is not None else self.options.seconds
        return seconds is None or self.clock.elapsed < share * seconds

    def tell(self, score: float | None, phase: str) -> None:
        """Pass a step on to the caller and into the log."""
        bound = None if score is None else self.bound
        gap = None if score is None else (score - self.bound) / max(1.0, abs(score))
        seconds = self.clock.elapsed
        self.log.append(f"seconds={seconds:.2f} phase={phase} score={score} bound={bound}")
        self.options.progress(Progress(seconds=seconds, score=score, bound=bound, gap=gap, phase=phase))

    def plan(self, pieces: Pieces) -> Plan:
        return plan_of_pieces(self.problem, pieces, self.reasons, staffed=self.staffed)

    def judge(self, pieces: dict[int, tuple[Piece, ...]]) -> Trial | None:
        """What these pieces are worth; None where they break a rule that further pieces would not mend."""
        verdict = check(self.problem, self.plan(pieces), roster=self.staffed, most_per_rule=len(self.problem.requests))
        if any(violation.rule not in DEFERRED for violation in verdict.violations):
            return None
        return Trial(pieces=pieces, open_rules=len(verdict.violations), score=verdict.score)


def open_desk(problem: Problem, options: SolveOptions, anchor: Anchor) -> Desk:
    """Lay out a re-solve."""
    return Desk(
        problem=problem,
        options=options,
        anchor=anchor,
        before=pieces_of(anchor.plan),
        clock=Budget(work=0.0, seconds=options.seconds, cancelled=options.cancelled),
        reasons=dict(anchor.plan.reasons),
    )


def sound_part(desk: Desk) -> dict[int, tuple[Piece, ...]]:
    """The visits that may stay: all where the plan is valid, else added in halves while no rule is broken.

    Frozen visits are added first, so that others give way to them. About k log V judgements for k that may not stay.
    """
    if desk.judge(desk.before) is not None:
        return dict(desk.before)
    accepted: dict[int, tuple[Piece, ...]] = {}
    visits = [piece for enterprise in sorted(desk.before) for piece in desk.before[enterprise]]
    visits.sort(key=lambda piece: not desk.anchor.frozen.intersection(piece.requests))
    waiting = [visits] if visits else []
    while waiting:
        group = waiting.pop()
        tried = dict(accepted)
        for piece in group:
            tried[piece.enterprise] = tuple(sorted((*tried.get(piece.enterprise, ()), piece)))
        if desk.judge(tried) is not None:
            accepted = tried
        elif len(group) > 1:
            half = len(group) // 2
            waiting += [group[half:], group[:half]]
    return accepted


def unsound_part(desk: Desk, sound: Pieces) -> list[Piece]:
    """The visits that may not stay."""
    kept = {piece for pieces in sound.values() for piece in pieces}
    return [piece for enterprise in sorted(desk.before) for piece in desk.before[enterprise] if piece not in kept]
