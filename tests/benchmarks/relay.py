"""A relay that delivers until it is killed: the victim of `kills`. Imported once by a server that forks it often."""

from __future__ import annotations

import time
from datetime import timedelta

from data.enums import Channel
from data.session import make_engine
from scheduler.clock import SystemClock
from scheduler.publishing import outbox
from scheduler.publishing.channels.gateway import Gateway


def relay(url: str, gateway: str, secret: str, holder: str, lease_seconds: float) -> None:
    """Hand letters to the gateway for ever."""
    outbox.LEASE = timedelta(seconds=lease_seconds)  # type: ignore[misc]
    engine, sender = make_engine(url), Gateway(url=gateway, secret=secret)
    while True:
        if not outbox.deliver_due(
            engine, SystemClock(), holder=holder, limit=40, channel=Channel.GATEWAY, sender=sender
        ):
            time.sleep(0.05)
