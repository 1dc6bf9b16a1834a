"""Days that are all the same to an enterprise, and the one order in which its visits may use them.

Owns the classes of interchangeable days, the rows that leave one of each set of equivalent plans, and the hint turned
into that one. Without them a proof looks at every permutation of the days (7 days: 5,040 times the same colouring).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from solver.merging.cliques import Graph, largest_clique
from solver.merging.part_model import Cell, PartModel, Trip
from solver.problem import NONE

MOST_TERMS: Final = 300_000
"""Terms of the ordering rows of one enterprise: beyond, only the clique's rows and the order of visits are kept."""


class Couplings:
    """What ties an enterprise to the others in the model: department-days and trips that several of them may use."""

    def __init__(self, part: PartModel) -> None:
        self.part = part
        self.load: dict[Cell, int] = {}
        self.owners: dict[Cell, int] = {}
        self.travellers: dict[Trip, int] = {}
        owner = {r: e for e in part.members for r in part.requests(e)}
        for cell, requests in part.by_cell().items():
            self.load[cell] = sum(int(part.tables.load[r]) for r in requests)
            self.owners[cell] = len({owner[r] for r in requests})
        if part.tables.trip > 0:
            self.travellers = {trip: len({owner[r] for r in rs}) for trip, rs in part.by_trip().items()}

    def room(self, d: int, t: int) -> Hashable:
        """Describe the room of a department-day: None where it never binds, its size where it is one's own."""
        if self.load[d, t] <= self.part.room[d, t]:
            return None
        return self.part.room[d, t] if self.owners[d, t] == 1 else (d, t)

    def trip(self, d: int, w: int, t: int) -> Hashable:
        """Describe a trip: None where others pay it or it costs nothing, one's own, or shared."""
        sharing = self.travellers.get((d, w, t), 0)
        return (d, w, t) if sharing > 1 else sharing


def day_classes(part: PartModel, e: int, couplings: Couplings) -> list[list[int]]:
    """List the classes of two or more days that any permutation may exchange in any plan, days ascending."""
    tables = part.tables
    tied = any(tables.cross_start[r] < tables.cross_start[r + 1] for r in part.requests(e))
    if tied or tables.step_start[e] < tables.step_start[e + 1] or (tables.repeat > 0 and tables.repeat_days > 1):
        return []
    w = int(tables.town[e])
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for t, requests in part.by_day(e).items():
        departments = sorted({int(tables.department[r]) for r in requests})
        costs = tuple((r, part.cost(r, t)) for r in requests)
        alike[costs, tuple((couplings.room(d, t), couplings.trip(d, w, t)) for d in departments)].append(t)
    return [days for days in alike.values() if len(days) > 1]


def ranking(part: PartModel, e: int, conflicts: Graph, days: Sequence[int]) -> list[int]:
    """Order the requests that may be served on a class of days: a largest clique first, then by conflicts.

    In the order below, members of the clique then stand on one day each, so that no permutation of them is tried.
    """
    base = part.requests(e).start
    requests = [r for r in part.requests(e) if days[0] in part.open_days[r]]
    local = sum(1 << r - base for r in requests)
    graph = [mask & local if local >> i & 1 else 0 for i, mask in enumerate(conflicts)]
    clique = {base + i for i in largest_clique(graph)} & set(requests)
    return sorted(requests, key=lambda r: (r not in clique, -graph[r - base].bit_count(), r))


def canonical_days(part: PartModel, ranked: Sequence[int], days: Sequence[int]) -> dict[int, int]:
    """Map each day of a class to where the order puts its visit: by the first request served, empty days last."""
    rank = {r: i for i, r in enumerate(ranked)}
    first = {t: min((rank[r] for r in ranked if part.day[r] == t), default=len(ranked)) for t in days}
    return dict(zip(sorted(days, key=lambda t: (first[t], t)), days, strict=True))


def turn_hint(part: PartModel, ranked: Sequence[int], days: Sequence[int]) -> None:
    """Permute the hint's days of one class into the order."""
    target = canonical_days(part, ranked, days)
    for r in ranked:
        t = int(part.day[r])
        if t != NONE and t in target:
            part.day[r] = target[t]


def add_order(part: PartModel, e: int, ranked: Sequence[int], days: Sequence[int]) -> None:
    """Allow only plans whose visits on a class of days come in order of the first request served in them.

    A request may stand on a day only if one ranked before it stands on the day before (Mendez-Diaz and Zabala 2006,
    for colours). Any plan becomes such a plan of equal cost when its days are exchanged.
    """
    for earlier, later in pairwise(days):
        part.model.add_implication(part.visit[e][later], part.visit[e][earlier])
    for k, i in _ordering_rows(len(ranked), len(days)):
        r = ranked[k]
        if k < i:
            part.model.add(part.serve[r][days[i]] == 0)
        else:
            before = [part.serve[q][days[i - 1]] for q in ranked[:k]]
            part.model.add(sum(before) >= part.serve[r][days[i]])


def _ordering_rows(requests: int, days: int) -> Iterator[tuple[int, int]]:
    """Yield (rank, place) of the rows: all of them, or those of the first ranks where they would be too many."""
    terms = days * requests * requests // 2
    deep = requests if terms <= MOST_TERMS else min(days, requests)
    for k in range(deep):
        for i in range(1, days):
            yield k, i
