"""A line for what is worth being done once: threads that want the same at the same moment wait for the first.

Knows nothing of what is done. Whoever had to wait looks again whether it is still to be done.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

from sqlmodel import Session


class SingleFile:
    """One thread at a time for each database and key, among those of this process.

    Nobody waits longer than `patience_seconds` and nobody is refused: who has waited so long goes ahead beside the
    others. So the line spares work and guards nothing, and a thread that is stuck holds nobody up for good.
    """

    def __init__(self, *, patience_seconds: float) -> None:
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._keys: WeakKeyDictionary[Any, dict[int, threading.Lock]] = WeakKeyDictionary()

    @contextmanager
    def take(self, session: Session, key: int) -> Iterator[None]:
        """Run the block when it is this thread's turn. What is waited for in the block must not need this thread."""
        with self._lock:
            turn = self._keys.setdefault(session.get_bind().engine.pool, {}).setdefault(key, threading.Lock())
        taken = turn.acquire(timeout=self._patience_seconds)
        try:
            yield
        finally:
            if taken:
                turn.release()
