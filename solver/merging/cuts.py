"""Rows that every plan obeys and an LP does not see by itself: visits that are forced.

Owns those rows of a part's model. Knows variables, not how they are solved.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from solver.merging.cliques import Graph, largest_clique
from solver.merging.graphs import parted_graph
from solver.merging.part_model import PartModel
from solver.merging.tables import Tables

MOST_SPANS: Final = 40
"""Spans of days with a counting row each, most demanding first: more of them slow the LP down without a gain."""

MOST_ENDS: Final = 24
"""First and last days of spans that are tried, spread evenly over those that occur."""


def add_forced_visits(part: PartModel, e: int, conflicts: Graph) -> None:
    """Add rows: requests that pairwise never meet need a visit each; requests inside a span fill so many visits."""
    requests = [r for r in part.requests(e) if part.open_days[r]]
    if len(requests) < 2:
        return
    base = part.requests(e)[0]
    small = [_kept(conflicts[r - base], requests, base) for r in requests]
    graph = parted_graph(small, [part.open_days[r] for r in requests])
    clique = [requests[i] for i in largest_clique(graph)]
    if len(clique) > 1:
        _add_row(part, e, list(part.visit[e]), clique, len(clique))
    for need, first, last, inside in _spans(part, requests)[:MOST_SPANS]:
        if need > 1:
            _add_row(part, e, [t for t in part.visit[e] if first <= t <= last], inside, need)


def _kept(mask: int, requests: list[int], base: int) -> int:
    """Renumber a mask over all requests of an enterprise to those that can be served."""
    return sum(1 << i for i, r in enumerate(requests) if mask >> (r - base) & 1)


def _add_row(part: PartModel, e: int, days: list[int], requests: list[int], need: int) -> None:
    """Visits on these days and requests left out, together at least `need`."""
    left_out = [part.out[r] for r in requests if r in part.out]
    part.model.add(sum(part.visit[e][t] for t in days) + sum(left_out) >= need)


def _spans(part: PartModel, requests: list[int]) -> list[tuple[int, int, int, list[int]]]:
    """List (visits needed, first day, last day, requests inside) where most people or departments make it several."""
    tables = part.tables
    found: list[tuple[int, int, int, list[int]]] = []
    if visits_by_count(tables, requests) <= 1:
        return found
    for last in _spread(part.open_days[r][-1] for r in requests):
        for first in _spread(part.open_days[r][0] for r in requests if part.open_days[r][-1] <= last):
            inside = [r for r in requests if part.open_days[r][0] >= first and part.open_days[r][-1] <= last]
            need = visits_by_count(tables, inside)
            if need > 1:
                found.append((need, first, last, inside))
    return sorted(found, key=lambda span: (-span[0], span[2] - span[1], span[1]))


def _spread(days: Iterable[int]) -> list[int]:
    """Distinct days, ascending; evenly spread ones where there are too many."""
    distinct = sorted(set(days))
    step = -(-len(distinct) // MOST_ENDS)
    return distinct[:: max(step, 1)]


def visits_by_count(tables: Tables, requests: list[int]) -> int:
    """Fewest visits by the most people and most departments of one visit."""
    people = -(-sum(int(tables.people[r]) for r in requests) // int(tables.max_people))
    departments = -(-len({int(tables.department[r]) for r in requests}) // int(tables.max_departments))
    return max(people, departments)
