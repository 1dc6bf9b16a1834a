"""What every answer carries, and what every request must respect."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from data.enums import Role
from tests.web.cast import XSS
from tests.web.conftest import As, Browser
from web.security import CONTENT_POLICY, ORDINARY_BODY

PATHS = {
    "page": ("/sign-in", 200),
    "not found": ("/nothing", 404),
    "redirect": ("/plans", 302),
    "static": ("/static/css/base.css", 200),
    "health": ("/healthz", 200),
    "feed": ("/feeds/wrong.ics", 404),
}


@pytest.mark.parametrize(("path", "status"), PATHS.values(), ids=PATHS)
def test_answer_carries_the_headers(anonymous: Browser, path: str, status: int) -> None:
    answer = anonymous.get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "Referrer-Policy" in answer.headers
    answer.close()
    assert len(answer.headers["X-Request-Id"]) == 16


def test_personal_page_is_never_stored(browse_as: As) -> None:
    assert browse_as(Role.CLERK).get("/plans").headers["Cache-Control"] == "no-store"


def test_unexpected_error_tells_nothing_but_a_number(own_app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> str:
        raise RuntimeError("the secret of the house")

    fails.policy = True  # type: ignore[attr-defined]
    own_app.add_url_rule("/fails", "fails", fails)
    with caplog.at_level(logging.ERROR):
        answer = own_app.test_client().get("/fails")
    assert answer.status_code == 500
    assert "secret of the house" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert answer.headers["X-Request-Id"] in caplog.text
    assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY


def test_foreign_host_name_is_refused(anonymous: Browser) -> None:
    assert anonymous.get("/sign-in", base_url="http://evil.example").status_code == 400


def test_forwarded_host_is_ignored_without_a_proxy(anonymous: Browser) -> None:
    answer = anonymous.get("/plans", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.headers["Location"] == "/sign-in?next=/plans"


def test_large_body_is_refused_before_it_is_read(browse_as: As) -> None:
    browser = browse_as(Role.CLERK)
    answer = browser.client.post("/plans/new", data={"title": "x" * (ORDINARY_BODY + 1)})
    assert answer.status_code == 413
    assert ("按浏览器的返回键" in answer.text, "返回并查看最新内容" in answer.text) == (True, False)


def test_wrong_method_keeps_its_allow_header(anonymous: Browser) -> None:
    answer = anonymous.client.delete("/sign-in")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_program_gets_a_problem_document(browse_as: As) -> None:
    answer = browse_as(Role.CLERK).get("/plans/unknown", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["status"] == 404
    assert answer.json["type"] == "urn:onedoor:error:not_found"
    assert answer.json["request_id"] == answer.headers["X-Request-Id"]


def test_name_with_a_script_is_shown_as_text(browse_as: As) -> None:
    text = browse_as(Role.COORDINATOR).get("/registry/enterprises?text=script").text
    assert XSS not in text
    assert "&lt;script&gt;" in text


def test_search_is_taken_literally_and_escaped(browse_as: As) -> None:
    answer = browse_as(Role.COORDINATOR).get('/registry/enterprises?text="><img src=x>%_')
    assert answer.status_code == 200
    assert "<img" not in answer.text


@pytest.mark.parametrize(
    "query", ["sort=id;drop", "page=1e3", "page=-5", "page=99999999999999999999", "town=x", "class=Z"]
)
def test_strange_query_never_fails(browse_as: As, query: str) -> None:
    assert browse_as(Role.COORDINATOR).get(f"/registry/enterprises?{query}").status_code in {200, 422}


def test_no_page_has_inline_script_or_style(browse_as: As) -> None:
    browser = browse_as(Role.COORDINATOR)
    for path in ("/", "/plans", "/rounds", "/calendar", "/registry/enterprises"):
        text = browser.get(path).text
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick=" not in text
