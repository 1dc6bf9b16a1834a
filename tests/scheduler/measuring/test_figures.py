"""P10 and F32: every figure is counted again from the raw rows by independent SQL, and every number has its rows."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any, Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CreditClass, NoticeMode, Role
from data.models import CrewSlot, InspectionRequest, Organisation, ReleaseVisit, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.measuring.counterfactual import great_circle_km
from scheduler.measuring.facts import Question, allowed, load_facts
from scheduler.measuring.overview import GROUPS, Totals, count, overview
from scheduler.measuring.rows import MEASURES, rows_behind, table_csv
from scheduler.planning.drafts import touch_draft
from scheduler.planning.figures import round_figures
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import World, add_requests, fresh, hide, make_world, march, publish, solve
from tests.scheduler.publishing.edits import drop, move, visit_to

MARCH: Final = Question(first=march(1), last=march(31))
DRAFTS: Final = Question(first=march(1), last=march(31), drafts=True)
PLACED: Final = """
WITH placed AS (
  SELECT r.id, r.round_id, r.organisation_id, r.site_id, r.notice_mode, r.joint, r.first_date, r.last_date, r.quarters,
         v.id AS visit_id, v.day, v.quarters AS visit_quarters, s.enterprise_id, s.town_id
  FROM inspectionrequest r JOIN visitrequest m ON m.request_id = r.id JOIN visit v ON v.id = m.visit_id
  JOIN site s ON s.id = v.site_id WHERE v.status <> 'cancelled')
"""
ALONE: Final = (
    PLACED.replace("WITH placed", "WITH RECURSIVE placed")
    + """
, pick(round_id, organisation_id, site_id, notice_mode, reached) AS (
  SELECT round_id, organisation_id, site_id, notice_mode, MIN(last_date) FROM placed WHERE joint
  GROUP BY round_id, organisation_id, site_id, notice_mode
  UNION ALL
  SELECT p.round_id, p.organisation_id, p.site_id, p.notice_mode,
    (SELECT MIN(q.last_date) FROM placed q WHERE q.joint AND q.round_id = p.round_id AND q.site_id = p.site_id
      AND q.organisation_id = p.organisation_id AND q.notice_mode = p.notice_mode AND q.first_date > p.reached)
  FROM pick p WHERE p.reached IS NOT NULL)
