"""Which requests of one enterprise can never meet, as graphs: by rule, or because no day suits both.

Owns the reading of solo, notice modes, conflict pairs and days into graphs. Knows no solver and no plan.
"""

from __future__ import annotations

from collections.abc import Sequence

from solver.merging.cliques import Graph, join
from solver.merging.tables import Tables


def apart(tables: Tables, r: int, q: int) -> bool:
    """Say whether a rule keeps two requests of one enterprise out of one visit (solo, notice, conflict)."""
    if tables.solo[r] or tables.solo[q] or tables.unannounced[r] != tables.unannounced[q]:
        return True
    return bool((tables.clash[tables.clash_start[r] : tables.clash_start[r + 1]] == q).any())


def conflict_graph(tables: Tables, requests: Sequence[int]) -> Graph:
    """Join requests of one enterprise (consecutive, as in the tables) that a rule keeps apart. O(n^2)."""
    graph: Graph = [0] * len(requests)
    if not requests:
        return graph
    s0 = requests[0]
    whole = (1 << len(requests)) - 1
    solo = sum(1 << i for i, r in enumerate(requests) if tables.solo[r])
    secret = sum(1 << i for i, r in enumerate(requests) if tables.unannounced[r])
    for i, r in enumerate(requests):
        mode = whole & ~secret if tables.unannounced[r] else secret
        mask = whole if tables.solo[r] else solo | mode
        for q in tables.clash[tables.clash_start[r] : tables.clash_start[r + 1]]:
            mask |= 1 << int(q) - s0
        graph[i] = mask & ~(1 << i)
    return graph


def parted_graph(conflicts: Graph, days: Sequence[Sequence[int]]) -> Graph:
    """Join requests that never meet: by rule, or because they share no day. `days`: ascending days of each."""
    graph = list(conflicts)
    masks = [sum(1 << t for t in own) for own in days]
    for i, mask in enumerate(masks):
        for j in range(i):
            if not mask & masks[j]:
                join(graph, i, j)
    return graph
