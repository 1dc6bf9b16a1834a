"""How many requests a program may make in a minute. Counts in the memory of one web process; knows no route.

With several web processes each counts for itself, so that a program may make as many times more: the limit keeps one
program from crowding out people, it is no quota. A count in the database would turn every reading into a write.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from threading import Lock
from typing import Final

REQUESTS_PER_MINUTE: Final = 600
WRONG_TOKENS_PER_MINUTE: Final = 60
SECONDS: Final = 60


class RateLimiter:
    """Counts by key in whole minutes of the clock."""

    def __init__(self, *, requests: int = REQUESTS_PER_MINUTE, wrong_tokens: int = WRONG_TOKENS_PER_MINUTE) -> None:
        self.requests, self.wrong_tokens = requests, wrong_tokens
        self._lock = Lock()
        self._minute = -1
        self._counts: Counter[str] = Counter()

    def take(self, key: str, now: datetime, *, most: int) -> int:
        """Count one more for `key`; return 0, or the seconds to wait when there were `most` in this minute already."""
        minute, second = divmod(int(now.timestamp()), SECONDS)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = minute, Counter()
            self._counts[key] += 1
            return SECONDS - second if self._counts[key] > most else 0

    def exhausted(self, key: str, now: datetime, *, most: int) -> int:
        """Return the seconds to wait when `key` has used this minute up; counts nothing."""
        minute, second = divmod(int(now.timestamp()), SECONDS)
        with self._lock:
            return SECONDS - second if minute == self._minute and self._counts[key] >= most else 0
