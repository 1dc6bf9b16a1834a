"""Two processes and one export, or one platform: nothing is lost, nothing goes out twice; with a control for each."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.enums import ExportKind, ExportState, FileForm, PushState, Role
from data.models import AuditEvent, ExportFile, ExportRun, PushBatch
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.exports import destinations, runs
from scheduler.exports.destinations import Aim, secret_of
from scheduler.exports.tables import Extract, export_table
from tests.factories import NOW, make_actor
from tests.faults.exporting import FIRST, SECOND, push_beside_another, write_beside_another
from tests.faults.processes import ended, start
from tests.gateway import running_gateway
from tests.scheduler.planning.worlds import World, make_world, publish, solve

KEY = "k" * 40
LATER = NOW + timedelta(days=3)


@pytest.fixture
def world(engine: sa.Engine) -> World:
    """A release of three visits."""
    clock = FixedClock(NOW)
    with unit_of_work(engine) as session:
        made = make_world(session, sites=3, organisations=2)
    solve(engine, clock, made)
    publish(engine, clock, made)
    return made


def both(engine: sa.Engine, folder: Path, target: Callable[..., None], *words: object) -> list[int | None]:
    """Let two processes do the same; returns their exit codes."""
    url = engine.url.render_as_string(hide_password=False)
    processes = [start(target, url, LATER, str(folder), name, *words) for name in (FIRST, SECOND)]
    return [ended(one) for one in processes]


@pytest.mark.parametrize("guarded", [True, False], ids=["guarded", "guards off"])
def test_two_workers_write_each_row_of_one_export_once(
    engine: sa.Engine, tmp_path: Path, world: World, guarded: bool
) -> None:
    """With the guards off the second finishes it, and the first spoils what is finished."""
    with unit_of_work(engine) as session:
        extract = Extract(kind=ExportKind.VISITS)
        runs.request_export(session, FixedClock(LATER), world.coordinator, extract, form=FileForm.JSON)
    assert both(engine, tmp_path, write_beside_another, guarded) == ([0, 0] if guarded else [1, 0])
    with reading(engine) as session:
        run = session.exec(select(ExportRun)).one()
        found = (run.state, run.rows, run.lease_holder)
        made = session.exec(select(AuditEvent).where(AuditEvent.action == "export.make")).all()
        whole = list(export_table(session, world.coordinator, ExportKind.VISITS).rows)
        written = _rows(session.exec(select(ExportFile)).one().content)
    assert (written, len(made)) == (whole, 1)
    assert found == ((ExportState.DONE, 3, FIRST) if guarded else (ExportState.FAILED, 3, SECOND))


def _rows(packed: bytes) -> object:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        (name,) = [one for one in archive.namelist() if one.endswith(".json") and one != "manifest.json"]
        return json.loads(archive.read(name))


@pytest.mark.parametrize(("guarded", "calls"), [(True, [1, 1]), (False, [2, 1])], ids=["guarded", "guard off"])
def test_two_relays_push_each_batch_to_one_platform_once(
    engine: sa.Engine, tmp_path: Path, world: World, guarded: bool, calls: list[int]
) -> None:
    """With the guard off both call with the first batch; the key alone tells the platform that it has it already."""
    with running_gateway() as platform:
        with unit_of_work(engine) as session:
            administrator = make_actor(session, Role.ADMINISTRATOR)
            aim = Aim(name="省平台", url=platform.url, kind=ExportKind.VISITS, mapping=None, every_minutes=60)
            row = destinations.save_destination(session, FixedClock(NOW), administrator, None, aim, hosts="127.0.0.1")
        platform.secret = secret_of(KEY, row)
        assert both(engine, tmp_path, push_beside_another, guarded, KEY) == [0, 0]
        assert sorted(Counter(platform.keys).values(), reverse=True) == calls
        kept = dict(zip(platform.keys, platform.bodies, strict=True))
        pushed = [line["visit"] for body in kept.values() for line in body["rows"]]
    with reading(engine) as session:
        whole = [line["visit"] for line in export_table(session, world.coordinator, ExportKind.VISITS).rows]
        states = session.exec(select(PushBatch.state).order_by(col(PushBatch.number))).all()
    assert sorted(pushed) == sorted(whole)
    assert list(states) == [PushState.SENT, PushState.SENT]
