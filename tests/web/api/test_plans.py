"""Plans and tasks by the API: the way of a plan, versions, and the same rules as on the pages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import PlanSource, PlanStatus, Role
from data.models import AuditEvent, Plan
from tests.web.api.conftest import PLAN, ProgramOf
from tests.web.cast import Cast
from tests.web.conftest import As

TASK = {
    "name": "餐饮单位抽查", "targeting": "drawn", "ratio": 0.1, "first_date": "2026-04-01", "last_date": "2026-04-30",
}  # fmt: skip


def task_for(town_code: str, **values: object) -> dict[str, object]:
    return {**TASK, "town_code": town_code, **values}


@pytest.fixture
def town(program: ProgramOf) -> str:
    code: str = program().get("/towns").json["items"][0]["code"]
    return code


def test_plan_goes_its_way_by_the_api(program: ProgramOf, web_engine: sa.Engine, town: str) -> None:
    clerk = program()
    made = clerk.post("/plans", PLAN)
    assert (made.status_code, made.json["status"], made.json["source"]) == (201, "draft", "api")
    assert made.headers["Location"] == f"/api/v1/plans/{made.json['uid']}"
    assert made.headers["ETag"] == '"1"'
    assert [one["code"] for one in made.json["obstacles"]] == ["no_tasks"]
    address = f"/plans/{made.json['uid']}"
    added = clerk.post(f"{address}/tasks", task_for(town))
    assert (added.status_code, added.json["ratio"], added.json["town_code"]) == (201, 0.1, town)
    submitted = clerk.post(f"{address}/submit")
    assert (submitted.status_code, submitted.json["status"], submitted.json["obstacles"]) == (200, "submitted", [])
    withdrawn = clerk.post(f"{address}/withdraw")
    assert withdrawn.json["status"] == "draft"
    gone = clerk.delete(address, If_Match=withdrawn.headers["ETag"])
    assert (gone.status_code, gone.data) == (204, b"")
    with Session(web_engine) as session:
        plan = session.exec(select(Plan).where(Plan.uid == made.json["uid"])).one()
        assert (plan.status, plan.source) == (PlanStatus.WITHDRAWN, PlanSource.API)
        events = session.exec(select(AuditEvent).where(AuditEvent.entity_uid == plan.uid)).all()
        assert all((one.after or {}).get("api_token") for one in events)
        assert [one.action for one in events] == [
            "plan.create", "plan.add_task", "plan.submit", "plan.withdraw", "plan.discard",
        ]  # fmt: skip


def test_change_of_a_plan_keeps_what_it_does_not_name(program: ProgramOf) -> None:
    clerk = program()
    made = clerk.post("/plans", PLAN)
    changed = clerk.patch(f"/plans/{made.json['uid']}", {"title": "新名称"}, If_Match=made.headers["ETag"])
    assert (changed.status_code, changed.json["title"], changed.headers["ETag"]) == (200, "新名称", '"2"')
    assert {name: changed.json[name] for name in PLAN if name != "title"} == {
        name: value for name, value in PLAN.items() if name != "title"
    }


def test_change_of_a_task_keeps_what_it_does_not_name(program: ProgramOf, town: str) -> None:
    clerk = program()
    address = f"/plans/{clerk.post('/plans', PLAN).json['uid']}/tasks"
    partner = next(one["code"] for one in clerk.get("/organisations").json["items"] if one["code"] not in {"", "ORG0"})
    full = task_for(
        town, priority=8, quarters=2, notice_mode="unannounced", items=[{"text": "消防通道"}], number="7",
        target_text="餐饮", ratio_by_class={"A": 0.05, "D": 1.0},
    )  # fmt: skip
    made = clerk.post(address, full)
    assert made.status_code == 201, made.text
    assert partner
    changed = clerk.patch(f"{address}/{made.json['uid']}", {"priority": 3}, If_Match=made.headers["ETag"])
    assert changed.status_code == 200, changed.text
    assert changed.json == {**made.json, "priority": 3}
    refused = clerk.patch(f"{address}/{made.json['uid']}", {"name": None}, If_Match=changed.headers["ETag"])
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/name")
    removed = clerk.delete(f"{address}/{made.json['uid']}", If_Match=changed.headers["ETag"])
    assert removed.status_code == 204
    assert clerk.get(f"{address}/{made.json['uid']}").status_code == 404
    assert clerk.get(address).json["total"] == 0


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("tag", "status", "code"),
    [(None, 428, "version_needed"), ('"99"', 412, "stale"), ("nonsense", 412, "stale"), ('W/"1"', 412, "stale")],
    ids=["no version", "another version", "no tag at all", "weak tag"],
)
def test_change_needs_the_present_version(
    program: ProgramOf, method: str, tag: str | None, status: int, code: str
) -> None:
    clerk = program()
    address = f"/plans/{clerk.post('/plans', PLAN).json['uid']}"
    headers = {"If_Match": tag} if tag else {}
    answer = clerk.send(method, address, json={"title": "x"}, **headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert clerk.get(address).json["version"] == 1


def test_faults_are_those_of_the_page_with_their_places(program: ProgramOf, browse_as: As, town: str) -> None:
    """The same input is refused with the same words on the page and in the API."""
    clerk = program()
    address = f"/plans/{clerk.post('/plans', PLAN).json['uid']}/tasks"
    late = task_for(town, first_date="2026-06-01", last_date="2026-06-02", partner_codes=["NOBODY"])
    refused = clerk.post(address, late)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")
    assert {(one["pointer"], one["code"]) for one in refused.json["errors"]} == {
        ("#/first_date", "outside_period"), ("#/partner_codes", "unknown_choice"),
    }  # fmt: skip
    page = browse_as(Role.CLERK).post("/plans/new", {**PLAN, "period_last": "2026-03-01"}, page="/plans/new")
    same = clerk.post("/plans", {**PLAN, "period_last": "2026-03-01"})
    assert (page.status_code, same.status_code) == (422, 422)
    assert same.json["errors"][0]["detail"] in page.text


def test_words_come_in_the_language_asked_for(program: ProgramOf) -> None:
    clerk = program()
    chinese, english = clerk.post("/plans", {}), clerk.post("/plans", {}, Accept_Language="en-GB,zh;q=0.5")
    assert chinese.json["title"] == "填写的内容有误，请改正后再提交。"
    assert english.json["title"] == "Something in the form needs to be mended."
    assert (chinese.headers["Content-Language"], english.headers["Content-Language"]) == ("zh", "en")
    assert {one["pointer"] for one in english.json["errors"]} == {
        "#/title", "#/kind", "#/period_first", "#/period_last",
    }  # fmt: skip


def test_submission_is_refused_by_the_rules_of_the_page(program: ProgramOf) -> None:
    clerk = program()
    made = clerk.post("/plans", PLAN)
    refused = clerk.post(f"/plans/{made.json['uid']}/submit")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "no_tasks")


@pytest.mark.parametrize(
    "extra",
    [
        {"status": "filed"}, {"id": 1}, {"organisation_id": 2}, {"uid": "0" * 32}, {"version": 9}, {"source": "form"},
        {"filed_at": "2026-01-01"}, {"release_no": 1}, {"pinned": True}, {"credit_class": "A"},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
def test_field_that_nobody_may_set_is_refused_x05(program: ProgramOf, extra: dict[str, object]) -> None:
    """X-05: nothing is set by adding a field; nothing changes."""
    clerk = program()
    before = clerk.get("/plans").json
    made = clerk.post("/plans", {**PLAN, **extra})
    assert (made.status_code, made.json["errors"][0]["code"]) == (422, "extra_forbidden")
    assert made.json["errors"][0]["pointer"] == f"#/{next(iter(extra))}"
    assert clerk.get("/plans").json == before
    plan = before["items"][0]
    changed = clerk.patch(f"/plans/{plan['uid']}", extra, If_Match=f'"{plan["version"]}"')
    assert (changed.status_code, changed.json["errors"][0]["code"]) == (422, "extra_forbidden")


def test_step_out_of_order_is_refused_x06(program: ProgramOf, cast: Cast) -> None:
    """X-06: what was submitted is not edited, and what was not is not taken back."""
    clerk = program()
    submitted = clerk.get(f"/plans/{cast.uids['submitted']}")
    tag = submitted.headers["ETag"]
    edited = clerk.patch(f"/plans/{cast.uids['submitted']}", {"title": "x"}, If_Match=tag)
    assert (edited.status_code, edited.json["code"]) == (409, "illegal_transition")
    again = clerk.post(f"/plans/{cast.uids['submitted']}/submit")
    assert again.status_code == 409
    back = clerk.post(f"/plans/{cast.uids['plan']}/withdraw")
    assert (back.status_code, back.json["params"]["status"]) == (409, "draft")


def test_list_is_paged_and_linked(program: ProgramOf) -> None:
    clerk = program()
    for number in range(3):
        clerk.post("/plans", {**PLAN, "title": f"分页 {number}"})
    first = clerk.get("/plans?text=分页&per_page=2")
    assert (first.json["total"], len(first.json["items"])) == (3, 2)
    links = {part.split('rel="')[1][:-1]: part.split(">")[0].strip(" <") for part in first.headers["Link"].split(",")}
    assert set(links) == {"first", "last", "next"}
    second = clerk.client.get(links["next"], headers={"Authorization": f"Bearer {clerk.secret}"})
    titles = [one["title"] for one in (*first.json["items"], *second.json["items"])]
    assert titles == ["分页 2", "分页 1", "分页 0"]


def test_supervisor_of_the_district_reads_all_and_writes_nothing(program: ProgramOf, cast: Cast) -> None:
    district = program(Role.SUPERVISOR)
    for plan in (cast.uids["plan"], cast.foreign["plan"]):
        assert district.get(f"/plans/{plan}").json["obstacles"] == []
    assert district.post("/plans", PLAN).status_code == 403
