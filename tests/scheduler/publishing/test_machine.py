"""Any sequence of edits, releases, rollbacks, deliveries and failures (P2, P3, P4, P10), as a state machine."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import select

from data.enums import Channel, OutboxState, RecipientKind, VisitStatus
from data.models import Enterprise, OutboxMessage, Release, ReleaseVisit, Told, Visit
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.addresses import Ways
from scheduler.publishing.channels.letter import Letter, Receipt, RefusedError, UnreachableError
from scheduler.publishing.differences import Change
from scheduler.publishing.dispatches import retry
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import broken_releases, seal_due
from scheduler.publishing.restoring import restore_release
from scheduler.publishing.sealing import differences, rows_of
from tests.factories import NOW, stored_id
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh, make_world, march, solve
from tests.scheduler.publishing.edits import drop, move, visit_to

WAYS = Ways(channels=frozenset({Channel.INBOX, Channel.GATEWAY}))
PLACES = st.integers(0, 2)


class Gateway:
    """The other side, at the border: takes letters, refuses them, or takes them and breaks off. It knows keys."""

    def __init__(self) -> None:
        self.mood = "ok"
        self.taken: dict[str, Letter] = {}

    def send(self, letter: Letter) -> Receipt:
        if self.mood == "refuses":
            raise RefusedError(answer="550")
        if self.mood == "away":
            raise UnreachableError(answer="away", sure=True)
        self.taken.setdefault(letter.key, letter)
        if self.mood == "breaks off":
            raise UnreachableError(answer="timeout")
        return Receipt(reference=letter.key)


class Publishing(RuleBasedStateMachine):
    """Three announced visits of two organisations; the inbox and a gateway."""

    template: ClassVar[Path]

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "onedoor.db")
        self.engine: sa.Engine = make_engine(f"sqlite:///{self.folder / 'onedoor.db'}")
        self.clock, self.gateway, self.edited = FixedClock(NOW), Gateway(), True
        with unit_of_work(self.engine) as session:
            self.world: World = make_world(session, sites=3, organisations=2)
            for place, firm in enumerate(self.world.enterprises):
                session.get_one(Enterprise, stored_id(firm)).contact_phone = f"1390000000{place}"
        solve(self.engine, self.clock, self.world)
        self.clock.instant = PUBLISH_AT
        self.publish()

    def teardown(self) -> None:
        if hasattr(self, "engine"):
            self._settle()
            self.engine.dispose()
            shutil.rmtree(self.folder)

    def _edit(self, change: Callable[[Any], object]) -> None:
        with unit_of_work(self.engine) as session:
            change(session)
            touch_draft(session, self.clock, self.world.coordinator, fresh(session, self.world.round))
        self.edited = True

    @rule(place=PLACES, day=st.sampled_from([23, 24, 25, 26]))
    def move_one(self, place: int, day: int) -> None:
        with reading(self.engine) as session:
            visit = visit_to(session, self.world, place)
            standing = visit.status is not VisitStatus.CANCELLED
        if standing:
            self._edit(lambda session: move(session, visit_to(session, self.world, place), march(day)))

    @rule(place=PLACES)
    def drop_one(self, place: int) -> None:
        with reading(self.engine) as session:
            standing = visit_to(session, self.world, place).status is not VisitStatus.CANCELLED
        if standing:
            self._edit(lambda session: drop(session, visit_to(session, self.world, place)))

    @rule(back=st.integers(1, 3))
    def roll_back(self, back: int) -> None:
        with unit_of_work(self.engine) as session:
            releases = session.exec(select(Release).order_by(Release.number)).all()
            release = releases[max(0, len(releases) - back)]
            round_ = fresh(session, self.world.round)
            restore_release(session, self.clock, self.world.coordinator, round_, release, reason="试验")
        self.edited = True

    @precondition(lambda self: self.edited)
    @rule()
    def publish(self) -> None:
        self.clock.instant += timedelta(hours=1)
        approve(self.engine, self.clock, self.world, self.clock.now())
        assert len(seal_due(self.engine, self.clock, WAYS)) == 1
        self.edited = False

    @rule(limit=st.sampled_from([1, 3, 200]))
    def deliver(self, limit: int) -> None:
        deliver_due(self.engine, self.clock, holder="m", limit=limit)

    @rule(mood=st.sampled_from(["ok", "away", "breaks off", "refuses"]))
    def send(self, mood: str) -> None:
        self.gateway.mood = mood
        self._send()
        self.clock.instant += timedelta(minutes=6)

    def _send(self) -> int:
        return deliver_due(self.engine, self.clock, holder="m", channel=Channel.GATEWAY, sender=self.gateway)

    @invariant()
    def releases_agree_with_their_hashes_and_differences(self) -> None:
        """P2, P10, P4 on the rows: no difference with itself; present = new - cancelled; sequences only rise."""
        with reading(self.engine) as session:
            assert broken_releases(session) == []
            before: dict[str, ReleaseVisit] = {}
            standing = 0
            for release in session.exec(select(Release).order_by(Release.number)).all():
                rows = rows_of(session, release)
                assert differences(rows, list(rows.values())) == ()
                changes = [one.change for one in differences(before, list(rows.values()))]
                standing += changes.count(Change.NEW) - changes.count(Change.CANCELLED)
                assert standing == sum(not row.cancelled for row in rows.values())
                for uid, row in rows.items():
                    if uid in before:
                        old = before[uid]
                        same = (old.public_hash, old.cancelled) == (row.public_hash, row.cancelled)
                        assert row.sequence == old.sequence + (0 if same else 1)
                before = rows

    def _settle(self) -> None:
        """Everything is sent in the end; then everybody knows what holds, on every channel (P3)."""
        self.gateway.mood = "ok"
        with unit_of_work(self.engine) as session:
            dead = session.exec(select(OutboxMessage).where(OutboxMessage.state == OutboxState.DEAD)).all()
            for row in dead:
                retry(session, self.clock, self.world.coordinator, row, reason="试验")
        for _ in range(20):
            self.clock.instant += timedelta(minutes=6)
            sent = deliver_due(self.engine, self.clock, holder="m") + self._send()
            if not sent and not self._waiting():
                break
        with reading(self.engine) as session:
            newest = session.exec(select(Release).order_by(Release.number.desc())).first()
            rows = session.exec(select(ReleaseVisit).where(ReleaseVisit.release_id == newest.id)).all()
            holds = {row.visit_uid: row.public_hash for row in rows if not row.cancelled}
            for channel in (Channel.INBOX, Channel.GATEWAY):
                told = session.exec(
                    select(Told).where(Told.recipient_kind == RecipientKind.ENTERPRISE, Told.channel == channel)
                ).all()
                assert {row.visit_uid: row.told_hash for row in told if not row.cancelled} == holds, channel
            sent_keys = session.exec(
                select(OutboxMessage.dedupe_key).where(
                    OutboxMessage.channel == Channel.GATEWAY, OutboxMessage.state == OutboxState.SENT
                )
            ).all()
            assert set(sent_keys) <= set(self.gateway.taken)
            assert self._received(session) == holds

    def _received(self, session: Any) -> dict[str, str]:
        """What the gateway's readers believe: its letters in their order."""
        believed: dict[str, str] = {}
        messages = {
            row.dedupe_key: row.payload
            for row in session.exec(select(OutboxMessage).where(OutboxMessage.channel == Channel.GATEWAY))
        }
        for key in self.gateway.taken:
            for line in json.loads(json.dumps(messages[key]))["changes"]:
                if line["change"] == Change.CANCELLED:
                    believed.pop(line["visit"], None)
                else:
                    believed[line["visit"]] = line["told_hash"]
        return believed

    def _waiting(self) -> bool:
        with reading(self.engine) as session:
            states = (OutboxState.QUEUED, OutboxState.CLAIMED)
            return session.exec(select(OutboxMessage.id).where(OutboxMessage.state.in_(states))).first() is not None  # type: ignore[attr-defined]


@pytest.mark.slow
def test_whatever_happens_everybody_knows_in_the_end_what_holds(sqlite_template: Path) -> None:
    Publishing.template = sqlite_template
    quiet = settings(
        max_examples=4, stateful_step_count=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Publishing, settings=quiet)


def test_visits_of_the_machine_are_rows(sqlite_engine: sa.Engine) -> None:
    """The machine starts from three visits: a smaller world would show nothing."""
    clock = FixedClock(NOW)
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=3, organisations=2)
    solve(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(Visit.id)).all()) == 3
