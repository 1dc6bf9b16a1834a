"""Exports: what is in them and what is not (P9), cursors, mappings, and names that would like to be formulas (X-09)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from hashlib import sha256

import openpyxl
import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ExportKind, FileForm, NoticeMode, PlanStatus, Role
from data.models import AuditEvent, CrewSlot, Organisation, Release
from data.session import unit_of_work
from scheduler.clock import DISTRICT_ZONE, FixedClock
from scheduler.errors import InvalidError, NotPermittedError
from scheduler.exports.exporting import make_export
from scheduler.exports.files import write_rows
from scheduler.exports.mapping import SAMPLE, apply_mapping, read_mapping
from scheduler.exports.tables import FIELDS, Extract, Table, count_rows, export_table, read_part
from scheduler.fieldwork.checkins import check_in
from scheduler.fieldwork.publication import publish_result
from scheduler.filing.draws import draw_round
from scheduler.filing.rounds import freeze_round
from scheduler.permissions import Actor
from tests.factories import make_actor, make_plan, make_round, make_task
from tests.scheduler.fieldwork.test_publication import closed
from tests.scheduler.planning.worlds import World, hide, make_world, march, publish, solve
from tests.scheduler.publishing.edits import drop, move, unchanged, visit_to

EXPORTING = {Role.COORDINATOR, Role.SUPERVISOR, Role.ADMINISTRATOR}
RISKY = [
    '=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x",
    " =1", "普通名称",
]  # fmt: skip


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_export_leaves_unannounced_visits_out_unless_asked_for(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2, organisations=2, officers=6)
        hide(session, world, world.sites[0])
    solve(engine, clock, world)
    publish(engine, clock, world)
    with unit_of_work(engine) as session:
        secret = visit_to(session, world, 0, hidden=True)
        plain = export_table(session, world.coordinator, ExportKind.VISITS)
        whole = export_table(session, world.coordinator, ExportKind.VISITS, hidden=True)
        assert {row["visit"] for row in whole.rows} - {row["visit"] for row in plain.rows} == {secret.uid}
        assert world.organisations[2].name not in str(plain.rows)
        for role in EXPORTING - {Role.COORDINATOR}:
            with pytest.raises(NotPermittedError):
                export_table(session, make_actor(session, role), ExportKind.VISITS, hidden=True)
        assert count_rows(session, Extract(kind=ExportKind.VISITS)) == len(plain.rows)
        clock.instant = clock.instant.replace(month=secret.day.month, day=secret.day.day)
        goes = session.exec(select(CrewSlot.officer_id).where(CrewSlot.visit_id == secret.id)).first()
        officer = make_actor(session, Role.OFFICER, officer_id=goes)
        check_in(session, clock, officer, secret.uid, key="a" * 32, secret="s" * 32, reason="场所码脱落")
        assert export_table(session, world.coordinator, ExportKind.VISITS).rows == whole.rows
        came = export_table(session, world.coordinator, ExportKind.VISITS, since=plain.cursor)
        assert [row["visit"] for row in came.rows] == [secret.uid]
        assert len(export_table(session, world.coordinator, ExportKind.FIGURES).rows) == 1


@pytest.mark.parametrize("role", [one for one in Role if one not in EXPORTING], ids=str)
def test_export_is_refused_to_others(session: Session, role: Role) -> None:
    with pytest.raises(NotPermittedError):
        export_table(session, make_actor(session, role), ExportKind.VISITS)


def test_next_export_holds_what_has_changed_since(
    database: sa.Engine, published: World, republish: Callable[..., int]
) -> None:
    def visits(since: str) -> Table:
        with unit_of_work(database) as session:
            return export_table(session, published.coordinator, ExportKind.VISITS, since=since)

    first = visits("")
    assert len(first.rows) == 3
    assert visits(first.cursor) == replace(first, rows=(), since=first.cursor)
    republish(unchanged)
    second = visits(first.cursor)
    assert second.rows == ()
    assert int(second.cursor) > int(first.cursor)
    republish(lambda session: move(session, visit_to(session, published, 0), march(30)))
    third = visits(second.cursor)
    (moved,) = third.rows
    assert (moved["date"], moved["sequence"], moved["status"]) == ("2026-03-30", 1, "planned")
    republish(lambda session: drop(session, visit_to(session, published, 1)))
    (gone,) = visits(third.cursor).rows
    assert gone["status"] == "cancelled"
    assert len(visits("").rows) == 3


def test_results_come_item_by_item_once_the_visit_is_closed_and_again_when_they_are_public(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        assert export_table(session, published.coordinator, ExportKind.RESULTS).rows == ()
        uid, clerk = closed(session, clock, published)
        first = export_table(session, published.coordinator, ExportKind.RESULTS)
        assert {row["visit"] for row in first.rows} == {uid}
        assert sorted(row["outcome"] for row in first.rows) == ["conforms", "conforms", "conforms", "problem"]
        assert "13912345678" not in str(first.rows)
        publish_result(session, clock, clerk, uid)
        again = export_table(session, published.coordinator, ExportKind.RESULTS, since=first.cursor)
        assert {bool(row["published_at"]) for row in again.rows if row["department_code"] == _code(session, clerk)} == {
            True
        }
        assert export_table(session, published.coordinator, ExportKind.RESULTS, since=again.cursor).rows == ()


def _code(session: Session, actor: Actor) -> str:
    return session.get_one(Organisation, actor.organisation_id or 0).code


def test_releases_and_draws_are_tables_too(database: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(database) as session:
        world = make_drawn(session, clock)
        plain = export_table(session, world.coordinator, ExportKind.DRAWS)
        whole = export_table(session, world.coordinator, ExportKind.DRAWS, hidden=True)
        assert (len(plain.rows), len(whole.rows)) == (1, 2)
        assert export_table(session, world.coordinator, ExportKind.DRAWS, since=plain.cursor).rows == ()
        assert plain.rows[0]["task"] not in {row["task"] for row in whole.rows if row not in plain.rows}


def make_drawn(session: Session, clock: FixedClock) -> World:
    """A round drawn for one announced and one unannounced task."""
    world = make_world(session, sites=1, organisations=1)
    period = {"period_first": date(2026, 5, 1), "period_last": date(2026, 5, 31)}
    round_ = make_round(session, opened_by_id=world.coordinator.user_id, **period)
    for mode in (NoticeMode.ANNOUNCED, NoticeMode.UNANNOUNCED):
        plan = make_plan(session, world.organisations[0], status=PlanStatus.FILED, round_id=round_.id, **period)
        make_task(session, plan, town_id=world.sites[0].town_id, notice_mode=mode, name=f"任务{mode}")
    freeze_round(session, clock, world.coordinator, round_)
    draw_round(session, clock, world.coordinator, round_, seed="test")
    return world


@pytest.mark.parametrize("kind", [ExportKind.VISITS, ExportKind.PLANS, ExportKind.RELEASES], ids=str)
def test_parts_make_up_the_whole(
    database: sa.Engine, published: World, republish: Callable[..., int], kind: ExportKind
) -> None:
    for _ in range(10):
        republish(unchanged)
    extract, after, found = Extract(kind=kind), "", []
    with unit_of_work(database) as session:
        while part := read_part(session, extract, after=after, limit=2):
            assert len(part) <= 2
            found += [record for _, record in part]
            after = part[-1][0]
        assert tuple(found) == export_table(session, published.coordinator, kind).rows
        assert count_rows(session, extract) == len(found)


@pytest.mark.parametrize("since", ["x", "-1", "1e9", "２", "99999999999999", "1; DROP", "999999999"], ids=repr)
@pytest.mark.parametrize("kind", list(ExportKind), ids=str)
def test_cursor_that_nobody_gave_is_refused(session: Session, kind: ExportKind, since: str) -> None:
    with pytest.raises(InvalidError) as caught:
        export_table(session, make_actor(session, Role.COORDINATOR), kind, since=since)
    assert [(one.field, one.code) for one in caught.value.faults] == [("since", "bad_cursor")]


def test_export_is_noted_and_says_what_is_in_it(database: sa.Engine, clock: FixedClock, published: World) -> None:
    with unit_of_work(database) as session:
        made = make_export(session, clock, published.coordinator, ExportKind.VISITS, form=FileForm.CSV)
        again = make_export(session, clock, published.coordinator, ExportKind.VISITS, form=FileForm.CSV)
        noted = session.exec(select(AuditEvent).where(AuditEvent.action == "export.make")).all()
    assert len(noted) == 2
    assert made.content == again.content
    parts = parts_of(made.content)
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["rows"], manifest["left_out"], manifest["cursor"]) == (3, 0, made.cursor)
    assert manifest["files"] == {"visits.csv": sha256(parts["visits.csv"]).hexdigest()}


def test_workbook_says_of_itself_what_it_is_and_names_nobody(
    database: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(database) as session:
        made = make_export(session, clock, published.coordinator, ExportKind.VISITS, form=FileForm.XLSX)
        release = session.exec(select(Release).order_by(col(Release.number).desc())).first()
        assert release is not None
        wanted = (str(release.number), release.content_hash)
    parts = parts_of(made.content)
    manifest = json.loads(parts["manifest.json"])
    assert (str(manifest["release"]), manifest["release_sha256"]) == wanted
    book = openpyxl.load_workbook(io.BytesIO(parts["visits.xlsx"]))
    said = {row[0].value: row[1].value for row in book["imprint"]}
    assert (said["release"], said["release_sha256"], said["made_for_role"]) == (*wanted, "coordinator")
    assert said["made_at"] == clock.now().astimezone(DISTRICT_ZONE).isoformat(timespec="seconds")
    assert published.coordinator.display_name not in f"{said} {book.properties.description} {manifest}"
    assert book.sheetnames[0] == "Sheet1"


def test_names_survive_every_form_and_run_in_none() -> None:
    rows = [{"name": name} for name in RISKY]
    assert [row["name"] for row in json.loads(write_rows(["name"], rows, FileForm.JSON))] == RISKY
    lines = list(csv.reader(io.StringIO(write_rows(["name"], rows, FileForm.CSV).decode("utf-8-sig"), newline="")))
    cells = [line[0] for line in lines[1:]]
    assert [cell.removeprefix("'") for cell in cells] == RISKY
    assert all(cell.startswith("'") for cell in cells[:-1])
    sheet = openpyxl.load_workbook(io.BytesIO(write_rows(["name"], rows, FileForm.XLSX))).active
    found = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in found} == {"s"}
    assert [str(cell.value).replace("_x000D_", "\r") for cell in found] == RISKY


def table(**values: object) -> Table:
    row = dict.fromkeys(FIELDS[ExportKind.VISITS], "x") | {
        "visit": "a" * 32, "credit_code": "91320900MA00000000", "status": "planned", "joint": True, "items": "事项",
    } | values  # fmt: skip
    return Table(kind=ExportKind.VISITS, fields=FIELDS[ExportKind.VISITS], rows=(row,), since="", cursor="1")


@pytest.mark.parametrize("kind", [ExportKind.VISITS, ExportKind.PLANS], ids=str)
def test_sample_mapping_can_be_read(kind: ExportKind) -> None:
    name, rules = read_mapping(SAMPLE.read_bytes(), kind)
    assert name
    assert any(rule.required for rule in rules)


def test_fitting_row_gets_the_other_names_and_values() -> None:
    mapped = apply_mapping(table(), *read_mapping(SAMPLE.read_bytes(), ExportKind.VISITS))
    assert mapped.faults == ()
    (row,) = mapped.rows
    assert (row["UNISCID"], row["ZT"], row["SFLH"], row["XZQH"]) == ("91320900MA00000000", "1", "1", "320904")


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"credit_code": ""}, ("UNISCID", "missing")),
        ({"credit_code": "9132"}, ("UNISCID", "bad_form")),
        ({"enterprise": "长" * 101}, ("ENT_NAME", "too_long")),
        ({"status": "odd"}, ("ZT", "unknown_value")),
    ],
    ids=["missing", "bad form", "too long", "unknown value"],
)
def test_row_that_does_not_fit_is_left_out_and_reported(values: dict[str, object], fault: tuple[str, str]) -> None:
    mapped = apply_mapping(table(**values), *read_mapping(SAMPLE.read_bytes(), ExportKind.VISITS))
    assert mapped.rows == ()
    assert [(one.field, one.code) for one in mapped.faults] == [fault]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[plans]\nname = 'x'", "[visits]"),
        ("[visits]\n[[visits.fields]]\nto = 'A'\nfrom = 'nothing'", "[[visits.fields]] 1 from"),
        ("[visits]\n[[visits.fields]]\nto = 'A'\nfrom = 'date'\nconstant = 'x'", "[[visits.fields]] 1 from"),
        ("[visits]\n[[visits.fields]]\nto = 'A'\nfrom = 'date'\npattern = '('", "[[visits.fields]] 1 pattern"),
        ("[visits]\n[[visits.fields]]\nto = 'A'\nfrom = 'date'\ntypo = 1", "[[visits.fields]] 1"),
        ("[visits]\n" + "[[visits.fields]]\nto = 'A'\nfrom = 'date'\n" * 2, "[visits] to"),
    ],
    ids=["kind missing", "unknown field", "two sources", "bad pattern", "unknown key", "same name twice"],
)
def test_faulty_mapping_is_refused_with_its_place(text: str, place: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read_mapping(text.encode(), ExportKind.VISITS)
    (fault,) = caught.value.faults
    assert fault.code == "bad_mapping"
    assert place in str(dict(fault.params)["place"])


@pytest.mark.parametrize(
    ("text", "line"),
    [("[visits]\nname = x", 2), ("[visits]\nname = 'x'\n[[visits.fields]", 3)],
    ids=["within", "at the end"],
)
def test_text_that_is_no_toml_is_refused_by_its_line(text: str, line: int) -> None:
    """What the reader says of it is English, and would stand on a Chinese page."""
    with pytest.raises(InvalidError) as caught:
        read_mapping(text.encode(), ExportKind.VISITS)
    assert [(one.code, dict(one.params)) for one in caught.value.faults] == [("mapping_syntax", {"line": line})]
