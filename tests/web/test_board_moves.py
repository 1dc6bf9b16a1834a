"""Moving a visit through the board: what scripts are answered, and the same by a plain form."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import ClosureKind, VisitStatus
from data.models import Closure, Visit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from tests.scheduler.board.scenes import Scene, make_scene
from tests.web.conftest import SETTINGS, Browser, sign_in_token
from web import db

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


@pytest.fixture
def clock() -> FixedClock:
    """So early that nothing is at short notice."""
    return FixedClock(datetime(2026, 2, 10, 1, 0, tzinfo=UTC))


@pytest.fixture
def scene(sqlite_engine: sa.Engine) -> Scene:
    with unit_of_work(sqlite_engine) as session:
        return make_scene(session, visits=30)


@pytest.fixture
def coordinator(shared_app: Flask, sqlite_engine: sa.Engine, scene: Scene, clock: FixedClock) -> Browser:
    return desk_of(shared_app, sqlite_engine, scene, clock)


def desk_of(app: Flask, engine: sa.Engine, scene: Scene, clock: FixedClock) -> Browser:
    db.install(app, engine, SETTINGS, clock)
    client = app.test_client()
    client.set_cookie("onedoor", sign_in_token(engine, clock, scene.coordinator.username))
    return Browser(client)


@pytest.fixture
def visit(sqlite_engine: sa.Engine, scene: Scene) -> Visit:
    """A visit of Monday whose site is closed on Wednesday."""
    with unit_of_work(sqlite_engine) as session:
        found = session.exec(select(Visit).where(Visit.day == MONDAY).order_by(Visit.uid)).first()
        assert found is not None
        session.add(
            Closure(site_id=found.site_id, first_date=WEDNESDAY, last_date=WEDNESDAY, kind=ClosureKind.SHUTDOWN)
        )
        return found


def place_of(engine: sa.Engine, uid: str) -> tuple[date, int, int]:
    with reading(engine) as session:
        found = session.exec(select(Visit).where(Visit.uid == uid)).one()
        return found.day, found.start_quarter, found.version


def send(browser: Browser, uid: str, body: Any, *, match: str | None = '"1"') -> Any:
    headers = {"Accept": "application/json", "X-CSRFToken": browser.form_token("/board")}
    headers |= {"If-Match": match} if match else {}
    return browser.client.post(f"/board/visits/{uid}/move", json=body, headers=headers)


def to(day: date, quarter: int = 0, **values: Any) -> dict[str, Any]:
    return {"day": day.isoformat(), "start_quarter": quarter, **values}


def test_move_is_answered_with_the_visit_its_price_and_its_new_version(
    coordinator: Browser, visit: Visit, sqlite_engine: sa.Engine
) -> None:
    answer = send(coordinator, visit.uid, to(TUESDAY, 1))

    assert answer.status_code == 200
    row = answer.json["now"]["v"][0]
    day, quarter, version = place_of(sqlite_engine, visit.uid)
    assert (day, quarter) == (TUESDAY, 1)
    assert (row[0], answer.json["now"]["d"][row[2]], row[3], row[1]) == (visit.uid, "2026-03-03", 1, version)
    assert answer.json["now"]["s"][row[5]] == "changed"
    assert {"score", "delta", "warnings"} <= set(answer.json)
    count = coordinator.get("/board/unpublished").json
    assert (count["n"], count["words"]) == (1, "草案有 1 处未发布变更")


def test_hard_rule_blocks_and_names_itself(coordinator: Browser, visit: Visit, sqlite_engine: sa.Engine) -> None:
    answer = send(coordinator, visit.uid, to(WEDNESDAY, reason="再有理由也不行"))

    assert (answer.status_code, answer.json["code"]) == (422, "rule_broken")
    assert any("规则 visit_enterprise_open" in line for line in answer.json["lines"])
    assert place_of(sqlite_engine, visit.uid) == (MONDAY, visit.start_quarter, 1)


def test_soft_rule_wants_a_reason(shared_app: Flask, sqlite_engine: sa.Engine, scene: Scene, visit: Visit) -> None:
    late = desk_of(shared_app, sqlite_engine, scene, FixedClock(datetime(2026, 2, 27, 1, 0, tzinfo=UTC)))

    without = send(late, visit.uid, to(TUESDAY))
    again = send(late, visit.uid, to(TUESDAY, reason="企业当天停电"))

    assert (without.status_code, without.json["code"]) == (422, "needs_reason")
    assert any("R27" in line for line in without.json["lines"])
    assert again.status_code == 200
    assert any("R27" in line for line in again.json["warnings"])


@pytest.mark.parametrize("match", ['"7"', 'W/"7"'], ids=["strong", "weak"])
def test_stale_version_is_412_with_both_versions(
    coordinator: Browser, visit: Visit, sqlite_engine: sa.Engine, match: str
) -> None:
    answer = send(coordinator, visit.uid, to(TUESDAY), match=match)

    assert (answer.status_code, answer.json["code"], answer.json["expected"]) == (412, "stale", 7)
    assert answer.json["now"]["v"][0][1] == 1
    assert place_of(sqlite_engine, visit.uid)[0] == MONDAY


@pytest.mark.parametrize(
    ("body", "match"),
    [
        ({}, None),
        ([], None),
        (to(TUESDAY, 4), None),
        ({"day": "2026-02-30", "start_quarter": 0}, None),
        (to(TUESDAY, reason="长" * 2001), None),
        (to(TUESDAY), '"x"'),
    ],
    ids=["nothing", "a list", "no such quarter", "no such day", "long reason", "version that is none"],
)
def test_move_that_cannot_be_read_names_its_fault(
    coordinator: Browser, visit: Visit, body: Any, match: str | None
) -> None:
    answer = send(coordinator, visit.uid, body, match=match)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert answer.json["errors"]


def test_move_without_form_token_is_refused(coordinator: Browser, visit: Visit) -> None:
    answer = coordinator.client.post(f"/board/visits/{visit.uid}/move", json=to(TUESDAY))
    assert answer.status_code == 400


def test_days_name_every_rule_against_them(coordinator: Browser, visit: Visit) -> None:
    document = coordinator.get(f"/board/visits/{visit.uid}/days").json
    assert document["version"] == 1
    assert 1 in document["days"]["2026-03-03"]["q"]
    assert document["days"]["2026-03-04"]["q"] == []
    assert "规则 visit_enterprise_open" in document["days"]["2026-03-04"]["rules"][0]
    assert "规则 visit_on_workday" in document["off"]


def test_form_lists_the_days_and_moves(coordinator: Browser, visit: Visit, sqlite_engine: sa.Engine) -> None:
    path = f"/board/visits/{visit.uid}/move"
    text = coordinator.get(f"{path}?back=/board?view=week").text
    assert 'value="2026-03-03_1"' in text
    assert 'value="2026-03-04_' not in text
    assert "规则 visit_enterprise_open" in text

    values = {"place": "2026-03-03_1", "version": "1", "reason": "", "back": "/board?view=week"}
    answer = coordinator.post(path, values, page=path)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/board?view=week")
    assert place_of(sqlite_engine, visit.uid)[:2] == (TUESDAY, 1)


def test_form_leads_nowhere_else(coordinator: Browser, visit: Visit) -> None:
    path = f"/board/visits/{visit.uid}/move"
    values = {"place": "2026-03-03_1", "version": "1", "back": "https://example.com/"}
    assert coordinator.post(path, values, page=path).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"version": "1"}, 422, "没有改期"),
        ({"place": "2026-03-04_0", "version": "1"}, 422, "规则 visit_enterprise_open"),
        ({"place": "2026-03-03_0", "version": "9"}, 412, "别人已经修改"),
    ],
    ids=["nothing chosen", "hard rule", "stale"],
)
def test_refused_form_says_why_and_keeps_the_reason(
    coordinator: Browser, visit: Visit, values: dict[str, str], status: int, words: str
) -> None:
    path = f"/board/visits/{visit.uid}/move"
    answer = coordinator.post(path, {**values, "reason": "企业当天停电"}, page=path)
    assert answer.status_code == status
    summary = re.search(r"data-error-summary>.*?</div>", answer.text, re.DOTALL)
    assert summary is not None
    assert "企业当天停电" in answer.text
    assert words in summary[0]


def test_visit_of_a_crew_that_has_arrived_does_not_move(
    coordinator: Browser, visit: Visit, sqlite_engine: sa.Engine
) -> None:
    with unit_of_work(sqlite_engine) as session:
        session.exec(select(Visit).where(Visit.uid == visit.uid)).one().status = VisitStatus.CHECKED_IN
    assert send(coordinator, visit.uid, to(TUESDAY), match=None).status_code == 409
    path = f"/board/visits/{visit.uid}/move"
    form = coordinator.post(path, {"place": "2026-03-03_1", "reason": "企业当天停电"}, page=path)
    assert form.status_code == 409
    assert "这次检查已经到场或完成，不能再调整。" in form.text
    assert "企业当天停电" in form.text
    marks = coordinator.get("/board/data?day=2026-03-02&view=day").json["v"]
    assert next(row[11] for row in marks if row[0] == visit.uid) & 2
