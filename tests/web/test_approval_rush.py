"""FT20: twenty approvals at once, by a double click and by two approvers: one approval, one release."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import ApprovalStatus, Role, RoundStatus
from data.models import Approval, Release, User
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.board import draft_hash
from scheduler.publishing import approvals
from scheduler.publishing.releases import seal_due
from tests.factories import NOW, make_user
from tests.scheduler.planning.worlds import PUBLISH_AT, World, fresh, make_world, solve
from tests.web.conftest import SETTINGS, Browser, sign_in_token
from web import create_app

CLICKS = 20
PATIENCE = 60


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def proposed(engine: sa.Engine, clock: FixedClock) -> tuple[World, list[str]]:
    """A draft that waits for approval, and the user names of two approvers."""
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2)
        first = session.get_one(User, world.approver.user_id).username
        second = make_user(session, Role.APPROVER).username
    solve(engine, clock, world)
    return world, [first, second]


@pytest.fixture
def wide(engine: sa.Engine) -> Iterator[sa.Engine]:
    """Two connections for each click, one of the view and one of the frame around it.

    A web process has fewer threads than connections; twenty clicks stand for several of them.
    """
    made = make_engine(engine.url.render_as_string(hide_password=False), pool_size=2 * CLICKS)
    yield made
    made.dispose()


def _open(app: Flask, secret: str, path: str) -> tuple[str, dict[str, str]]:
    """The form token of the page and the cookies of the browser that has it open."""
    browser = Browser(app.test_client())
    browser.client.set_cookie("onedoor", secret)
    token = browser.form_token(path)
    held = browser.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert held is not None
    return token, {"onedoor": secret, held.key: held.value}


def rush(app: Flask, engine: sa.Engine, clock: FixedClock, world: World, names: list[str]) -> Counter[int]:
    """Every approver clicks ten times at the same moment; {status code: answers}."""
    path = f"/rounds/{world.round.uid}/approve"
    with reading(engine) as session:
        hash_ = draft_hash(session, fresh(session, world.round))
    opened = [_open(app, sign_in_token(engine, clock, name), path) for name in names]
    barrier = threading.Barrier(CLICKS, timeout=PATIENCE)

    def click(number: int) -> int:
        token, cookies = opened[number % len(opened)]
        client = app.test_client()
        for name, value in cookies.items():
            client.set_cookie(name, value)
        data = {"csrf_token": token, "draft_hash": hash_, "publish_at": "2026-02-26T09:00", "comment": "同意"}
        barrier.wait()
        return client.post(path, data=data).status_code

    with ThreadPoolExecutor(CLICKS) as pool:
        return Counter(pool.map(click, range(CLICKS)))


def test_twenty_approvals_at_once_make_one_approval_and_one_release(
    engine: sa.Engine, wide: sa.Engine, clock: FixedClock
) -> None:
    world, names = proposed(engine, clock)
    app = create_app(SETTINGS, wide, clock)

    answers = rush(app, engine, clock, world, names)

    assert answers == {303: 1, 409: CLICKS - 1}
    clock.instant = PUBLISH_AT
    with ThreadPoolExecutor(4) as pool:
        sealed = [number for found in pool.map(lambda _: seal_due(engine, clock), range(4)) for number in found]
    assert sealed == [1]
    with reading(engine) as session:
        assert session.exec(select(Approval.status)).all() == [ApprovalStatus.PUBLISHED]
        assert len(session.exec(select(Release)).all()) == 1


def test_control_without_the_step_of_the_round_every_click_would_count(
    sqlite_engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, names = proposed(sqlite_engine, clock)
    app = create_app(SETTINGS, sqlite_engine, clock)
    monkeypatch.setattr(approvals, "step", lambda *_, **__: RoundStatus.APPROVED)

    answers = rush(app, sqlite_engine, clock, world, names)

    assert answers == {303: CLICKS}
    with reading(sqlite_engine) as session:
        assert len(session.exec(select(Approval)).all()) == CLICKS
