"""The whole round at the shell, on PostgreSQL: from a sheet to delivered notices, and the same files judged again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from data.models import InboxMessage, InspectionRequest, Release, ReleaseVisit
from data.session import make_engine, reading
from scheduler.clock import DISTRICT_ZONE
from tests.journeys.conftest import MORNING
from tests.journeys.service import Login, Service
from tests.journeys.sheets import clerk_sheet
from tests.postgres import Cluster

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

PUBLISH_AT = datetime(2026, 11, 26, 8, 0, tzinfo=DISTRICT_ZONE)


@pytest.fixture
def installation(postgres_cluster: Cluster, tmp_path: Path) -> Iterator[Service]:
    admin = make_engine(postgres_cluster.url("postgres"))
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE DATABASE journey"))
    service = Service(folder=tmp_path, database_url=postgres_cluster.url("journey"))
    service.set_clock(MORNING)
    yield service
    service.stop()
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("DROP DATABASE journey WITH (FORCE)"))
    admin.dispose()


def file_a_sheet(service: Service, logins: dict[str, Login], round_uid: str) -> None:
    sheet = service.folder / "plan.xlsx"
    sheet.write_bytes(clerk_sheet())
    clerk, head = logins["clerk"].username, logins["head"].username
    words = ("plans", "import", str(sheet), "--as", clerk, "--round", round_uid, "--year", "2026", "--json")
    first = json.loads(service.run(*words))
    assert first["added"] == 3
    again = json.loads(service.run(*words))
    assert (again["added"], again["already_there"]) == (0, 3)
    service.run("round", "submit", first["plan"], "--as", clerk, "--reason", "年度计划已公布")
    service.run("round", "file", first["plan"], "--as", clerk, expect=1)
    service.run("round", "file", first["plan"], "--as", head)


def test_round_goes_from_sheet_to_notices_at_the_shell(installation: Service) -> None:
    logins = installation.seed("--preset", "S", "--no-rounds")
    coordinator, approver = logins["coordinator"].username, logins["approver"].username
    uid = installation.run(
        *("round", "open", "十二月轮次", "--as", coordinator),
        *("--first", "2026-12-01", "--last", "2026-12-31", "--filing-until", "2026-11-25"),
    ).strip()
    file_a_sheet(installation, logins, uid)
    for step in ("freeze", "draw", "solve"):
        installation.run("round", step, uid, "--as", coordinator)
    installation.run("round", "approve", uid, "--as", coordinator, expect=1)
    installation.run("round", "approve", uid, "--as", approver, "--publish-at", "2026-11-26T08:00:00")

    assert "releases []" in installation.run("round", "publish")
    installation.set_clock(PUBLISH_AT + timedelta(hours=2))
    assert "releases [1]" in installation.run("round", "publish")
    assert "releases []" in installation.run("round", "publish")

    engine = make_engine(installation.database_url)
    with reading(engine) as session:
        release = session.exec(select(Release)).one()
        visits = session.exec(select(func.count(col(ReleaseVisit.id)))).one()
        told = _inbox_keys(session)
        requests = session.exec(select(func.count(col(InspectionRequest.id)))).one()
        assert (release.number, release.late_seconds) == (1, 7200)
    engine.dispose()
    assert 0 < visits <= requests
    assert told
    assert len(told) == len(set(told))


def _inbox_keys(session: Session) -> list[str]:
    return list(session.exec(select(InboxMessage.dedupe_key)))
