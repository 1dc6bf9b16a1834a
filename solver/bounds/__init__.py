"""Proven lower bounds on the score, cheapest first.

Owns what can be said about every plan of a problem without looking at one. Knows no plan and no search.
"""

from __future__ import annotations

from solver.bounds.floors import bound_with_floors
from solver.bounds.shares import proven_bound

__all__ = ["bound_with_floors", "proven_bound"]
