"""Proven lower bounds on the score, cheapest first.

Owns what can be said about every plan of a problem without looking at one. Knows no plan and no search.
"""

from __future__ import annotations

from solver.bounds.floors import bound_with_floors
from solver.bounds.prover import Prover, proven_bound

__all__ = ["Prover", "bound_with_floors", "proven_bound"]
