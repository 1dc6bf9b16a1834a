"""What is broken in the draft in memory: the same as judging the rows themselves, whatever was changed."""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from data.enums import VisitStatus
from data.models import Officer
from data.session import reading, unit_of_work
from scheduler.planning.board import draft_problems
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editing import problems
from scheduler.planning.editing.log import audit_rows
from scheduler.planning.editing.problems import DraftProblems, problems_of_draft
from scheduler.planning.editing.states import Member, Rows, VisitState
from scheduler.planning.editing.writing import write_rows
from scheduler.planning.snapshot import take_snapshot
from solver.plan import Violation
from tests.scheduler.planning.editing.drafts import CLOCK, solved_world, states_now
from tests.scheduler.planning.worlds import World, fresh, march

STEPS = 14
DAYS = (2, 3, 4, 5, 7, 9)
"""In March 2026; the 7th is a Saturday."""


@pytest.fixture
def world(sqlite_engine: sa.Engine) -> World:
    """Few officers and few days, so that visits get in each other's way."""
    return solved_world(sqlite_engine, sites=5, organisations=3, officers=3)


def _changed(rng: random.Random, state: VisitState, officers: list[str]) -> VisitState:
    """A visit as somebody might leave it who asks no rule."""
    kind = rng.choice(["day", "day", "day", "crew", "members", "gone", "pin"])
    if kind == "crew":
        member, *others = state.members
        people = tuple(sorted(rng.sample(officers, rng.choice((1, 2)))))
        return replace(state, members=(Member(request=member.request, officers=people), *others))
    if kind == "members" and len(state.members) > 1:
        return replace(state, members=state.members[1:])
    if kind == "gone":
        return replace(state, status=VisitStatus.CANCELLED, members=())
    if kind == "pin":
        return replace(state, day_pinned=not state.day_pinned, crew_pinned=rng.random() < 0.5)
    return replace(state, day=march(rng.choice(DAYS)), start_quarter=rng.choice((0, 2)))


def _leave(session: Session, world: World, before: dict[str, VisitState], after: dict[str, VisitState]) -> None:
    """Write visits as an edit does, but judge nothing."""
    round_ = fresh(session, world.round)
    old, new = Rows(visits=before, requests={}), Rows(visits=after, requests={})
    write_rows(session, round_, new)
    audit_rows(session, CLOCK, world.coordinator, old, new, reason="")
    touch_draft(session, CLOCK, world.coordinator, round_)


def _scramble(session: Session, world: World, rng: random.Random) -> None:
    """Change one or two visits; the database refuses only that an officer is in two places."""
    officers = list(session.exec(select(Officer.uid).order_by(Officer.uid)))
    states = states_now(session, world)
    chosen = rng.sample(sorted(states), min(len(states), rng.choice((1, 2))))
    before = {uid: states[uid] for uid in chosen}
    _leave(session, world, before, {uid: _changed(rng, state, officers) for uid, state in before.items()})


def _both(engine: sa.Engine, world: World) -> tuple[DraftProblems, tuple[Violation, ...]]:
    """What is judged in memory, and the judgement of the whole round from its rows."""
    with reading(engine) as session:
        round_ = fresh(session, world.round)
        return problems_of_draft(session, round_), draft_problems(session, round_)


def _put_on_a_saturday(engine: sa.Engine, world: World, *, pinned: bool) -> None:
    with unit_of_work(engine) as session:
        uid, state = next(iter(states_now(session, world).items()))
        _leave(session, world, {uid: state}, {uid: replace(state, day=march(7), day_pinned=pinned)})


def _play(engine: sa.Engine, world: World, seed: int) -> list[tuple[DraftProblems, tuple[Violation, ...]]]:
    """A visit on a Saturday breaks three rules at once; what follows is anybody's guess, since uids are drawn anew."""
    rng, found = random.Random(seed), [_both(engine, world)]
    _put_on_a_saturday(engine, world, pinned=False)
    found.append(_both(engine, world))
    for _ in range(STEPS):
        with suppress(IntegrityError), unit_of_work(engine) as session:
            _scramble(session, world, rng)
        found.append(_both(engine, world))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_problems_after_any_change_are_those_of_the_rows(sqlite_engine: sa.Engine, world: World, seed: int) -> None:
    found = _play(sqlite_engine, world, seed)

    assert [one.violations for one, _rows in found] == [rows for _one, rows in found]
    # Much is broken, and the frame was read once: nothing of this is true because nothing happened.
    assert len({one.rule for _one, rows in found for one in rows}) >= 3
    assert len({id(one.states.frame) for one, _rows in found}) == 1


def test_problems_after_a_pin_are_those_of_the_rows(sqlite_engine: sa.Engine, world: World) -> None:
    _both(sqlite_engine, world)
    _put_on_a_saturday(sqlite_engine, world, pinned=True)
    found, rows = _both(sqlite_engine, world)

    assert found.violations == rows != ()


def test_problems_without_the_pins_are_not_those_of_the_rows(
    sqlite_engine: sa.Engine, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a request that is pinned to a day without work is asked for by nobody."""
    monkeypatch.setattr(problems, "take_snapshot", partial(take_snapshot, pins=False))
    _both(sqlite_engine, world)
    _put_on_a_saturday(sqlite_engine, world, pinned=True)
    found, rows = _both(sqlite_engine, world)

    assert found.violations != rows


def test_problems_are_the_same_object_while_the_draft_stays(sqlite_engine: sa.Engine, world: World) -> None:
    first, _whole = _both(sqlite_engine, world)

    assert _both(sqlite_engine, world)[0] is first
