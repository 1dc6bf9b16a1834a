"""Judging before the transaction: taken over while nothing has changed that it was judged by, else judged again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ClosureKind
from data.models import Closure, Visit
from data.session import reading, unit_of_work
from scheduler.errors import NeedsReasonError, RuleError, StaleError
from scheduler.planning.board import draft_problems
from scheduler.planning.editing.commands import Command, MoveVisit, PinVisit, SplitVisit
from scheduler.planning.editing.foresight import Foresight
from scheduler.planning.editing.log import EditOutcome, apply_edit, foresee
from tests.factories import stored_id
from tests.scheduler.planning.editing.drafts import CLOCK, WHY, edit, members_of, solved_world, visit_at
from tests.scheduler.planning.worlds import World, fresh, march


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """Two sites, the first with two visits."""
    world = solved_world(engine, sites=2, organisations=2)
    with unit_of_work(engine) as session:
        visit = visit_at(session, world, 0)
        leaving = members_of(session, world, visit)[:1]
        edit(session, world, SplitVisit(visit=visit.uid, requests=tuple(leaving), day=march(20), start_quarter=0))
    return world


def _foreseen(engine: sa.Engine, world: World, command: Command, *, expected: int | None = None) -> Foresight:
    with reading(engine) as session:
        round_ = fresh(session, world.round)
        return foresee(session, CLOCK, world.coordinator, round_, command, expected=expected, reason=WHY)


def _apply(engine: sa.Engine, world: World, foreseen: Foresight, *, reason: str = WHY) -> EditOutcome:
    with unit_of_work(engine) as session:
        return apply_edit(
            session, CLOCK, world.coordinator, fresh(session, world.round), foreseen.command, expected=None,
            reason=reason, foreseen=foreseen,
        )  # fmt: skip


def _two_visits(engine: sa.Engine, world: World) -> tuple[Visit, Visit]:
    """Those of the first site, the earlier one first."""
    with unit_of_work(engine) as session:
        statement = select(Visit).where(Visit.site_id == stored_id(world.sites[0]), Visit.status != "cancelled")
        first, second = session.exec(statement.order_by(col(Visit.day))).all()
        return first, second


def _leaving(engine: sa.Engine, world: World) -> SplitVisit:
    """A deed that makes a visit, whose uid is drawn when it is judged."""
    with reading(engine) as session:
        visit = visit_at(session, world, 1)
        leaving = members_of(session, world, visit)[:1]
        return SplitVisit(visit=visit.uid, requests=tuple(leaving), day=march(24), start_quarter=0)


def test_what_was_foreseen_is_taken_over_while_nothing_has_changed(engine: sa.Engine, world: World) -> None:
    foreseen = _foreseen(engine, world, _leaving(engine, world))

    assert set(_apply(engine, world, foreseen).visits) == set(foreseen.after.visits)


def test_what_was_foreseen_holds_after_an_edit_elsewhere(engine: sa.Engine, world: World) -> None:
    foreseen = _foreseen(engine, world, _leaving(engine, world))
    _first, second = _two_visits(engine, world)
    with unit_of_work(engine) as session:
        edit(session, world, PinVisit(visit=second.uid, day=True))

    assert set(_apply(engine, world, foreseen).visits) == set(foreseen.after.visits)


def _come_between(session: Session, world: World, other: Visit) -> None:
    edit(session, world, MoveVisit(visit=other.uid, day=march(26), start_quarter=0))


def _close(session: Session, world: World, _other: Visit) -> None:
    site = stored_id(world.sites[0])
    session.add(Closure(site_id=site, first_date=march(26), last_date=march(26), kind=ClosureKind.QUIET))


@pytest.mark.parametrize(
    ("deed", "rule"),
    [(_come_between, "visit_one_a_day"), (_close, "visit_enterprise_open")],
    ids=["another-edit", "a-closure"],
)
def test_what_was_foreseen_is_judged_again_after_a_change(
    engine: sa.Engine, world: World, deed: Callable[[Session, World, Visit], None], rule: str
) -> None:
    first, second = _two_visits(engine, world)
    foreseen = _foreseen(engine, world, MoveVisit(visit=first.uid, day=march(26), start_quarter=2))
    with unit_of_work(engine) as session:
        deed(session, world, second)

    with pytest.raises(RuleError) as refused:
        _apply(engine, world, foreseen)
    assert rule in {broken for broken, _subject, _detail in refused.value.violations}


def test_without_looking_again_two_visits_come_to_one_site_on_one_day(
    engine: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what was foreseen is taken over whatever has happened since."""
    first, second = _two_visits(engine, world)
    foreseen = _foreseen(engine, world, MoveVisit(visit=first.uid, day=march(26), start_quarter=2))
    with unit_of_work(engine) as session:
        _come_between(session, world, second)
    monkeypatch.setattr(Foresight, "holds", lambda *_args, **_now: True)

    assert _apply(engine, world, foreseen).changed
    with reading(engine) as session:
        broken = {one.rule for one in draft_problems(session, fresh(session, world.round))}
    assert "visit_one_a_day" in broken


def test_foresight_of_another_deed_is_not_taken_over(engine: sa.Engine, world: World) -> None:
    first, _second = _two_visits(engine, world)
    foreseen = _foreseen(engine, world, MoveVisit(visit=first.uid, day=march(26), start_quarter=2))
    wanted = MoveVisit(visit=first.uid, day=march(27), start_quarter=1)
    with unit_of_work(engine) as session:
        round_ = fresh(session, world.round)
        apply_edit(
            session, CLOCK, world.coordinator, round_, wanted, expected=None, reason=WHY, foreseen=foreseen
        )  # fmt: skip

    with reading(engine) as session:
        moved = session.get_one(Visit, stored_id(first))
        assert (moved.day, moved.start_quarter) == (march(27), 1)


def test_a_version_that_is_gone_is_refused_before_the_transaction(engine: sa.Engine, world: World) -> None:
    first, _second = _two_visits(engine, world)
    with unit_of_work(engine) as session:
        edit(session, world, PinVisit(visit=first.uid, day=True))

    with pytest.raises(StaleError):
        _foreseen(
            engine, world, MoveVisit(visit=first.uid, day=march(26), start_quarter=2), expected=first.version
        )  # fmt: skip


def test_a_reason_is_asked_for_though_the_foresight_had_one(engine: sa.Engine, world: World) -> None:
    foreseen = _foreseen(engine, world, _leaving(engine, world))
    assert [one.code for one in foreseen.told if one.asks] == ["joint_lost", "repeat_soon"]

    with pytest.raises(NeedsReasonError):
        _apply(engine, world, foreseen, reason=" ")
