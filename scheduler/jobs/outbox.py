"""Jobs: deliver what waits in the outbox, one job a channel, so that a channel that hangs holds up no other."""

from __future__ import annotations

from data.enums import Channel
from scheduler.jobs.context import JobContext
from scheduler.publishing.channels import open_senders, open_ways
from scheduler.publishing.outbox import deliver_due

LETTERS_AT_ONCE = 40
"""Claims of one round to the outside: few enough that a lease never ends while its message waits in line."""


def deliver(context: JobContext) -> int:
    """Deliver into the inbox until nothing is due; returns how many messages arrived."""
    total = 0
    while delivered := deliver_due(context.engine, context.clock, holder=context.holder):
        total += delivered
    return total


def send_mail(context: JobContext) -> int:
    """Send e-mail; returns how many letters the server took."""
    return _send(context, Channel.EMAIL)


def call_gateway(context: JobContext) -> int:
    """Call the gateway for SMS and government messaging; returns how many letters it took."""
    return _send(context, Channel.GATEWAY)


def _send(context: JobContext, channel: Channel) -> int:
    sender = open_senders(context.settings).get(channel)
    if sender is None:
        return 0
    total, ways = 0, open_ways(context.settings)
    while delivered := deliver_due(
        context.engine,
        context.clock,
        holder=context.holder,
        limit=LETTERS_AT_ONCE,
        channel=channel,
        sender=sender,
        ways=ways,
    ):
        total += delivered
    return total
