"""A process that prints and dies at a named point, for the tests of killed print jobs."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping

from data.session import make_engine
from scheduler.config import read_settings
from scheduler.publishing.documents.printing import Printer


def print_and_die(environment: Mapping[str, str], point: str, at_once: int) -> None:
    """Print orders until `point` is reached for the first time, and die there."""

    def watch(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = read_settings(environment)
    printer = Printer(
        engine=make_engine(settings.database_url), clock=settings.clock(), settings=settings, holder="victim",
        at_once=at_once, watch=watch,
    )  # fmt: skip
    while printer.print_next():
        pass
