"""What runs in the processes that a test kills; imported once by a server that forks them, so that they start fast."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from data.enums import Channel, FeedScope, OutboxState
from data.models import Approval, OutboxMessage
from data.session import make_engine, reading
from scheduler.clock import Clock, FixedClock, today
from scheduler.commands.service import _stop_on_signal
from scheduler.config import read_settings
from scheduler.jobs import publish
from scheduler.jobs.context import JobContext
from scheduler.jobs.runner import run_ticker
from scheduler.jobs.schedule import Entry
from scheduler.planning.board import local_start
from scheduler.publishing import outbox
from scheduler.publishing.calendars import calendar_bytes
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.releases import seal_approval
from tests.gateway import SECRET

BESIDE = 2
"""Relays that read the same list before either claims."""


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


def deliver_and_die(url: str, now: datetime, in_one: bool) -> None:
    """Deliver into the inbox and die when the messages are there, but not what their readers know.

    `in_one` False: with a commit in between, which the one transaction does without.
    """

    def die(session: Session, *_words: Any) -> None:
        if not in_one:
            session.commit()
        os.kill(os.getpid(), signal.SIGKILL)

    outbox.remember_all = die  # type: ignore[assignment]
    outbox.deliver_due(make_engine(url), FixedClock(now), holder="victim")


def relay_beside_another(url: str, gateway: str, now: datetime, folder: str, name: str, guarded: bool) -> None:
    """Send what is due, but claim nothing before the other relay has read the same list."""
    claim, waited = outbox.claim if guarded else _claim_anyway, threading.Event()

    def after_both_have_read(*words: Any, **named: Any) -> list[outbox.Claimed]:
        if not waited.is_set():
            waited.set()
            Path(folder, name).touch()
            while len(list(Path(folder).iterdir())) < BESIDE:
                time.sleep(0.01)
        return claim(*words, **named)

    outbox.claim = after_both_have_read  # type: ignore[assignment]
    _relay(url, gateway, now, name, guarded=guarded)


def relay_and_freeze(url: str, gateway: str, now: datetime, guarded: bool) -> None:
    """Claim what is due, stand still until somebody wakes this process, then send it."""
    send_all = outbox._send_all

    def later(*words: Any) -> int:
        os.kill(os.getpid(), signal.SIGSTOP)
        return send_all(*words)

    outbox._send_all = later  # type: ignore[assignment]
    _relay(url, gateway, now, "zombie", guarded=guarded)


def _relay(url: str, gateway: str, now: datetime, name: str, *, guarded: bool) -> None:
    if not guarded:
        outbox._claimed = lambda *claims: (col(OutboxMessage.id).in_([one for one, _ in claims]),)  # type: ignore[assignment]
    sender = Gateway(url=gateway, secret=SECRET)
    outbox.deliver_due(make_engine(url), FixedClock(now), holder=name, channel=Channel.GATEWAY, sender=sender)


def _claim_anyway(
    session: Session, _clock: Clock, seen: Sequence[outbox.Claimed], *, holder: str
) -> list[outbox.Claimed]:
    """What claims would be without compare-and-swap."""
    for message_id, epoch in seen:
        message = session.get_one(OutboxMessage, message_id)
        message.state, message.epoch, message.lease_holder = OutboxState.CLAIMED, epoch + 1, holder
    return [(message_id, epoch + 1) for message_id, epoch in seen]


def _enter(environment: Mapping[str, str]) -> None:
    if "TZ" in environment:
        os.environ["TZ"] = environment["TZ"]
        time.tzset()
