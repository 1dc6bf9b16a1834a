"""Sealing: once, whole, late when it is late, never against a rule."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session, func, select

from data.enums import ApprovalStatus, OutboxState, PlanStatus, RecipientKind, Role, RoundStatus, VisitStatus
from data.models import Approval, AuditEvent, OutboxMessage, Plan, Release, ReleaseVisit, Visit
from data.session import reading, unit_of_work
from scheduler import audit
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError
from scheduler.planning.drafts import touch_draft
from scheduler.publishing import releases
from scheduler.publishing.addresses import Ways
from scheduler.publishing.approvals import publication_preview
from scheduler.publishing.release_views import round_names
from scheduler.publishing.releases import broken_releases, get_release, list_releases, release_view, seal_due
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import PUBLISH_AT, World, approve, fresh, make_world, march, publish, solve
from tests.scheduler.publishing.databases import ON_BOTH
from tests.scheduler.publishing.edits import drop, move, reword_item, unchanged, visit_to


def _count(engine: sa.Engine, table: type) -> int:
    with reading(engine) as session:
        return session.exec(select(func.count()).select_from(table)).one()


@ON_BOTH
def test_sealing_advances_everything_in_one_go(database: sa.Engine, published: World) -> None:
    with reading(database) as session:
        release = session.exec(select(Release)).one()
        assert (release.number, release.parent_number, release.late_seconds) == (1, None, 0)
        assert session.exec(select(Approval.status)).one() is ApprovalStatus.PUBLISHED
        assert fresh(session, published.round).status is RoundStatus.PUBLISHED
        assert {visit.status for visit in session.exec(select(Visit))} == {VisitStatus.PUBLISHED}
        assert {plan.status for plan in session.exec(select(Plan))} == {PlanStatus.SCHEDULED}
        assert session.exec(select(func.count()).select_from(ReleaseVisit)).one() == 4
        assert (release.figures["visits_without"], release.figures["visits_with"]) == (7, 4)
        assert audit.verify(session).first_bad is None


def test_nothing_is_sealed_before_its_time(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    approve(sqlite_engine, clock, proposed)
    clock.instant = PUBLISH_AT - timedelta(seconds=1)
    assert seal_due(sqlite_engine, clock) == []
    clock.instant = PUBLISH_AT
    assert seal_due(sqlite_engine, clock) == [1]
    assert seal_due(sqlite_engine, clock) == []


@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(hours=2), timedelta(days=3)], ids=str)
def test_down_over_the_publish_time_seals_once_and_says_how_late(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, late: timedelta
) -> None:
    approve(sqlite_engine, clock, proposed)
    clock.instant = PUBLISH_AT + late
    assert seal_due(sqlite_engine, clock) == [1]
    clock.instant += timedelta(minutes=5)
    assert seal_due(sqlite_engine, clock) == []
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.late_seconds)).one() == late.total_seconds()


def test_two_tickers_at_once_make_one_release(engine: sa.Engine) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2)
    solve(engine, clock, world)
    approve(engine, clock, world)
    clock.instant = PUBLISH_AT
    barrier, sealed = threading.Barrier(4), []

    def tick() -> None:
        barrier.wait()
        sealed.extend(seal_due(engine, clock))

    _run_threads(tick, 4)
    assert sealed == [1]
    assert _count(engine, Release) == 1
    with reading(engine) as session:
        keys = session.exec(select(OutboxMessage.dedupe_key)).all()
        assert len(keys) == len(set(keys))


def test_without_the_swap_the_second_ticker_would_seal_again(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: with the guard off, the same approval is sealed twice, and only the table's own key says no."""
    approve(sqlite_engine, clock, proposed)
    clock.instant = PUBLISH_AT
    monkeypatch.setattr(releases, "_take", lambda *_: True)
    with unit_of_work(sqlite_engine) as session:
        first = session.exec(select(Approval)).one()
        assert releases.seal_approval(session, clock, first) is not None
    with pytest.raises(IntegrityError), unit_of_work(sqlite_engine) as session:
        releases.seal_approval(session, clock, session.exec(select(Approval)).one())
    assert _count(sqlite_engine, Release) == 1


