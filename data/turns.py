"""A line in which threads wait for their turn, first come, first served. Knows nothing of databases."""

from __future__ import annotations

import threading
from collections import deque


class Turns:
    """One thread has the turn; the others wait in the order in which they came."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def wait(self, seconds: float) -> bool:
        """Wait for the turn; return whether it came in so many seconds. Who has it must `pass_on`."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            called = threading.Event()
            self._waiting.append(called)
        if called.wait(seconds):
            return True
        with self._mutex:
            if called.is_set():
                return True
            self._waiting.remove(called)
            return False

    def pass_on(self) -> None:
        """Give the turn to whoever has waited longest."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False
