"""The cards kept in memory are those that a fresh reading gives, whatever was done in between."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import VisitStatus
from data.models import InspectionRequest, Round, Site, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.audit import record
from scheduler.board import months
from scheduler.board.months import Month, month_of, part_of
from scheduler.clock import FixedClock
from scheduler.errors import DomainError
from scheduler.planning.editing.commands import Command, MoveVisit, PinVisit, TakeOut
from scheduler.planning.editing.log import apply_edit
from scheduler.publishing.differences import Change
from tests.factories import NOW
from tests.scheduler.board.scenes import Scene, make_scene

CLOCK = FixedClock(NOW)
WHY = "协调后确定"


@pytest.fixture
def scene(engine: sa.Engine) -> Scene:
    with unit_of_work(engine) as session:
        found = make_scene(session, visits=16)
        record(session, CLOCK, found.coordinator, "round.open", entity="round", entity_uid=found.round_uid)
    return found


def kept(engine: sa.Engine, scene: Scene) -> Month:
    with reading(engine) as session:
        return month_of(session, session.get_one(Round, scene.round_id))


def fresh(engine: sa.Engine, scene: Scene) -> Month:
    with reading(engine) as session:
        return months._read(session, scene.round_id)


def edit(engine: sa.Engine, scene: Scene, command: Command) -> None:
    with unit_of_work(engine) as session:
        round_ = session.get_one(Round, scene.round_id)
        apply_edit(session, CLOCK, scene.coordinator, round_, command, expected=None, reason=WHY)


def uids(engine: sa.Engine) -> list[str]:
    with reading(engine) as session:
        statement = select(Visit.uid).where(Visit.status != VisitStatus.CANCELLED)
        return list(session.exec(statement.order_by(Visit.uid)))


def request_of(engine: sa.Engine, visit: str) -> str:
    with reading(engine) as session:
        statement = (
            select(InspectionRequest.uid)
            .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
            .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
            .where(Visit.uid == visit)
        )
        return session.exec(statement.order_by(InspectionRequest.uid)).all()[0]


def test_edits_mend_their_visits_and_leave_the_others_as_they_are(engine: sa.Engine, scene: Scene) -> None:
    before = kept(engine, scene)
    uid = uids(engine)[3]
    edit(engine, scene, PinVisit(visit=uid, day=True))
    after = kept(engine, scene)
    assert after == fresh(engine, scene)
    old = {card.uid: card for card in before.cards}
    assert [card.uid for card in after.cards if card is not old[card.uid]] == [uid]


@pytest.mark.parametrize("seed", range(3))
def test_kept_month_is_the_one_a_fresh_reading_gives(engine: sa.Engine, scene: Scene, seed: int) -> None:
    rng, done = Random(seed), 0
    kept(engine, scene)
    for _ in range(12):
        uid = rng.choice(uids(engine))
        choices: tuple[Command, ...] = (
            MoveVisit(visit=uid, day=rng.choice(scene.days), start_quarter=rng.randrange(3)),
            PinVisit(visit=uid, day=rng.random() < 0.5),
            TakeOut(request=request_of(engine, uid)),
        )
        try:
            edit(engine, scene, rng.choice(choices))
        except DomainError:
            continue
        done += 1
        assert kept(engine, scene) == fresh(engine, scene)
    assert done


def test_released_visit_that_is_set_aside_is_shown_as_gone(engine: sa.Engine, scene: Scene) -> None:
    kept(engine, scene)
    uid = uids(engine)[0]
    with reading(engine) as session:
        members = session.exec(
            select(InspectionRequest.uid)
            .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
            .join(Visit, col(Visit.id) == col(VisitRequest.visit_id))
            .where(Visit.uid == uid)
        ).all()
    for member in members:
        edit(engine, scene, TakeOut(request=member))
    month = kept(engine, scene)
    assert month == fresh(engine, scene)
    assert [card.uid for card in month.cards if card.change is Change.CANCELLED] == [uid]


def test_people_who_sign_in_cost_no_reading(engine: sa.Engine, scene: Scene) -> None:
    before = kept(engine, scene)
    with unit_of_work(engine) as session:
        record(session, CLOCK, scene.coordinator, "account.sign_in", entity="user", entity_uid="x")
    assert kept(engine, scene) is before


def _rename(session: Session, scene: Scene) -> None:
    site = session.exec(select(Site)).first()
    assert site is not None
    site.name = "新的店名"
    record(session, CLOCK, scene.coordinator, "list.apply", entity="list", entity_uid="x")


def _move_behind_the_back(session: Session, scene: Scene) -> None:
    visit = session.exec(select(Visit)).first()
    assert visit is not None
    visit.start_quarter = 3 - visit.start_quarter


@pytest.mark.parametrize("deed", [_rename, _move_behind_the_back], ids=["renamed", "without-a-trail"])
def test_month_is_read_afresh_after_anything_else(
    engine: sa.Engine, scene: Scene, deed: Callable[[Session, Scene], None]
) -> None:
    before = kept(engine, scene)
    with unit_of_work(engine) as session:
        deed(session, scene)
    after = kept(engine, scene)
    assert after == fresh(engine, scene)
    assert after != before


def test_control_without_a_look_at_the_trail_an_old_name_would_stay(
    engine: sa.Engine, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(engine, scene)
    with unit_of_work(engine) as session:
        _rename(session, scene)
    monkeypatch.setattr(months, "deeds_since", lambda *_: ())
    assert kept(engine, scene) != fresh(engine, scene)


def test_reader_who_began_before_an_edit_does_not_drive_out_the_newer_month(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        scene = make_scene(session, visits=6)
        record(session, CLOCK, scene.coordinator, "round.open", entity="round", entity_uid=scene.round_uid)
    with reading(sqlite_engine) as late:
        before = month_of(late, late.get_one(Round, scene.round_id))
        edit(sqlite_engine, scene, PinVisit(visit=uids(sqlite_engine)[3], day=True))
        newer = kept(sqlite_engine, scene)
        assert month_of(late, late.get_one(Round, scene.round_id)) == before != newer
    assert kept(sqlite_engine, scene) is newer


def test_what_a_writer_sees_before_it_is_rolled_back_is_never_kept(engine: sa.Engine, scene: Scene) -> None:
    before = kept(engine, scene)

    def rename_and_fail() -> None:
        with unit_of_work(engine) as session:
            _rename(session, scene)
            assert month_of(session, session.get_one(Round, scene.round_id)) != before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rename_and_fail()
    assert kept(engine, scene) is before


def test_part_of_a_month_is_its_visits_alone(engine: sa.Engine, scene: Scene) -> None:
    chosen = set(uids(engine)[:2])
    with reading(engine) as session:
        part = part_of(session, scene.round_id, chosen)
    assert part.cards == tuple(card for card in kept(engine, scene).cards if card.uid in chosen)
    assert part.count == 0
