"""Figures of a round, against hand-made worlds and against a second count in SQL and brute force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import combinations

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import CreditClass, NoticeMode, RequestStatus
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.drafts import load_draft
from scheduler.planning.figures import figures_of, round_figures
from tests.scheduler.planning.worlds import World, add_requests, fresh, hide, make_world, march, solve


def _solved(engine: sa.Engine, clock: FixedClock) -> World:
    """Four sites in three classes, two departments everywhere, one hidden visit, one request that must be alone."""
    with unit_of_work(engine) as session:
        world = make_world(session, sites=4, organisations=2)
        for owner, letter in zip(world.enterprises, "ABBD", strict=True):
            owner.credit_class = CreditClass(letter)
        hide(session, world, world.sites[0])
        alone = add_requests(session, world, world.organisations[0], [world.sites[3]])[0]
        alone.joint = False
    solve(engine, clock, world)
    return world


def test_figures_of_a_small_world_by_hand(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    world = _solved(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        figures = round_figures(session, world.round)
    assert (figures.requests, figures.scheduled, figures.left_out) == (10, 10, 0)
    # Alone: two departments at four sites, the hidden one, and the request that has to be alone.
    assert (figures.visits_without, figures.visits_with, figures.visits_saved) == (10, 6, 4)
    assert (figures.notices_without, figures.notices_with) == (8, 4)
    assert (figures.joint_visits, figures.joint_rate) == (4, round(4 / 6, 4))
    assert (figures.mergeable, figures.merged, figures.merge_rate) == (8, 8, 1.0)
    assert [(line.key, line.visits_without, line.visits_with) for line in figures.by_class] == [
        ("A", 3, 2),
        ("B", 4, 2),
        ("D", 3, 2),
    ]


def test_splitting_requests_of_one_department_does_not_raise_the_figure(
    sqlite_engine: sa.Engine, clock: FixedClock
) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=1)
    solve(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        before = round_figures(session, world.round)
    with unit_of_work(sqlite_engine) as session:
        twin = add_requests(session, world, world.organisations[0], world.sites)[0]
        session.flush()
        session.execute(
            sa.text("INSERT INTO visitrequest (visit_id, request_id) SELECT id, :twin FROM visit"), {"twin": twin.id}
        )
        after = round_figures(session, world.round)
    assert (before.visits_without, after.visits_without) == (1, 1)
    assert after.scheduled == 2


def test_left_out_requests_save_nothing(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=2, organisations=2)
        world.requests[0].inspectors = 7
    solve(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        figures = round_figures(session, world.round)
    assert (figures.left_out, figures.visits_without - figures.visits_with) == (2, 1)


def test_request_withdrawn_since_still_counts_where_it_was_planned(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    """An older release is counted by what it held: nothing is left out of it, least of all fewer than none."""
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=2, organisations=2)
    solve(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        draft = load_draft(session, world.round)
        fresh(session, world.requests[0]).status = RequestStatus.WITHDRAWN
        session.flush()
        figures = figures_of(session, world.round, draft)
    assert (figures.requests, figures.scheduled, figures.left_out) == (4, 4, 0)


@pytest.mark.parametrize(
    ("windows", "fewest"),
    [
        pytest.param([(2, 31), (2, 31)], 1, id="same window"),
        pytest.param([(2, 6), (9, 13)], 2, id="apart"),
        pytest.param([(2, 6), (6, 13), (13, 20)], 2, id="chain"),
    ],
)
def test_visits_alone_follow_the_windows(
    sqlite_engine: sa.Engine, clock: FixedClock, windows: list[tuple[int, int]], fewest: int
) -> None:
    """One department, one site, several windows: in quarters a department has to come twice, coordinated or not."""
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=1, organisations=0)
        body = hide(session, world, world.sites[0])[0]
        first = [body]
        for _ in windows[1:]:
            first += add_requests(session, world, world.organisations[0], world.sites)
        for request, (low, high) in zip(first, windows, strict=True):
            request.first_date, request.last_date = march(low), march(high)
            request.notice_mode, request.joint = NoticeMode.ANNOUNCED, True
    solve(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        session.execute(sa.text("DELETE FROM crewslot"))
        session.execute(sa.text("DELETE FROM visitrequest"))
        visit = sa.text(
            "INSERT INTO visit (uid, round_id, site_id, day, start_quarter, quarters, notice_mode, status,"
            " lead_organisation_id, day_pinned, crew_pinned, members_pinned, version)"
            " VALUES ('v', :round, :site, '2026-03-02', 0, 1, 'announced', 'draft', :body, 0, 0, 0, 1)"
        )
        names = {"round": world.round.id, "site": world.sites[0].id, "body": world.organisations[0].id}
        session.execute(visit, names)
        session.execute(
            sa.text(
                "INSERT INTO visitrequest (visit_id, request_id)"
                " SELECT (SELECT id FROM visit WHERE uid = 'v'), id FROM inspectionrequest"
            )
        )
        assert round_figures(session, world.round).visits_without == fewest


def test_figures_are_what_a_second_count_from_the_tables_gives(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    world = _solved(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        figures = round_figures(session, world.round)
        rows = _rows(session)
    assert figures.scheduled == len(rows)
    assert figures.visits_without == _alone(rows)
    assert figures.visits_with == len({row.visit for row in rows})
    assert figures.trips_with == len({(row.body, row.town, row.day) for row in rows})
    told = [row for row in rows if row.mode == "announced"]
    assert figures.notices_without == len({(row.body, row.owner) for row in told})
    assert figures.notices_with == len({row.owner for row in told})
    bodies: dict[str, set[str]] = {}
    for row in rows:
        bodies.setdefault(row.visit, set()).add(row.body)
    assert figures.joint_visits == sum(len(group) > 1 for group in bodies.values())
    assert figures.merged == sum(len(bodies[row.visit]) > 1 for row in rows)
    for line in figures.by_class:
        own = [row for row in rows if row.credit_class == line.key]
        assert (line.requests, line.visits_without) == (len(own), _alone(own))
        assert line.visits_with == len({row.visit for row in own})
    for line in figures.by_organisation:
        own = [row for row in rows if row.body == line.key]
        assert (line.requests, line.visits_without) == (len(own), _alone(own))


def _rows(session: Session) -> list[sa.Row]:
    return list(
        session.execute(
            sa.text(
                "SELECT v.uid AS visit, v.day AS day, o.code AS body, s.id AS site, s.town_id AS town,"
                " e.id AS owner, e.credit_class AS credit_class, r.notice_mode AS mode, r.joint AS joint,"
                " r.first_date AS first, r.last_date AS last"
                " FROM visit v JOIN visitrequest m ON m.visit_id = v.id JOIN inspectionrequest r ON r.id = m.request_id"
                " JOIN organisation o ON o.id = r.organisation_id JOIN site s ON s.id = v.site_id"
                " JOIN enterprise e ON e.id = s.enterprise_id WHERE v.status <> 'cancelled'"
            )
        )
    )


def _alone(rows: Iterable[sa.Row]) -> int:
    """By brute force: for each department and site, the smallest set of days that meets all windows."""
    groups: dict[tuple[str, int, str], list[tuple[date, date]]] = {}
    separate = 0
    for row in rows:
        if not row.joint:
            separate += 1
            continue
        window = (date.fromisoformat(str(row.first)), date.fromisoformat(str(row.last)))
        groups.setdefault((row.body, row.site, row.mode), []).append(window)
    return separate + sum(_smallest(windows) for windows in groups.values())


def _smallest(windows: list[tuple[date, date]]) -> int:
    days = {first + timedelta(days=n) for first, last in windows for n in range((last - first).days + 1)}
    for size in range(1, len(windows) + 1):
        for chosen in combinations(sorted(days), size):
            if all(any(first <= day <= last for day in chosen) for first, last in windows):
                return size
    raise AssertionError
