"""Cycles among ordered pairs. Owns one graph question; knows nothing of what the nodes are."""

from __future__ import annotations

import numpy as np

from solver.problem import Bools, Ints


def list_cycles(edges: Ints, *, most: int = 20) -> list[list[int]]:
    """Up to `most` disjoint cycles, each closed (first node repeated at its end); empty when there is none.

    `edges`: [n, 2] from, to; nodes are small non-negative integers. Nodes nobody points at are peeled off
    (Kahn 1962) until only cycles and what hangs behind them are left; from there every node has a predecessor,
    and walking back must return somewhere. Linear in nodes and edges for each cycle found.
    """
    found: list[list[int]] = []
    left = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    while len(found) < most:
        left = left[_on_or_behind_cycles(left)]
        if not len(left):
            break
        cycle = _one_cycle(left)
        found.append(cycle)
        left = left[~np.isin(left, cycle).any(axis=1)]
    return found


def _on_or_behind_cycles(edges: Ints) -> Bools:
    """Edges that peeling leaves, [n]."""
    if not len(edges):
        return np.zeros(0, dtype=np.bool_)
    nodes = int(edges.max()) + 1
    waiting = np.bincount(edges[:, 1], minlength=nodes)
    order = np.argsort(edges[:, 0], kind="stable")
    starts = np.searchsorted(edges[order, 0], np.arange(nodes + 1)).tolist()
    successors = edges[order, 1].tolist()
    free = np.flatnonzero(waiting == 0).tolist()
    pending = waiting.tolist()
    while free:
        node = free.pop()
        for after in successors[starts[node] : starts[node + 1]]:
            pending[after] -= 1
            if pending[after] == 0:
                free.append(after)
    return np.asarray(pending)[edges[:, 0]] > 0


def _one_cycle(edges: Ints) -> list[int]:
    before = dict(zip(edges[:, 1].tolist(), edges[:, 0].tolist(), strict=True))
    walk, place = [int(edges[0, 0])], {int(edges[0, 0]): 0}
    while True:
        node = before[walk[-1]]
        if node in place:
            return [*walk[place[node] :], node][::-1]
        place[node] = len(walk)
        walk.append(node)


def topological_order(edges: Ints) -> list[int]:
    """Nodes named in acyclic `edges` [n, 2], each after all it comes from; nodes of a cycle are left out."""
    nodes = np.unique(edges)
    position = {int(node): i for i, node in enumerate(nodes)}
    waiting = [0] * len(nodes)
    successors: list[list[int]] = [[] for _ in nodes]
    for start, end in edges.tolist():
        waiting[position[end]] += 1
        successors[position[start]].append(position[end])
    order = [i for i, n in enumerate(waiting) if n == 0]
    for i in order:
        for j in successors[i]:
            waiting[j] -= 1
            if waiting[j] == 0:
                order.append(j)
    return [int(nodes[i]) for i in order]
