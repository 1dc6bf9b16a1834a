"""Repeated requests: done once, apart by token, told apart by content; two at once; the limit; what HTTP asks for."""

from __future__ import annotations

import io
import threading
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, select

from data.models import KeptAnswer, Plan, SheetUpload
from scheduler.clock import FixedClock
from tests.scheduler.filing.sheets import sheet
from tests.web.api.conftest import API, PLAN, Program, ProgramOf
from tests.web.conftest import SETTINGS
from web import create_app
from web.api.door import EXTENSION

KEY = "3f1c"


def count(engine: sa.Engine, table: Any = Plan) -> int:
    with Session(engine) as session:
        return session.exec(select(sa.func.count()).select_from(table)).one()


def test_repeated_request_is_done_once(program: ProgramOf, web_engine: sa.Engine) -> None:
    """P7: the same answer again, with a mark."""
    clerk, before = program(), count(web_engine)
    first = clerk.post("/plans", PLAN, Idempotency_Key=KEY)
    again = clerk.post("/plans", PLAN, Idempotency_Key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json == first.json
    assert [again.headers[name] for name in ("ETag", "Location", "Content-Type")] == [
        first.headers[name] for name in ("ETag", "Location", "Content-Type")
    ]
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert count(web_engine) == before + 1
    submit = f"/plans/{first.json['uid']}/submit"
    assert clerk.post(submit, Idempotency_Key="other").status_code == 422


def test_key_goes_with_one_request_and_one_token_x25(program: ProgramOf, web_engine: sa.Engine) -> None:
    """X-25: the same key with another body is refused; another token's key is another key."""
    clerk, foreign, before = program(), program(foreign=True), count(web_engine)
    made = clerk.post("/plans", PLAN, Idempotency_Key=KEY)
    other = clerk.post("/plans", {**PLAN, "title": "另一份"}, Idempotency_Key=KEY)
    elsewhere = clerk.post(f"/plans/{made.json['uid']}/submit", Idempotency_Key=KEY)
    assert [(one.status_code, one.json["code"]) for one in (other, elsewhere)] == [(422, "key_reused")] * 2
    theirs = foreign.post("/plans", PLAN, Idempotency_Key=KEY)
    assert theirs.status_code == 201
    assert theirs.json["uid"] != made.json["uid"]
    assert count(web_engine) == before + 2


@pytest.mark.parametrize(
    "key", ["x" * 256, "", "钥匙".encode().decode("latin-1"), "a\tb"], ids=["long", "empty", "Chinese", "tab"]
)
def test_key_that_cannot_be_is_refused_x25(program: ProgramOf, web_engine: sa.Engine, key: str) -> None:
    """X-25: a key of 256 signs and more is refused."""
    before = count(web_engine)
    answer = program().post("/plans", PLAN, Idempotency_Key=key)
    assert answer.status_code in {400, 422}
    assert count(web_engine) == before


def test_longest_key_is_taken(program: ProgramOf) -> None:
    assert program().post("/plans", PLAN, Idempotency_Key="x" * 255).status_code == 201


def test_refused_request_may_be_mended_with_its_key(program: ProgramOf, web_engine: sa.Engine) -> None:
    clerk = program()
    assert clerk.post("/plans", {**PLAN, "round_uid": "nowhere"}, Idempotency_Key=KEY).status_code == 422
    assert count(web_engine, KeptAnswer) == 0
    assert clerk.post("/plans", PLAN, Idempotency_Key=KEY).status_code == 201


def test_same_sheet_with_the_same_key_is_one_upload(program: ProgramOf, web_engine: sa.Engine) -> None:
    """Each sending separates the parts of its form differently; the key still knows the request."""
    clerk, before = program(), count(web_engine, SheetUpload)
    answers = [
        clerk.send(
            "POST",
            "/uploads",
            data={"file": (io.BytesIO(sheet({}, {})), "计划.csv"), "year": "2026"},
            Idempotency_Key=KEY,
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [201, 201], answers[0].text
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert count(web_engine, SheetUpload) == before + 1
    other = clerk.send(
        "POST",
        "/uploads",
        data={"file": (io.BytesIO(sheet({}, {}, {})), "计划.csv"), "year": "2026"},
        Idempotency_Key=KEY,
    )
    assert other.status_code == 422


@pytest.mark.parametrize("keyed", [True, False], ids=["with a key", "control: without"])
def test_two_at_once_make_one_plan(
    program: ProgramOf, web_engine: sa.Engine, clock: FixedClock, *, keyed: bool
) -> None:
    """Twelve sendings at the same moment: one plan; without a key there are twelve."""
    clerk, before = program(), count(web_engine)
    app = create_app(SETTINGS, web_engine, clock)
    start = threading.Barrier(12)
    answers: list[Any] = []

    def send() -> None:
        sender = Program(app, clerk.secret)
        start.wait()
        answers.append(sender.post("/plans", PLAN, **({"Idempotency_Key": KEY} if keyed else {})))

    threads = [threading.Thread(target=send) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.status_code for one in answers] == [201] * 12
    assert count(web_engine) == before + (1 if keyed else 12)
    assert len({one.json["uid"] for one in answers}) == (1 if keyed else 12)


def test_pace_is_limited_by_token(app: Flask, program: ProgramOf, clock: FixedClock) -> None:
    """429 with the seconds to wait; another token goes on; the next minute is free again."""
    hasty, other = program(), program()
    app.extensions[EXTENSION].requests = 3
    assert [hasty.get("/towns").status_code for _ in range(4)] == [200, 200, 200, 429]
    refused = hasty.get("/towns")
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("http_429", "60")
    assert other.get("/towns").status_code == 200
    clock.instant = clock.instant.replace(minute=clock.instant.minute + 1)
    assert hasty.get("/towns").status_code == 200


def test_guessing_of_tokens_is_limited_by_address(app: Flask, program: ProgramOf) -> None:
    clerk = program()
    app.extensions[EXTENSION].wrong_tokens = 3
    guesses = [Program(app, f"od_guess{number}").get("/towns").status_code for number in range(5)]
    assert guesses == [401, 401, 401, 429, 429]
    assert clerk.get("/towns").status_code == 429


def test_wrong_method_says_which_are_right(program: ProgramOf) -> None:
    answer = program().send("PUT", "/plans")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")
    assert {"GET", "POST"} <= set(answer.headers["Allow"].split(", "))


def test_unknown_address_is_a_problem_document(program: ProgramOf) -> None:
    for path in ("/nothing", "/plans/nothing", "/plans/%00", f"/plans/{'x' * 5000}", "/plans/../rounds"):
        answer = program().get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path


def test_form_is_no_json_and_json_is_no_form(program: ProgramOf) -> None:
    clerk = program()
    assert clerk.send("POST", "/plans", data={"title": "x"}).status_code == 415
    assert clerk.send("POST", "/plans", data="{}", Content_Type="text/plain").status_code == 415
    assert clerk.post("/uploads", {"file": "x"}).status_code in {415, 422}
    assert clerk.client.post(f"{API}/plans", data="{}").status_code == 401
