"""Cliques of small graphs whose largest clique is known, and covers that miss no edge."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from solver.merging.cliques import Graph, bits, cover_by_cliques, join, largest_clique


def graph_of(size: int, edges: list[tuple[int, int]]) -> Graph:
    graph: Graph = [0] * size
    for r, q in edges:
        join(graph, r, q)
    return graph


def random_graph(seed: int, *, size: int = 11, density: float = 0.5) -> Graph:
    dice = random.Random(seed)
    return graph_of(size, [pair for pair in combinations(range(size), 2) if dice.random() < density])


def is_clique(graph: Graph, members: list[int]) -> bool:
    return all(graph[r] >> q & 1 for r, q in combinations(members, 2))


def clique_number(graph: Graph) -> int:
    """By looking at every subset."""
    subsets = range(1, 1 << len(graph))
    return max(mask.bit_count() for mask in subsets if is_clique(graph, list(bits(mask))))


@pytest.mark.parametrize("seed", range(20))
def test_largest_clique_is_that_of_all_subsets(seed: int) -> None:
    graph = random_graph(seed, density=0.3 + 0.03 * seed)

    clique = largest_clique(graph)

    assert is_clique(graph, clique)
    assert len(clique) == clique_number(graph)


def test_largest_clique_without_steps_is_still_a_clique() -> None:
    graph = random_graph(3, size=30, density=0.7)

    assert is_clique(graph, largest_clique(graph, steps=5))


@pytest.mark.parametrize(("size", "expected"), [pytest.param(0, [], id="nobody"), pytest.param(3, [0], id="nothing")])
def test_largest_clique_without_edges_is_one_vertex_at_most(size: int, expected: list[int]) -> None:
    assert len(largest_clique(graph_of(size, []))) == len(expected)


@pytest.mark.parametrize("seed", range(10))
def test_cover_holds_every_edge_and_nothing_but_cliques(seed: int) -> None:
    graph = random_graph(seed, size=16)

    cover = cover_by_cliques(graph)

    covered = {pair for clique in cover for pair in combinations(clique, 2)}
    assert all(is_clique(graph, clique) for clique in cover)
    assert covered == {(r, q) for r, q in combinations(range(16), 2) if graph[r] >> q & 1}


def test_cover_of_a_complete_graph_is_one_clique() -> None:
    assert cover_by_cliques(graph_of(6, list(combinations(range(6), 2)))) == [[0, 1, 2, 3, 4, 5]]
