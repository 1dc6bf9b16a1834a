"""Editing the draft through the pages: forms, JSON with If-Match, conflicts of two people, bulk, undo, why."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import RequestStatus, Role, VisitStatus
from data.models import EditCommand, InspectionRequest, Round, Site, Visit, VisitRequest
from data.session import reading, unit_of_work
from tests.web.cast import Cast
from tests.web.conftest import As, Browser, change_user

JSON = {"Accept": "application/json"}


def _joint(session: Session) -> Visit:
    """A published visit of two requests."""
    visits = session.exec(select(Visit).where(Visit.status == VisitStatus.PUBLISHED).order_by(Visit.uid)).all()
    members = list(session.exec(select(VisitRequest.visit_id)))
    return next(one for one in visits if members.count(one.id or 0) > 1)


@pytest.fixture
def visit(web_engine: sa.Engine) -> Visit:
    with reading(web_engine) as session:
        found = _joint(session)
        session.expunge(found)
    return found


@pytest.fixture
def round_uid(web_engine: sa.Engine, visit: Visit) -> str:
    with reading(web_engine) as session:
        return session.get_one(Round, visit.round_id).uid


def _apply(browser: Browser, round_uid: str, *, match: str | None = None, **command: Any) -> Any:
    headers = {**JSON, "X-CSRFToken": browser.form_token()} | ({"If-Match": match} if match else {})
    return browser.client.post(f"/board/edits/{round_uid}/apply", json=command, headers=headers)


def _move(visit: Visit, day: str = "2026-03-26", **values: Any) -> dict[str, Any]:
    return {"kind": "move", "visit": visit.uid, "day": day, "start_quarter": 0, "reason": "企业请求", **values}


def _split(visit: Visit, uid: str) -> dict[str, Any]:
    return {"kind": "split", "visit": visit.uid, "requests": [uid], "day": "2026-03-26", "start_quarter": 0}


def test_program_moves_a_visit_and_reads_what_it_cost(browse_as: As, visit: Visit, round_uid: str) -> None:
    browser = browse_as(Role.COORDINATOR)
    answer = _apply(browser, round_uid, match=f'"{visit.version}"', **_move(visit))
    assert answer.status_code == 200
    assert answer.json["visits"] == [{"uid": visit.uid, "version": visit.version + 1}]
    assert {one["term"] for one in answer.json["delta"]} <= {"delay", "trips", "moves", "repeats"}


def test_old_version_is_412_with_both_versions(browse_as: As, visit: Visit, round_uid: str) -> None:
    browser = browse_as(Role.COORDINATOR)
    answer = _apply(browser, round_uid, match=f'"{visit.version + 7}"', **_move(visit))
    assert (answer.status_code, answer.json["code"]) == (412, "stale")
    assert (answer.json["params"]["expected"], answer.json["params"]["version"]) == (visit.version + 7, visit.version)


def test_form_of_an_old_version_shows_both_and_can_be_sent_again(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    browser = browse_as(Role.COORDINATOR)
    old = str(visit.version)
    assert _apply(browser, round_uid, **_move(visit, "2026-03-24")).status_code == 200
    data = {**_move(visit), "start_quarter": "0", "version": old}
    refused = browser.post(f"/board/edits/{round_uid}/apply", data)
    assert refused.status_code == 412
    assert "2026年3月24日" in refused.text
    assert "2026年3月26日 周四" in refused.text
    with reading(web_engine) as session:
        assert f'<p class="lead">{session.get_one(Site, visit.site_id).name}</p>' in refused.text
    version = re.search(r'name="version" value="(\d+)"', refused.text)
    assert version is not None
    assert browser.post(f"/board/edits/{round_uid}/apply", {**data, "version": version[1]}).status_code == 303
    with reading(web_engine) as session:
        assert session.get_one(Visit, visit.id).day.isoformat() == "2026-03-26"


def test_form_of_a_visit_that_somebody_took_out_says_so_and_offers_no_way_round(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    browser = browse_as(Role.COORDINATOR)
    with reading(web_engine) as session:
        statement = (
            select(InspectionRequest.uid)
            .join(VisitRequest, VisitRequest.request_id == InspectionRequest.id)
            .where(VisitRequest.visit_id == visit.id)
        )
        requests = list(session.exec(statement))
    for uid in requests:
        assert _apply(browser, round_uid, kind="take_out", request=uid, reason="暂缓").status_code == 200
    data = {**_move(visit), "start_quarter": "0", "version": str(visit.version)}
    refused = browser.post(f"/board/edits/{round_uid}/apply", data)
    assert refused.status_code == 412
    assert "这次检查已经不在草案里" in refused.text
    assert "2026年3月26日 周四" in refused.text
    assert "现在是第" not in refused.text
    assert f'action="/board/edits/{round_uid}/apply"' not in refused.text
    assert f'href="/board/edits/{round_uid}/unscheduled"' in refused.text


def test_soft_finding_asks_for_a_reason_and_keeps_what_was_typed(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    browser = browse_as(Role.COORDINATOR)
    with reading(web_engine) as session:
        link = session.exec(select(VisitRequest).where(VisitRequest.visit_id == visit.id)).all()[0]
        uid = session.get_one(InspectionRequest, link.request_id).uid
    split: dict[str, Any] = {
        "kind": "split",
        "visit": visit.uid,
        "requests": [uid],
        "day": "2026-03-26",
        "start_quarter": 0,
    }
    program = _apply(browser, round_uid, **split)
    assert (program.status_code, program.json["code"]) == (422, "needs_reason")
    assert "joint_lost" in {one["code"] for one in program.json["errors"]}
    form = {**split, "requests": uid, "start_quarter": "0"}
    refused = browser.post(f"/board/edits/{round_uid}/apply", form)
    assert refused.status_code == 422
    assert f'name="requests" value="{uid}"' in refused.text
    done = browser.post(f"/board/edits/{round_uid}/apply", {**form, "reason": "分两处经营"})
    assert done.status_code == 303


def test_hard_rule_is_named_in_words_and_nothing_is_written(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    browser = browse_as(Role.COORDINATOR)
    typed = {**_move(visit, "2026-03-29"), "start_quarter": "0", "reason": "周日店里不忙"}
    refused = browser.post(f"/board/edits/{round_uid}/apply", typed)
    assert refused.status_code == 422
    assert "不是本轮次的工作日" in refused.text
    assert 'value="周日店里不忙"' in refused.text
    with reading(web_engine) as session:
        assert session.exec(select(EditCommand)).all() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"kind": "fly"}, "kind"),
        ({"kind": "move", "visit": "x", "day": "soon", "start_quarter": 0}, "day"),
        ({"kind": "move", "visit": "x", "day": "2026-03-26", "start_quarter": 4}, "start_quarter"),
        ({"kind": "split", "visit": "x", "requests": [], "day": "2026-03-26", "start_quarter": 0}, "requests"),
        ({"kind": "take_out"}, "request"),
        ({"kind": "pin", "visit": "x", "day": "maybe"}, "day"),
    ],
    ids=["kind", "day", "quarter", "requests", "request", "flag"],
)
def test_bad_command_names_the_field(browse_as: As, round_uid: str, values: dict[str, Any], field: str) -> None:
    answer = _apply(browse_as(Role.COORDINATOR), round_uid, **values)
    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [f"#/{field}"]


def test_undo_and_redo_work_after_a_new_sign_in(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    assert _apply(browse_as(Role.COORDINATOR), round_uid, **_move(visit)).status_code == 200
    later = browse_as(Role.COORDINATOR)
    for name, day in (("undo", visit.day.isoformat()), ("redo", "2026-03-26")):
        assert later.post(f"/board/edits/{round_uid}/{name}").status_code == 303
        with reading(web_engine) as session:
            assert session.get_one(Visit, visit.id).day.isoformat() == day
    page = later.get(f"/board/edits/{round_uid}").text
    assert "改期" in page
    assert "企业请求" in page


def test_split_of_everybody_is_refused_in_its_form_with_what_was_typed(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    with reading(web_engine) as session:
        uids = session.exec(
            select(InspectionRequest.uid)
            .join(VisitRequest, VisitRequest.request_id == InspectionRequest.id)
            .where(VisitRequest.visit_id == visit.id)
        ).all()
    typed = {"kind": "split", "visit": visit.uid, "requests": list(uids), "day": "2026-03-26", "start_quarter": "0"}
    answer = browse_as(Role.COORDINATOR).post(f"/board/edits/{round_uid}/apply", {**typed, "reason": "分两天去"})
    assert answer.status_code == 409
    assert "<li>请选择要拆出的部门，并至少留下一个。</li>" in answer.text
    assert "会违反硬性规则" not in answer.text
    assert all(f'name="requests" value="{uid}" checked' in answer.text for uid in uids)
    assert 'value="2026-03-26"' in answer.text
    assert "分两天去" in answer.text


def test_bulk_tells_each_result_and_one_undo_takes_all_back(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    with reading(web_engine) as session:
        others = [row.uid for row in session.exec(select(Visit).where(Visit.round_id == visit.round_id))]
    browser, selected = browse_as(Role.COORDINATOR), ",".join([*others, "0" * 32])
    page = browser.post(
        f"/board/edits/{round_uid}/bulk", {"selected": selected, "kind": "pin", "pins": ["day", "members"]}
    )
    assert page.status_code == 200
    assert (page.text.count("已做"), page.text.count("没有找到这项内容")) == (len(others), 1)
    with reading(web_engine) as session:
        assert all(row.day_pinned and row.members_pinned for row in session.exec(select(Visit)) if row.uid in others)
    back = re.search(r'name="back" value="([^"]+)"', page.text)
    assert back is not None
    undone = browser.post(f"/board/edits/{round_uid}/undo", {"back": back[1]})
    assert (undone.status_code, others[0] in undone.headers["Location"]) == (303, True)
    with reading(web_engine) as session:
        assert not any(row.day_pinned for row in session.exec(select(Visit)))


def test_bulk_without_a_day_says_so_and_keeps_the_selection(browse_as: As, visit: Visit, round_uid: str) -> None:
    answer = browse_as(Role.COORDINATOR).post(
        f"/board/edits/{round_uid}/bulk", {"selected": visit.uid, "kind": "move", "day": "", "start_quarter": "0"}
    )
    assert answer.status_code == 422
    assert "<p>日期：请填写这一项。</p>" in answer.text
    assert f'value="{visit.uid}"' in answer.text
    # Two visits to one site bear one name, so each has its day.
    assert f"{visit.day.year}年{visit.day.month}月{visit.day.day}日" in answer.text.split("选中的检查")[-1]


@pytest.mark.parametrize("kind", ["pin", "unpin"])
def test_bulk_pin_of_nothing_asks_what_is_meant(browse_as: As, visit: Visit, round_uid: str, kind: str) -> None:
    answer = browse_as(Role.COORDINATOR).post(
        f"/board/edits/{round_uid}/bulk", {"selected": visit.uid, "kind": kind, "reason": "企业设备检修"}
    )
    assert answer.status_code == 422
    assert "<p>固定什么：请填写这一项。</p>" in answer.text
    assert "已做" not in answer.text
    assert "企业设备检修" in answer.text


def test_undo_of_nothing_shows_no_hidden_field_as_typed(browse_as: As, round_uid: str) -> None:
    answer = browse_as(Role.COORDINATOR).post(f"/board/edits/{round_uid}/undo", {"back": f"/board/edits/{round_uid}"})
    assert answer.status_code == 409
    assert "没有可以撤销的调整" in answer.text
    assert "您刚才填写的内容" not in answer.text


def test_bulk_asks_each_deed_for_its_own_fields_and_keeps_what_was_typed(
    browse_as: As, visit: Visit, round_uid: str
) -> None:
    answer = browse_as(Role.COORDINATOR).post(
        f"/board/edits/{round_uid}/bulk",
        {"selected": visit.uid, "kind": "move", "day": "", "start_quarter": "2", "reason": "企业设备检修"},
    )
    forms = {part.split('name="kind" value="', 1)[1].split('"')[0]: part for part in answer.text.split("<details")[1:]
             if 'name="kind"' in part}  # fmt: skip

    assert set(forms) == {"move", "pin", "unpin", "take_out", "exclude"}
    assert [kind for kind, text in forms.items() if 'name="day"' in text.replace('name="pins" value="day"', "")] == [
        "move"
    ]
    assert [kind for kind, text in forms.items() if 'name="pins"' in text] == ["pin", "unpin"]
    assert "企业设备检修" in forms["move"]
    assert "企业设备检修" not in forms["exclude"]
    assert '<option value="2" selected' in forms["move"]
    assert " open><summary>" in forms["move"]


def test_set_aside_request_shows_why_and_where_it_could_go(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    browser = browse_as(Role.COORDINATOR)
    with reading(web_engine) as session:
        link = session.exec(select(VisitRequest).where(VisitRequest.visit_id == visit.id)).all()[0]
        uid = session.get_one(InspectionRequest, link.request_id).uid
    assert _apply(browser, round_uid, kind="take_out", request=uid, reason="暂缓").status_code == 200
    assert f"/board/edits/requests/{uid}" in browser.get(f"/board/edits/{round_uid}/unscheduled").text
    page = browser.get(f"/board/edits/requests/{uid}")
    assert page.status_code == 200
    assert "已由协调员暂缓" in page.text
    place = {"kind": "place", "request": uid, "visit": visit.uid, "reason": "恢复"}
    assert browser.post(f"/board/edits/{round_uid}/apply", place).status_code == 303
    with reading(web_engine) as session:
        row = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one()
        assert row.status is RequestStatus.SCHEDULED


def test_conflicts_are_as_many_on_the_board_as_where_it_is_approved(
    browse_as: As, web_engine: sa.Engine, visit: Visit, round_uid: str
) -> None:
    browser = browse_as(Role.COORDINATOR)
    with reading(web_engine) as session:
        link = session.exec(select(VisitRequest).where(VisitRequest.visit_id == visit.id)).all()[0]
        uid = session.get_one(InspectionRequest, link.request_id).uid
    split: dict[str, Any] = {
        "kind": "split",
        "visit": visit.uid,
        "requests": [uid],
        "day": "2026-03-26",
        "start_quarter": 0,
    }
    assert _apply(browser, round_uid, **split, reason="分两处经营").status_code == 200
    with unit_of_work(web_engine) as session:
        # A hard rule breaks too: a planted lock on another day.
        row = session.exec(select(InspectionRequest).where(InspectionRequest.uid == uid)).one()
        row.planned_date, row.locked = row.first_date.replace(day=3), True
    board = browser.get(f"/board/edits/{round_uid}/conflicts").text
    approval = browse_as(Role.APPROVER).get(f"/rounds/{round_uid}/approve").text
    counts = [re.search(r'data-conflicts="(\d+)"', text) for text in (board, approval)]
    assert counts[0] is not None
    assert counts[1] is not None
    assert counts[0][1] == counts[1][1] != "0"
    assert "锁定的日期不变" in board
    assert board.count("可以联合的检查被分开") == approval.count("可以联合的检查被分开") == 1
    only = browser.get(f"/board/edits/{round_uid}/conflicts?rule=request_locked").text
    assert "可以联合的检查被分开" not in only


def test_why_is_told_in_both_languages(browse_as: As, visit: Visit) -> None:
    browser = browse_as(Role.COORDINATOR)
    assert "这次检查的代价" in browser.get(f"/board/edits/visits/{visit.uid}/why").text
    browser.post("/language", {"language": "en", "next": "/"})
    page = browser.get(f"/board/edits/visits/{visit.uid}/why").text
    assert "What this visit costs" in page


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("人工改动：3 处", "固定 ×2（检修 ×1，没有写理由 ×1）", "改期 ×1（企业请求 ×1）")),
     ("en", ("Edits by hand after the proposal: 3", "Pin ×2（检修 ×1, no reason given ×1）"))],
    ids=["zh", "en"],
)  # fmt: skip
def test_brief_tells_edits_by_deed_with_their_reasons(
    browse_as: As,
    visit: Visit,
    round_uid: str,
    web_engine: sa.Engine,
    cast: Cast,
    language: str,
    words: tuple[str, ...],
) -> None:
    browser, pin = browse_as(Role.COORDINATOR), {"kind": "pin", "visit": visit.uid}
    for command in (_move(visit), {**pin, "day": True, "reason": "检修"}, {**pin, "crew": True}):
        assert _apply(browser, round_uid, **command).status_code == 200
    change_user(web_engine, cast.users[Role.APPROVER], language=language)
    text = browse_as(Role.APPROVER).get(f"/rounds/{round_uid}/brief").text
    assert [one for one in words if one not in text] == []


def test_days_of_a_visit_come_with_price_and_rules(browse_as: As, visit: Visit) -> None:
    answer = browse_as(Role.COORDINATOR).get(f"/board/edits/visits/{visit.uid}/days", headers=JSON)
    found: Any = answer.json
    assert found["version"] == visit.version
    assert {one["day"] for one in found["days"]} >= {visit.day.isoformat(), "2026-03-26"}


def test_people_with_the_same_round_open_see_each_other(browse_as: As, cast: Cast, round_uid: str) -> None:
    first, second = browse_as(Role.COORDINATOR), browse_as(Role.APPROVER)
    assert cast.users
    for browser, others in ((first, 0), (second, 1), (first, 1)):
        headers = {**JSON, "X-CSRFToken": browser.form_token()}
        answer = browser.client.post(f"/board/edits/{round_uid}/presence", headers=headers)
        told: Any = answer.json
        assert len(told["others"]) == others


def test_visit_page_leads_the_coordinator_to_its_adjusting(browse_as: As, visit: Visit) -> None:
    address = f"/board/edits/visits/{visit.uid}"
    assert address in browse_as(Role.COORDINATOR).get(f"/visits/{visit.uid}").text
    assert f'"{address}"' not in browse_as(Role.SUPERVISOR).get(f"/visits/{visit.uid}").text
    assert browse_as(Role.COORDINATOR).get(address).status_code == 200