def test_numbers_have_no_gaps_when_many_rounds_are_sealed_at_once(engine: sa.Engine) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        worlds = [make_world(session, sites=1, organisations=1, officers=3) for _ in range(4)]
    for world in worlds:
        solve(engine, clock, world)
        approve(engine, clock, world)
    clock.instant = PUBLISH_AT
    barrier = threading.Barrier(3)

    def tick() -> None:
        barrier.wait()
        for _ in range(3):
            seal_due(engine, clock)

    _run_threads(tick, 3)
    with reading(engine) as session:
        found = session.exec(select(Release).order_by(Release.number)).all()
        assert [release.number for release in found] == [1, 2, 3, 4]
        assert [release.parent_number for release in found] == [None, 1, 2, 3]
        assert broken_releases(session) == []
        assert audit.verify(session).first_bad is None


@ON_BOTH
@pytest.mark.parametrize(
    "victim", ["_write_release", "supersede_unsent", "plan_notices", "write_release_notices", "_advance", "_record"]
)
def test_a_failure_at_any_point_leaves_no_trace(
    database: sa.Engine, clock: FixedClock, proposed: World, monkeypatch: pytest.MonkeyPatch, victim: str
) -> None:
    approve(database, clock, proposed)
    clock.instant = PUBLISH_AT
    real = getattr(releases, victim)

    def fails_afterwards(*args: object, **kwargs: object) -> object:
        real(*args, **kwargs)
        raise RuntimeError(victim)

    with monkeypatch.context() as broken:
        broken.setattr(releases, victim, fails_afterwards)
        with pytest.raises(ExceptionGroup):
            seal_due(database, clock)
    assert [_count(database, table) for table in (Release, ReleaseVisit, OutboxMessage)] == [0, 0, 0]
    assert seal_due(database, clock) == [1]


