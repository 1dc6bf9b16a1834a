"""The pages of messages, addresses, jobs and releases: failed, sent again, carried by hand, rolled back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import Channel, OutboxState, RecipientKind, Role, RoundStatus, VisitStatus
from data.models import AuditEvent, Concern, Contact, Enterprise, Heartbeat, OutboxMessage, Round, Told, User, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.jobs.schedule import SCHEDULE
from tests.factories import make_organisation
from tests.web.cast import Cast
from tests.web.conftest import As

LETTER = {"to": "甲公司", "subject": "通知", "text": "第一行\n<b>第二行</b>"}


@pytest.fixture
def change(web_engine: sa.Engine) -> Callable[..., str]:
    """Make a message of an enterprise what a test needs; returns its uid."""

    def made(**values: object) -> str:
        with unit_of_work(web_engine) as session:
            row = session.exec(
                select(OutboxMessage)
                .where(OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE)
                .order_by(OutboxMessage.id)
            ).first()
            assert row is not None
            for name, value in values.items():
                setattr(row, name, value)
            row.payload = {**row.payload, "letter": LETTER}
            session.add(row)
            return row.uid

    return made


def _row(engine: sa.Engine, uid: str) -> OutboxMessage:
    with unit_of_work(engine) as session:
        return session.exec(select(OutboxMessage).where(OutboxMessage.uid == uid)).one()


def test_filters_leave_only_what_was_asked_for(browse_as: As, change: Callable[..., str]) -> None:
    uid = change(state=OutboxState.DEAD, last_error="550 no such mailbox")
    browser = browse_as(Role.SUPERVISOR)
    dead = browser.get("/outbox?state=dead").text
    assert f"/outbox/{uid}" in dead
    assert "550 no such mailbox" in dead
    assert f"/outbox/{uid}" not in browser.get("/outbox?state=expired").text
    assert browser.get("/outbox?state=nonsense&channel=%00&release=x&page=99999999").status_code == 200


def test_failed_message_is_tried_again_with_a_reason(
    browse_as: As, web_engine: sa.Engine, change: Callable[..., str]
) -> None:
    uid = change(state=OutboxState.DEAD, attempts=48)
    browser = browse_as(Role.COORDINATOR)
    assert browser.post(f"/outbox/{uid}/retry", {"reason": " "}).status_code == 422
    assert _row(web_engine, uid).state is OutboxState.DEAD
    answer = browser.post(f"/outbox/{uid}/retry", {"reason": "邮箱已恢复"})
    assert (answer.status_code, answer.location) == (303, f"/outbox/{uid}")
    row = _row(web_engine, uid)
    assert (row.state, row.attempts) == (OutboxState.QUEUED, 0)
    assert browser.post(f"/outbox/{uid}/retry", {"reason": "再来"}).status_code == 409
    with reading(web_engine) as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "outbox.retry")).one()
        assert event.reason == "邮箱已恢复"


def test_message_is_sent_once_more_under_a_key_of_its_own(
    browse_as: As, web_engine: sa.Engine, change: Callable[..., str]
) -> None:
    uid = change()
    browser = browse_as(Role.COORDINATOR)
    answer = browser.post(f"/outbox/{uid}/resend", {"reason": "对方说没收到"})
    copy = _row(web_engine, answer.location.rsplit("/", 1)[1])
    first = _row(web_engine, uid)
    assert (copy.dedupe_key, copy.payload) == (f"{first.dedupe_key}#1", first.payload)
    # There is a newer message now: the first may not follow it.
    assert browser.post(f"/outbox/{uid}/resend", {"reason": "再发"}).status_code == 409


def test_paper_is_noted_with_name_and_day_and_counts_as_told(
    browse_as: As, web_engine: sa.Engine, change: Callable[..., str]
) -> None:
    uid = change(channel=Channel.PRINT, state=OutboxState.QUEUED, sent_at=None)
    browser = browse_as(Role.COORDINATOR)
    page = browser.get(f"/outbox/{uid}").text
    assert "第一行\n&lt;b&gt;第二行&lt;/b&gt;" in page
    assert browser.post(f"/outbox/{uid}/hand-over", {"taken_by": "", "on": "2026-02-27"}).status_code == 422
    assert browser.post(f"/outbox/{uid}/hand-over", {"taken_by": "张三", "on": "2026-02-28"}).status_code == 422
    assert browser.post(f"/outbox/{uid}/hand-over", {"taken_by": "张三", "on": "2026-02-27"}).status_code == 303
    row = _row(web_engine, uid)
    assert (row.state, row.proof["taken_by"], row.proof["on"]) == (OutboxState.SENT, "张三", "2026-02-27")
    with reading(web_engine) as session:
        assert session.exec(select(Told).where(Told.channel == Channel.PRINT)).all() != []
    assert browser.post(f"/outbox/{uid}/hand-over", {"taken_by": "李四", "on": "2026-02-27"}).status_code == 409


def test_address_is_kept_masked_and_taken_away(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    browser, path = browse_as(Role.COORDINATOR), f"/contacts/enterprise/{cast.uids['enterprise']}"
    assert browser.post(path, {"channel": "email", "address": "nobody"}).status_code == 422
    assert browser.post(path, {"channel": "inbox", "address": "x@example.org"}).status_code == 422
    assert browser.post(path, {"channel": "email", "address": "wangxiaoming@example.org"}).status_code == 303
    page = browser.get(path).text
    assert "wa***ng@example.org" in page
    assert "wangxiaoming" not in page
    browser.post(path, {"channel": "email", "address": ""})
    with reading(web_engine) as session:
        assert [row.active for row in session.exec(select(Contact))] == [False]
        told = session.exec(select(AuditEvent).where(AuditEvent.action == "contact.set")).all()
        assert "wangxiaoming" not in str([(event.before, event.after) for event in told])


@pytest.mark.parametrize("path", ["/contacts/planet/x", "/contacts/officer/" + "0" * 32, "/outbox/" + "0" * 32])
def test_what_does_not_exist_is_not_found(browse_as: As, path: str) -> None:
    assert browse_as(Role.COORDINATOR).get(path).status_code == 404


def _beat(engine: sa.Engine, clock: FixedClock, **late: float) -> None:
    with unit_of_work(engine) as session:
        for entry in SCHEDULE:
            at = clock.now() - timedelta(seconds=late.get(entry.name, 0))
            row = session.get(Heartbeat, entry.name) or Heartbeat(name=entry.name, at=at)
            row.at, row.ticks = at, 7
            session.add(row)


def test_health_and_banner_tell_of_a_silent_job(
    app: Flask, browse_as: As, web_engine: sa.Engine, clock: FixedClock
) -> None:
    """FT11: red after three ticks, and those who can do something are told on every page."""
    _beat(web_engine, clock)
    browser = browse_as(Role.COORDINATOR)
    assert (browser.get("/healthz").status_code, "/jobs" in browser.get("/rounds").text) == (200, True)
    assert "到时间发布" not in browser.get("/rounds").text
    _beat(web_engine, clock, publish=21)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["ticker"]) == (503, "silent")
    assert "到时间发布" in browser.get("/rounds").text
    assert "没有动静" in browser.get("/jobs").text
    assert "到时间发布" not in browse_as(Role.CLERK).get("/rounds").text


def test_job_that_fails_three_times_in_a_row_is_told(browse_as: As, web_engine: sa.Engine, clock: FixedClock) -> None:
    _beat(web_engine, clock)
    with unit_of_work(web_engine) as session:
        row = session.get_one(Heartbeat, "outbox")
        row.in_a_row, row.last_error, row.last_error_at = 3, "OSError: disk full", clock.now()
    browser = browse_as(Role.ADMINISTRATOR)
    assert "OSError: disk full" in browser.get("/jobs").text
    assert "投递站内消息" in browser.get("/rounds").text


def test_metrics_are_for_this_machine_and_administrators(app: Flask, browse_as: As, web_engine: sa.Engine) -> None:
    answer = app.test_client().get("/metrics")
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    assert '\nonedoor_outbox_messages{channel="inbox",state="sent"} ' in answer.text
    assert "\nonedoor_releases_total 1\n" in answer.text
    away = {"REMOTE_ADDR": "192.0.2.7"}
    assert app.test_client().get("/metrics", environ_overrides=away).status_code == 404
    assert app.test_client().get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    assert browse_as(Role.CLERK).get("/metrics", environ_overrides=away).status_code == 404
    assert browse_as(Role.ADMINISTRATOR).get("/metrics", environ_overrides=away).status_code == 200


def test_concern_stands_on_the_desk_and_on_its_page(
    browse_as: As, web_engine: sa.Engine, cast: Cast, clock: FixedClock
) -> None:
    with unit_of_work(web_engine) as session:
        visit = session.exec(select(Visit).where(Visit.uid == cast.uids["visit"])).one()
        session.add(
            Concern(
                key="k", kind="credit_class", round_id=visit.round_id, visit_uid=visit.uid, opened_at=clock.now(),
                details={"site": "甲店", "day": "2026-03-02", "before": "B", "after": "D"},
            )
        )  # fmt: skip
    browser = browse_as(Role.COORDINATOR)
    assert "/outbox/concerns" in browser.get("/").text
    assert "B → D" in browser.get("/outbox/concerns").text


def test_release_is_restored_through_its_page_and_waits_for_approval(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    browser = browse_as(Role.COORDINATOR)
    assert "/releases/1/restore" in browser.get("/releases/1").text
    assert browser.post("/releases/1/restore", {"reason": ""}).status_code == 422
    answer = browser.post("/releases/1/restore", {"reason": "发错了"})
    assert (answer.status_code, answer.location) == (303, f"/rounds/{cast.uids['round']}")
    with reading(web_engine) as session:
        round_ = session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()
        assert round_.status is RoundStatus.PROPOSED


def test_enterprise_mail_and_phone_never_stand_on_a_page_of_the_outbox(
    browse_as: As, web_engine: sa.Engine, change: Callable[..., str]
) -> None:
    uid = change(channel=Channel.GATEWAY, address="13912345678")
    with reading(web_engine) as session:
        assert session.exec(select(Enterprise.id)).first()
    browser = browse_as(Role.COORDINATOR)
    for path in ("/outbox", f"/outbox/{uid}"):
        text = browser.get(path).text
        assert "13***78" in text
        assert "13912345678" not in text


def test_clerk_notes_the_paper_notice_of_an_own_visit_and_of_no_other(
    browse_as: As, web_engine: sa.Engine, cast: Cast, change: Callable[..., str]
) -> None:
    """The proof stands in the outbox; a visit without a part of the clerk's department has no such form."""
    uid, visit = change(channel=Channel.PRINT, state=OutboxState.QUEUED, sent_at=None), cast.uids["visit"]
    typed = {"taken_by": "张三", "on": "2026-02-27"}
    clerk = browse_as(Role.CLERK)
    assert "登记送达" in clerk.get(f"/visits/{visit}").text
    assert "登记送达" not in browse_as(Role.HEAD).get(f"/visits/{visit}").text
    assert clerk.post(f"/visits/{visit}/hand-over", {**typed, "on": "2026-02-28"}).status_code == 422
    early = clerk.post(f"/visits/{visit}/hand-over", {**typed, "on": "2026-01-01"})
    assert early.status_code == 422
    assert "张三" in early.text
    answer = clerk.post(f"/visits/{visit}/hand-over", typed)
    assert (answer.status_code, answer.location) == (303, f"/visits/{visit}")
    row = _row(web_engine, uid)
    assert (row.state, row.proof["taken_by"], row.proof["on"]) == (OutboxState.SENT, "张三", "2026-02-27")
    assert "张三" in clerk.get(f"/visits/{visit}").text
    assert "张三" in browse_as(Role.COORDINATOR).get(f"/outbox/{uid}").text
    assert clerk.post(f"/visits/{visit}/hand-over", typed).status_code == 404


