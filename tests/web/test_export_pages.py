"""Data for others through the pages: preview, export, download; nothing unannounced for who may not know it."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.enums import Role
from data.models import AuditEvent, ExportMapping, ExportRun, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.exports.mapping import SAMPLE
from scheduler.exports.writing import write_due
from tests.web.cast import Cast
from tests.web.conftest import As, Browser

RISKY = '=HYPERLINK("http://x","y")'


def write(engine: sa.Engine, clock: FixedClock) -> None:
    while write_due(engine, clock, holder="test"):
        pass


def fetched(browser: Browser, path: str) -> dict[str, bytes]:
    answer = browser.post(f"{path}/file")
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200,
        "application/zip",
        "no-store",
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def export(browser: Browser, engine: sa.Engine, clock: FixedClock, **values: str) -> dict[str, bytes]:
    given = {"kind": "visits", "span": "all", "form": "json", "mapping": ""} | values
    answer = browser.post("/exports", given)
    assert answer.status_code == 303, answer.text
    assert "等待" in browser.get(answer.location).text
    write(engine, clock)
    assert "下载" in browser.get(answer.location).text
    return fetched(browser, answer.location)


def test_preview_says_how_many_rows_and_shows_the_first(browse_as: As, cast: Cast) -> None:
    page = browse_as(Role.SUPERVISOR).get("/exports?kind=visits&span=all&form=xlsx&mapping=").text
    assert "预览：共 3 行" in page
    assert cast.uids["visit"] in page
    assert "导出 3 行" in page


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMINISTRATOR], ids=str)
def test_unannounced_visit_leaves_for_nobody_who_may_not_export_it(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast, role: Role
) -> None:
    browser = browse_as(role)
    page = browser.get("/exports?kind=visits&span=all&form=json&mapping=&hidden=y").text
    assert "共 3 行" in page
    assert cast.hidden_uid not in page
    assert 'name="hidden"' not in page
    files = export(browser, web_engine, clock, hidden="y")
    assert cast.hidden_uid not in files["visits.json"].decode()
    assert cast.hidden_site not in files["visits.json"].decode()


def test_coordinator_gets_it_when_asked_for_and_no_other_can_fetch_that_file(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    browser = browse_as(Role.COORDINATOR)
    assert cast.hidden_uid not in browser.get("/exports?kind=visits&span=all&form=json&mapping=").text
    files = export(browser, web_engine, clock, hidden="y")
    assert cast.hidden_uid in files["visits.json"].decode()
    with unit_of_work(web_engine) as session:
        uid = session.exec(select(ExportRun.uid).where(col(ExportRun.hidden))).one()
    for role in (Role.SUPERVISOR, Role.ADMINISTRATOR):
        other = browse_as(role)
        assert other.get(f"/exports/{uid}").status_code == 404
        assert other.post(f"/exports/{uid}/file").status_code == 404
        assert uid not in other.get("/exports").text


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
def test_name_that_would_like_to_be_a_formula_arrives_as_a_text(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, form: str
) -> None:
    """X-09, through the page."""
    plant(web_engine)
    files = export(browse_as(Role.COORDINATOR), web_engine, clock, form=form)
    content = files[f"visits.{form}"]
    if form == "json":
        found = {row["enterprise"] for row in json.loads(content)}
        assert RISKY in found
    elif form == "csv":
        found = {row["enterprise"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))}
        assert f"'{RISKY}" in found
    else:
        cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows() for cell in row]
        assert RISKY in {cell.value for cell in cells}
        assert {cell.data_type for cell in cells if cell.value == RISKY} == {"s"}
        assert "f" not in {cell.data_type for cell in cells}


def plant(engine: sa.Engine) -> None:
    """Write the name into a released row, past the trigger that guards it."""
    with engine.connect() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'releasevisit'"
        ).scalars()
        for name in list(names):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("BEGIN")
    with unit_of_work(engine) as session:
        row = session.exec(select(ReleaseVisit).where(col(ReleaseVisit.hidden).is_(False))).first()
        assert row is not None
        body = json.loads(row.body)
        body["public"]["enterprise"] = RISKY
        row.body = json.dumps(body, ensure_ascii=False)
        session.add(row)


def test_export_and_download_are_in_the_trail(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    export(browse_as(Role.SUPERVISOR), web_engine, clock, kind="releases")
    with reading(web_engine) as session:
        rows = session.exec(select(AuditEvent).where(AuditEvent.entity == "export").order_by(col(AuditEvent.id))).all()
        own = [row.action for row in rows if row.entity_uid != cast.uids["export"]]
    assert own == ["export.request", "export.make", "export.take"]


def test_second_export_holds_only_what_changed(browse_as: As, web_engine: sa.Engine, clock: FixedClock) -> None:
    browser = browse_as(Role.COORDINATOR)
    assert browser.post("/exports", {"kind": "plans", "span": "last", "form": "json", "mapping": ""}).status_code == 422
    first = json.loads(export(browser, web_engine, clock, kind="visits")["manifest.json"])
    second = json.loads(export(browser, web_engine, clock, kind="visits", span="last")["manifest.json"])
    assert (first["rows"], second["rows"], second["since"]) == (3, 0, first["cursor"])
    third = export(browser, web_engine, clock, kind="visits", span="cursor", since=first["cursor"])
    assert json.loads(third["manifest.json"])["rows"] == 0


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"span": "cursor", "since": ""}, "请填写这一项"),
        ({"span": "cursor", "since": "99999999"}, "不是上次导出给出的游标"),
        ({"span": "cursor", "since": "x"}, "不是上次导出给出的游标"),
    ],
    ids=["none", "too high", "no number"],
)
def test_faulty_cursor_is_told_at_its_field_and_kept(browse_as: As, values: dict[str, str], text: str) -> None:
    given = {"kind": "plans", "form": "csv", "mapping": ""} | values
    browser = browse_as(Role.COORDINATOR)
    for answer in (browser.post("/exports", given), browser.get("/exports", query_string=given)):
        assert answer.status_code == 422
        assert text in answer.text
        assert '<option selected value="plans">' in answer.text


def test_mapping_is_written_on_a_page_and_used(
    browse_as: As, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    admin = browse_as(Role.ADMINISTRATOR)
    assert "XZJC_ID" in admin.get("/mappings/new").text
    sample = SAMPLE.read_text(encoding="utf-8")
    faulty = admin.post("/mappings/new", {"name": "新", "content": sample.replace('"credit_code"', '"nothing"')})
    assert faulty.status_code == 422
    assert "[[visits.fields]] 2" in faulty.text
    assert "&#34;nothing&#34;" in faulty.text
    assert admin.post("/mappings/new", {"name": "示例平台", "content": sample}).status_code == 422
    assert admin.post(f"/mappings/{cast.uids['mapping']}", {"name": "省平台", "content": sample}).status_code == 303
    files = export(browse_as(Role.COORDINATOR), web_engine, clock, mapping=cast.uids["mapping"])
    assert json.loads(files["manifest.json"])["name"] == "行政检查行为信息"
    with reading(web_engine) as session:
        assert session.exec(select(ExportMapping.name)).all() == ["省平台"]


def test_mapping_is_retired_once_no_push_goes_by_it_and_comes_back_by_its_name(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    admin, sample = browse_as(Role.ADMINISTRATOR), SAMPLE.read_text(encoding="utf-8")
    used = admin.post(f"/mappings/{cast.uids['mapping']}/retire")
    assert used.status_code == 409
    assert "还有推送目的地在用这个映射" in used.text
    admin.post("/mappings/new", {"name": "旧平台", "content": sample})
    with reading(web_engine) as session:
        uid = session.exec(select(ExportMapping.uid).where(ExportMapping.name == "旧平台")).one()
    assert admin.post(f"/mappings/{uid}/retire").status_code == 303
    assert "旧平台" not in admin.get("/mappings").text
    assert admin.get(f"/mappings/{uid}").status_code == 404
    assert admin.post("/mappings/new", {"name": "旧平台", "content": sample}).status_code == 303
    assert "旧平台" in admin.get("/mappings").text
    with reading(web_engine) as session:
        assert session.exec(select(ExportMapping.uid).where(ExportMapping.name == "旧平台")).one() == uid


def test_page_survives_nonsense(browse_as: As) -> None:
    browser = browse_as(Role.COORDINATOR)
    for query in (
        "kind=planet",
        "kind=visits&span=x",
        "kind=visits&mapping=" + "0" * 32,
        "kind=visits&span=all&form=exe",
    ):
        answer = browser.get(f"/exports?{query}")
        assert answer.status_code in {404, 422}, query
    assert browser.get("/exports/" + "0" * 32).status_code == 404


def test_waiting_export_says_so_and_its_file_is_not_there(browse_as: As, cast: Cast) -> None:
    browser = browse_as(Role.SUPERVISOR)
    page = browser.get(f"/exports/{cast.uids['export']}").text
    assert 'http-equiv="refresh"' in page
    assert browser.post(f"/exports/{cast.uids['export']}/file").status_code == 409
    assert browser.post(f"/exports/{cast.uids['export']}/retry").status_code == 409
