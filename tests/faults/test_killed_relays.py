"""FT02, small: relays are killed while they deliver; every letter arrives, and a receiver that knows keys has it once.

The full size (3,000 letters, 200 kills) is `python -m tests.benchmarks.kills`.
"""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.benchmarks.kills import run_kills


@pytest.mark.slow
def test_killed_relays_lose_nothing_and_repeat_only_under_the_same_key(sqlite_engine: sa.Engine) -> None:
    found = run_kills(sqlite_engine, letters=150, kills=10, relays=2)
    assert (found.lost, found.unsent, found.told, found.sound) == (0, 0, 150, True)
    # The control: kills did hit deliveries, or this test would see nothing. A relay sends four letters at once.
    assert found.kills == 10
    assert found.repeated <= 4 * found.kills