def test_approver_is_told_which_papers_are_only_repeated_and_where_they_wait(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    path = f"/rounds/{cast.uids['round']}/approve"
    with unit_of_work(web_engine) as session:
        session.exec(select(Round).where(Round.uid == cast.uids["round"])).one().status = RoundStatus.PROPOSED
    approver = browse_as(Role.APPROVER)
    assert "data-repeated" not in approver.get(path).text
    with unit_of_work(web_engine) as session:
        firms = select(OutboxMessage).where(OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE)
        for row in session.exec(firms):
            row.channel, row.state, row.sent_at = Channel.PRINT, OutboxState.QUEUED, None
    page = approver.get(path).text
    assert 'data-repeated="2"' in page
    assert "/outbox?channel=print&amp;state=queued&amp;release=1" in page
    approver.post("/language", {"language": "en", "next": "/"})
    assert "2 of the notices on paper say nothing new" in approver.get(path).text


def test_visit_that_the_draft_has_lost_has_a_page_as_long_as_its_paper_waits(
    browse_as: As, web_engine: sa.Engine, cast: Cast, change: Callable[..., str]
) -> None:
    visit, typed = cast.uids["visit"], {"taken_by": "张三", "on": "2026-02-27"}
    with unit_of_work(web_engine) as session:
        row = session.exec(select(Visit).where(Visit.uid == visit)).one()
        row.status = VisitStatus.CANCELLED
    clerk = browse_as(Role.CLERK)
    assert clerk.get(f"/visits/{visit}").status_code == 404
    change(channel=Channel.PRINT, state=OutboxState.QUEUED, sent_at=None)
    page = clerk.get(f"/visits/{visit}").text
    assert "草案里已取消" in page
    assert "登记送达" in page
    assert browse_as(Role.HEAD).get(f"/visits/{visit}").status_code == 404
    early = clerk.post(f"/visits/{visit}/hand-over", {**typed, "on": "2026-01-01"})
    assert (early.status_code, "张三" in early.text) == (422, True)
    answer = clerk.post(f"/visits/{visit}/hand-over", typed)
    assert (answer.status_code, answer.location) == (303, f"/visits/{visit}")
    assert "张三" in clerk.get(f"/visits/{visit}").text


def test_clerk_of_another_department_hands_nothing_over(
    browse_as: As, web_engine: sa.Engine, cast: Cast, change: Callable[..., str]
) -> None:
    uid, visit = change(channel=Channel.PRINT, state=OutboxState.QUEUED, sent_at=None), cast.uids["visit"]
    with unit_of_work(web_engine) as session:
        other = make_organisation(session)
        clerk = session.exec(select(User).where(User.username == cast.users[Role.CLERK])).one()
        clerk.organisation_id = other.id
    typed = {"taken_by": "张三", "on": "2026-02-27"}
    assert browse_as(Role.CLERK).post(f"/visits/{visit}/hand-over", typed).status_code == 404
    assert _row(web_engine, uid).state is OutboxState.QUEUED
