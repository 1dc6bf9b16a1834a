"""Attacks on inputs and on other people's rows, for the API and, where it has the same door, for the page."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import Role
from data.models import Enterprise, Plan, PlanTask, SheetUpload
from tests.scheduler.filing.sheets import sheet
from tests.web.api.conftest import PLAN, Program, ProgramOf
from tests.web.cast import Cast
from tests.web.conftest import As

DEEP = '{"title": ' + "[" * 100_000 + "]" * 100_000 + "}"


def send_raw(program: Program, path: str, body: str | bytes, method: str = "POST") -> Any:
    return program.send(method, path, data=body, Content_Type="application/json")


# --- what is no value of the field, and what is too much


BODIES = {
    "NaN": '{"ratio": NaN}',
    "infinity": '{"ratio": -Infinity}',
    "beyond a float": '{"ratio": 1e400}',
    "huge whole number": '{"quantity": ' + "9" * 4000 + "}",
    "number of 100,000 digits": '{"quantity": ' + "9" * 100_000 + "}",
    "true for a number": '{"quantity": true}',
    "1e3 in quotes": '{"quantity": "1e3"}',
    "zero for a date": '{"first_date": 0}',
    "seconds for a date": '{"first_date": "1772323200"}',
    "moment for a date": '{"first_date": "2026-03-01T00:00:00"}',
    "null byte": '{"name": "a\\u0000b"}',
    "half a surrogate pair": '{"name": "\\ud800"}',
    "half a surrogate pair in a name": '{"\\ud800": 1}',
    "name twice": '{"name": "a", "name": "b"}',
    "list": "[1]",
    "text": '"{}"',
    "nothing": "",
    "not JSON": "{",
    "not UTF-8": b'{"name": "\xff\xfe"}',
    "deep": DEEP,
    "a list of 10,000": json.dumps({"partner_codes": ["X"] * 10_000}),
    "10,000 unknown fields": json.dumps({f"f{number}": 1 for number in range(10_000)}),
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_that_cannot_be_is_refused_x36(program: ProgramOf, cast: Cast, web_engine: sa.Engine, body: str) -> None:
    """X-36, X-27: 4xx with a problem document, nothing stored, nothing echoed at length."""
    clerk = program()
    plan = clerk.get(f"/plans/{cast.uids['plan']}")
    for method, path in (("POST", "/plans"), ("POST", f"/plans/{cast.uids['plan']}/tasks")):
        answer = send_raw(clerk, path, body, method)
        assert answer.status_code in {400, 413, 415, 422}, answer.text[:200]
        assert answer.mimetype == "application/problem+json"
        assert len(json.loads(answer.data)["request_id"]) == 16
        assert len(answer.data) < 40_000
    patched = clerk.send(
        "PATCH", f"/plans/{cast.uids['plan']}/tasks/{cast.uids['task']}", data=body,
        Content_Type="application/json", If_Match=plan.headers["ETag"],
    )  # fmt: skip
    assert patched.status_code in {400, 413, 415, 422}
    assert clerk.get(f"/plans/{cast.uids['plan']}").json == plan.json


def test_megabyte_of_a_name_is_refused_x27(program: ProgramOf, browse_as: As) -> None:
    """X-27: before it is read, by page and API alike."""
    long = "名" * 1_000_000
    assert program().post("/plans", {**PLAN, "title": long}).status_code == 413
    assert browse_as(Role.CLERK).client.post("/plans/new", data={"title": long}).status_code == 413
    assert program().post("/plans", {**PLAN, "title": "名" * 201}).json["errors"][0]["code"] == "too_long"


QUERIES = {
    "twice": "page=1&page=2",
    "unknown": "colour=red",
    "sort by SQL": "sort=id;drop table plan",
    "number with an exponent": "page=1e3",
    "true for a number": "page=true",
    "huge number": "page=99999999999999999999999",
    "zero": "page=0",
    "too many": "per_page=201",
    "null byte in an address": "round_uid=%00",
    "not UTF-8": "round_uid=%ff%fe",
    "unknown status": "status=filed%27--",
}


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_query_that_cannot_be_is_refused_x14_x36(program: ProgramOf, query: str) -> None:
    """X-14, X-36: named by its parameter."""
    answer = program().get(f"/plans?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["parameter"] == query.split("=", 1)[0]


def test_hundred_thousand_parameters_are_refused_x27(program: ProgramOf) -> None:
    answer = program().get("/plans?" + "&".join(f"f{number}=1" for number in range(100_000)))
    assert (answer.status_code, answer.json["code"]) == (400, "query_too_long")


@pytest.mark.parametrize("path", ["/enterprises", "/sites", "/items", "/plans"])
@pytest.mark.parametrize("text", ["%", "_", "%_%", "' OR 1=1 --", "\\", '"; DROP TABLE plan; --'])
def test_search_takes_signs_literally_x14(program: ProgramOf, path: str, text: str) -> None:
    """X-14: nothing of the sample holds these signs."""
    answer = program().client.get(
        f"/api/v1{path}", query_string={"text": text}, headers={"Authorization": f"Bearer {program().secret}"}
    )
    assert (answer.status_code, answer.json["total"]) == (200, 0)


def test_sort_by_anything_else_is_refused_x14(program: ProgramOf) -> None:
    assert program().get("/enterprises?sort=-credit_class").status_code == 200
    for sort in ("id", "id;drop", "name desc", "--name", "credit_class,(select 1)"):
        assert program().get(f"/enterprises?sort={sort}").status_code == 422


@pytest.mark.parametrize("days", ["first=2026-13-01", "first=0001-01-01", "last=9999-12-31", "first=1772323200"])
def test_day_that_cannot_be_is_refused_x36(program: ProgramOf, days: str) -> None:
    assert program().get(f"/visits?{days}").status_code == 422


# --- other people's rows


FOREIGN = {
    "plan": ("GET", "/plans/{plan}", None),
    "plan changed": ("PATCH", "/plans/{plan}", {"title": "x"}),
    "plan given up": ("DELETE", "/plans/{plan}", None),
    "plan submitted": ("POST", "/plans/{plan}/submit", None),
    "plan taken back": ("POST", "/plans/{plan}/withdraw", None),
    "tasks": ("GET", "/plans/{plan}/tasks", None),
    "task": ("GET", "/plans/{plan}/tasks/{task}", None),
    "task by the own plan": ("GET", "/plans/{own}/tasks/{task}", None),
    "task changed": ("PATCH", "/plans/{own}/tasks/{task}", {"priority": 1}),
    "task removed": ("DELETE", "/plans/{own}/tasks/{task}", None),
    "upload": ("GET", "/uploads/{upload}", None),
    "upload mended": ("PATCH", "/uploads/{upload}", {"row_key": "x", "values": {}}),
    "upload imported": ("POST", "/uploads/{upload}/import", {}),
    "upload given up": ("DELETE", "/uploads/{upload}", None),
}


@pytest.mark.parametrize(("method", "path", "body"), FOREIGN.values(), ids=FOREIGN)
def test_foreign_row_is_not_found_x03(
    program: ProgramOf, cast: Cast, web_engine: sa.Engine, method: str, path: str, body: Any
) -> None:
    """X-03: the same answer as for nothing at all, without names; nothing changes."""
    clerk = program()
    uids = {**cast.foreign, "own": cast.uids["plan"]}
    nobodys = dict.fromkeys(cast.foreign, "0" * 32) | {"own": cast.uids["plan"]}
    version = {"If_Match": '"1"'} if method in {"PATCH", "DELETE"} else {}
    foreign, nothing = (clerk.send(method, path.format(**one), json=body, **version) for one in (uids, nobodys))
    assert foreign.status_code == 404
    assert {**foreign.json, "request_id": ""} == {**nothing.json, "request_id": ""}
    with Session(web_engine) as session:
        plan = session.exec(select(Plan).where(Plan.uid == cast.foreign["plan"])).one()
        upload = session.exec(select(SheetUpload).where(SheetUpload.uid == cast.foreign["upload"])).one()
        assert (plan.version, upload.version) == (1, 1)
        assert session.exec(select(PlanTask).where(PlanTask.uid == cast.foreign["task"])).one()


def test_lists_hold_own_rows_only_x03(program: ProgramOf, cast: Cast) -> None:
    clerk, foreign = program(), program(foreign=True)
    for path, name in (("/plans", "plan"), ("/uploads", "upload")):
        own = {one["uid"] for one in clerk.get(path).json["items"]}
        theirs = {one["uid"] for one in foreign.get(path).json["items"]}
        assert cast.uids[name] in own
        assert cast.foreign[name] in theirs
        assert own & theirs == set()


def test_foreign_department_in_the_body_is_refused_x37(program: ProgramOf) -> None:
    """X-37: a token files for its own department whatever it says."""
    answer = program().post("/plans", {**PLAN, "organisation": "别的局"})
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "extra_forbidden")


def test_visits_are_published_and_of_the_own_department_x04(program: ProgramOf, cast: Cast) -> None:
    own = {one["uid"] for one in program().get("/visits?first=2026-02-01&last=2026-05-01").json["items"]}
    assert cast.uids["visit"] in own
    found = program().get("/visits?first=2026-02-01&last=2026-05-01&per_page=200").json["items"]
    assert {one["status"] for one in found} == {"published"}


# --- sheets


def bomb() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/worksheets/sheet1.xml", b"0" * 60_000_000)
    return packed.getvalue()


FILES = {
    "zip bomb": ("a.xlsx", bomb),
    "page named xlsx": ("a.xlsx", lambda: b"<html><body>x</body></html>"),
    "nothing": ("a.xlsx", lambda: b""),
    "random bytes": ("a.xls", lambda: bytes(range(256)) * 40),
    "entity bomb": ("a.xlsx", lambda: b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'),
    "program": ("a.exe", lambda: b"MZ" + b"\0" * 500),
}


@pytest.mark.parametrize(("name", "content"), FILES.values(), ids=FILES)
def test_file_that_is_no_sheet_is_refused_x07_x08(
    program: ProgramOf, web_engine: sa.Engine, name: str, content: Any
) -> None:
    """X-07, X-08: the reader's refusal on the file, in words; nothing is kept."""
    answer = program().send("POST", "/uploads", data={"file": (io.BytesIO(content()), name)})
    assert answer.status_code == 422, answer.text
    assert answer.json["errors"][0]["pointer"] == "#/file"
    assert answer.json["errors"][0]["detail"]
    with Session(web_engine) as session:
        assert session.exec(select(SheetUpload).where(SheetUpload.filename == name)).all() == []