def test_one_approval_that_fails_does_not_stop_the_others(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(sqlite_engine) as session:
        other = make_world(session, sites=1)
    solve(sqlite_engine, clock, other)
    approve(sqlite_engine, clock, proposed)
    approve(sqlite_engine, clock, other)
    clock.instant = PUBLISH_AT
    real = releases.seal_approval

    def fails_for_the_first(
        session: Session, at: FixedClock, approval: Approval, ways: Ways, **rest: Any
    ) -> Release | None:
        if approval.round_id == proposed.round.id:
            raise RuntimeError
        return real(session, at, approval, ways, **rest)

    monkeypatch.setattr(releases, "seal_approval", fails_for_the_first)
    with pytest.raises(ExceptionGroup):
        seal_due(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        assert session.exec(select(Release.round_id)).all() == [other.round.id]


def test_draft_that_breaks_a_rule_by_now_is_blocked_with_reasons(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    approve(sqlite_engine, clock, proposed)
    with unit_of_work(sqlite_engine) as session:
        for officer in proposed.officers:
            fresh(session, officer).certificate_until = march(1)
    clock.instant = PUBLISH_AT
    assert seal_due(sqlite_engine, clock) == []
    with reading(sqlite_engine) as session:
        approval = session.exec(select(Approval)).one()
        assert approval.status is ApprovalStatus.BLOCKED
        assert approval.blocked_by
        assert fresh(session, proposed.round).status is RoundStatus.PROPOSED
    assert [_count(sqlite_engine, table) for table in (Release, OutboxMessage)] == [0, 0]


@ON_BOTH
def test_draft_changed_behind_the_back_is_blocked(database: sa.Engine, clock: FixedClock, proposed: World) -> None:
    approve(database, clock, proposed)
    with unit_of_work(database) as session:
        move(session, visit_to(session, proposed, 0), march(30))
    clock.instant = PUBLISH_AT
    assert seal_due(database, clock) == []
    with reading(database) as session:
        assert session.exec(select(Approval)).one().blocked_by[0][0] == "draft_changed"


def test_edit_after_approval_voids_it_and_nothing_is_sealed(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    approve(sqlite_engine, clock, proposed)
    with unit_of_work(sqlite_engine) as session:
        touch_draft(session, clock, proposed.coordinator, fresh(session, proposed.round))
    clock.instant = PUBLISH_AT
    assert seal_due(sqlite_engine, clock) == []
    with reading(sqlite_engine) as session:
        assert session.exec(select(Approval.status)).one() is ApprovalStatus.VOIDED


def test_edit_after_publication_opens_the_round_for_another_approval(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        touch_draft(session, clock, published.coordinator, fresh(session, published.round))
    with reading(sqlite_engine) as session:
        assert fresh(session, published.round).status is RoundStatus.PROPOSED
        assert session.exec(select(Approval.status)).one() is ApprovalStatus.PUBLISHED


def test_content_hash_is_that_of_the_sorted_bodies(sqlite_engine: sa.Engine, published: World) -> None:
    """Recomputed here from the table alone, by the rule and not by the code."""
    with reading(sqlite_engine) as session:
        bodies = session.exec(select(ReleaseVisit.body).order_by(ReleaseVisit.visit_uid)).all()
        recorded = session.exec(select(Release.content_hash)).one()
    assert hashlib.sha256(("[" + ",".join(bodies) + "]").encode()).hexdigest() == recorded


@ON_BOTH
def test_audit_links_a_release_to_its_parent(database: sa.Engine, republish: Callable[..., int]) -> None:
    republish(unchanged)
    with reading(database) as session:
        hashes = session.exec(select(Release.content_hash).order_by(Release.number)).all()
        links = session.exec(select(AuditEvent.after).where(AuditEvent.action == "release.seal")).all()
    assert [(link["content_hash"], link["parent_hash"]) for link in links] == [
        (hashes[0], ""),
        (hashes[1], hashes[0]),
    ]


@pytest.mark.parametrize("statement", ["UPDATE releasevisit SET hidden = NOT hidden", "DELETE FROM release"])
def test_sealed_rows_refuse_changes(engine: sa.Engine, statement: str) -> None:
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=1)
    solve(engine, clock, world)
    publish(engine, clock, world)
    with pytest.raises(DatabaseError), engine.begin() as connection:
        connection.exec_driver_sql(statement)


@ON_BOTH
def test_preview_counts_the_outbox_rows_that_sealing_writes(
    database: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(database) as session:
        make_actor(session, Role.ENTERPRISE, enterprise_id=proposed.enterprises[0].id)
    with reading(database) as session:
        preview = publication_preview(session, clock, fresh(session, proposed.round))
    publish(database, clock, proposed)
    with reading(database) as session:
        rows = session.exec(select(OutboxMessage.recipient_kind)).all()
    assert dict(preview.notices) == {kind: rows.count(kind) for kind in RecipientKind}
    assert len(preview.differences) == 4
    assert preview.unreachable == tuple(sorted(owner.name for owner in proposed.enterprises[1:]))


@ON_BOTH
def test_sequence_rises_only_when_the_public_part_changes(
    database: sa.Engine, published: World, republish: Callable[..., int]
) -> None:
    def one_of_each(session: Session) -> None:
        move(session, visit_to(session, published, 0), march(30))
        drop(session, visit_to(session, published, 1))

    assert republish(one_of_each) == 2
    assert republish(unchanged) == 3
    with reading(database) as session:
        history = _history(session)
        moved, dropped, same = (visit_to(session, published, place).uid for place in range(3))
    assert history[moved] == [(0, 1, False), (1, 2, False), (1, 2, False)]
    assert history[dropped] == [(0, 1, False), (1, 2, True), (1, 2, True)]
    assert history[same] == [(0, 1, False), (0, 1, False), (0, 1, False)]


def test_visit_that_is_unchanged_keeps_its_bytes_though_others_took_place(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int]
) -> None:
    """The frequency in a body is that of its time: a visit elsewhere must not change this one."""
    with unit_of_work(sqlite_engine) as session:
        uid = visit_to(session, published, 2).uid
        record = "INSERT INTO inspectionrecord (visit_uid, site_id, organisation_id, day, problem_found, synthetic)"
        names = {"site": published.sites[2].id, "body": published.organisations[0].id}
        session.execute(sa.text(f"{record} VALUES ('past', :site, :body, '2026-01-15', 0, 0)"), names)
    republish(unchanged)
    with reading(sqlite_engine) as session:
        bodies = session.exec(select(ReleaseVisit.body).where(ReleaseVisit.visit_uid == uid)).all()
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_reworded_item_changes_every_visit_of_its_department(
    sqlite_engine: sa.Engine, published: World, republish: Callable[..., int]
) -> None:
    republish(lambda session: reword_item(session, published))
    with reading(sqlite_engine) as session:
        view = release_view(session, published.coordinator, get_release(session, published.coordinator, 2))
    assert [difference.change for difference in view.differences] == ["changed"] * 3


def test_bodies_keep_the_names_of_their_time(sqlite_engine: sa.Engine, published: World) -> None:
    name = published.enterprises[0].name
    with unit_of_work(sqlite_engine) as session:
        fresh(session, published.enterprises[0]).name = "改名后的企业"
    with reading(sqlite_engine) as session:
        view = release_view(session, published.coordinator, get_release(session, published.coordinator, 1))
    assert name in {visit.enterprise for visit in view.visits}


def test_view_shows_each_reader_what_is_theirs(sqlite_engine: sa.Engine, published: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        clerk = make_actor(session, Role.CLERK, organisation_id=stored_id(published.organisations[0]))
        team = make_actor(session, Role.CLERK, organisation_id=stored_id(published.organisations[2]))
        firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(published.enterprises[0]))
        release = get_release(session, clerk, 1)
        assert [len(release_view(session, who, release).visits) for who in (published.approver, clerk, team)] == [
            4,
            3,
            1,
        ]
        assert release_view(session, clerk, release).notices == ()
        assert dict(release_view(session, published.approver, release).notices)[OutboxState.QUEUED] > 0
        assert list_releases(session, firm) == []
        name = release_view(session, clerk, release).round_name
        assert round_names(session, list_releases(session, clerk)) == {release.round_id: name}
        with pytest.raises(NotFoundError):
            get_release(session, firm, 1)
        with pytest.raises(NotFoundError):
            get_release(session, clerk, 99)


def test_officer_views_only_own_visits(sqlite_engine: sa.Engine, published: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        body = json.loads(session.exec(select(ReleaseVisit.body).where(ReleaseVisit.hidden)).one())
        uid = body["internal"]["requests"][0]["officers"][0]
        officer = next(one for one in published.officers if one.uid == uid)
        actor = make_actor(session, Role.OFFICER, officer_id=officer.id)
        view = release_view(session, actor, get_release(session, actor, 1))
        assert [visit.visit_uid for visit in view.visits] == [body["visit"]]


def _history(session: Session) -> dict[str, list[tuple[int, int, bool]]]:
    rows = session.exec(
        select(ReleaseVisit, Release).join(Release, ReleaseVisit.release_id == Release.id).order_by(Release.number)
    )
    history: dict[str, list[tuple[int, int, bool]]] = {}
    for row, _ in rows:
        history.setdefault(row.visit_uid, []).append((row.sequence, row.changed_in, row.cancelled))
    return history


def _run_threads(target: Callable[[], None], number: int) -> None:
    threads = [threading.Thread(target=target) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
