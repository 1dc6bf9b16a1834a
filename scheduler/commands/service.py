"""The long-running processes: web, jobs (the ticker) and worker (solves)."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from queue import SimpleQueue

from scheduler import memory
from scheduler.commands.context import clock, engine, settings
from scheduler.jobs.runner import run_ticker
from scheduler.planning.runs import run_worker

logger = logging.getLogger(__name__)


def serve() -> None:
    """Serve the pages. 网页服务。 ONEDOOR_HOST, ONEDOOR_PORT say where."""
    engine()
    os.execv(sys.executable, [sys.executable, "-m", "web"])  # noqa: S606 -- the web room lies above this one: it is started, not imported


def jobs() -> None:
    """Run the ticker: publish what is due, deliver notices, keep house. 定时任务。"""
    _log_to_stderr()
    memory.settle()
    run_ticker(engine(), settings(), clock(), _stop_on_signal())


def worker() -> None:
    """Solve what is queued, one run at a time. 求解进程。"""
    _log_to_stderr()
    memory.settle()
    run_worker(engine(), clock(), settings(), _stop_on_signal())


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    for chatty in ("apscheduler", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _stop_on_signal() -> threading.Event:
    """Return what SIGINT and SIGTERM set.

    Not in the handler: it runs in the main thread, which may just hold the event's lock, and would wait for itself.
    """
    stop, told = threading.Event(), SimpleQueue[int]()

    def pass_on() -> None:
        told.get()
        stop.set()

    threading.Thread(target=pass_on, name="stop-signal", daemon=True).start()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _frame: told.put(number))
    return stop


COMMANDS = (serve, jobs, worker)
