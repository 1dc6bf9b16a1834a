"""Answers of repeated requests: kept with the work or not at all, apart by token, gone after a day."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ApiScope, Role
from data.models import KeptAnswer, Town
from data.session import unit_of_work
from scheduler import api_tokens
from scheduler.clock import FixedClock
from scheduler.kept_answers import (
    KEPT_FOR,
    KeyReusedError,
    StoredAnswer,
    claim_key,
    find_answer,
    forget_answers,
    keep_answer,
)
from tests.factories import NOW, make_actor, make_organisation, make_town, stored_id

ANSWER = StoredAnswer(status=201, headers={"Location": "/x"}, body='{"名": 1}')


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def make_tokens(session: Session, clock: FixedClock, number: int = 1) -> list[int]:
    head = make_actor(session, Role.HEAD, organisation_id=stored_id(make_organisation(session)))
    issued = [
        api_tokens.issue_token(
            session, clock, head, name="程序", role=Role.CLERK, organisation_id=head.organisation_id,
            scopes=[ApiScope.PLANS_WRITE], days=30,
        )
        for _ in range(number)
    ]  # fmt: skip
    return [stored_id(one.token) for one in issued]


def keep(session: Session, clock: FixedClock, token_id: int, key: str = "k", digest: str = "a" * 64) -> None:
    row = claim_key(session, clock, token_id=token_id, key=key, request_hash=digest)
    keep_answer(session, row, ANSWER)


def test_answer_is_found_by_token_key_and_request(engine: sa.Engine, clock: FixedClock) -> None:
    """X-25: the key of another token is another key, and a key goes with one request."""
    with unit_of_work(engine) as session:
        own, other = make_tokens(session, clock, 2)
        keep(session, clock, own)
    with unit_of_work(engine) as session:
        assert find_answer(session, clock, token_id=own, key="k", request_hash="a" * 64) == ANSWER
        assert find_answer(session, clock, token_id=other, key="k", request_hash="a" * 64) is None
        assert find_answer(session, clock, token_id=own, key="K", request_hash="a" * 64) is None
        with pytest.raises(KeyReusedError):
            find_answer(session, clock, token_id=own, key="k", request_hash="b" * 64)


def test_claim_of_refused_work_leaves_nothing(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        (token,) = make_tokens(session, clock)

    def refused() -> None:
        with unit_of_work(engine) as session:
            keep(session, clock, token)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        refused()
    with unit_of_work(engine) as session:
        assert session.exec(select(KeptAnswer)).all() == []


def test_answers_go_after_a_day(session: Session, clock: FixedClock) -> None:
    (token,) = make_tokens(session, clock)
    keep(session, clock, token)
    assert forget_answers(session, clock) == 0
    clock.instant += KEPT_FOR
    assert find_answer(session, clock, token_id=token, key="k", request_hash="b" * 64) is None
    keep(session, clock, token, digest="b" * 64)
    clock.instant += KEPT_FOR
    assert forget_answers(session, clock) == 1


@pytest.mark.parametrize("guarded", [True, False], ids=["with the key", "control: without"])
def test_two_at_once_do_the_work_once(engine: sa.Engine, clock: FixedClock, *, guarded: bool) -> None:
    """Without a claim both do the work: the control shows that the race is real."""
    with unit_of_work(engine) as session:
        (token,) = make_tokens(session, clock)
    start = threading.Barrier(2)
    outcomes: list[str] = []

    def attempt(number: int) -> None:
        start.wait()
        try:
            with unit_of_work(engine) as session:
                if guarded:
                    claim_key(session, clock, token_id=token, key="k", request_hash="a" * 64)
                make_town(session, code=f"work{number}", name=f"work{number}")
            outcomes.append("done")
        except sa.exc.IntegrityError:
            outcomes.append("refused")

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with unit_of_work(engine) as session:
        done = session.exec(select(sa.func.count()).select_from(Town).where(Town.code.startswith("work"))).one()  # type: ignore[attr-defined]
    assert (sorted(outcomes), done) == ((["done", "refused"], 1) if guarded else (["done", "done"], 2))
