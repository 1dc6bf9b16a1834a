"""Public ids of the tests: the same ones at every run, so that a test which fails once fails again.

The service draws them at random. What is sorted by them would else come in another order each time.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from itertools import count
from typing import Final

SEED: Final = os.environ.get("ONEDOOR_TEST_SEED", "1")
"""Another word gives another world; for whoever looks for tests that hang on an order."""
_BYTES: Final = 16


class Uids:
    """Stands in for the module `uuid`: ids follow from the seed, from what is being made, and from their number.

    A process that was forked off draws other ids than the one it came from.
    """

    def __init__(self, seed: str = SEED) -> None:
        self._seed, self._owner = seed, os.getpid()
        self._maker, self._numbers = "", count()

    def uuid4(self) -> uuid.UUID:
        """The next id of what is being made."""
        process = "" if os.getpid() == self._owner else f"{os.getpid()}"
        words = "\n".join((self._seed, self._maker, process, f"{next(self._numbers)}"))
        return uuid.UUID(bytes=blake2b(words.encode(), digest_size=_BYTES).digest(), version=4)

    @contextmanager
    def made_by(self, maker: str) -> Iterator[None]:
        """Give a test, or a fixture that several tests share, ids of its own, whatever ran before it."""
        before = self._maker, self._numbers
        self._maker, self._numbers = maker, count()
        try:
            yield
        finally:
            self._maker, self._numbers = before
