"""Cliques among requests that can never share a visit: who needs a visit of his own, and rows that say so.

Owns graphs as bit masks (bit q of `graph[r]`: r and q are joined; nobody joins himself) and the search for cliques in
them. Knows no tables and no solver.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

MOST_STEPS: Final = 20_000
"""Vertices put into a clique while looking for the largest: graphs of market halls are settled long before that."""

Graph = list[int]


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the set bits, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def join(graph: Graph, r: int, q: int) -> None:
    """Join two vertices."""
    graph[r] |= 1 << q
    graph[q] |= 1 << r


def largest_clique(graph: Graph, *, steps: int = MOST_STEPS) -> list[int]:
    """Return the largest clique, ascending; a large one where `steps` do not suffice.

    Branch and bound whose bound is a greedy colouring of the vertices left (Tomita and Seki 2003).
    """
    search = _CliqueSearch(graph=graph, steps=steps)
    search.grow([], (1 << len(graph)) - 1)
    return sorted(search.best)


class _CliqueSearch:
    """The largest clique so far and how many steps are left."""

    def __init__(self, *, graph: Graph, steps: int) -> None:
        self.graph = graph
        self.steps = steps
        self.best: list[int] = []

    def grow(self, clique: list[int], candidates: int) -> None:
        """Extend a clique by candidates, all joined to all of it."""
        if len(clique) > len(self.best):
            self.best = list(clique)
        for vertex, colour in reversed(self._coloured(candidates)):
            if len(clique) + colour <= len(self.best) or self.steps <= 0:
                return
            self.steps -= 1
            self.grow([*clique, vertex], candidates & self.graph[vertex])
            candidates &= ~(1 << vertex)

    def _coloured(self, candidates: int) -> list[tuple[int, int]]:
        """List candidates by greedy colour, with it: no clique among the first k is larger than their last colour."""
        order: list[tuple[int, int]] = []
        colour = 0
        while candidates:
            colour += 1
            alike = candidates
            while alike:
                vertex = (alike & -alike).bit_length() - 1
                order.append((vertex, colour))
                candidates &= ~(1 << vertex)
                alike &= ~(self.graph[vertex] | 1 << vertex)
        return order


def cover_by_cliques(graph: Graph) -> list[list[int]]:
    """Return cliques that together contain every edge, largest gain first at each edge; each ascending."""
    left = list(graph)
    cover = []
    for r in range(len(graph)):
        while left[r]:
            clique = _grown(graph, left, r, next(bits(left[r])))
            for member in clique:
                left[member] &= ~sum(1 << other for other in clique)
            cover.append(sorted(clique))
    return cover


def _grown(graph: Graph, left: Graph, r: int, q: int) -> list[int]:
    """Grow the edge (r, q) to a maximal clique, next whoever has most edges to it that are not yet covered."""
    clique, inside = [r, q], 1 << r | 1 << q
    candidates = graph[r] & graph[q]
    while candidates:
        vertex = max(
            bits(candidates), key=lambda v: ((left[v] & inside).bit_count(), (graph[v] & candidates).bit_count())
        )
        clique.append(vertex)
        inside |= 1 << vertex
        candidates &= graph[vertex]
    return clique
