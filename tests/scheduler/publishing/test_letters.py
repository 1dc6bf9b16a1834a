"""Letters to the outside through a real gateway that misbehaves (FT03 to FT06), and what is told on which channel."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import Channel, OutboxState, RecipientKind
from data.models import AccessCode, Enterprise, OutboxMessage, Release, Told
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock, today
from scheduler.config import Settings
from scheduler.permissions import Actor
from scheduler.planning.drafts import touch_draft
from scheduler.portal import access_codes
from scheduler.publishing import outbox
from scheduler.publishing.addresses import Ways, set_contact
from scheduler.publishing.approvals import publication_preview
from scheduler.publishing.channels.gateway import Gateway
from scheduler.publishing.dispatches import hand_over
from scheduler.publishing.openings import paper_opening
from scheduler.publishing.outbox import (
    BACKOFF,
    LEASE,
    MOST_ATTEMPTS,
    OUTAGE,
    OUTAGE_PAUSE,
    deliver_due,
    remember,
)
from scheduler.publishing.releases import seal_due
from tests.factories import stored_id
from tests.gateway import SECRET, FakeGateway, running_gateway
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh, march
from tests.scheduler.publishing.edits import drop, move, visit_to

WAYS = Ways(channels=frozenset({Channel.INBOX, Channel.GATEWAY}), base_url="https://onedoor.example")
KEY = "k" * 40
KEYED = replace(WAYS, key=KEY)
LINK = re.compile(r"https://onedoor\.example/enter/([\w-]{40,})")
TYPED = re.compile(r"access code ([0-9A-Z]{5} [0-9A-Z]{5}) there")
PAPER = Ways(channels=frozenset({Channel.INBOX, Channel.PRINT}))
PAPER_KEYED = replace(PAPER, base_url="https://onedoor.example", key=KEY)


@pytest.fixture
def fake() -> Iterator[FakeGateway]:
    with running_gateway() as found:
        yield found


@pytest.fixture
def sealed(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> World:
    """Release 1 with letters to the first two enterprises."""
    with unit_of_work(sqlite_engine) as session:
        for place in (0, 1):
            firm = session.get_one(Enterprise, stored_id(proposed.enterprises[place]))
            firm.contact_phone = f"1390000000{place}"
    _publish(sqlite_engine, clock, proposed)
    deliver_due(sqlite_engine, clock, holder="inbox")
    return proposed


def _publish(engine: sa.Engine, clock: FixedClock, world: World, edit: Callable[..., object] | None = None) -> None:
    if edit is not None:
        clock.instant += timedelta(hours=1)
        with unit_of_work(engine) as session:
            edit(session)
            touch_draft(session, clock, world.coordinator, fresh(session, world.round))
    at = max(clock.now(), PUBLISH_AT)
    approve(engine, clock, world, at)
    clock.instant = at
    assert len(seal_due(engine, clock, WAYS)) == 1


def _send(engine: sa.Engine, clock: FixedClock, fake: FakeGateway, seconds: float = 5.0, holder: str = "r") -> int:
    sender = Gateway(url=fake.url, secret=SECRET, seconds=seconds)
    return deliver_due(engine, clock, holder=holder, channel=Channel.GATEWAY, sender=sender)


def _letters(engine: sa.Engine) -> list[OutboxMessage]:
    with unit_of_work(engine) as session:
        rows = session.exec(
            select(OutboxMessage).where(OutboxMessage.channel == Channel.GATEWAY).order_by(OutboxMessage.id)
        )
        return list(rows)


def _told(engine: sa.Engine, world: World, place: int) -> list[Told]:
    with reading(engine) as session:
        found = session.exec(
            select(Told).where(
                Told.channel == Channel.GATEWAY, Told.recipient_id == stored_id(world.enterprises[place])
            )
        ).all()
        session.expunge_all()
        return list(found)


def test_letters_go_to_those_with_an_address_once(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    assert (_send(sqlite_engine, clock, fake), _send(sqlite_engine, clock, fake)) == (2, 0)
    assert sorted(address for _, address, _ in fake.calls) == ["13900000000", "13900000001"]
    assert fake.bad_signatures == 0
    assert [row.proof["reference"][:4] for row in _letters(sqlite_engine)] == ["ref-", "ref-"]
    assert "安排检查" in fake.bodies[0]["text"]


def test_preview_counts_what_sealing_writes_on_every_channel(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    """N5, N8: enterprises without account and address get paper, and are named before it."""
    approve_at = PUBLISH_AT
    with reading(sqlite_engine) as session:
        preview = publication_preview(session, clock, fresh(session, proposed.round), PAPER)
    approve(sqlite_engine, clock, proposed, approve_at)
    clock.instant = approve_at
    seal_due(sqlite_engine, clock, PAPER)
    with reading(sqlite_engine) as session:
        rows = session.exec(select(OutboxMessage.recipient_kind, OutboxMessage.channel)).all()
    assert {(kind, channel): number for kind, channel, number in preview.by_channel} == {
        key: rows.count(key) for key in rows
    }
    assert rows.count((RecipientKind.ENTERPRISE, Channel.PRINT)) == len(preview.unreachable) == 3


def test_preview_says_which_papers_only_repeat_what_nobody_noted_as_handed_over(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    """Of three enterprises told on paper one was reached, and one has a visit moved: only the third is repeated."""
    approve(sqlite_engine, clock, proposed, PUBLISH_AT)
    clock.instant = PUBLISH_AT
    seal_due(sqlite_engine, clock, PAPER)
    with unit_of_work(sqlite_engine) as session:
        reached = session.exec(
            select(OutboxMessage).where(
                OutboxMessage.channel == Channel.PRINT,
                OutboxMessage.recipient_id == stored_id(proposed.enterprises[1]),
            )
        ).one()
        hand_over(session, clock, proposed.coordinator, reached, taken_by="店长", on=today(clock))
        move(session, visit_to(session, proposed, 0), march(30))
        touch_draft(session, clock, proposed.coordinator, fresh(session, proposed.round))
    with reading(sqlite_engine) as session:
        preview = publication_preview(session, clock, fresh(session, proposed.round), PAPER)
    papers = {kind: number for kind, channel, number in preview.by_channel if channel is Channel.PRINT}
    assert papers == {RecipientKind.ENTERPRISE: 2}
    assert (preview.repeated_papers, preview.current) == (1, 1)


def test_gateway_that_takes_and_breaks_off_gets_the_same_key_again(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """FT03: two raw calls, one key, one line of what was told."""
    fake.drop = True
    assert _send(sqlite_engine, clock, fake) == 0
    fake.drop = False
    assert _send(sqlite_engine, clock, fake) == 2
    assert (len(fake.keys), len(set(fake.keys))) == (4, 2)
    assert len(_told(sqlite_engine, sealed, 0)) == 1


def test_gateway_out_of_order_for_two_hours_is_asked_ever_more_rarely(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """FT04."""
    fake.status = 503
    began = clock.now()
    threads = threading.active_count()
    while clock.now() < began + timedelta(hours=2):
        assert _send(sqlite_engine, clock, fake) == 0
        first = _letters(sqlite_engine)[0]
        waits = BACKOFF[min(first.attempts, len(BACKOFF)) - 1]
        assert first.not_before - clock.now() == waits
        clock.instant = max(first.not_before, clock.now() + timedelta(microseconds=1))
    attempts = _letters(sqlite_engine)[0].attempts
    assert attempts == 26
    assert _letters(sqlite_engine)[0].last_error == "HTTP 503"
    assert threading.active_count() <= threads + 1
    fake.status = 200
    assert _send(sqlite_engine, clock, fake) == 2


def test_permanent_refusal_is_dead_at_once_and_holds_up_nobody(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """FT05."""
    fake.status = 400
    assert _send(sqlite_engine, clock, fake) == 0
    assert [(row.state, row.attempts) for row in _letters(sqlite_engine)] == [(OutboxState.DEAD, 1)] * 2
    assert _told(sqlite_engine, sealed, 0) == []
    _publish(sqlite_engine, clock, sealed, lambda session: move(session, visit_to(session, sealed, 0), march(30)))
    fake.status = 200
    assert _send(sqlite_engine, clock, fake) == 2
    # The newer notice said it all: what was dead is superseded, and the first enterprise hears the present date only.
    assert {row.state for row in _letters(sqlite_engine)} == {OutboxState.SUPERSEDED, OutboxState.SENT}
    text = next(body["text"] for body in fake.bodies if body["address"] == "13900000000" and "3月30日" in body["text"])
    assert "原定" not in text


def test_no_connection_is_held_while_the_gateway_hangs(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """FT06: while calls hang, the pool is free and others write."""
    fake.delay = 1.0
    relay = threading.Thread(target=_send, args=(sqlite_engine, clock, fake))
    relay.start()
    while len(fake.calls) < 2:
        # Both calls: a letter that is still being taken out of the outbox holds a connection rightly.
        time.sleep(0.01)
    held = sqlite_engine.pool.checkedout()
    with unit_of_work(sqlite_engine) as session:
        session.get_one(Enterprise, stored_id(sealed.enterprises[2])).contact_name = "合成联系人"
    hanging = relay.is_alive()
    relay.join()
    assert (held, hanging) == (0, True)


def test_after_three_failures_in_a_row_the_rest_waits_untried(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "SENT_AT_ONCE", 1)
    with unit_of_work(sqlite_engine) as session:
        sample = session.exec(select(OutboxMessage).where(OutboxMessage.channel == Channel.GATEWAY)).first()
        assert sample is not None
        kept = sample.model_dump(exclude={"id", "uid", "dedupe_key", "recipient_id"})
        for number in range(6):
            session.add(OutboxMessage(**kept, dedupe_key=f"more:{number}", recipient_id=9000 + number))
    fake.status = 500
    _send(sqlite_engine, clock, fake)
    rows = _letters(sqlite_engine)
    assert len(fake.calls) == OUTAGE
    assert [row.attempts for row in rows] == [1] * OUTAGE + [0] * (len(rows) - OUTAGE)
    assert {row.not_before - clock.now() for row in rows[OUTAGE:]} == {OUTAGE_PAUSE}


def test_letter_that_may_have_left_is_followed_and_not_taken_back(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """A call without a known end, then the visit is cancelled: whoever may have been told is told of that too."""
    fake.drop = True
    _send(sqlite_engine, clock, fake)
    _publish(sqlite_engine, clock, sealed, lambda session: drop(session, visit_to(session, sealed, 0)))
    fake.drop = False
    clock.instant += timedelta(minutes=10)
    while _send(sqlite_engine, clock, fake):
        """One letter a recipient at a time."""
    texts = [body["text"] for body in fake.bodies if body["address"] == "13900000000"]
    assert ["安排检查" in text for text in texts] == [True, True, False]
    assert "检查取消" in texts[-1]
    assert [row.cancelled for row in _told(sqlite_engine, sealed, 0)] == [True]


def test_letter_that_surely_never_left_is_taken_back(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """The counterpart: never told and cancelled is never mentioned (N2, N3)."""
    _publish(sqlite_engine, clock, sealed, lambda session: drop(session, visit_to(session, sealed, 0)))
    _send(sqlite_engine, clock, fake)
    assert "13900000000" not in {address for _, address, _ in fake.calls}


def test_newer_letter_waits_for_the_older_one(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    fake.drop = True
    _send(sqlite_engine, clock, fake)
    _publish(sqlite_engine, clock, sealed, lambda session: move(session, visit_to(session, sealed, 0), march(30)))
    fake.drop = False
    clock.instant += timedelta(minutes=10)
    _send(sqlite_engine, clock, fake)
    _send(sqlite_engine, clock, fake)
    mine = [body["key"] for body in fake.bodies if body["address"] == "13900000000"]
    with reading(sqlite_engine) as session:
        first, second = session.exec(select(Release.uid).order_by(Release.number)).all()
    assert [key.split(":")[1] for key in mine] == [first, first, second]


def test_letter_of_a_dead_relay_is_taken_over_and_the_zombie_notes_nothing(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    row = _letters(sqlite_engine)[0]
    with unit_of_work(sqlite_engine) as session:
        assert outbox.claim(session, clock, [(row.id or 0, 0)], holder="zombie")
    clock.instant += LEASE + timedelta(seconds=1)
    assert _send(sqlite_engine, clock, fake, holder="alive") == 2
    weather = outbox.Weather()
    sender = Gateway(url=fake.url, secret=SECRET)
    calls = len(fake.calls)
    assert not outbox.send_out(sqlite_engine, clock, row.id or 0, epoch=1, sender=sender, weather=weather)
    assert len(fake.calls) == calls


def test_new_address_hears_of_changes_only(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    """What was told in the inbox is known: the new channel does not repeat it."""
    firm = (RecipientKind.ENTERPRISE, stored_id(sealed.enterprises[2]))
    keeper: Actor = sealed.coordinator
    with unit_of_work(sqlite_engine) as session:
        set_contact(session, clock, keeper, firm, channel=Channel.GATEWAY, address="13911111111")
    _publish(sqlite_engine, clock, sealed, lambda session: move(session, visit_to(session, sealed, 0), march(30)))
    _send(sqlite_engine, clock, fake)
    assert "13911111111" not in {address for _, address, _ in fake.calls}


def test_message_without_a_known_end_dies_as_told(
    sqlite_engine: sa.Engine, clock: FixedClock, sealed: World, fake: FakeGateway
) -> None:
    with unit_of_work(sqlite_engine) as session:
        for row in session.exec(select(OutboxMessage).where(OutboxMessage.channel == Channel.GATEWAY)).all():
            row.attempts = MOST_ATTEMPTS - 1
    fake.drop = True
    _send(sqlite_engine, clock, fake)
    assert {row.state for row in _letters(sqlite_engine)} == {OutboxState.DEAD}
    assert len(_told(sqlite_engine, sealed, 0)) == 1


def _with_codes(engine: sa.Engine, clock: FixedClock, world: World, ways: Ways) -> None:
    approve(engine, clock, world, PUBLISH_AT)
    clock.instant = PUBLISH_AT
    assert len(seal_due(engine, clock, ways)) == 1


def test_letter_carries_a_code_that_opens_and_that_no_table_holds(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, fake: FakeGateway
) -> None:
    """X-04: the secret is in the letter alone; a second attempt sends the very same letter (FT03)."""
    with unit_of_work(sqlite_engine) as session:
        session.get_one(Enterprise, stored_id(proposed.enterprises[0])).contact_phone = "13900000000"
    _with_codes(sqlite_engine, clock, proposed, KEYED)
    sender = Gateway(url=fake.url, secret=SECRET, seconds=5.0)
    for breaks_off in (True, False):
        fake.drop = breaks_off
        deliver_due(sqlite_engine, clock, holder="r", channel=Channel.GATEWAY, sender=sender, ways=KEYED)
    assert len(fake.bodies) == 2
    assert fake.bodies[0]["text"] == fake.bodies[1]["text"]
    found = LINK.search(fake.bodies[0]["text"])
    typed = TYPED.search(fake.bodies[0]["text"])
    assert found is not None
    assert typed is not None
    dump = "\n".join(sqlite_engine.raw_connection().driver_connection.iterdump())  # type: ignore[union-attr]
    assert "13900000000" in dump
    assert [one for one in (found[1], typed[1], typed[1].replace(" ", "")) if one in dump] == []
    settings = Settings(secret_key=KEY)
    with unit_of_work(sqlite_engine) as session:
        opened = access_codes.sign_in_by_secret(session, clock, found[1], address="10.0.0.1", settings=settings)
        assert opened.actor.enterprise_id == stored_id(proposed.enterprises[0])
        owner = session.get_one(Enterprise, stored_id(proposed.enterprises[0])).credit_code
        again = access_codes.sign_in_by_code(
            session, clock, credit_code=owner, code=typed[1], address="10.0.0.1", settings=settings
        )
        assert again.actor.enterprise_id == opened.actor.enterprise_id


def test_code_is_issued_with_the_first_word_of_a_visit_and_not_with_a_change(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, fake: FakeGateway
) -> None:
    with unit_of_work(sqlite_engine) as session:
        session.get_one(Enterprise, stored_id(proposed.enterprises[0])).contact_phone = "13900000000"
    _with_codes(sqlite_engine, clock, proposed, KEYED)
    sender = Gateway(url=fake.url, secret=SECRET, seconds=5.0)
    deliver_due(sqlite_engine, clock, holder="r", channel=Channel.GATEWAY, sender=sender, ways=KEYED)
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, proposed, 0), march(30))
        touch_draft(session, clock, proposed.coordinator, fresh(session, proposed.round))
    clock.instant += timedelta(hours=1)
    approve(sqlite_engine, clock, proposed, clock.now())
    assert len(seal_due(sqlite_engine, clock, KEYED)) == 1
    deliver_due(sqlite_engine, clock, holder="r", channel=Channel.GATEWAY, sender=sender, ways=KEYED)
    first, second = (body["text"] for body in fake.bodies)
    assert "检查改期" in second
    assert [bool(LINK.search(text)) for text in (first, second)] == [True, False]
    with reading(sqlite_engine) as session:
        firms = session.exec(select(AccessCode.enterprise_id)).all()
    assert sorted(firms) == [stored_id(proposed.enterprises[0])]


def test_revoked_code_and_another_key_leave_the_letter_without_a_link(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    _with_codes(sqlite_engine, clock, proposed, PAPER_KEYED)
    with unit_of_work(sqlite_engine) as session:
        message = session.exec(select(OutboxMessage).where(OutboxMessage.channel == Channel.PRINT)).first()
        assert message is not None
        shown = paper_opening(session, clock, proposed.coordinator, message, PAPER_KEYED)
        assert shown is not None
        assert paper_opening(session, clock, proposed.approver, message, PAPER_KEYED) is None
        assert paper_opening(session, clock, proposed.coordinator, message, replace(PAPER_KEYED, key="z" * 40)) is None
        code = access_codes.get_code(session, proposed.coordinator, message.payload["code"])
        access_codes.revoke_code(session, clock, proposed.coordinator, code)
        assert paper_opening(session, clock, proposed.coordinator, message, PAPER_KEYED) is None


def test_enterprise_that_a_code_let_in_is_still_told_on_paper(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    """Its account has no password and nobody looks into it unasked: the next notice goes on paper too."""
    _with_codes(sqlite_engine, clock, proposed, PAPER_KEYED)
    with unit_of_work(sqlite_engine) as session:
        rows = session.exec(select(OutboxMessage).where(OutboxMessage.channel == Channel.PRINT)).all()
        for row in rows:
            shown = paper_opening(session, clock, proposed.coordinator, row, PAPER_KEYED)
            assert shown is not None
            secret = shown.link.rsplit("/", 1)[1]
            access_codes.sign_in_by_secret(
                session, clock, secret, address="10.0.0.1", settings=Settings(secret_key=KEY)
            )
            row.state = OutboxState.CLAIMED
            remember(session, clock, row)
            row.state = OutboxState.SENT
    clock.instant += timedelta(hours=1)
    with unit_of_work(sqlite_engine) as session:
        drop(session, visit_to(session, proposed, 0))
        touch_draft(session, clock, proposed.coordinator, fresh(session, proposed.round))
    approve(sqlite_engine, clock, proposed, clock.now())
    assert len(seal_due(sqlite_engine, clock, PAPER_KEYED)) == 1
    with reading(sqlite_engine) as session:
        newer = session.exec(
            select(OutboxMessage).where(
                OutboxMessage.channel == Channel.PRINT, OutboxMessage.state == OutboxState.QUEUED
            )
        ).all()
        changes = [[line["change"] for line in row.payload["changes"]] for row in newer]
    assert changes == [["cancelled"]]
