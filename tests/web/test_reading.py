"""Every page in both languages, and what reading must not do: write."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import SQLModel

from data.enums import Role
from scheduler.looks import ACTION as LOOK
from tests.web.cast import Cast
from tests.web.conftest import As, change_user
from tests.web.test_routes import READING, address

HEADING = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
# Headings that are a name of a row stay as the row has them.
NAMED = {
    "plans.show", "rounds.show", "uploads.show", "registry.enterprise", "registry.officer", "portal.visit",
    "keeping.item", "edits.visit", "edits.why", "fieldwork.visit",
}  # fmt: skip
WITHOUT_HEADING = {
    "edits.possible_days",
    "board.count",
    "board_moves.days",
    "board.data",
    "runs.progress",
    "draws.document",
    "attachments.download",
    "uploads.template",
    "uploads.faulty",
    "lists.template",
    "oversight.download",
    "figures.download",
    "documents.own",
    "fieldwork.token",
}
MAIN_ROLES = (Role.CLERK, Role.HEAD, Role.COORDINATOR, Role.APPROVER, Role.ADMINISTRATOR, Role.OFFICER, Role.ENTERPRISE)


def contents(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables. Looks at unannounced visits are noted after the answer, and only those; see looks."""
    looks = SQLModel.metadata.tables["auditevent"].c.action == LOOK
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    sa.select(table)
                    .where(~looks if table.name == "auditevent" else sa.true())
                    .order_by(*table.primary_key)
                )
            ]
            for table in SQLModel.metadata.sorted_tables
            if table.name != "audittip"
        }


def pages_of(app: Flask, cast: Cast, role: Role) -> dict[str, str]:
    return {
        endpoint: address(app, endpoint, **{name: cast.uids[key] for name, key in arguments.items()})
        for endpoint, (arguments, roles) in READING.items()
        if role in roles
    }


@pytest.mark.parametrize("role", MAIN_ROLES, ids=str)
def test_pages_speak_english_when_asked(
    app: Flask, cast: Cast, browse_as: As, web_engine: sa.Engine, role: Role
) -> None:
    change_user(web_engine, cast.users[role], language="en")
    browser = browse_as(role)
    for endpoint, path in pages_of(app, cast, role).items():
        if endpoint in WITHOUT_HEADING:
            continue
        text = browser.get(path).text
        assert '<html lang="en">' in text
        heading = HEADING.search(text)
        assert heading is not None, endpoint
        if endpoint not in NAMED:
            assert not CHINESE.search(heading[1]), endpoint


@pytest.mark.parametrize("role", MAIN_ROLES, ids=str)
def test_pages_speak_chinese_first(app: Flask, cast: Cast, browse_as: As, role: Role) -> None:
    browser = browse_as(role)
    for endpoint, path in pages_of(app, cast, role).items():
        if endpoint not in WITHOUT_HEADING | NAMED:
            heading = HEADING.search(browser.get(path).text)
            assert heading is not None, endpoint
            assert CHINESE.search(heading[1]), endpoint


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_reading_writes_nothing(app: Flask, cast: Cast, browse_as: As, web_engine: sa.Engine, role: Role) -> None:
    browser = browse_as(role)
    before = contents(web_engine)
    for path in pages_of(app, cast, role).values():
        assert browser.get(path).status_code == 200
    assert contents(web_engine) == before


def test_comparison_would_see_a_write(web_engine: sa.Engine, cast: Cast) -> None:
    before = contents(web_engine)
    change_user(web_engine, cast.users[Role.CLERK], display_name="另一个名字")
    assert contents(web_engine) != before


def test_health_says_that_the_ticker_is_silent(app: Flask) -> None:
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json["database"], answer.json["ticker"]) == (200, "ok", "silent")


def test_calendar_keeps_its_filters_in_its_links(browse_as: As, cast: Cast) -> None:
    text = browse_as(Role.COORDINATOR).get(f"/calendar?month=2026-03&round={cast.uids['round']}").text
    assert f"/calendar?month=2026-04&amp;round={cast.uids['round']}" in text
    assert f"/visits/{cast.uids['visit']}" in text


@pytest.mark.parametrize("month", ["2026-13", "x", "0001-01", "99999-01"])
def test_calendar_of_a_strange_month_is_that_of_now(browse_as: As, month: str) -> None:
    answer = browse_as(Role.COORDINATOR).get(f"/calendar?month={month}")
    assert answer.status_code == 200
    assert "2026年2月" in answer.text


def test_day_that_is_none_is_not_found(browse_as: As) -> None:
    assert browse_as(Role.COORDINATOR).get("/calendar/2026-02-30").status_code == 404


def test_days_of_an_unpublished_year_are_marked_provisional(browse_as: As) -> None:
    assert "暂定" in HEADING.sub("", browse_as(Role.COORDINATOR).get("/calendar?month=2028-03").text.split("legend")[0])
