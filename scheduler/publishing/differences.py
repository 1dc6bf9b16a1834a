"""What is new, moved, changed or cancelled between two states of a visit. Knows no table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

PLACE_AND_TIME: Final = ("date", "starts", "minutes", "site", "address")


class Change(StrEnum):
    """The classes of difference; a visit without one is not mentioned."""

    NEW = "new"
    MOVED = "moved"
    CHANGED = "changed"
    CANCELLED = "cancelled"


def change_between(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, same: bool) -> Change | None:
    """Compare two public parts; None stands for "not there" (never told, or cancelled). `same`: their hashes agree."""
    if after is None:
        return None if before is None else Change.CANCELLED
    if before is None:
        return Change.NEW
    if same:
        return None
    moved = any(before.get(name) != after.get(name) for name in PLACE_AND_TIME)
    return Change.MOVED if moved else Change.CHANGED
