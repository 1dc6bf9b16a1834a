"""The board's pages: five views under one filter and one selection, and the same visits as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import col, select

from data.enums import Role, VisitStatus
from data.models import User, Visit
from data.session import unit_of_work
from scheduler.board.lanes import Lane
from scheduler.clock import FixedClock
from tests.scheduler.board.scenes import Scene, make_scene
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, As, Browser, sign_in_token
from web import db
from web.board_shown import crowding

ROWS = re.compile(r"<tr class=\"\w+\"><td data-label")
BANNER = re.compile(r"草案有 ([\d,]+) 处未发布变更")


@pytest.fixture
def scene(sqlite_engine: sa.Engine) -> Scene:
    with unit_of_work(sqlite_engine) as session:
        return make_scene(session, visits=60)


@pytest.fixture
def coordinator(shared_app: Flask, sqlite_engine: sa.Engine, scene: Scene, clock: FixedClock) -> Browser:
    db.install(shared_app, sqlite_engine, SETTINGS, clock)
    client = shared_app.test_client()
    client.set_cookie("onedoor", sign_in_token(sqlite_engine, clock, scene.coordinator.username))
    return Browser(client)


def data(browser: Browser, address: str = "") -> Any:
    answer = browser.get(f"/board/data?{address}", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    return answer.json


def uids(document: Any) -> list[str]:
    return [row[0] for row in document["v"]]


@pytest.fixture
def statements(sqlite_engine: sa.Engine) -> Iterator[list[str]]:
    found: list[str] = []

    def listen(*event: Any) -> None:
        found.append(str(event[2]))

    sa.event.listen(sqlite_engine, "before_cursor_execute", listen)
    yield found
    sa.event.remove(sqlite_engine, "before_cursor_execute", listen)


@pytest.mark.parametrize("view", ["month", "week", "day", "map", "list"])
@pytest.mark.parametrize("lanes", ["organisation", "town", "team"])
def test_every_view_opens_in_every_kind_of_lanes(coordinator: Browser, view: str, lanes: str) -> None:
    answer = coordinator.get(f"/board?view={view}&lanes={lanes}&day=2026-03-05")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text


def test_views_show_the_days_they_are_for(coordinator: Browser) -> None:
    month, week = data(coordinator, "day=2026-03-05"), data(coordinator, "view=week&day=2026-03-05")
    day = data(coordinator, "view=day&day=2026-03-05")
    assert len(month["v"]) == 60
    assert week["d"] == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06"]
    assert day["d"] == ["2026-03-05"]
    assert set(uids(day)) < set(uids(week)) < set(uids(month))


def test_names_stand_once_and_indices_point_to_them(coordinator: Browser, scene: Scene) -> None:
    document = data(coordinator)
    row = document["v"][0]
    assert {str(body) for body in row[7]} <= set(document["o"])
    assert str(row[8]) in document["f"]
    assert str(row[9]) in document["t"]
    assert document["s"][row[5]] == "published"
    assert set(document["o"]) == {str(one) for one in scene.organisations}


@pytest.mark.parametrize(("name", "place"), [("organisation", 7), ("team", 8), ("town", 9), ("class", 6)], ids=str)
def test_filter_narrows_every_view_alike(coordinator: Browser, name: str, place: int) -> None:
    whole = data(coordinator)
    wanted = whole["v"][0][place]
    wanted = wanted[-1] if isinstance(wanted, list) else wanted
    expected = [row[0] for row in whole["v"] if wanted == row[place] or wanted in (row[7] if place == 7 else [])]

    narrowed = data(coordinator, f"{name}={wanted}")
    listed = coordinator.get(f"/board?view=list&{name}={wanted}").text

    assert uids(narrowed) == expected
    assert 0 < len(expected) < 60
    assert f"{len(expected)} 次检查" in listed


def test_text_finds_sites_enterprises_and_credit_codes(coordinator: Browser) -> None:
    by_site = data(coordinator, "text=合成场所7号店")
    by_firm = data(coordinator, "text=合成企业7有限")
    assert len(by_site["v"]) == 1
    assert uids(by_site) == uids(by_firm)
    assert data(coordinator, "text=没有这一家")["v"] == []


def test_states_follow_the_draft_and_banner_counts_them(
    coordinator: Browser, sqlite_engine: sa.Engine, scene: Scene
) -> None:
    assert "草案与第 1 版一致" in coordinator.get("/board").text
    with unit_of_work(sqlite_engine) as session:
        moved, gone = session.exec(select(Visit).order_by(Visit.uid)).all()[:2]
        moved.day, gone.status = scene.days[-1], VisitStatus.CANCELLED
        moved_uid, gone_uid = moved.uid, gone.uid

    page = coordinator.get("/board?view=list&state=unpublished").text

    assert uids(data(coordinator, "view=list&state=changed")) == [moved_uid]
    assert uids(data(coordinator, "view=list&state=cancelled")) == [gone_uid]
    assert len(data(coordinator, "state=published")["v"]) == 58
    found = BANNER.search(page)
    assert found is not None
    assert int(found[1]) == len(ROWS.findall(page)) == 2
    assert f'href="/visits/{gone_uid}"' not in page


def test_conflicts_are_those_of_the_approver(coordinator: Browser, sqlite_engine: sa.Engine) -> None:
    assert data(coordinator, "conflicts=1")["v"] == []
    with unit_of_work(sqlite_engine) as session:
        visit = session.exec(select(Visit).order_by(Visit.uid)).first()
        assert visit is not None
        visit.start_quarter, visit.quarters, uid = 3, 1, visit.uid
        visit.lead_officer_id = None

    document = data(coordinator, "conflicts=1")

    assert uids(document) == [uid]
    assert document["v"][0][11] & 8
    assert "有冲突" in coordinator.get("/board?view=list&conflicts=1").text


def test_address_keeps_filter_and_selection_across_views(coordinator: Browser, scene: Scene) -> None:
    chosen = uids(data(coordinator))[:2]
    town = scene.towns[0]
    text = coordinator.get(f"/board?view=week&lanes=town&town={town}&selected={','.join(chosen)}").text
    tabs = re.findall(r'href="(/board\?[^"]+)"', text.split("视图")[1].split("</nav>")[0])
    assert len(tabs) == 5
    for tab in tabs:
        assert f"town={town}" in tab
        assert "lanes=town" in tab
        assert "selected=" + "%2C".join(chosen) in tab or "selected=" + ",".join(chosen) in tab
    assert "已选 2 次" in text


def test_ticked_boxes_become_the_selection_without_scripts(coordinator: Browser) -> None:
    first, second = uids(data(coordinator))[:2]
    text = coordinator.get(f"/board?view=list&selected={first}&selected={second}").text
    assert "已选 2 次" in text
    assert len(re.findall(r"data-board-pick [^>]*checked", text)) == 2


@pytest.mark.parametrize(
    "address",
    ["view=x&lanes=y&day=2026-02-30&class=Z&state=q&organisation=a&town=99999999999999999999", "selected=<script>"],
    ids=["strange values", "strange selection"],
)
def test_strange_address_still_opens(coordinator: Browser, address: str) -> None:
    answer = coordinator.get(f"/board?{address}")
    assert answer.status_code == 200
    assert "<script>" not in answer.text.split("<body>")[1]


def test_unknown_round_is_not_found(coordinator: Browser) -> None:
    assert coordinator.get(f"/board?round={'0' * 32}").status_code == 404


def test_day_outside_the_round_is_an_empty_board(coordinator: Browser) -> None:
    assert "这段时间没有检查" in coordinator.get("/board?day=2027-01-01").text


def test_departments_see_their_own_visits_and_no_count_of_the_whole(
    shared_app: Flask, sqlite_engine: sa.Engine, scene: Scene, clock: FixedClock, coordinator: Browser
) -> None:
    with unit_of_work(sqlite_engine) as session:
        clerk = session.exec(select(User).where(User.role == Role.CLERK).order_by(col(User.id))).first()
        assert clerk is not None
        name, body = clerk.username, clerk.organisation_id
        session.exec(select(Visit)).first().day = scene.days[-1]  # type: ignore[union-attr]
    client = shared_app.test_client()
    client.set_cookie("onedoor", sign_in_token(sqlite_engine, clock, name))
    own, whole = data(Browser(client)), data(coordinator)
    assert uids(own) == [row[0] for row in whole["v"] if body in row[7]]
    assert (own["n"], whole["n"]) == (None, 1)
    assert BANNER.search(client.get("/board").text) is None


def test_hidden_visit_of_others_is_on_no_board_of_a_department(browse_as: As, cast: Cast) -> None:
    clerk, coordinator = browse_as(Role.CLERK), browse_as(Role.COORDINATOR)
    assert cast.hidden_uid in uids(data(coordinator, f"round={cast.uids['round']}"))
    assert cast.hidden_uid not in uids(data(clerk, f"round={cast.uids['round']}"))
    assert cast.hidden_site not in clerk.get(f"/board?view=list&round={cast.uids['round']}").text


def test_account_without_a_visit_is_told_so(browse_as: As, web_engine: sa.Engine) -> None:
    with unit_of_work(web_engine) as session:
        session.execute(sa.text("UPDATE visit SET status = 'cancelled'"))
    assert "还没有排好的检查" in browse_as(Role.CLERK).get("/board").text
    assert data(browse_as(Role.CLERK))["v"] == []


@pytest.mark.parametrize("path", ["/board", "/board?view=list", "/board?view=day", "/board?view=map", "/board/data"])
def test_queries_do_not_grow_with_visits(
    shared_app: Flask, sqlite_engine: sa.Engine, clock: FixedClock, statements: list[str], path: str
) -> None:
    counts = {}
    db.install(shared_app, sqlite_engine, SETTINGS, clock)
    for visits in (20, 200):
        with unit_of_work(sqlite_engine) as session:
            made = make_scene(session, visits=visits)
        client = shared_app.test_client()
        client.set_cookie("onedoor", sign_in_token(sqlite_engine, clock, made.coordinator.username))
        mark = "&" if "?" in path else "?"
        statements.clear()
        assert client.get(f"{path}{mark}round={made.round_uid}").status_code == 200
        counts[visits] = len(statements)
    assert counts[200] == counts[20] > 8


def test_table_comes_with_counts_and_is_filled_by_scripts(coordinator: Browser) -> None:
    text = coordinator.get("/board?lanes=team").text
    table = text.split("<tbody>")[1].split("</tbody>")[0]
    assert "chip" not in table
    assert sum(int(cell) for cell in re.findall(r'<td data-count="(\d+)"><span>\1</span></td>', table)) == 60


def test_calendar_and_round_lead_to_the_board(browse_as: As, cast: Cast) -> None:
    browser = browse_as(Role.COORDINATOR)
    assert f"/board?round={cast.uids['round']}" in browser.get(f"/rounds/{cast.uids['round']}").text
    assert 'href="/board' in browser.get("/calendar?month=2026-03").text
    assert 'href="/board' in browse_as(Role.CLERK).get("/calendar?month=2026-03").text


@pytest.mark.parametrize(
    ("lanes", "busiest", "printed"),
    [
        (9, 2, ""),
        (18, 1, ""),
        (19, 1, "close"),
        (15, 2, "close"),
        (31, 1, "crowded"),
        (20, 4, "crowded"),
        (30, 12, "figures"),
    ],
    ids=[
        "few-lanes",
        "as-many-as-fit",
        "one-more",
        "as-many-as-fit-cut",
        "one-more-than-fit-cut",
        "a-busy-week",
        "a-crowded-week",
    ],
)
def test_week_of_many_lanes_is_printed_smaller_so_that_it_stays_on_one_sheet(
    lanes: int, busiest: int, printed: str
) -> None:
    rows = [Lane(key=key, name=str(key), counts={0: 1, 1: busiest}) for key in range(lanes)]
    assert crowding(rows) == printed
