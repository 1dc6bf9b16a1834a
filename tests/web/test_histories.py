"""Histories speak in words: fields, days, times, names of people and bodies, in both languages."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select

from data.enums import Role
from data.models import AuditEvent, CrewSlot, InspectionRequest, Officer, Organisation, Round, User, Visit
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of
from scheduler.audit import record
from scheduler.clock import FixedClock
from tests.web.cast import Cast, after_publication
from tests.web.conftest import As
from web.trail_values import told_changes, told_value
from web.words.trail import TRAIL_FIELDS, UNTOLD

ENTITIES = ("round", "visit", "run", "proposal", "approval", "release", "confirmation", "counter_proposal")
TAGS = re.compile(r"<[^>]+>")
# What only field work writes is told on the pages of visits; items of a visit are names themselves.
NAMES_OF_ITEMS = {"visit.record"}


def said(text: str) -> str:
    return " ".join(TAGS.sub(" ", text).split())


def plant_edit(session: Session, clock: FixedClock, cast: Cast) -> dict[str, str]:
    """A coordinator moves a visit, pins it and sends another officer; returns the names that a reader must meet."""
    keeper = session.exec(select(User).where(User.username == cast.users[Role.COORDINATOR])).one()
    visit = session.exec(select(Visit).where(Visit.uid == cast.uids["visit"])).one()
    slot = session.exec(select(CrewSlot).where(CrewSlot.visit_id == visit.id)).first()
    assert slot is not None
    request = session.get_one(InspectionRequest, slot.request_id)
    body = session.get_one(Organisation, request.organisation_id)
    officers = session.exec(select(Officer).where(Officer.organisation_id == body.id).order_by(col(Officer.id))).all()
    first, other = officers[0], officers[1]
    before = {"day": "2026-03-09", "start_quarter": 0, "day_pinned": False, "members": {request.uid: [first.uid]}}
    after = {"day": "2026-03-12", "start_quarter": 2, "day_pinned": True, "members": {request.uid: [other.uid]}}
    record(
        session, clock, actor_of(keeper), "visit.edit", entity="visit", entity_uid=visit.uid,
        before=before, after=after, reason="企业设备检修",
    )  # fmt: skip
    return {"body": body.short_name, "first": first.name, "other": other.name}


def test_edit_is_told_in_days_times_and_names(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    with unit_of_work(web_engine) as session:
        names = plant_edit(session, after_publication(), cast)
    shown = said(browse_as(Role.SUPERVISOR).get(f"/visits/{cast.uids['visit']}/history").text)

    assert "日期： 2026年3月9日 周一 → 2026年3月12日 周四" in shown
    assert "开始： 09:00 → 14:00" in shown
    assert "固定日期： 否 → 是" in shown
    assert f"{names['body']}（{names['first']}） → {names['body']}（{names['other']}）" in shown
    assert "企业设备检修" in shown
    assert "start_quarter" not in shown


def test_edit_is_told_in_english(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    with unit_of_work(web_engine) as session:
        plant_edit(session, after_publication(), cast)
    browser = browse_as(Role.SUPERVISOR)
    browser.post("/language", {"language": "en"})
    shown = said(browser.get(f"/visits/{cast.uids['visit']}/history").text)

    assert "Mon 9 Mar 2026 → Thu 12 Mar 2026" in shown
    assert "Day pinned" in shown


def test_round_names_the_visit_that_was_edited_and_leaves_the_spot_to_it(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    clock = after_publication()
    with unit_of_work(web_engine) as session:
        plant_edit(session, clock, cast)
        visit = session.exec(select(Visit).where(Visit.uid == cast.uids["visit"])).one()
        round_uid = session.get_one(Round, visit.round_id).uid
        record(session, clock, None, "visit.check_in", entity="visit", entity_uid=visit.uid, after={"late": True})
    browser = browse_as(Role.SUPERVISOR)
    of_round, of_visit = browser.get(f"/rounds/{round_uid}/history").text, browser.get(f"/visits/{visit.uid}/history")

    assert f'href="/visits/{visit.uid}/history"' in of_round
    assert visit.uid[:8] not in said(of_round)
    assert "首个部门到场" not in of_round
    assert "首个部门到场" in of_visit.text


def test_every_field_that_a_history_tells_has_words(web_engine: sa.Engine) -> None:
    with reading(web_engine) as session:
        statement = select(AuditEvent.action, AuditEvent.before, AuditEvent.after)
        events = session.exec(statement.where(col(AuditEvent.entity).in_(ENTITIES))).all()
    found = {
        name for action, *states in events if action not in NAMES_OF_ITEMS for state in states for name in state or {}
    }

    assert found
    assert found - UNTOLD - set(TRAIL_FIELDS) == set()


@pytest.mark.parametrize(
    ("name", "value", "entity", "words"),
    [
        pytest.param("status", "checked_in", "visit", "已签到", id="status-of-a-visit"),
        pytest.param("quarters", 2, "visit", "3 小时", id="length"),
        pytest.param("publish_at", "2026-10-27T01:00:00+00:00", "approval", "2026年10月27日 周二 09:00", id="instant"),
        pytest.param("draft_hash", "a" * 64, "approval", "aaaaaaaaaaaa…", id="hash"),
        pytest.param("plans", ["1" * 32, "2" * 32], "round", "2 份", id="plans"),
        pytest.param("prepare", ["licences"], "visit", "营业执照和有关许可证照", id="to-have-ready"),
        pytest.param("lead_organisation", "YJ", "visit", "应急局", id="body-by-code"),
        pytest.param("absent", [], "visit", "", id="nothing"),
        pytest.param("消防器材", "problem", "visit", "发现问题", id="result-of-an-item"),
        pytest.param(
            "departments",
            [{"code": "YJ", "short": "应急", "leads": True}, {"code": "XF", "short": "消防大队", "leads": False}],
            "visit",
            "应急局（牵头）、消防大队",
            id="departments",
        ),
        pytest.param("items", [{"department": "YJ", "text": "安全台账"}], "visit", "安全台账（应急局）", id="items"),
        pytest.param("reasons", [["draft_changed", "x", ""]], "approval", "草案已经变动，请重新审阅后批准。", id="why"),
        pytest.param("unheard", {"of": [1, 2]}, "round", "of 1、2", id="unknown-shape"),
    ],
)
def test_value_is_told_as_a_reader_expects_it(app: Flask, name: str, value: object, entity: str, words: str) -> None:
    with app.test_request_context():
        assert told_value(name, value, entity, {"YJ": "应急局"}) == words


def test_fields_come_in_the_order_of_the_story_without_ids_and_empty_ones(app: Flask) -> None:
    changes = [("uid", None, "0" * 32), ("failure", None, ""), ("quarters", 1, 2), ("day", None, "2026-03-12")]
    with app.test_request_context():
        told = told_changes(changes, "visit", {})

    assert told == [("日期", "", "2026年3月12日 周四"), ("时长", "1.5 小时", "3 小时")]
