"""A new solve around a plan that stands: better, or sound again, with at most so many visits changed.

Owns the choice. What the present plan may not keep goes first; of what solves would rather have the changes worth most
are taken, one enterprise after the other, each with people who are free and judged by every rule, until the budget is
used. The way starts at the present plan and no step beyond the budget is taken, so the budget always holds; that as
many other changes would not be worth more is not proven. The solves are handed in.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Final

from solver.checker import check, score_by_term
from solver.options import SolveOptions
from solver.plan import SolveResult, SolveStatus
from solver.problem import Problem
from solver.resolving.around import staff_around
from solver.resolving.pieces import Piece, changes_at, changes_between, plan_of_pieces
from solver.resolving.present import Anchor, Desk, Trial, open_desk, sound_part, unsound_part
from solver.resolving.wishes import Shape, Solve, Wish, find_places, find_wishes, shape, wish_size

LOOKING_SHARE: Final = 0.75
"""Share of the seconds by which the first look at all options must end, so that some time is left for taking them."""
MOST_OPTIONS: Final = 400
"""Changes looked at, most promising first; a look at each of them costs one scoring of the whole plan."""
GAIN: Final = 1e-6
FREE: Final = 0.5
"""What a change counts that costs none of the budget, because the visit has changed already."""
SAME: Final = 1e-6


class BudgetError(RuntimeError):
    """More visits changed than were allowed: a fault of this program, never an answer."""


def resolve(problem: Problem, options: SolveOptions, anchor: Anchor, solver: Solve) -> SolveResult:
    """Return a plan with at most `anchor.budget` visits other than in `anchor.plan` (`pieces.changes_between`).

    INFEASIBLE where the present plan has more visits that break a rule than may change, or a frozen one that does: its
    `collisions` name their requests, each with its rule. A budget of 0 gives the present plan if that is valid.

    Raises:
        BudgetError: the plan that was made is not within the budget.
    """
    desk = open_desk(problem, options, anchor)
    sound = sound_part(desk)
    unsound = unsound_part(desk, sound)
    desk.tell(None, "present")
    start = desk.judge(sound)
    frozen = any(anchor.frozen.intersection(piece.requests) for piece in unsound)
    if start is None or frozen or changes_between(desk.before, sound) > anchor.budget:
        return _refused(desk, unsound)
    best = start
    if anchor.budget:
        wishes = find_wishes(desk, sound, solver)
        best = min([start, *_wholes(desk, start, wishes)], key=lambda trial: trial.worth)
        desk.tell(best.score, "budget")
        best = _improve(desk, best, find_places(desk, sound) if unsound else [])
        best = _improve(desk, best, [*wishes, *find_places(desk, sound)])
    return _judged(desk, best, unsound)


def _wholes(desk: Desk, start: Trial, wishes: list[Wish]) -> Iterator[Trial]:
    """Wishes that are within the budget as they are: taken whole they may exchange days with each other."""
    for wish in wishes:
        if wish_size(desk, wish) <= desk.anchor.budget and desk.in_time():
            taken = _take(desk, start, wish)
            if taken is not None:
                yield taken


def _improve(desk: Desk, best: Trial, wishes: list[Wish]) -> Trial:
    """Take single wishes, most gain for a change first, until none is left that gains and is within the budget.

    What others have changed since lowers most gains, so a gain is looked at again only when it comes to the top (lazy
    greedy: Minoux 1978).
    """
    heap: list[tuple[float, int, tuple[int, Shape]]] = []
    for place, option in enumerate(_options(desk, wishes)):
        if not desk.in_time(LOOKING_SHARE):
            break
        heap.append((-_gain(desk, best, *option), place, option))
    heapq.heapify(heap)
    while heap and desk.in_time():
        _, place, option = heapq.heappop(heap)
        gain = _gain(desk, best, *option)
        if gain <= 0:
            continue
        if heap and gain < -heap[0][0] - GAIN:
            heapq.heappush(heap, (-gain, place, option))
            continue
        taken = _take(desk, best, {option[0]: option[1]})
        if taken is not None and taken.worth < (best.open_rules, best.score - GAIN):
            best = taken
            desk.tell(best.score, "budget")
    return best


def _options(desk: Desk, wishes: list[Wish]) -> list[tuple[int, Shape]]:
    """The wishes one by one, each once; the most promising by a rough estimate of what they spare."""
    found = {(enterprise, wanted): None for wish in wishes for enterprise, wanted in wish.items()}

    def spares(option: tuple[int, Shape]) -> float:
        enterprise, wanted = option
        old = shape(desk.before, enterprise)
        weights = desk.problem.weights
        price = weights.visit[int(desk.problem.enterprises.credit_class[enterprise])]
        return price * (len(old) - len(wanted)) + weights.unscheduled * (_placed(wanted) - _placed(old))

    return sorted(found, key=lambda option: (-spares(option), option[0], sorted(option[1])))[:MOST_OPTIONS]


def _placed(wanted: Shape) -> int:
    return sum(len(requests) for _, requests in wanted)


def _gain(desk: Desk, trial: Trial, enterprise: int, wanted: Shape) -> float:
    """What a wish would spare for each change, crews aside; 0 where it is no gain or no change is left for it."""
    if wanted == shape(trial.pieces, enterprise):
        return 0.0
    before, now = desk.before.get(enterprise, ()), trial.pieces.get(enterprise, ())
    after = _pieces(desk, enterprise, wanted)
    cost = changes_at(before, after) - changes_at(before, now)
    if changes_between(desk.before, trial.pieces) + cost > desk.anchor.budget:
        return 0.0
    spared = _town_score(desk, trial, enterprise, now) - _town_score(desk, trial, enterprise, after)
    # While a lock is still open, the wish that mends it is worth taking at any price.
    least = GAIN if trial.open_rules else 0.0
    return max(spared, least) / max(cost, FREE)


def _town_score(desk: Desk, trial: Trial, enterprise: int, visits: tuple[Piece, ...]) -> float:
    """The score of one township's visits alone: trips are shared there, all else is each enterprise's own."""
    town = desk.problem.enterprises.town
    there = {other: pieces for other, pieces in trial.pieces.items() if town[other] == town[enterprise]}
    plan = plan_of_pieces(desk.problem, {**there, enterprise: visits}, desk.reasons, staffed=False)
    return score_by_term(desk.problem, plan)[0]


def _pieces(desk: Desk, enterprise: int, wanted: Shape) -> tuple[Piece, ...]:
    """Visits of that shape: those that were there with their crews, the others without."""
    there = {(piece.day, piece.requests): piece for piece in desk.before.get(enterprise, ())}
    fresh = ((day, requests) for day, requests in wanted)
    return tuple(
        sorted(
            there.get((day, requests)) or Piece(enterprise=enterprise, day=day, start=0, requests=requests)
            for day, requests in fresh
        )
    )


def _take(desk: Desk, trial: Trial, wish: Wish) -> Trial | None:
    """The trial with a wish granted and staffed; None where a rule, people or the budget forbid it."""
    if any(_touches_frozen(desk, enterprise, wanted) for enterprise, wanted in wish.items()):
        return None
    wanted = {enterprise: _pieces(desk, enterprise, one) for enterprise, one in wish.items()}
    pieces = {**trial.pieces, **wanted}
    if desk.staffed:
        staffed = _staff(desk, pieces, wanted)
        if staffed is None:
            return None
        pieces |= staffed
    pieces = {enterprise: visits for enterprise, visits in pieces.items() if visits}
    if changes_between(desk.before, pieces) > desk.anchor.budget:
        return None
    return desk.judge(pieces)


def _staff(
    desk: Desk, pieces: dict[int, tuple[Piece, ...]], wanted: dict[int, tuple[Piece, ...]]
) -> dict[int, tuple[Piece, ...]] | None:
    asking = [piece for visits in wanted.values() for piece in visits]
    kept = [piece for enterprise, visits in pieces.items() if enterprise not in wanted for piece in visits]
    found = staff_around(desk.problem, kept, asking, seed=desk.options.roster_seed)
    if found is None:
        return None
    by_enterprise: dict[int, list[Piece]] = {enterprise: [] for enterprise in wanted}
    for piece in found:
        by_enterprise[piece.enterprise].append(piece)
    return {enterprise: tuple(sorted(visits)) for enterprise, visits in by_enterprise.items()}


def _touches_frozen(desk: Desk, enterprise: int, wanted: Shape) -> bool:
    frozen = desk.anchor.frozen
    return any(
        frozen.intersection(piece.requests) and (piece.day, piece.requests) not in wanted
        for piece in desk.before.get(enterprise, ())
    )


def _judged(desk: Desk, trial: Trial, unsound: list[Piece]) -> SolveResult:
    """Wrap up: the count and the checker have the last word."""
    changed = changes_between(desk.before, trial.pieces)
    if changed > desk.anchor.budget:
        raise BudgetError(f"changes={changed} budget={desk.anchor.budget}")
    verdict = check(desk.problem, desk.plan(trial.pieces), roster=desk.staffed)
    if not verdict.valid:
        return _refused(desk, unsound)
    bound = min(desk.bound, verdict.score)
    optimal = verdict.score - bound <= SAME
    desk.log.append(f"changes={changed} budget={desk.anchor.budget}")
    desk.tell(verdict.score, "done")
    return SolveResult(
        status=SolveStatus.OPTIMAL if optimal else SolveStatus.FEASIBLE,
        plan=desk.plan(trial.pieces),
        score=verdict.score,
        parts=verdict.parts,
        bound=bound,
        seconds=desk.clock.elapsed,
        seed=desk.options.seed,
        log=tuple(desk.log),
    )


def _refused(desk: Desk, unsound: list[Piece]) -> SolveResult:
    """No plan within the budget: the requests of visits that may not stay and of rules left open, with the rule."""
    number = {str(uid): place for place, uid in enumerate(desk.problem.requests.ids)}
    concerned = {request for piece in unsound for request in piece.requests}
    rules = check(desk.problem, desk.plan(desk.before), roster=desk.staffed).violations
    named = {violation.subject: violation.rule for violation in rules if violation.subject in number}
    first = next((violation.rule for violation in rules), "request_placed_once")
    ids = [str(desk.problem.requests.ids[request]) for request in sorted(concerned)]
    collisions = {uid: named.get(uid, first) for uid in ids} | named
    desk.log.append(f"unsound={len(unsound)} budget={desk.anchor.budget}")
    return SolveResult(
        status=SolveStatus.INFEASIBLE,
        plan=None,
        score=None,
        parts={},
        bound=0.0,
        seconds=desk.clock.elapsed,
        seed=desk.options.seed,
        collisions=tuple(sorted(collisions.items())),
        log=tuple(desk.log),
    )
