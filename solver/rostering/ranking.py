"""The draw of officers: a ranking by SHA-256 that anyone can repeat from the seed and the two ids.

Owns the hash; knows no rule and no plan.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def draw_value(seed: int, request: str, officer: str) -> bytes:
    """Return the 32 bytes that place an officer in the draw of a request: SHA-256 of `seed|request|officer` in UTF-8.

    The lowest value is drawn first. Seed in decimal, ids as they stand in the tables.
    """
    return hashlib.sha256(f"{seed}|{request}|{officer}".encode()).digest()


def draw_values(seed: int, request: str, officers: Iterable[bytes]) -> list[bytes]:
    """Return the draw values of several officers, given as UTF-8; the common beginning is hashed once."""
    begin = hashlib.sha256(f"{seed}|{request}|".encode())
    values = []
    for officer in officers:
        whole = begin.copy()
        whole.update(officer)
        values.append(whole.digest())
    return values
