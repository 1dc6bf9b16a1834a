"""Two relays and one list, a relay that wakes after its time (FT07, FT08): each with the guard on and off.

Both races are arranged, not hoped for: relays claim when both have read, and one freezes itself once it has claimed.
With the guard off the harm is there every time; with the guard on it never is.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.enums import Channel, OutboxState
from data.models import OutboxMessage
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.outbox import LEASE, deliver_due
from tests.benchmarks.kills import NOW, fill_outbox
from tests.faults.processes import ended, start, wait_for
from tests.faults.ticking import relay_and_freeze, relay_beside_another
from tests.gateway import SECRET, running_gateway

LETTERS = 3
GUARD = pytest.mark.parametrize(("guarded", "calls"), [(True, 1), (False, 2)], ids=["guarded", "guard off"])


@pytest.fixture
def letters(engine: sa.Engine) -> sa.Engine:
    """A database with a few letters that are due."""
    with unit_of_work(engine) as session:
        fill_outbox(session, LETTERS)
    return engine


def _url(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def _stands_still(pid: int | None) -> bool:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "T"


@GUARD
def test_two_relays_that_read_the_same_list_send_each_letter(
    letters: sa.Engine, tmp_path: Path, guarded: bool, calls: int
) -> None:
    """FT07."""
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    with running_gateway() as fake:
        relays = [
            start(relay_beside_another, _url(letters), fake.url, NOW, str(meeting), name, guarded)
            for name in ("first", "second")
        ]
        assert [ended(one) for one in relays] == [0, 0]
        assert Counter(fake.keys) == {f"kill:{number}": calls for number in range(LETTERS)}


@GUARD
def test_relay_that_wakes_after_its_lease_sends_and_writes(letters: sa.Engine, guarded: bool, calls: int) -> None:
    """FT08: it was stopped with its claims in hand; meanwhile another one took over under a higher epoch."""
    with running_gateway() as fake:
        zombie = start(relay_and_freeze, _url(letters), fake.url, NOW, guarded)
        wait_for(lambda: _stands_still(zombie.pid))
        later, sender = FixedClock(NOW + LEASE + timedelta(seconds=1)), Gateway(url=fake.url, secret=SECRET)
        assert deliver_due(letters, later, holder="heir", channel=Channel.GATEWAY, sender=sender) == LETTERS
        before = _ends(letters)
        os.kill(zombie.pid or 0, signal.SIGCONT)
        assert ended(zombie) == 0
        assert Counter(fake.keys) == {f"kill:{number}": calls for number in range(LETTERS)}
    assert {state for state, *_ in before} == {OutboxState.SENT}
    # What the heir wrote stands; without the fence the zombie's receipt takes its place.
    assert (_ends(letters) == before) is guarded


def _ends(engine: sa.Engine) -> list[tuple[OutboxState, int, str, str]]:
    with reading(engine) as session:
        rows = session.exec(select(OutboxMessage).order_by(col(OutboxMessage.id))).all()
        return [(row.state, row.epoch, row.lease_holder, str(row.proof)) for row in rows]
