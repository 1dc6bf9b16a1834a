"""Signing in and out: what opens, what stays shut, what dies."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, select

from data.enums import Role
from data.models import LoginFailure, User
from data.session import reading
from scheduler.accounts import TRIES_PER_NAME
from scheduler.clock import FixedClock
from tests.factories import PASSWORD
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, As, Browser, change_user
from web import create_app


def enter(browser: Browser, cast: Cast, *, password: str = PASSWORD, path: str = "/sign-in", name: str = "") -> Any:
    values = {"username": name or cast.users[Role.CLERK], "password": password}
    return browser.post(path, values, page="/sign-in")


def test_right_password_opens_the_desk(anonymous: Browser, cast: Cast) -> None:
    answer = enter(anonymous, cast)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert anonymous.get("/").status_code == 200


@pytest.mark.parametrize("name", ["nobody", ""], ids=["unknown name", "known name"])
def test_wrong_password_is_refused_in_the_same_words(anonymous: Browser, cast: Cast, name: str) -> None:
    answer = enter(anonymous, cast, password="wrong-password", name=name)
    assert answer.status_code == 422
    assert "用户名或密码不正确。" in answer.text


def test_wrong_passwords_are_counted_although_refused(anonymous: Browser, cast: Cast, web_engine: sa.Engine) -> None:
    for _ in range(TRIES_PER_NAME):
        enter(anonymous, cast, password="wrong-password")
    answer = enter(anonymous, cast)
    assert "连续输错次数过多" in answer.text
    with reading(web_engine) as session:
        assert len(session.exec(select(LoginFailure)).all()) == TRIES_PER_NAME


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/plans", "/plans"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/plans%0d%0aX: y", "/"),
    ],
)
def test_next_leads_only_to_this_service(anonymous: Browser, cast: Cast, target: str, location: str) -> None:
    answer = enter(anonymous, cast, path=f"/sign-in?next={target}")
    assert answer.headers["Location"] == location


def test_cookie_planted_before_sign_in_is_not_used_after_it(anonymous: Browser, cast: Cast) -> None:
    anonymous.client.set_cookie("onedoor", "planted")
    enter(anonymous, cast)
    cookie = anonymous.client.get_cookie("onedoor")
    assert cookie is not None
    assert cookie.value != "planted"
    assert (cookie.http_only, cookie.same_site, cookie.path) == (True, "Lax", "/")


def test_form_token_from_before_sign_in_is_dead_after_it(anonymous: Browser, cast: Cast) -> None:
    token = anonymous.form_token("/sign-in")
    enter(anonymous, cast)
    answer = anonymous.client.post("/sign-out", data={"csrf_token": token})
    assert answer.status_code == 400


def test_copied_cookie_is_dead_after_sign_out(app: Flask, browse_as: As) -> None:
    browser = browse_as(Role.CLERK)
    cookie = browser.client.get_cookie("onedoor")
    assert cookie is not None
    assert browser.post("/sign-out").status_code == 303
    thief = app.test_client()
    thief.set_cookie("onedoor", cookie.value)
    assert thief.get("/").status_code == 302


def test_disabled_account_is_out_at_once(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser = browse_as(Role.CLERK)
    change_user(web_engine, cast.users[Role.CLERK], active=False)
    assert browser.get("/").status_code == 302


def test_idle_session_ends(browse_as: As, clock: FixedClock) -> None:
    browser = browse_as(Role.CLERK)
    clock.instant = clock.instant.replace(hour=clock.instant.hour + 1)
    assert browser.get("/").status_code == 302


def test_first_password_must_be_changed_before_anything_else(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser = browse_as(Role.CLERK)
    change_user(web_engine, cast.users[Role.CLERK], must_change_password=True)
    assert browser.get("/plans").headers["Location"] == "/password"
    values = {"old": PASSWORD, "new": "A-brand-new-one-9", "again": "A-brand-new-one-9"}
    assert browser.post("/password", values, page="/password").status_code == 303
    assert browser.get("/plans").status_code == 200


def test_new_passwords_that_differ_are_refused_at_their_field(browse_as: As) -> None:
    values = {"old": PASSWORD, "new": "A-brand-new-one-9", "again": "another-new-one-9"}
    answer = browse_as(Role.CLERK).post("/password", values, page="/password")
    assert answer.status_code == 422
    assert "两次输入的新密码不一致。" in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_cookie_of_an_https_service_is_locked_to_its_host(web_engine: sa.Engine, clock: FixedClock, cast: Cast) -> None:
    app = create_app(replace(SETTINGS, base_url="https://localhost"), web_engine, clock)
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://localhost")
    token = page.text.split('name="csrf_token" type="hidden" value="')[1].split('"')[0]
    values = {"csrf_token": token, "username": cast.users[Role.CLERK], "password": PASSWORD}
    answer = client.post(
        "/sign-in", data=values, base_url="https://localhost", headers={"Referer": "https://localhost/sign-in"}
    )
    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-onedoor="))
    assert "Secure" in cookie
    assert "Strict-Transport-Security" in answer.headers


def test_language_of_an_account_is_kept_in_it(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser = browse_as(Role.CLERK)
    answer = browser.post("/language", {"language": "en", "next": "/plans"})
    assert answer.headers["Location"] == "/plans"
    assert "New plan" in browser.get("/plans").text
    with Session(web_engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[Role.CLERK])).one()
        assert user.language == "en"


def test_language_before_sign_in_is_kept_in_a_cookie(anonymous: Browser) -> None:
    anonymous.post("/language", {"language": "en", "next": "/sign-in"}, page="/sign-in")
    assert "User name" in anonymous.get("/sign-in").text
