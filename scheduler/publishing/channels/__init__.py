"""Ways out of the house: one plug-in a channel, each a class with `send`. They know no table and no transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from data.enums import Channel
from scheduler.config import Settings
from scheduler.publishing.addresses import Ways
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.channels.letter import Letter, Receipt, RefusedError, Sender, UnreachableError
from scheduler.publishing.channels.mail import Mailer

Senders: TypeAlias = Mapping[Channel, Sender]


def open_senders(settings: Settings) -> Senders:
    """The plug-ins that the settings configure; inbox and print need none."""
    found: dict[Channel, Sender] = {}
    if settings.smtp_host:
        found[Channel.EMAIL] = Mailer.of(settings)
    if settings.gateway_url:
        found[Channel.GATEWAY] = Gateway.of(settings)
    return found


def open_ways(settings: Settings) -> Ways:
    """The channels on which notices are written: the inbox and paper always, the others when configured."""
    channels = frozenset({Channel.INBOX, Channel.PRINT, *open_senders(settings)})
    return Ways(channels=channels, base_url=settings.base_url.rstrip("/"), key=settings.secret_key)


__all__ = [
    "Letter",
    "Receipt",
    "RefusedError",
    "Sender",
    "Senders",
    "UnreachableError",
    "open_senders",
    "open_ways",
]