SELECT (SELECT COUNT(*) FROM pick WHERE reached IS NOT NULL) + (SELECT COUNT(*) FROM placed WHERE NOT joint)
"""
)
BY_SQL: Final = {
    "requests": PLACED + "SELECT COUNT(*) FROM placed",
    "visits_without": ALONE,
    "visits_with": PLACED + "SELECT COUNT(DISTINCT visit_id) FROM placed",
    "notices_without": PLACED
    + "SELECT COUNT(*) FROM (SELECT DISTINCT round_id, organisation_id, enterprise_id FROM placed "
    "WHERE notice_mode = 'announced') x",
    "notices_with": PLACED
    + "SELECT COUNT(*) FROM (SELECT DISTINCT round_id, enterprise_id FROM placed WHERE notice_mode = 'announced') x",
    "hours_with": PLACED
    + "SELECT COALESCE(SUM(visit_quarters), 0) * 1.5 FROM (SELECT DISTINCT visit_id, visit_quarters FROM placed) x",
    "joint_visits": PLACED + "SELECT COUNT(*) FROM (SELECT visit_id FROM placed GROUP BY visit_id "
    "HAVING COUNT(DISTINCT organisation_id) > 1) x",
    "repeats_with": PLACED
    + "SELECT COUNT(*) FROM (SELECT round_id, enterprise_id FROM placed GROUP BY round_id, enterprise_id "
    "HAVING COUNT(DISTINCT visit_id) > 1) x",
    "trips_with": PLACED + "SELECT COUNT(*) FROM (SELECT DISTINCT organisation_id, town_id, day FROM placed) x",
    "trips_without": ALONE,
    "people_days": "SELECT COUNT(*) FROM (SELECT DISTINCT c.officer_id, c.day FROM crewslot c "
    "JOIN visit v ON v.id = c.visit_id WHERE v.status <> 'cancelled') x",
}


def district(engine: sa.Engine, seed: int) -> World:
    """A draft of bodies with overlapping and separate windows, some alone, some unannounced, some split in two.

    The rows need not be a good plan, nor even a lawful one: figures count what is there.
    """
    chance = random.Random(seed)
    with unit_of_work(engine) as session:
        world = make_world(session, sites=4, organisations=3, officers=12)
        for enterprise in world.enterprises:
            enterprise.credit_class = chance.choice(list(CreditClass))
        hide(session, world, world.sites[0])
        for _ in range(4):
            first = march(chance.randint(2, 20))
            window: dict[str, Any] = {"first_date": first, "last_date": first + timedelta(days=chance.randint(3, 10))}
            window["joint"] = chance.random() < 0.7
            add_requests(
                session, world, chance.choice(world.organisations[:3]), chance.sample(world.sites, 2), **window
            )
        _place(session, world, chance)
    return world


def _place(session: Session, world: World, chance: random.Random) -> None:
    """Put most requests into visits of their site, one or two visits for each notice mode."""
    groups: dict[tuple[int, NoticeMode, int], list[InspectionRequest]] = {}
    for request in world.requests:
        if chance.random() < 0.9:
            groups.setdefault((request.site_id, request.notice_mode, chance.randint(0, 1)), []).append(request)
    for day, ((site, mode, _), requests) in enumerate(sorted(groups.items()), start=1):
        visit = Visit(
            round_id=stored_id(world.round), site_id=site, day=march(day), start_quarter=0, notice_mode=mode,
            quarters=chance.choice((1, 2)), lead_organisation_id=requests[0].organisation_id,
        )  # fmt: skip
        session.add(visit)
        session.flush()
        free = {one.id: one.organisation_id for one in world.officers}
        for request in requests:
            session.add(VisitRequest(visit_id=stored_id(visit), request_id=stored_id(request)))
            for officer in [key for key, body in free.items() if body == request.organisation_id][:2]:
                del free[officer]
                ids = {"visit_id": stored_id(visit), "request_id": stored_id(request), "officer_id": officer}
                session.add(CrewSlot(**ids, day=visit.day, quarter=0))
    session.flush()


def lawful(engine: sa.Engine, clock: FixedClock) -> World:
    """A round with a plan that can be published."""
    with unit_of_work(engine) as session:
        world = make_world(session, sites=3, organisations=2, officers=8)
        hide(session, world, world.sites[0])
    solve(engine, clock, world)
    return world


@pytest.mark.parametrize("seed", range(3))
def test_totals_are_counted_again_by_independent_sql(engine: sa.Engine, seed: int) -> None:
    district(engine, seed)
    with reading(engine) as session:
        totals = overview(session, DRAFTS).totals
        counted = {name: float(session.execute(sa.text(sql)).scalar_one()) for name, sql in BY_SQL.items()}
    assert counted == {name: float(getattr(totals, name)) for name in BY_SQL}
    assert totals.visits_without > totals.visits_with > 0
    assert totals.joint_rate == round(totals.joint_visits / totals.visits_with, 4)


def test_totals_agree_with_the_figures_of_the_round(sqlite_engine: sa.Engine) -> None:
    world = district(sqlite_engine, 5)
    with reading(sqlite_engine) as session:
        totals, own = overview(session, DRAFTS).totals, round_figures(session, fresh(session, world.round))
    for name in ("visits_without", "visits_with", "notices_without", "notices_with", "trips_without", "trips_with"):
        assert getattr(totals, name) == getattr(own, name), name
    assert (totals.joint_visits, totals.people_days) == (own.joint_visits, own.people_days)


@pytest.mark.parametrize("measure", sorted(MEASURES))
def test_every_number_has_as_many_rows_behind_it(sqlite_engine: sa.Engine, measure: str) -> None:
    district(sqlite_engine, 7)
    with reading(sqlite_engine) as session:
        figure = getattr(overview(session, DRAFTS).totals, measure)
        table = rows_behind(session, DRAFTS, measure)
    column = {"hours": "hours", "km": "km"}.get(measure.split("_", maxsplit=1)[0])
    if column is None:
        assert len(table.rows) == figure
    else:
        total = sum(row[table.columns.index(column)] for row in table.rows)  # type: ignore[misc]
        assert total == pytest.approx(figure, abs=0.05 * len(table.rows))
    assert all(len(row) == len(table.columns) for row in table.rows)


@pytest.mark.parametrize("group_by", sorted(GROUPS))
def test_groups_add_up(sqlite_engine: sa.Engine, group_by: str) -> None:
    district(sqlite_engine, 2)
    with reading(sqlite_engine) as session:
        found = overview(session, DRAFTS, group_by)
    assert sum(group.totals.requests for group in found.groups) == found.totals.requests
    assert sum(group.totals.visits_without for group in found.groups) == found.totals.visits_without
    if group_by != "organisation":
        assert sum(group.totals.visits_with for group in found.groups) == found.totals.visits_with


def test_splitting_ones_requests_does_not_raise_the_counterfactual(sqlite_engine: sa.Engine) -> None:
    district(sqlite_engine, 1)
    with reading(sqlite_engine) as session:
        facts = load_facts(session, DRAFTS)
        joinable = next(one for one in facts if one.may_join and one.notice_mode is NoticeMode.ANNOUNCED)
        assert count([*facts, joinable]).visits_without == count(facts).visits_without


def test_published_visits_are_the_new_ones_less_the_cancelled(sqlite_engine: sa.Engine) -> None:
    """P10, over three releases: the figure follows what was released."""
    clock = FixedClock(NOW)
    world = lawful(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        assert overview(session, MARCH).totals == count(())
    publish(sqlite_engine, clock, world)
    seen: dict[str, bool] = {}
    for change in (None, "move", "drop"):
        if change is not None:
            _release_again(sqlite_engine, clock, world, change)
        with reading(sqlite_engine) as session:
            rows = session.exec(select(ReleaseVisit).order_by(col(ReleaseVisit.release_id))).all()
            seen = {row.visit_uid: row.cancelled for row in rows}
            standing = sum(not cancelled for cancelled in seen.values())
            assert overview(session, MARCH).totals.visits_with == standing
    assert sum(seen.values()) == 1


def _release_again(engine: sa.Engine, clock: FixedClock, world: World, change: str) -> None:
    clock.instant += timedelta(hours=1)
    with unit_of_work(engine) as session:
        hidden = visit_to(session, world, 0, hidden=True)
        if change == "move":
            move(session, hidden, march(30))
        else:
            drop(session, hidden)
        touch_draft(session, clock, world.coordinator, fresh(session, world.round))
    publish(engine, clock, world, clock.now())


def test_department_asks_about_its_own_part_whatever_it_typed(sqlite_engine: sa.Engine) -> None:
    world = district(sqlite_engine, 3)
    with unit_of_work(sqlite_engine) as session:
        own, other = (stored_id(body) for body in world.organisations[:2])
        clerk = make_actor(session, Role.CLERK, organisation_id=own)
        question = allowed(clerk, Question(first=march(1), last=march(31), organisation_id=other, drafts=True))
        assert {one.body.id for one in load_facts(session, question)} == {own}
        assert rows_behind(session, question, "people_days").rows
        names = {row[1] for row in rows_behind(session, question, "people_days").rows}
        assert names == {session.get_one(Organisation, own).short_name}
        supervisor = make_actor(session, Role.SUPERVISOR)
        assert allowed(supervisor, DRAFTS) == DRAFTS


def test_filters_narrow_the_facts(sqlite_engine: sa.Engine) -> None:
    district(sqlite_engine, 6)
    with reading(sqlite_engine) as session:
        everything = load_facts(session, DRAFTS)
        for one in CreditClass:
            asked = Question(first=march(1), last=march(31), credit_class=str(one), drafts=True)
            assert load_facts(session, asked) == tuple(f for f in everything if f.place.credit_class is one)
        late = Question(first=march(16), last=march(31), drafts=True)
        assert load_facts(session, late) == tuple(f for f in everything if f.day >= date(2026, 3, 16))


def test_coverage_and_balance_follow_from_the_facts(sqlite_engine: sa.Engine) -> None:
    district(sqlite_engine, 8)
    with reading(sqlite_engine) as session:
        found, facts = overview(session, DRAFTS), load_facts(session, DRAFTS)
    for row in found.coverage:
        visited = {one.place.enterprise_id for one in facts if one.place.credit_class is row.credit_class}
        assert row.visited == len(visited) <= row.enterprises
    assert sum(quarters * people for quarters, people in found.balance.spread) == sum(
        one.quarters * len(one.officers) for one in facts
    )
    assert 0 <= found.balance.gini < 1
    assert [body.name for body in found.bodies] == [
        name for _, name in sorted({(one.body.code, one.body.name) for one in facts})
    ]


def test_no_name_runs_as_a_formula_in_a_download(sqlite_engine: sa.Engine) -> None:
    world = district(sqlite_engine, 9)
    with unit_of_work(sqlite_engine) as session:
        fresh(session, world.sites[0]).name = "=HYPERLINK(1)"
        session.flush()
        table = rows_behind(session, DRAFTS, "visits_with")
    text = table_csv(table, table.columns, say=str).decode("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert ",=HYPERLINK" not in text


def test_distance_of_two_known_places() -> None:
    """One degree of latitude on a sphere of 6371 km."""
    assert great_circle_km((120.0, 33.0), (120.0, 34.0)) == pytest.approx(111.19, abs=0.01)
    assert great_circle_km((120.0, 33.0), (120.0, 33.0)) == 0


def test_nothing_counts_to_nothing() -> None:
    assert count(()) == Totals(**dict.fromkeys(Totals.__dataclass_fields__, 0))  # type: ignore[arg-type]