def test_sheet_over_the_limit_is_refused_x07(program: ProgramOf, browse_as: As) -> None:
    """Sent as bytes: the test's client would keep a form of this size in a file of its own."""
    big = b"--x\r\n" + b"x" * (12 * 1024 * 1024)
    form = "multipart/form-data; boundary=x"
    assert program().send("POST", "/uploads", data=big, Content_Type=form).status_code == 413
    assert browse_as(Role.CLERK).client.post("/uploads", data=big, content_type=form).status_code == 413


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\x.csv", "/abs/计划.csv", "a\x00b.csv", "\u202ecsv.exe.csv"]
)
def test_name_of_a_sheet_is_no_path_x13(program: ProgramOf, name: str) -> None:
    """X-13: only the last part is kept, without signs that hide something."""
    answer = program().send("POST", "/uploads", data={"file": (io.BytesIO(sheet({}, {})), name)})
    assert answer.status_code in {201, 422}
    kept = answer.json.get("filename", "")
    assert not {"/", "\\", "\x00", "\u202e"} & set(kept)


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM(A1)", "\t=1", "＝1"])
def test_formula_in_a_name_stays_text_x09(program: ProgramOf, web_engine: sa.Engine, name: str) -> None:
    """X-09: given back as it was written; the exports' own tests are in tests/data/sheets."""
    made = program().post("/plans", {**PLAN, "title": name})
    assert (made.status_code, made.json["title"]) == (201, name.strip())


