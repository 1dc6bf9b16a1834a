"""A few things kept in memory for each database, the one used last longest. Knows nothing of what they are.

Whether a thing is still good is the keeper's to decide (see `scheduler.trail`); a shelf only forgets.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlmodel import Session

T = TypeVar("T")


class Shelf(Generic[T]):
    """Things by database and key, for all threads of the process; `most` of them for a database."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: WeakKeyDictionary[Any, OrderedDict[int, T]] = WeakKeyDictionary()

    def find(self, session: Session, key: int) -> T | None:
        """What was put there for this session's database."""
        with self._lock:
            return self._kept.get(session.get_bind().engine.pool, OrderedDict()).get(key)

    def put(self, session: Session, key: int, thing: T) -> None:
        """Keep a thing, and let the one go that was not put for longest where there are too many."""
        self.change(session, key, lambda _present: thing)

    def change(self, session: Session, key: int, make: Callable[[T | None], T]) -> None:
        """Put what `make` makes of what is there, with no other thread in between."""
        with self._lock:
            things = self._kept.setdefault(session.get_bind().engine.pool, OrderedDict())
            things[key] = make(things.get(key))
            things.move_to_end(key)
            while len(things) > self._most:
                things.popitem(last=False)
