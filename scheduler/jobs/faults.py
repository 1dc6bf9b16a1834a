"""A hook for tests that kill processes: at a named point of the sealing this process dies. Production has none.

Outside the testing environment the setting is refused (`scheduler.config`) and would not be looked at here either.
"""

from __future__ import annotations

import os
import signal

from scheduler.config import Environment, Settings
from scheduler.publishing.releases import Watch, unwatched


def watch_of(settings: Settings) -> Watch:
    """What is called at every point of the sealing: nothing, or death at the point that a test has chosen."""
    if settings.environment is not Environment.TESTING or not settings.fault:
        return unwatched

    def watch(point: str) -> None:
        if point == settings.fault:
            os.kill(os.getpid(), signal.SIGKILL)

    return watch
