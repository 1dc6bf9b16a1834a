"""What runs in the processes that a test kills; imported once by a server that forks them, so that they start fast."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from data.enums import FeedScope
from data.models import Approval
from data.session import make_engine, reading
from scheduler.clock import FixedClock, today
from scheduler.commands.service import _stop_on_signal
from scheduler.config import read_settings
from scheduler.jobs import publish
from scheduler.jobs.context import JobContext
from scheduler.jobs.runner import run_ticker
from scheduler.jobs.schedule import Entry
from scheduler.planning.board import local_start
from scheduler.publishing.calendars import calendar_bytes
from scheduler.publishing.releases import seal_approval


def tick(environment: Mapping[str, str]) -> None:
    """Run the jobs as `onedoor jobs` does."""
    _enter(environment)
    settings = read_settings(environment)
    run_ticker(make_engine(settings.database_url), settings, settings.clock(), _stop_on_signal())


def tick_under_another_name(environment: Mapping[str, str], seconds: float) -> None:
    """Run one job under a name that no earlier process knew."""

    def renamed(context: JobContext) -> int:
        return publish.publish(context)

    settings, stop = read_settings(environment), threading.Event()
    threading.Timer(seconds, stop.set).start()
    table = (Entry(name="another name", seconds=0.2, job=renamed),)
    run_ticker(make_engine(settings.database_url), settings, settings.clock(), stop, holder="another", schedule=table)


def seal_in_two(url: str, now: datetime) -> None:
    """Seal with a commit in the middle, and die before the notices are there: what the one transaction prevents."""
    with Session(make_engine(url)) as session:

        def watch(point: str) -> None:
            if point == "released":
                session.commit()
            if point == "written":
                os.kill(os.getpid(), signal.SIGKILL)

        seal_approval(session, FixedClock(now), session.exec(select(Approval)).one(), watch=watch)


def write_instants(environment: Mapping[str, str], now: datetime, file: str) -> None:
    """Write what this machine's zone must not change: today, the start of a day, a calendar feed."""
    _enter(environment)
    settings = read_settings(environment)
    with reading(make_engine(settings.database_url)) as session:
        feed = calendar_bytes(session, FixedClock(now), FeedScope.ENTERPRISE, 1, host="h").decode()
    found: list[Any] = [str(today(FixedClock(now))), local_start(date(2026, 3, 2), 0).isoformat(), feed, time.tzname[0]]
    Path(file).write_text(json.dumps(found), encoding="utf-8")


def _enter(environment: Mapping[str, str]) -> None:
    if "TZ" in environment:
        os.environ["TZ"] = environment["TZ"]
        time.tzset()
