"""Exports as rows: part by part, resumed without a row lost or doubled, for those alone who may have them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from data.enums import ExportKind, ExportState, FileForm, Role
from data.models import AuditEvent, ExportFile, ExportMapping, ExportPart, ExportRun
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, LimitError, NotFoundError, NotPermittedError
from scheduler.exports import runs, writing
from scheduler.exports.mapping import SAMPLE
from scheduler.exports.mappings import list_mappings, save_mapping
from scheduler.exports.tables import Extract, export_table
from tests.factories import make_actor
from tests.scheduler.planning.worlds import World
from tests.scheduler.publishing.edits import unchanged

VISITS = Extract(kind=ExportKind.VISITS)


class Died(BaseException):
    """A death that no handler of the worker sees, as a kill is."""


def ask(engine: sa.Engine, clock: FixedClock, world: World, extract: Extract = VISITS, **values: Any) -> str:
    with unit_of_work(engine) as session:
        return runs.request_export(session, clock, world.coordinator, extract, form=FileForm.JSON, **values).uid


def run_of(engine: sa.Engine, uid: str) -> ExportRun:
    with unit_of_work(engine) as session:
        return session.exec(select(ExportRun).where(ExportRun.uid == uid)).one()


def rows_of(engine: sa.Engine, clock: FixedClock, world: World, uid: str) -> Any:
    with unit_of_work(engine) as session:
        content = runs.take_file(session, clock, world.coordinator, runs.get_run(session, world.coordinator, uid).run)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".json") and one != "manifest.json")
        return json.loads(archive.read(name))


def test_export_is_written_in_parts_and_holds_what_the_table_holds(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    uid = ask(database, clock, published)
    assert writing.write_due(database, clock, holder="a", part_rows=2) == 3
    run = run_of(database, uid)
    assert (run.state, run.rows, run.parts, run.resumed) == (ExportState.DONE, 3, 2, 0)
    with unit_of_work(database) as session:
        table = export_table(session, published.coordinator, ExportKind.VISITS)
        assert run.cursor == table.cursor
        assert session.exec(select(func.count()).select_from(ExportPart)).one() == 0
        actions = session.exec(select(AuditEvent.action).where(AuditEvent.entity_uid == uid)).all()
    assert rows_of(database, clock, published, uid) == list(table.rows)
    assert actions == ["export.request", "export.make"]
    assert writing.write_due(database, clock, holder="a") == 0


@pytest.mark.parametrize("point", writing.POINTS)
def test_whoever_comes_after_a_death_goes_on_behind_the_last_part(
    database: sa.Engine, clock: FixedClock, published: World, republish: Callable[..., int], point: str
) -> None:
    for _ in range(6):
        republish(unchanged)
    uid = ask(database, clock, published, Extract(kind=ExportKind.RELEASES))
    before = run_of(database, uid)

    def die(here: str) -> None:
        if here == point:
            raise Died

    for holder in ("a", "b"):
        with pytest.raises(Died):
            writing.write_due(database, clock, holder=holder, part_rows=2, watch=die)
        # Nobody takes an export from a worker that may live.
        assert writing.write_due(database, clock, holder="c", part_rows=2) == 0
        clock.instant += writing.LEASE
    assert writing.write_due(database, clock, holder="c", part_rows=2) > 0
    run = run_of(database, uid)
    assert (run.state, run.rows, run.resumed, run.parts) == (ExportState.DONE, 7, 2, 4 + (point == "export_packed") * 2)
    numbers = [row["release"] for row in rows_of(database, clock, published, uid)]
    assert (numbers, before.state) == ([1, 2, 3, 4, 5, 6, 7], ExportState.QUEUED)


def test_control_without_one_transaction_a_death_leaves_a_part_that_nobody_counted(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    uid = ask(database, clock, published)
    with unit_of_work(database) as session:
        run = session.exec(select(ExportRun)).one()
        assert writing.claim(session, clock, run.id or 0, epoch=0, holder="a")

    def write_in_two() -> None:
        with Session(database) as session:

            def commit_and_die(here: str) -> None:
                if here == "export_part":
                    session.commit()
                    raise Died

            writing.write_part(session, clock, run.id or 0, 1, limit=2, watch=commit_and_die)

    with pytest.raises(Died):
        write_in_two()
    with reading(database) as session:
        assert session.exec(select(func.sum(ExportPart.rows))).one() == 2
    assert run_of(database, uid).rows == 0


def test_worker_that_lost_its_claim_writes_nothing(database: sa.Engine, clock: FixedClock, published: World) -> None:
    uid = ask(database, clock, published)

    def lose(here: str) -> None:
        if here == "export_kept":
            clock.instant += timedelta(minutes=2)
            writing.write_due(database, clock, holder="b", part_rows=2)

    writing.write_due(database, clock, holder="a", part_rows=2, watch=lose)
    run = run_of(database, uid)
    assert (run.state, run.rows, run.lease_holder) == (ExportState.DONE, 3, "b")
    assert len(rows_of(database, clock, published, uid)) == 3


def test_failed_export_says_why_and_goes_on_when_told_to(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    uid = ask(database, clock, published)

    def fail(here: str) -> None:
        if here == "export_kept":
            raise ValueError("disk full")

    with pytest.raises(ValueError, match="disk full"):
        writing.write_due(database, clock, holder="a", part_rows=2, watch=fail)
    run = run_of(database, uid)
    assert (run.state, run.error, run.rows) == (ExportState.FAILED, "ValueError: disk full", 2)
    with unit_of_work(database) as session:
        runs.retry(session, clock, published.coordinator, session.exec(select(ExportRun)).one())
    writing.write_due(database, clock, holder="a", part_rows=2)
    assert len(rows_of(database, clock, published, uid)) == 3


def mapping(session: Session, clock: FixedClock, name: str = "省平台") -> ExportMapping:
    administrator = make_actor(session, Role.ADMINISTRATOR)
    return save_mapping(session, clock, administrator, None, name=name, content=SAMPLE.read_text(encoding="utf-8"))


def test_mapping_is_applied_as_it_was_when_the_export_was_asked_for(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        kept = mapping(session, clock)
    uid = ask(database, clock, published, mapping=kept)
    with unit_of_work(database) as session:
        changed = kept.content.replace("UNISCID", "XYDM")
        again = session.get_one(ExportMapping, kept.id)
        save_mapping(session, clock, make_actor(session, Role.ADMINISTRATOR), again, name="改", content=changed)
    writing.write_due(database, clock, holder="a", part_rows=2)
    rows = rows_of(database, clock, published, uid)
    assert len(rows) == run_of(database, uid).rows
    assert all("UNISCID" in row and "XYDM" not in row for row in rows)


def test_rows_that_do_not_fit_are_counted_with_their_place_in_the_whole(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    narrow = "[visits]\nname='x'\n[[visits.fields]]\nto='A'\nfrom='site'\nlongest=1\nrequired=true\n"
    with unit_of_work(database) as session:
        kept = save_mapping(session, clock, make_actor(session, Role.ADMINISTRATOR), None, name="窄", content=narrow)
    uid = ask(database, clock, published, mapping=kept)
    writing.write_due(database, clock, holder="a", part_rows=2)
    run = run_of(database, uid)
    assert (run.rows, run.left_out) == (0, 3)
    with (
        reading(database) as session,
        zipfile.ZipFile(io.BytesIO(session.get_one(ExportFile, run.id).content)) as archive,
    ):
        faults = archive.read("faults.csv").decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in faults[1:]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [("[", "mapping_syntax"), ("x = 1", "mapping_without_table"), ("[visits]\nname = 'x'", "bad_mapping")],
    ids=["no TOML", "no table", "no fields"],
)
def test_faulty_mapping_is_not_kept(session: Session, clock: FixedClock, content: str, code: str) -> None:
    actor = make_actor(session, Role.ADMINISTRATOR)
    with pytest.raises(InvalidError) as caught:
        save_mapping(session, clock, actor, None, name="x", content=content)
    assert [(one.field, one.code) for one in caught.value.faults] == [("content", code)]
    assert list_mappings(session, actor) == []


def test_mapping_names_are_taken_once_and_administrators_write_them(session: Session, clock: FixedClock) -> None:
    kept = mapping(session, clock)
    with pytest.raises(InvalidError, match="invalid"):
        mapping(session, clock)
    with pytest.raises(NotPermittedError):
        save_mapping(session, clock, make_actor(session, Role.COORDINATOR), kept, name="x", content=kept.content)
    actor = make_actor(session, Role.SUPERVISOR)
    assert list_mappings(session, actor, kind=ExportKind.PLANS) == [kept]
    assert list_mappings(session, actor, kind=ExportKind.DRAWS) == []


def test_preview_shows_the_first_rows_and_the_number_of_all(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        whole = Extract(kind=ExportKind.VISITS, hidden=True)
        plain = runs.preview(session, published.coordinator, VISITS, None)
        assert (len(plain.content.rows), plain.total) == (3, 3)
        assert runs.preview(session, published.coordinator, whole, None).total == 4
        with pytest.raises(NotPermittedError):
            runs.preview(session, make_actor(session, Role.SUPERVISOR), whole, None)
        mapped = runs.preview(session, published.coordinator, VISITS, mapping(session, clock))
        assert mapped.content.fields[:2] == ("XZJC_ID", "UNISCID")


def test_export_with_unannounced_visits_is_nobody_elses(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    uid = ask(database, clock, published, Extract(kind=ExportKind.VISITS, hidden=True))
    plain = ask(database, clock, published)
    with unit_of_work(database) as session:
        for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
            actor = make_actor(session, role)
            assert [one.run.uid for one in runs.list_runs(session, actor)] == [plain]
            with pytest.raises(NotFoundError):
                runs.get_run(session, actor, uid)
        assert [one.run.uid for one in runs.list_runs(session, published.coordinator)] == [plain, uid]
        with pytest.raises(NotFoundError):
            runs.get_run(session, make_actor(session, Role.CLERK), plain)


def test_next_export_begins_where_the_last_of_its_kind_ended(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session, pytest.raises(InvalidError):
        runs.chosen_since(session, VISITS, "last")
    uid = ask(database, clock, published)
    writing.write_due(database, clock, holder="a")
    cursor = run_of(database, uid).cursor
    with unit_of_work(database) as session:
        assert runs.chosen_since(session, VISITS, "last").since == cursor
        assert runs.chosen_since(session, Extract(kind=ExportKind.VISITS, since="3"), "all") == VISITS
        hidden = Extract(kind=ExportKind.VISITS, hidden=True)
        # What a coordinator's export with unannounced visits has seen, the plain one has not.
        assert runs.last_cursor(session, hidden) == ""


def test_file_is_kept_for_a_while(database: sa.Engine, clock: FixedClock, published: World) -> None:
    uid = ask(database, clock, published)
    writing.write_due(database, clock, holder="a")
    clock.instant += runs.KEPT + timedelta(seconds=1)
    with unit_of_work(database) as session:
        assert runs.forget_exports(session, clock) == 1
        found = runs.get_run(session, published.coordinator, uid)
        assert (found.there, found.live, found.run.state) == (False, False, ExportState.DONE)
        with pytest.raises(ConflictError):
            runs.take_file(session, clock, published.coordinator, found.run)


def test_too_many_do_not_wait(database: sa.Engine, clock: FixedClock, published: World) -> None:
    for _ in range(runs.MOST_WAITING):
        ask(database, clock, published)
    with pytest.raises(LimitError):
        ask(database, clock, published)