def test_import_by_the_api_is_that_of_the_page(program: ProgramOf) -> None:
    """A row at fault stops the import with its place; mended with its version it goes through, once."""
    clerk = program()
    own = {"initiators": "", "partners": ""}
    content = sheet(own, {**own, "name": "二", "period": "适时"}, {**own, "name": "三", "target": "没有的场景"})
    handed = clerk.send("POST", "/uploads", data={"file": (io.BytesIO(content), "四月计划.csv"), "year": "2026"})
    assert handed.status_code == 201, handed.text
    address = f"/uploads/{handed.json['uid']}"
    refused = clerk.post(f"{address}/import", {})
    assert refused.status_code == 422
    shown = clerk.get(f"{address}?faulty_only=true")
    late, strange = shown.json["rows"]
    assert late["fields"]["period"]["fault"]["detail"]
    assert f"#/{late['key']}/period" in {one["pointer"] for one in refused.json["errors"]}
    mend = {"row_key": late["key"], "values": {"period": "2026年3月"}}
    mended = clerk.patch(address, mend, If_Match=shown.headers["ETag"])
    assert (mended.status_code, mended.json["rows_faulty"]) == (200, 1), mended.text
    assert clerk.patch(address, mend, If_Match=shown.headers["ETag"]).status_code == 412
    left = {"row_key": strange["key"], "leave_out": True}
    assert clerk.patch(address, left, If_Match=mended.headers["ETag"]).json["ready"] is True
    done = clerk.post(f"{address}/import", {"title": "导入的计划"})
    assert (done.status_code, done.json["added"], done.json["left_out"]) == (200, 2, 1), done.text
    plan = clerk.get(f"/plans/{done.json['plan_uid']}").json
    assert (plan["title"], plan["source"], plan["tasks"]) == ("导入的计划", "sheet", 2)
    assert clerk.post(f"{address}/import", {}).json["added"] == 0
    assert clerk.delete(address, If_Match=clerk.get(address).headers["ETag"]).status_code == 409


def test_registry_answers_of_the_page_and_of_the_api_agree(program: ProgramOf, web_engine: sa.Engine) -> None:
    clerk = program()
    listed = clerk.get("/enterprises?per_page=200").json
    with Session(web_engine) as session:
        assert listed["total"] == len(session.exec(select(Enterprise).where(Enterprise.status == "active")).all())
    one = clerk.get(f"/enterprises/{listed['items'][0]['uid']}").json
    assert one["credit_code"] == listed["items"][0]["credit_code"]
    sites = clerk.get(f"/sites?text={one['credit_code']}").json["items"]
    assert [site["uid"] for site in sites] == [site["uid"] for site in one["sites"] if site["status"] == "active"]
