"""A relay that dies within a batch into the inbox: nothing of the batch is there, and another one delivers it.

The control dies at the same place with a commit before it: then messages lie in the inbox of which nobody remembers
that they were told.
"""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import func, select

from data.enums import Channel, OutboxState
from data.models import InboxMessage, OutboxMessage, Told
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.outbox import LEASE, deliver_due
from tests.benchmarks.kills import NOW, fill_outbox
from tests.faults.processes import ended, start
from tests.faults.ticking import deliver_and_die

MESSAGES = 5


@pytest.fixture
def messages(engine: sa.Engine) -> sa.Engine:
    """A database with a few messages for the inbox that are due."""
    with unit_of_work(engine) as session:
        fill_outbox(session, MESSAGES, channel=Channel.INBOX)
    return engine


@pytest.mark.parametrize(("in_one", "left"), [(True, 0), (False, MESSAGES)], ids=["one transaction", "guard off"])
def test_killed_within_a_batch_leaves_nothing_of_it(messages: sa.Engine, in_one: bool, left: int) -> None:
    victim = start(deliver_and_die, messages.url.render_as_string(hide_password=False), NOW, in_one)
    assert ended(victim) == -signal.SIGKILL
    assert _counts(messages) == (left, 0)
    # Claimed and not ended: the end of the lease gives them to the next relay, unless they count as sent.
    later = FixedClock(NOW + LEASE + timedelta(seconds=1))
    assert deliver_due(messages, later, holder="heir") == MESSAGES - left
    assert _counts(messages) == (MESSAGES, MESSAGES - left)
    with reading(messages) as session:
        assert set(session.exec(select(OutboxMessage.state))) == {OutboxState.SENT}


def _counts(engine: sa.Engine) -> tuple[int, int]:
    """Messages in the inbox, and visits of which somebody was told."""
    with reading(engine) as session:
        arrived = session.exec(select(func.count()).select_from(InboxMessage)).one()
        return arrived, session.exec(select(func.count()).select_from(Told)).one()
