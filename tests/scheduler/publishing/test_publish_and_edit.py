"""FT19: publishing while somebody edits. What is released is what was approved, or nothing is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ApprovalStatus, RoundStatus
from data.models import Approval, Release
from data.session import reading, unit_of_work
from scheduler.audit import queue_up
from scheduler.clock import FixedClock
from scheduler.errors import StaleError
from scheduler.planning.board import draft_hash
from scheduler.planning.drafts import touch_draft
from scheduler.publishing import releases
from scheduler.publishing.bodies import content_hash
from scheduler.publishing.releases import broken_releases, seal_due
from scheduler.publishing.sealing import prepare_visits
from tests.factories import NOW
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh, make_world, march, solve
from tests.scheduler.publishing.edits import move, visit_to

PATIENCE = 60
ATTEMPTS = 3
Edit = Callable[[sa.Engine, FixedClock, World], None]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def approved(engine: sa.Engine, clock: FixedClock) -> tuple[World, str]:
    """A round whose time to be published has come, and the hash of what was approved."""
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2)
    solve(engine, clock, world)
    approve(engine, clock, world)
    clock.instant = PUBLISH_AT
    with reading(engine) as session:
        visits = prepare_visits(session, fresh(session, world.round), 1)
        return world, content_hash([visit.document for visit in visits])


def edit(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    """Move a visit as every edit does it; who learns that somebody was faster (409) looks again and repeats it."""
    for _ in range(ATTEMPTS):
        with suppress(StaleError), unit_of_work(engine) as session:
            queue_up(session)
            round_ = fresh(session, world.round)
            move(session, visit_to(session, world, 0), march(30))
            touch_draft(session, clock, world.coordinator, round_)
            return


def edit_behind_the_back(engine: sa.Engine, _clock: FixedClock, world: World) -> None:
    """Move a visit without saying so: what no part of the service does."""
    with unit_of_work(engine) as session:
        move(session, visit_to(session, world, 0), march(30))


def outcome(engine: sa.Engine, world: World) -> tuple[str | None, ApprovalStatus, RoundStatus]:
    with reading(engine) as session:
        release = session.exec(select(Release)).first()
        assert broken_releases(session) == []
        status = session.exec(select(Approval.status)).one()
        return release.content_hash if release else None, status, fresh(session, world.round).status


@pytest.mark.parametrize("attempt", range(3))
def test_publishing_and_editing_at_once_release_what_was_approved_or_nothing(
    engine: sa.Engine, clock: FixedClock, attempt: int
) -> None:
    world, expected = approved(engine, clock)
    barrier = threading.Barrier(2, timeout=PATIENCE)

    def publish() -> None:
        barrier.wait()
        seal_due(engine, clock)

    def change() -> None:
        barrier.wait()
        edit(engine, clock, world)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(publish), pool.submit(change)]:
            done.result(timeout=PATIENCE)

    # Either way the edit is in the draft afterwards, and it waits for an approval of its own.
    assert outcome(engine, world) in {
        (expected, ApprovalStatus.PUBLISHED, RoundStatus.PROPOSED),
        (None, ApprovalStatus.VOIDED, RoundStatus.PROPOSED),
    }, attempt


def between_check_and_sealing(
    engine: sa.Engine, clock: FixedClock, world: World, change: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let somebody edit after the draft was judged and before its visits are read for the release."""
    real, started = releases._reasons_against, threading.Event()
    threads: list[threading.Thread] = []

    def judged(session: Session, *rest: Any) -> list[list[str]]:
        reasons = real(session, *rest)

        def run() -> None:
            started.set()
            change(engine, clock, world)

        threads.append(threading.Thread(target=run))
        threads[0].start()
        started.wait(PATIENCE)
        threads[0].join(0.5)
        return reasons

    monkeypatch.setattr(releases, "_reasons_against", judged)
    seal_due(engine, clock)
    threads[0].join(PATIENCE)
    assert not threads[0].is_alive()


def test_edit_between_check_and_sealing_waits(
    engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, expected = approved(engine, clock)

    between_check_and_sealing(engine, clock, world, edit, monkeypatch)

    assert outcome(engine, world) == (expected, ApprovalStatus.PUBLISHED, RoundStatus.PROPOSED)


@pytest.mark.postgres
def test_edit_that_does_not_void_approvals_is_not_released_either(
    postgres_engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where writers do not wait for each other: what was judged is what is written, because it is read once."""
    world, expected = approved(postgres_engine, clock)

    between_check_and_sealing(postgres_engine, clock, world, edit_behind_the_back, monkeypatch)

    released, status, _ = outcome(postgres_engine, world)
    assert (released, status) == (expected, ApprovalStatus.PUBLISHED)


def test_edit_behind_the_back_before_publication_is_blocked(engine: sa.Engine, clock: FixedClock) -> None:
    world, _ = approved(engine, clock)
    edit_behind_the_back(engine, clock, world)

    assert seal_due(engine, clock) == []

    assert outcome(engine, world) == (None, ApprovalStatus.BLOCKED, RoundStatus.PROPOSED)


def test_control_without_the_comparison_of_hashes_it_would_be_released(
    engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, expected = approved(engine, clock)
    edit_behind_the_back(engine, clock, world)
    monkeypatch.setattr(releases, "_reasons_against", lambda *_: [])

    assert seal_due(engine, clock) == [1]

    assert outcome(engine, world)[0] != expected
    with reading(engine) as session:
        approval = session.exec(select(Approval)).one()
        assert approval.draft_hash != draft_hash(session, fresh(session, world.round))
