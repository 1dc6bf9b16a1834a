"""How the long-running processes are told to stop."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

STOPPING: Final = """
import signal, sys, threading
from scheduler.commands.service import _stop_on_signal

stop = _stop_on_signal()
if sys.argv[1] == "in the handler":
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
with stop._cond:  # as the main thread does at the beginning and at the end of each wait
    print("held", flush=True)
    signal.raise_signal(signal.SIGTERM)
print("stopped" if stop.wait(60) else "not stopped", flush=True)
"""


def stopping(how: str) -> subprocess.Popen[str]:
    running = subprocess.Popen([sys.executable, "-c", STOPPING, how], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline() == "held\n"
    return running


def rest_of(running: subprocess.Popen[str]) -> str:
    """Read on where `stopping` stopped: `communicate` would miss what was read ahead with the first line."""
    assert running.stdout is not None
    return running.stdout.read()


def test_signal_at_the_worst_moment_stops_the_process() -> None:
    with stopping("beside") as running:
        assert running.wait(timeout=60) == 0
        assert rest_of(running) == "stopped\n"


def test_event_set_in_the_handler_waits_for_itself() -> None:
    """The control of the test above."""
    with stopping("in the handler") as running:
        with pytest.raises(subprocess.TimeoutExpired):
            running.wait(timeout=2)
        running.kill()
        assert rest_of(running) == ""
