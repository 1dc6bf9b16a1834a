"""How the long-running processes are told to stop."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

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


def test_signal_at_the_worst_moment_stops_the_process() -> None:
    with stopping("beside") as running:
        said, _ = running.communicate(timeout=60)

    assert (said, running.returncode) == ("stopped\n", 0)


def test_event_set_in_the_handler_waits_for_itself() -> None:
    """The control of the test above."""
    with stopping("in the handler") as running:
        try:
            said, _ = running.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            said = "hangs"
        running.kill()

    assert said == "hangs"
