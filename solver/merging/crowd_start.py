"""Two cheap starts for one enterprise with many requests: piercing by right ends, and recolouring on given days.

Owns both heuristics, on the variables' containers of a part (`make_part`) but without any solver. Both look at one
enterprise while all others stay; what they propose is judged by the caller, by the score and by capacity.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Final

import numpy as np

from solver.merging.cliques import Graph, bits
from solver.merging.part_model import PartModel
from solver.merging.subsets import IMPOSSIBLE
from solver.problem import NONE, Ints

Days = dict[int, int]
"""Day of each request of an enterprise, NONE = left out."""

TABU_SHARE: Final = 0.6
TABU_LEAST: Final = 10
"""Steps for which a request may not return to a day: this share of the conflicts left and up to so many at random."""


class _Visits:
    """Visits under construction: who is there, and what they leave of the limits of a visit and of capacity."""

    def __init__(self, part: PartModel, e: int, conflicts: Graph) -> None:
        self.part = part
        self.base = part.requests(e).start
        self.most = int(part.tables.max_visits[e])
        self.conflicts = conflicts
        self.present: dict[int, int] = defaultdict(int)
        self.people: dict[int, int] = defaultdict(int)
        self.departments: dict[int, set[int]] = defaultdict(set)
        self.load: dict[tuple[int, int], int] = defaultdict(int)

    def fits(self, r: int, t: int) -> bool:
        """Say whether r may be served on day t beside those who are there."""
        tables, d = self.part.tables, int(self.part.tables.department[r])
        return (
            (bool(self.present[t]) or sum(map(bool, self.present.values())) < self.most)
            and not self.present[t] & self.conflicts[r - self.base]
            and self.people[t] + int(tables.people[r]) <= tables.max_people
            and len(self.departments[t] | {d}) <= tables.max_departments
            and self.load[d, t] + int(tables.load[r]) <= self.part.room[d, t]
        )

    def put(self, r: int, t: int) -> None:
        """Count r into the visit of day t."""
        tables, d = self.part.tables, int(self.part.tables.department[r])
        self.present[t] |= 1 << r - self.base
        self.people[t] += int(tables.people[r])
        self.departments[t].add(d)
        self.load[d, t] += int(tables.load[r])


def pierce(part: PartModel, e: int, conflicts: Graph) -> Days:
    """Serve requests in order of their last days: in a visit that is there, else in a new one as late as possible.

    Fewest visits where only windows bind (interval piercing); a first fit where other rules do. Locked requests come
    first; sequences are not looked at. O(requests x window).
    """
    tables = part.tables
    visits = _Visits(part, e, conflicts)
    days: Days = {}
    locked = [r for r in part.requests(e) if tables.left_out[r] >= IMPOSSIBLE]
    for r in locked:
        days[r] = int(tables.first[r])
        visits.put(r, days[r])
    free = [r for r in part.requests(e) if r not in days]
    for r in sorted(free, key=lambda q: (part.open_days[q][-1:] or [NONE], q)):
        late = [t for t in reversed(part.open_days[r]) if visits.fits(r, t)]
        there = [t for t in late if visits.present[t]]
        days[r] = (there or late or [NONE])[0]
        if days[r] != NONE:
            visits.put(r, days[r])
    return days


def recolour(part: PartModel, e: int, conflicts: Graph, kept: list[int], *, steps: int, seed: int) -> Days | None:
    """Serve every request that can be served on the days `kept` only, no two that conflict on one; None if not found.

    Tabu search over single requests in conflict (Hertz and de Werra 1987) with the days a request may take as its
    colours. Limits of visits and shared capacities are not looked at. O(steps x requests x days).
    """
    base = part.requests(e).start
    members = [r for r in part.requests(e) if part.open_days[r]]
    allowed = np.array([[_open(part, r, t) for t in kept] for r in members])
    if not members or not allowed.any(axis=1).all():
        return None
    joined = np.zeros((len(members), len(members)), dtype=np.int64)
    place = {r: i for i, r in enumerate(members)}
    for r, i in place.items():
        joined[i, [place[base + q] for q in bits(conflicts[r - base]) if base + q in place]] = 1
    colour = _first_colours(part, members, kept, allowed)
    found = _tabu(joined, allowed, colour, steps, np.random.default_rng(seed))
    return None if found is None else {r: kept[found[i]] for i, r in enumerate(members)}


def next_days(part: PartModel, e: int) -> list[int]:
    """Days to recolour on: a visit more where a request is left out, the smallest one less where none is."""
    requests = [r for r in part.requests(e) if part.open_days[r]]
    sizes = Counter(int(part.day[r]) for r in requests)
    if not sizes.pop(NONE, 0):
        if not sizes:
            return []
        smallest = min(sizes, key=lambda t: (sizes[t], t))
        return sorted(t for t in sizes if t != smallest)
    unused = Counter(t for r in requests for t in part.open_days[r] if t not in sizes)
    if unused and len(sizes) < part.tables.max_visits[e]:
        sizes[max(unused, key=lambda t: (unused[t], -t))] = 1
    return sorted(sizes)


def _open(part: PartModel, r: int, t: int) -> bool:
    """Say whether r alone may be served on day t."""
    room = part.room.get((int(part.tables.department[r]), t), 0)
    return t in part.open_days[r] and int(part.tables.load[r]) <= room


def _first_colours(part: PartModel, members: list[int], kept: list[int], allowed: np.ndarray) -> Ints:
    """Colours to begin with: where a request is now, else the first it may take."""
    place = {t: k for k, t in enumerate(kept)}
    now = [place.get(int(part.day[r]), NONE) for r in members]
    return np.array([k if k != NONE and allowed[i, k] else int(allowed[i].argmax()) for i, k in enumerate(now)])


def _tabu(joined: Ints, allowed: np.ndarray, colour: Ints, steps: int, dice: np.random.Generator) -> Ints | None:
    """Move one request in conflict a step, to where it meets fewest; None where conflicts are left after `steps`."""
    rows = np.arange(len(colour))
    shape = allowed.shape
    clashes = np.stack([joined @ (colour == k) for k in range(shape[1])], axis=1)
    barred = np.zeros(shape, dtype=np.int64)
    least = np.inf
    for step in range(steps):
        own = clashes[rows, colour]
        total = int(own.sum()) // 2
        if total == 0:
            return colour
        least = min(least, total)
        change = np.where(allowed & (own > 0)[:, None], clashes - own[:, None], shape[0] + 1).astype(np.float64)
        change[rows, colour] = np.inf
        change[(barred > step) & (total + change >= least)] = np.inf
        if not np.isfinite(change).any() or change.min() > shape[0]:
            continue
        ties = np.flatnonzero(change == change.min())
        i, k = divmod(int(ties[dice.integers(len(ties))]), shape[1])
        barred[i, colour[i]] = step + 1 + int(TABU_SHARE * (own > 0).sum()) + int(dice.integers(TABU_LEAST))
        clashes[:, colour[i]] -= joined[:, i]
        clashes[:, k] += joined[:, i]
        colour[i] = k
    return None
