"""What solves would rather have than the present plan, at several prices of a change.

Owns the prices: a high one asks for what is worth most, a low one for what would be best. Knows neither crews nor the
choice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from solver.options import SolveOptions, ignore_progress
from solver.plan import Plan, SolveResult
from solver.problem import NONE, Problem
from solver.resolving.pieces import Pieces, pieces_of, plan_of_pieces
from solver.resolving.present import Desk

Solve = Callable[[Problem, SolveOptions], SolveResult]
Shape = frozenset[tuple[int, tuple[int, ...]]]
"""What is wanted at one enterprise: (day, requests) of each visit."""
Wish = Mapping[int, Shape]
"""Enterprise -> what is wanted there, where it is not what there is."""

PRICES: Final = 3
"""Solves at a price of changes, besides the one at the real prices."""
WIDEST_STEP: Final = 16.0
"""Factor between the first two prices; each later step is the root of the one before."""
MOST_PLACED: Final = 40
"""Groups without a day that are offered every other day: dropped visits first, then the most important requests."""
SEARCH_SHARE: Final = 0.4
"""Share of the limits for all these solves together; the rest is for choosing among what they found."""


def shape(visits: Mapping[int, object] | Pieces, enterprise: int) -> Shape:
    """What a plan has at an enterprise, without starts and crews."""
    return frozenset((piece.day, piece.requests) for piece in visits.get(enterprise, ()))  # type: ignore[attr-defined]


def find_wishes(desk: Desk, sound: Pieces, solver: Solve) -> list[Wish]:
    """Ask for a plan at the real prices, then at prices of a change that close in on the budget; all without crews."""
    options = _share_of(desk, sound)
    found: list[Wish] = []
    real = solver(desk.problem, options)
    if real.plan is not None:
        desk.bound = max(desk.bound, real.bound)
        desk.reasons = {**real.plan.reasons, **desk.reasons}
        found.append(_wish(desk, real.plan))
    price, factor = max(1.0, *desk.problem.weights.visit), WIDEST_STEP
    for _ in range(PRICES):
        if not desk.in_time():
            break
        result = solver(_priced(desk, price), options)
        if result.plan is None:
            break
        found.append(_wish(desk, result.plan))
        desk.tell(None, "prices")
        over = wish_size(desk, found[-1]) > desk.anchor.budget
        price, factor = (price * factor if over else price / factor), factor**0.5
    return found


def find_places(desk: Desk, sound: Pieces) -> list[Wish]:
    """Other days for what has none: for the members of each visit that may not stay, and for requests left out.

    A solve asks for what is best and may join visits, which costs two changes; these ask for one.
    """
    requests = desk.problem.requests
    placed = {request for pieces in sound.values() for piece in pieces for request in piece.requests}
    together = [piece.requests for pieces in desk.before.values() for piece in pieces if not placed & {*piece.requests}]
    grouped = {request for group in together for request in group}
    alone: list[tuple[int, ...]] = [(r,) for r in range(len(requests)) if r not in placed and r not in grouped]
    found: list[Wish] = []
    together.sort(key=lambda group: -int(requests.priority[list(group)].sum()))
    alone.sort(key=lambda group: -int(requests.priority[group[0]]))
    for group in [*together, *alone][:MOST_PLACED]:
        enterprise = int(requests.enterprise[group[0]])
        stays = shape(sound, enterprise)
        first, last = int(requests.first_day[list(group)].max()), int(requests.last_day[list(group)].min())
        is_open = desk.problem.open_days(enterprise)
        taken = {day for day, _ in stays}
        free = [day for day in range(first, last + 1) if is_open[day] and day not in taken]
        found += [{enterprise: stays | {(day, group)}} for day in free]
    return found


def wish_size(desk: Desk, wish: Wish) -> int:
    """How many visits a wish changes at least: starts and crews are not known yet."""
    return sum(_differing(shape(desk.before, enterprise), wanted) for enterprise, wanted in wish.items())


def _differing(old: Shape, new: Shape) -> int:
    return max(len(old - new), len(new - old))


def _share_of(desk: Desk, sound: Pieces) -> SolveOptions:
    options, share = desk.options, SEARCH_SHARE / (PRICES + 1)
    return replace(
        options,
        work=None if options.work is None else max(1, int(options.work * share)),
        seconds=None if options.seconds is None else options.seconds * share,
        roster=False,
        progress=ignore_progress,
        warm_start=plan_of_pieces(desk.problem, sound, desk.reasons, staffed=False),
    )


def _wish(desk: Desk, plan: Plan) -> Wish:
    wanted = pieces_of(plan)
    shapes = {enterprise: shape(wanted, enterprise) for enterprise in wanted.keys() | desk.before.keys()}
    return {enterprise: one for enterprise, one in shapes.items() if one != shape(desk.before, enterprise)}


def _priced(desk: Desk, price: float) -> Problem:
    """The problem in which a visit on another day than in the present plan costs `price`, and frozen ones stay."""
    requests = desk.problem.requests
    present = desk.anchor.plan.request_day()
    frozen = np.zeros(len(requests), dtype=np.bool_)
    frozen[list(desk.anchor.frozen)] = True
    anchored = (present != NONE) & ~requests.locked
    return replace(
        desk.problem,
        weights=replace(desk.problem.weights, move=price),
        requests=replace(
            requests,
            planned_day=np.where(anchored, present, requests.planned_day),
            locked=requests.locked | (frozen & (present != NONE)),
        ),
    )
