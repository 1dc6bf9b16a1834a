"""What stands around every page: the menu in groups, the mark of who reads, what goes on beside what is to be done."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import Role
from data.models import User, Visit
from data.session import reading
from tests.web.cast import Cast
from tests.web.conftest import As, Browser

PRINTED = 'class="print-mark"'
ACROSS = '<svg class="watermark"'


@pytest.mark.parametrize(
    ("role", "path", "marked"),
    [
        (Role.SUPERVISOR, "/audit", True),
        (Role.COORDINATOR, "/outbox", True),
        (Role.COORDINATOR, "/board", True),
        (Role.CLERK, "/plans", False),
    ],
    ids=["audit", "outbox", "board", "plans"],
)
def test_sensitive_page_carries_who_reads_it_and_when(
    browse_as: As, web_engine: sa.Engine, cast: Cast, role: Role, path: str, marked: bool
) -> None:
    shown = browse_as(role).get(path).text
    with reading(web_engine) as session:
        reader = session.exec(select(User).where(User.username == cast.users[role])).one()
        name = f"{reader.display_name} {reader.username} 20"

    assert (ACROSS in shown) is marked
    assert PRINTED in shown
    assert shown.count(name) == (3 if marked else 1)


def test_enterprise_is_shown_no_mark(browse_as: As) -> None:
    shown = browse_as(Role.ENTERPRISE).get("/my-enterprise").text

    assert PRINTED not in shown
    assert ACROSS not in shown


def test_manual_is_marked_in_the_menu_as_help(browse_as: As) -> None:
    shown = browse_as(Role.ADMINISTRATOR).get("/help").text

    assert '<a href="/help" aria-current="page">' in shown
    assert '<a href="/tokens" aria-current="page">' not in shown


def test_menu_has_no_group_without_lines(browse_as: As) -> None:
    shown = browse_as(Role.ENTERPRISE).get("/").text

    assert "系统与帮助" in shown
    assert "名录与规则" not in shown


def test_stranger_finds_the_public_pages_and_the_sign_in(anonymous: Browser) -> None:
    shown = anonymous.get("/public/changes").text

    for path in ("/results", "/public/draws", "/sign-in"):
        assert f'<a href="{path}">' in shown
    assert '<a href="/public/changes" aria-current="page">' in shown
    assert "/board" not in shown


def test_desk_parts_what_goes_on_from_what_is_to_be_done(browse_as: As) -> None:
    shown = browse_as(Role.OFFICER).get("/").text

    assert shown.index(">关注<") < shown.index("次检查在未来七天")


def test_day_without_visits_offers_days_that_have_some(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    with reading(web_engine) as session:
        day = session.exec(select(Visit).where(Visit.uid == cast.uids["visit"])).one().day
    officer = browse_as(Role.OFFICER)

    empty = officer.get(f"/documents?day={date(day.year, day.month, 1)}").text
    full = officer.get(f"/documents?day={day}").text

    assert "没有可打印的文书" in empty
    assert f"/documents?day={day}" in empty
    assert f"/documents/days/{day}/checklists.pdf" in full


def test_form_sent_after_the_sign_in_ended_keeps_what_was_typed(browse_as: As) -> None:
    clerk = browse_as(Role.CLERK)
    token = clerk.form_token("/plans/new")
    clerk.client.delete_cookie("onedoor")

    answer = clerk.client.post("/plans/new", data={"csrf_token": token, "title": "打了很久的名称"})

    assert answer.status_code == 401
    assert "登录已过期" in answer.text
    assert "<dt>计划名称</dt><dd>打了很久的名称</dd>" in answer.text
    assert 'href="/sign-in?next=/plans/new"' in answer.text


def test_old_sign_in_page_is_not_told_that_it_was_signed_out(browse_as: As) -> None:
    clerk = browse_as(Role.CLERK)
    clerk.client.delete_cookie("onedoor")

    answer = clerk.client.post("/sign-in", data={"csrf_token": "old", "username": "x", "password": "y"})

    assert "登录已过期" not in answer.text
    assert answer.status_code == 400
