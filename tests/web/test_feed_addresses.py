"""X-22: secret addresses of feeds guessed, revoked, of another scope, with parameters; rates; and what a log holds."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import Role
from data.models import FeedToken, User
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.feeds import issue_token, own_scope, revoke_token, secret_mark
from tests.factories import actor_of
from tests.web.cast import Cast
from tests.web.conftest import Browser
from web.api.door import EXTENSION
from web.api.limits import WRONG_TOKENS_PER_MINUTE, RateLimiter
from web.pages.feeds import READINGS_PER_MINUTE

NUMBER = re.compile(r"<code>[0-9a-f]+</code>|<input[^>]*csrf_token[^>]*>")


@pytest.fixture(autouse=True)
def _own_counts(app: Flask) -> Iterator[None]:
    kept, app.extensions[EXTENSION] = app.extensions[EXTENSION], RateLimiter()
    yield
    app.extensions[EXTENSION] = kept


def secret_of(engine: sa.Engine, clock: FixedClock, cast: Cast, role: Role, *, revoked: bool = False) -> str:
    with unit_of_work(engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[role])).one()
        actor = actor_of(user)
        scope = own_scope(actor)
        assert scope is not None
        token, secret = issue_token(session, clock, actor, *scope)
        if revoked:
            revoke_token(session, clock, actor, token)
    return secret


def test_wrong_addresses_are_answered_alike(
    app: Flask, anonymous: Browser, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    good = secret_of(web_engine, clock, cast, Role.ENTERPRISE)
    revoked = secret_of(web_engine, clock, cast, Role.ENTERPRISE, revoked=True)
    tried = (revoked, "x" * 43, good[:-1], good + "A", good.swapcase())
    answers = [anonymous.get(f"/feeds/{one}.ics") for one in tried]
    assert {answer.status_code for answer in answers} == {404}
    # The address itself and the number of the request stand on the page; nothing else differs.
    bodies = {NUMBER.sub("", answer.text.replace(one, "")) for one, answer in zip(tried, answers, strict=True)}
    assert len(bodies) == 1
    assert not any("ETag" in answer.headers for answer in answers)


def test_parameters_open_no_other_feed(
    anonymous: Browser, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    secret = secret_of(web_engine, clock, cast, Role.ENTERPRISE)
    plain = anonymous.get(f"/feeds/{secret}.ics")
    for query in ("enterprise=2", "scope=district", "scope_id=0", "officer=1&organisation=1"):
        assert anonymous.get(f"/feeds/{secret}.ics?{query}").data == plain.data
    assert cast.hidden_site not in plain.text
    assert plain.headers["Referrer-Policy"] == "no-referrer"
    assert plain.headers["Cache-Control"].startswith("private")


def test_feed_of_a_coordinator_holds_what_an_enterprises_does_not(
    anonymous: Browser, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    whole = anonymous.get(f"/feeds/{secret_of(web_engine, clock, cast, Role.COORDINATOR)}.ics").text
    own = anonymous.get(f"/feeds/{secret_of(web_engine, clock, cast, Role.ENTERPRISE)}.ics").text
    assert whole.count("BEGIN:VEVENT") > own.count("BEGIN:VEVENT")
    assert "CONFIDENTIAL" in whole
    assert "CONFIDENTIAL" not in own


def test_guesses_and_readings_are_slowed_down(
    anonymous: Browser, web_engine: sa.Engine, clock: FixedClock, cast: Cast
) -> None:
    secret = secret_of(web_engine, clock, cast, Role.OFFICER)
    readings = [anonymous.get(f"/feeds/{secret}.ics").status_code for _ in range(READINGS_PER_MINUTE + 1)]
    assert readings == [200] * READINGS_PER_MINUTE + [429]
    refused = anonymous.get(f"/feeds/{secret}.ics")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    guesses = [anonymous.get(f"/feeds/guess{place}.ics").status_code for place in range(WRONG_TOKENS_PER_MINUTE + 1)]
    assert guesses == [404] * WRONG_TOKENS_PER_MINUTE + [429]
    clock.instant = clock.instant.replace(minute=(clock.instant.minute + 2) % 60)
    assert anonymous.get(f"/feeds/{secret}.ics").status_code == 200


def test_log_holds_the_beginning_of_a_hash_and_never_an_address(
    anonymous: Browser, web_engine: sa.Engine, clock: FixedClock, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    good = secret_of(web_engine, clock, cast, Role.ENTERPRISE)
    bad = "q" * 43
    with caplog.at_level(logging.DEBUG):
        anonymous.get(f"/feeds/{good}.ics")
        anonymous.get(f"/feeds/{bad}.ics")
    assert secret_mark(bad) in caplog.text
    assert bad not in caplog.text
    assert good not in caplog.text
    with unit_of_work(web_engine) as session:
        assert good not in str([token.model_dump() for token in session.exec(select(FeedToken))])
