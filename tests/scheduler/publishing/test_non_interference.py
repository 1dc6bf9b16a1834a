"""Two worlds that differ by hidden visits alone: whatever an enterprise can get must be the same, byte for byte.

Both start as copies of one database, go through the same steps, and have the same visit ids where they have the same
visits. The last test is the control: after check-in the worlds do differ, so the comparison can see a difference.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import FeedScope, NoticeMode, Role, RoundStatus
from data.models import CrewSlot, InboxMessage, Officer, Visit
from data.session import make_engine, reading, unit_of_work
from scheduler.audit import canonical_json
from scheduler.clock import FixedClock
from scheduler.errors import DomainError, NotFoundError
from scheduler.fieldwork.checkins import check_in
from scheduler.permissions import Actor
from scheduler.planning.board import draft_hash, list_visits
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.approvals import approve_round
from scheduler.publishing.calendars import calendar_bytes
from scheduler.publishing.enterprise_view import enterprise_counts, enterprise_visits, get_enterprise_visit
from scheduler.publishing.inbox import list_messages, unread_count
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import get_release, list_releases, seal_due
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import PUBLISH_AT, World, fresh, hide, make_world, march, solve
from tests.scheduler.publishing.edits import drop, move, visit_to

HIDDEN_AT = (0, 1)


@dataclass(slots=True)
class Pair:
    """The same district without (`plain`) and with (`secret`) hidden visits; `firms`: an account an enterprise."""

    plain: sa.Engine
    secret: sa.Engine
    world: World
    secret_world: World
    firms: list[Actor]
    clock: FixedClock

    def step(self, edit_plain: object = None, edit_secret: object = None, at: datetime | None = None) -> None:
        """Approve and publish in both worlds at the same times, after an edit where one is given."""
        when = at or self.clock.now() + timedelta(hours=1)
        start = self.clock.instant
        for engine, world, edit in (
            (self.plain, self.world, edit_plain),
            (self.secret, self.secret_world, edit_secret),
        ):
            self.clock.instant = start
            with unit_of_work(engine) as session:
                round_ = fresh(session, world.round)
                round_.status = RoundStatus.PROPOSED
                if callable(edit):
                    edit(session, world)
                touch_draft(session, self.clock, world.coordinator, round_)
            with unit_of_work(engine) as session:
                round_ = fresh(session, world.round)
                present = draft_hash(session, round_)
                approve_round(session, self.clock, world.approver, round_, draft_hash=present, publish_at=when)
            self.clock.instant = when
            assert len(seal_due(engine, self.clock)) == 1
            deliver_due(engine, self.clock, holder="relay", limit=1000)

    def differences(self) -> list[str]:
        """The surfaces on which some enterprise could tell the worlds apart."""
        return [
            f"{firm.enterprise_id}:{name}"
            for firm in self.firms
            for name, seen in _everything(self.plain, self.clock, firm).items()
            if seen != _everything(self.secret, self.clock, firm)[name]
        ]


def _everything(engine: sa.Engine, clock: FixedClock, firm: Actor) -> dict[str, object]:
    """All that the application can hand to an enterprise, as plain text or bytes."""
    with reading(engine) as session:
        feed = calendar_bytes(session, clock, FeedScope.ENTERPRISE, firm.enterprise_id or 0, host="onedoor.test")
        messages = list_messages(session, firm)
        return {
            "feed": feed,
            "etag": hashlib.sha256(feed).hexdigest(),
            "visits": repr(enterprise_visits(session, firm)),
            "counts": repr(enterprise_counts(session, clock, firm)),
            "messages": [_message(row) for row in messages.rows],
            "number of messages": messages.total,
            "unread": unread_count(session, firm),
            "board": repr(list_visits(session, firm, first=march(1), last=march(31))),
            "releases": repr(list_releases(session, firm)),
            "release 1": _refusal(session, firm),
        }


def _message(row: InboxMessage) -> str:
    """A message as the enterprise reads it, and when; its id is random in every world."""
    return canonical_json([row.kind, row.release_number, row.payload, row.delivered_at, row.read_at])


def _refusal(session: Session, firm: Actor) -> str:
    try:
        get_release(session, firm, 1)
    except NotFoundError as error:
        return repr(error)
    return "found"


@pytest.fixture
def pair(sqlite_engine: sa.Engine, tmp_path: Path) -> Iterator[Pair]:
    """Both worlds solved; the hidden visits go to the first two sites, to one of them twice."""
    clock = FixedClock(NOW)
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=3, organisations=2)
        firms = [make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(one)) for one in world.enterprises]
    sqlite_engine.dispose()
    shutil.copyfile(str(sqlite_engine.url.database), tmp_path / "secret.db")
    secret = make_engine(f"sqlite:///{tmp_path / 'secret.db'}")
    other = World(
        coordinator=world.coordinator,
        approver=world.approver,
        organisations=list(world.organisations),
        officers=list(world.officers),
        enterprises=world.enterprises,
        sites=world.sites,
        round=world.round,
        requests=list(world.requests),
    )
    with unit_of_work(secret) as session:
        for place in HIDDEN_AT:
            hide(session, other, world.sites[place])
    for engine, one in ((sqlite_engine, world), (secret, other)):
        solve(engine, clock, one)
        _name_visits(engine)
    yield Pair(plain=sqlite_engine, secret=secret, world=world, secret_world=other, firms=firms, clock=clock)
    secret.dispose()


def _name_visits(engine: sa.Engine) -> None:
    """Give the same visit the same id in both worlds: ids are random and tell nothing by themselves."""
    with unit_of_work(engine) as session:
        for visit in session.exec(select(Visit)).all():
            visit.uid = hashlib.sha256(f"{visit.site_id} {visit.notice_mode}".encode()).hexdigest()[:32]


def _move_hidden(session: Session, world: World) -> None:
    move(session, visit_to(session, world, 0, hidden=True), march(31))


def _drop_hidden(session: Session, world: World) -> None:
    drop(session, visit_to(session, world, 1, hidden=True))


def _move_announced(session: Session, world: World) -> None:
    move(session, visit_to(session, world, 2), march(30))


def test_worlds_really_differ_for_those_who_may_know(pair: Pair) -> None:
    pair.step(at=PUBLISH_AT)
    with reading(pair.plain) as plain, reading(pair.secret) as secret:
        whole = {"first": march(1), "last": march(31)}
        assert len(list_visits(plain, pair.world.coordinator, **whole)) == 3
        assert len(list_visits(secret, pair.world.coordinator, **whole)) == 5


def test_draft_and_approval_show_nothing(pair: Pair) -> None:
    assert pair.differences() == []


def test_release_shows_nothing(pair: Pair) -> None:
    pair.step(at=PUBLISH_AT)
    assert pair.differences() == []


def test_later_releases_show_nothing_whatever_becomes_of_the_hidden_visits(pair: Pair) -> None:
    pair.step(at=PUBLISH_AT)
    pair.step(edit_secret=_move_hidden)
    assert pair.differences() == []
    pair.step(edit_plain=_move_announced, edit_secret=_move_announced)
    assert pair.differences() == []
    pair.step(edit_secret=_drop_hidden)
    assert pair.differences() == []


def test_time_passing_over_the_planned_day_shows_nothing(pair: Pair) -> None:
    """Planned but never carried out: a hidden visit does not come to light by its date."""
    pair.step(at=PUBLISH_AT)
    for day in (1, 3, 40):
        pair.clock.instant = PUBLISH_AT + timedelta(days=day)
        assert pair.differences() == []


def test_asking_for_a_hidden_visit_is_like_asking_for_none(pair: Pair) -> None:
    pair.step(at=PUBLISH_AT)
    with reading(pair.secret) as session:
        uid = session.exec(select(Visit.uid).where(Visit.notice_mode == NoticeMode.UNANNOUNCED)).first() or ""
    answers = []
    for engine in (pair.plain, pair.secret):
        with reading(engine) as session:
            try:
                get_enterprise_visit(session, pair.firms[0], uid)
            except (NotFoundError, DomainError) as error:
                answers.append(repr(error))
    assert len(answers) == 2
    assert answers[0] == answers[1]


def test_check_in_reveals_the_visit_to_its_enterprise_and_to_no_other(pair: Pair) -> None:
    """The control: now the worlds differ, on exactly the surfaces of the enterprise concerned."""
    pair.step(at=PUBLISH_AT)
    with unit_of_work(pair.secret) as session:
        visit = visit_to(session, pair.secret_world, 0, hidden=True)
        pair.clock.instant = NOW.replace(month=visit.day.month, day=visit.day.day)
        officer_id = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).first()
        officer = session.get_one(Officer, officer_id)
        goes = make_actor(session, Role.OFFICER, officer_id=officer.id)
        check_in(session, pair.clock, goes, visit.uid, key="arrival-1", secret="s", reason="没有场所码")
    deliver_due(pair.secret, pair.clock, holder="relay")
    concerned = pair.firms[0].enterprise_id
    expected = ["feed", "etag", "visits", "counts", "messages", "number of messages", "unread"]
    assert pair.differences() == [f"{concerned}:{name}" for name in expected]
