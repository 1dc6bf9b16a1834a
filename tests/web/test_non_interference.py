"""P1 through real answers: with and without unannounced visits every enterprise gets the same bytes (X-23).

A state machine goes through the same steps in both worlds and compares every page, header, calendar and refusal that
any firm can get. The last tests are the controls: where something does leak, the comparison says so.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
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
from sqlmodel import Session, select

from data.enums import AppealStatus, Role
from data.models import Appeal, CrewSlot
from data.session import make_engine, reading, unit_of_work
from scheduler.errors import RuleError
from scheduler.fieldwork.checkins import check_in
from scheduler.planning.board import list_visits
from scheduler.portal import answers
from tests.factories import make_actor
from tests.scheduler.planning.worlds import World, march
from tests.scheduler.publishing.edits import drop, move, visit_to
from tests.web.conftest import SETTINGS
from tests.web.twins import Nursery, Twin, Twins, raise_twins
from web import create_app

EXAMPLES, STEPS = 3, 6
OFFERED: Final = re.compile(r'name="day" value="([0-9-]+)"')


@pytest.fixture(scope="module")
def nursery(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, shared_app: Flask) -> Nursery:
    other = create_app(SETTINGS, make_engine("sqlite://"))
    return raise_twins(sqlite_template, tmp_path_factory.mktemp("nursery"), (shared_app, other))


@pytest.fixture
def twins(nursery: Nursery, tmp_path: Path) -> Iterator[Twins]:
    with nursery.twins(tmp_path) as made:
        yield made


def hide_on(place: int, day: date) -> object:
    """An edit: put the hidden visit to a site on a day."""

    def edit(session: Session, world: World) -> None:
        move(session, visit_to(session, world, place, hidden=True), day)

    return edit


def own_visit(twin: Twin, place: int) -> str:
    with reading(twin.engine) as session:
        return visit_to(session, twin.world, place).uid


def waiting(session: Session) -> list[Appeal]:
    statement = select(Appeal).where(Appeal.status == AppealStatus.WAITING, Appeal.kind == "reschedule")
    return list(session.exec(statement.order_by(Appeal.visit_uid)))


class TwoWorlds(RuleBasedStateMachine):
    """Steps of officials and of firms. What a firm does, it does in both worlds, and gets the same answer."""

    nursery: Nursery
    folders: Iterator[Path]

    def __init__(self) -> None:
        super().__init__()
        folder = next(self.folders)
        folder.mkdir()
        self.keeper = self.nursery.twins(folder)
        self.twins = self.keeper.__enter__()
        self.dropped: set[int] = set()

    def teardown(self) -> None:
        self.keeper.__exit__(None, None, None)

    @initialize()
    def release(self) -> None:
        self.twins.publish()

    @rule(place=st.sampled_from([0, 1, 2]), day=st.integers(16, 20))
    def move_announced_visit(self, place: int, day: int) -> None:
        self.twins.publish(both=lambda session, world: move(session, visit_to(session, world, place), march(day)))

    @rule(place=st.sampled_from([0, 1]), day=st.integers(23, 27))
    def move_hidden_visit(self, place: int, day: int) -> None:
        if place not in self.dropped:
            self.twins.publish(secret=hide_on(place, march(day)))  # type: ignore[arg-type]

    @rule(place=st.sampled_from([0, 1]))
    def drop_hidden_visit(self, place: int) -> None:
        if place not in self.dropped:
            self.dropped.add(place)
            self.twins.publish(
                secret=lambda session, world: drop(session, visit_to(session, world, place, hidden=True))
            )

    @rule(days=st.integers(1, 4))
    def let_time_pass(self, days: int) -> None:
        self.twins.clock.instant += timedelta(days=days)

    @rule(place=st.sampled_from([0, 1, 2]))
    def confirm(self, place: int) -> None:
        self.both_get(place, "/my-enterprise/visits/{uid}/confirm", {})

    @rule(place=st.sampled_from([0, 1, 2]), choice=st.integers(0, 30))
    def ask_for_another_day(self, place: int, choice: int) -> None:
        """One of the days on offer, or a day that is not: the refusal is the same, too."""
        uid = own_visit(self.twins.plain, place)
        page = self.twins.plain.client(self.twins.firms[place]).get(f"/my-enterprise/visits/{uid}/another-day")
        days = OFFERED.findall(page.text)
        day = days[choice] if choice < len(days) else march(8).isoformat()
        self.both_get(place, "/my-enterprise/visits/{uid}/another-day", {"day": day, "text": "盘点"})

    @rule(place=st.sampled_from([0, 1, 2]))
    def ask_and_complain(self, place: int) -> None:
        self.both_get(place, "/my-enterprise/ask", {"text": "怎样存放？"})
        self.both_get(place, "/my-enterprise/complain", {"text": "态度不好", "ban": "meals"})

    @precondition(lambda self: self.asked())
    @rule()
    def coordinator_takes(self) -> None:
        """What stands in the way in the secret world, the coordinator puts elsewhere; the firm hears the same."""
        for twin in self.twins.both:
            self.take_all(twin)
            self.twins.deliver(twin)

    @invariant()
    def every_byte_is_the_same(self) -> None:
        assert self.twins.differences() == []

    def asked(self) -> bool:
        with reading(self.twins.plain.engine) as session:
            return bool(waiting(session))

    def take_all(self, twin: Twin) -> None:
        with reading(twin.engine) as session:
            uids = [appeal.uid for appeal in waiting(session)]
        for uid in uids:
            try:
                self.take(twin, uid)
            except RuleError as error:
                assert "visit_one_a_day" in {rule for rule, _subject, _detail in error.violations}  # noqa: PT017 -- below
                self.clear_the_way(twin)
                self.take(twin, uid)

    def take(self, twin: Twin, uid: str) -> None:
        with unit_of_work(twin.engine) as session:
            appeal = session.exec(select(Appeal).where(Appeal.uid == uid)).one()
            answers.take_reschedule(session, self.twins.clock, twin.world.coordinator, appeal)

    def clear_the_way(self, twin: Twin) -> None:
        with unit_of_work(twin.engine) as session:
            for place in {0, 1} - self.dropped:
                move(session, visit_to(session, twin.world, place, hidden=True), march(31))

    def both_get(self, place: int, path: str, values: dict[str, str]) -> None:
        firm, uid = self.twins.firms[place], own_visit(self.twins.plain, place)
        one, other = (twin.send(firm, path.format(uid=uid), values) for twin in self.twins.both)
        assert one == other


@pytest.mark.slow
def test_no_sequence_of_steps_tells_the_worlds_apart(nursery: Nursery, tmp_path: Path) -> None:
    TwoWorlds.nursery = nursery
    TwoWorlds.folders = (tmp_path / str(number) for number in itertools.count())
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        TwoWorlds,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_worlds_differ_for_those_who_may_know(twins: Twins) -> None:
    twins.publish()
    counts = []
    for twin in twins.both:
        with reading(twin.engine) as session:
            counts.append(len(list_visits(session, twin.world.coordinator, first=march(1), last=march(31))))
    assert counts == [3, 5]


def test_free_days_are_the_same_where_a_hidden_visit_stands_on_one(twins: Twins) -> None:
    """The hidden visit goes onto a day that is on offer; picker, request and refusal do not change."""
    twins.publish()
    uid, firm = own_visit(twins.plain, 0), twins.firms[0]
    path = f"/my-enterprise/visits/{uid}/another-day"
    offered = OFFERED.findall(twins.plain.client(firm).get(path).text)
    day = offered[-1]
    twins.publish(secret=hide_on(0, date.fromisoformat(day)))  # type: ignore[arg-type]
    assert [OFFERED.findall(twin.client(firm).get(path).text) for twin in twins.both] == [offered, offered]
    taken_in = [twin.send(firm, path, {"day": day, "text": ""}) for twin in twins.both]
    assert taken_in[0] == taken_in[1]
    assert taken_in[0][1] == 303
    assert twins.differences() == []


def test_check_in_shows_the_visit_to_its_firm_and_to_no_other(twins: Twins) -> None:
    """Control: from now on the worlds may differ, and the crawl sees it."""
    twins.publish()
    with unit_of_work(twins.secret.engine) as session:
        visit = visit_to(session, twins.secret.world, 0, hidden=True)
        twins.clock.instant = twins.clock.instant.replace(month=visit.day.month, day=visit.day.day)
        goes = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == visit.id)).first()
        officer = make_actor(session, Role.OFFICER, officer_id=goes)
        check_in(session, twins.clock, officer, visit.uid, key="a" * 32, secret="s" * 32, reason="场所码脱落")
    twins.deliver(twins.secret)
    found = twins.differences()
    assert any(one.endswith("/my-enterprise") for one in found)
    assert any(one.endswith("feed") for one in found)
    assert {one.split(maxsplit=1)[0].rstrip(":") for one in found} == {twins.firms[0]}


def test_release_of_hidden_visits_alone_is_no_news(twins: Twins) -> None:
    twins.publish()
    before = [news(twin) for twin in twins.both]
    twins.publish(secret=hide_on(1, march(27)))  # type: ignore[arg-type]
    assert [news(twin) for twin in twins.both] == before
    assert before[0] == before[1]
    assert before[0].count("<entry>") == 1


def news(twin: Twin) -> str:
    return twin.client(next(iter(twin.tokens))).get("/public/changes.atom").text


def test_leak_would_be_found(twins: Twins) -> None:
    """Control with the guard off: the released rows no longer say that they are hidden."""
    twins.publish()
    with twins.secret.engine.connect() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'releasevisit'"
        ).scalars()
        for name in list(names):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("UPDATE releasevisit SET hidden = 0")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
    found = twins.differences()
    assert any(one.endswith("/my-enterprise") for one in found)
    assert any(one.endswith("/public/changes") for one in found)
    assert any(one.endswith("/public/changes.atom") for one in found)
    assert any(one.endswith("another-day") for one in found)
    assert any(one.endswith("feed") for one in found)
