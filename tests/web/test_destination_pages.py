"""Destinations through the pages: set up by administrators alone, watched by others, settled after a refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import PushState, Role
from data.models import AuditEvent, PushBatch, PushDestination
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.exports.destinations import secret_of
from scheduler.exports.pushing import Line, push_due
from tests.gateway import running_gateway
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, As
from web import db

GIVEN = {"name": "省平台", "kind": "visits", "mapping": "", "every_minutes": "60", "active": "y"}


@pytest.fixture
def allowed(app: Flask, web_engine: sa.Engine, clock: FixedClock) -> None:
    """This machine may be pushed to."""
    db.install(app, web_engine, replace(SETTINGS, push_hosts="127.0.0.1"), clock)


def destination(engine: sa.Engine, uid: str) -> PushDestination:
    with unit_of_work(engine) as session:
        return session.exec(select(PushDestination).where(PushDestination.uid == uid)).one()


@pytest.mark.usefixtures("allowed")
def test_destination_is_set_up_and_gets_its_data(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    admin = browse_as(Role.ADMINISTRATOR)
    with running_gateway() as platform:
        answer = admin.post("/destinations/new", GIVEN | {"url": platform.url})
        assert answer.status_code == 303, answer.text
        path = answer.location
        row = destination(web_engine, path.rsplit("/", 1)[1])
        platform.secret = secret_of(SETTINGS.secret_key, row)
        assert platform.secret not in admin.get(path).text
        assert platform.secret in admin.post(f"{path}/secret").text
        line = Line(key=SETTINGS.secret_key, hosts="127.0.0.1", seconds=5.0)
        # The destination of the cast stands still: it was refused.
        assert push_due(web_engine, clock, line, holder="test") == 1
        assert (platform.bad_signatures, len(platform.bodies[0]["rows"])) == (0, 3)
        assert cast.hidden_uid.encode() not in platform.raw[0]
    page = browse_as(Role.SUPERVISOR).get(path).text
    assert "ref-1" in page
    assert "查看密钥" not in page


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"url": "https://evil.example/"}, "只能推送到"),
        ({"url": "http://127.0.0.1:9/?x=1"}, "只能推送到"),
        ({"url": ""}, "请填写这一项"),
        ({"url": "http://127.0.0.1:9/", "name": "示例平台"}, "这个名称已经有了"),
    ],
    ids=["other host", "query", "none", "name taken"],
)
def test_faulty_destination_is_told_at_its_field_and_kept(browse_as: As, change: dict[str, str], text: str) -> None:
    answer = browse_as(Role.ADMINISTRATOR).post("/destinations/new", GIVEN | change)
    assert answer.status_code == 422
    assert text in answer.text
    assert f'value="{change["url"]}"' in answer.text


@pytest.mark.usefixtures("allowed")
def test_destination_that_somebody_else_changed_is_not_overwritten(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    admin, path = browse_as(Role.ADMINISTRATOR), f"/destinations/{cast.uids['destination']}/edit"
    seen = str(destination(web_engine, cast.uids["destination"]).version)
    given = GIVEN | {"url": "http://127.0.0.1:9/", "version": seen}
    assert admin.post(path, given).status_code == 303
    assert admin.post(path, given | {"name": "又一个"}).status_code == 409
    assert destination(web_engine, cast.uids["destination"]).name == "省平台"


def test_refused_batch_is_settled_with_a_reason(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    admin, path = browse_as(Role.ADMINISTRATOR), f"/destinations/{cast.uids['destination']}"
    page = admin.get(path).text
    assert "HTTP 400" in page
    assert "UNISCID" in page
    assert admin.post(f"{path}/settle", {"event": "retry", "reason": ""}).status_code == 422
    assert admin.post(f"{path}/settle", {"event": "explode", "reason": "x"}).status_code == 422
    assert admin.post(f"{path}/settle", {"event": "skip", "reason": "对方不要这一批"}).status_code == 303
    with unit_of_work(web_engine) as session:
        batch = session.exec(select(PushBatch)).one()
        assert (batch.state, batch.reason) == (PushState.SKIPPED, "对方不要这一批")
        assert session.exec(select(AuditEvent.reason).where(AuditEvent.action == "batch.skip")).one() == batch.reason
    assert admin.post(f"{path}/settle", {"event": "skip", "reason": "再来"}).status_code == 409


def test_secret_changes_and_leaves_a_line(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    admin, path = browse_as(Role.ADMINISTRATOR), f"/destinations/{cast.uids['destination']}"
    before = secret_of(SETTINGS.secret_key, destination(web_engine, cast.uids["destination"]))
    page = admin.post(f"{path}/secret", {"rotate": "1"}).text
    after = secret_of(SETTINGS.secret_key, destination(web_engine, cast.uids["destination"]))
    assert after in page
    assert before not in page
    with unit_of_work(web_engine) as session:
        lines = session.exec(select(AuditEvent).where(AuditEvent.action == "destination.rotate")).all()
        assert after not in str([(one.before, one.after) for one in lines])
    assert admin.post(f"{path}/start", {"whole": "1"}).status_code == 409
    assert admin.post(f"{path}/start").status_code == 303
