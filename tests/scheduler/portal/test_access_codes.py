from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import Role
from data.models import AccessCode, AuditEvent, Enterprise, FeedToken, User, UserSession
from data.session import reading, unit_of_work
from scheduler.accounts import LOCKED_FOR, TRIES_PER_NAME, actor_of_token, sign_in
from scheduler.audit import verify
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.errors import InvalidError, NotFoundError, NotPermittedError, TransitionError
from scheduler.permissions import Actor
from scheduler.portal import access_codes
from scheduler.portal.access_codes import CODE_LENGTH, LIFETIME, MOST_USES, SIGNS, IssuedCode
from scheduler.publishing.feeds import find_feed, issue_token, own_scope
from tests.factories import NOW, make_actor, make_enterprise

SETTINGS = Settings(secret_key="k" * 40)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def owner(engine: sa.Engine) -> Enterprise:
    with unit_of_work(engine) as session:
        return make_enterprise(session)


@pytest.fixture
def coordinator(engine: sa.Engine) -> Actor:
    with unit_of_work(engine) as session:
        return make_actor(session, Role.COORDINATOR)


@pytest.fixture
def issued(engine: sa.Engine, clock: FixedClock, owner: Enterprise, coordinator: Actor) -> IssuedCode:
    with unit_of_work(engine) as session:
        return access_codes.issue_code(session, clock, coordinator, owner, settings=SETTINGS)


def enter(
    engine: sa.Engine, clock: FixedClock, *, secret: str = "", credit_code: str = "", code: str = ""
) -> tuple[str, str]:
    """("", token) or (fault, ""), in a transaction that keeps the count of failures."""
    with unit_of_work(engine) as session:
        try:
            if secret:
                opened = access_codes.sign_in_by_secret(session, clock, secret, address="10.0.0.1", settings=SETTINGS)
            else:
                opened = access_codes.sign_in_by_code(
                    session, clock, credit_code=credit_code, code=code, address="10.0.0.1", settings=SETTINGS
                )
        except InvalidError as error:
            return error.faults[0].code, ""
        return "", opened.token


def test_code_is_long_enough_and_has_no_signs_that_are_mistaken(issued: IssuedCode) -> None:
    assert len(issued.code) == CODE_LENGTH
    assert set(issued.code) <= set(SIGNS)
    assert set("01ILOU") & set(SIGNS) == set()
    assert len(SIGNS) ** CODE_LENGTH > 2**48
    assert len(issued.secret) >= 43


def test_only_hashes_are_kept(engine: sa.Engine, issued: IssuedCode) -> None:
    table = AccessCode.metadata.tables["accesscode"]
    with engine.connect() as connection:
        kept = [str(value) for row in connection.execute(sa.select(table)) for value in row]
    assert issued.row.secret_hash in kept
    assert not {issued.secret, issued.code} & set(kept)


def test_secret_and_typed_code_open_the_enterprise_s_pages(
    engine: sa.Engine, clock: FixedClock, owner: Enterprise, issued: IssuedCode
) -> None:
    typed = f" {issued.code[:5].lower()}-{issued.code[5:]} "
    for given in (
        {"secret": issued.secret},
        {"credit_code": owner.credit_code.lower(), "code": typed},
    ):
        fault, token = enter(engine, clock, **given)
        assert fault == ""
        with reading(engine) as session:
            actor = actor_of_token(session, clock, token, SETTINGS)
        assert actor is not None
        assert (actor.role, actor.enterprise_id) == (Role.ENTERPRISE, owner.id)
    with reading(engine) as session:
        assert session.exec(select(AccessCode.uses)).one() == 2


def test_code_of_one_enterprise_does_not_open_another(engine: sa.Engine, clock: FixedClock, issued: IssuedCode) -> None:
    with unit_of_work(engine) as session:
        other = make_enterprise(session)
    assert enter(engine, clock, credit_code=other.credit_code, code=issued.code) == ("wrong_code", "")


def test_hash_is_keyed_with_the_secret_of_the_service(issued: IssuedCode, owner: Enterprise) -> None:
    """Who only has the database cannot try all short codes: with another key the hash is another one."""
    same = access_codes._code_hash(SETTINGS.secret_key, owner.credit_code, issued.code)
    other = access_codes._code_hash("j" * 40, owner.credit_code, issued.code)
    assert same == issued.row.code_hash
    assert other != same


def test_wrong_revoked_expired_and_used_up_codes_are_answered_alike(
    engine: sa.Engine, clock: FixedClock, owner: Enterprise, coordinator: Actor, issued: IssuedCode
) -> None:
    wrong = enter(engine, clock, secret="nothing of the kind")
    with unit_of_work(engine) as session:
        session.get_one(AccessCode, issued.row.id).uses = MOST_USES
    used_up = enter(engine, clock, secret=issued.secret)
    with unit_of_work(engine) as session:
        row = session.get_one(AccessCode, issued.row.id)
        row.uses = 0
        access_codes.revoke_code(session, clock, coordinator, row)
    revoked = enter(engine, clock, secret=issued.secret)
    with unit_of_work(engine) as session:
        second = access_codes.issue_code(session, clock, coordinator, owner, settings=SETTINGS)
    clock.instant += LIFETIME
    expired = enter(engine, clock, secret=second.secret)
    assert wrong == used_up == revoked == expired == ("wrong_code", "")
    with reading(engine) as session:
        assert not access_codes.is_good(session, clock, second.secret)


def test_revoking_signs_out_and_ends_feeds(
    engine: sa.Engine, clock: FixedClock, coordinator: Actor, issued: IssuedCode
) -> None:
    _, token = enter(engine, clock, secret=issued.secret)
    with unit_of_work(engine) as session:
        actor = actor_of_token(session, clock, token, SETTINGS)
        assert actor is not None
        _, feed = issue_token(session, clock, actor, *(own_scope(actor) or ()))  # type: ignore[arg-type]
    with unit_of_work(engine) as session:
        access_codes.revoke_code(session, clock, coordinator, session.get_one(AccessCode, issued.row.id))
    with reading(engine) as session:
        assert actor_of_token(session, clock, token, SETTINGS) is None
        assert find_feed(session, clock, feed) is None
        assert session.exec(select(UserSession.revoked_at)).one() is not None
        assert session.exec(select(FeedToken.revoked_at)).one() is not None
    with pytest.raises(TransitionError), unit_of_work(engine) as session:
        access_codes.revoke_code(session, clock, coordinator, session.get_one(AccessCode, issued.row.id))


def test_guessing_is_slowed_down(engine: sa.Engine, clock: FixedClock, owner: Enterprise, issued: IssuedCode) -> None:
    for _ in range(TRIES_PER_NAME):
        assert enter(engine, clock, credit_code=owner.credit_code, code="2222222222")[0] == "wrong_code"
    right = {"credit_code": owner.credit_code, "code": issued.code}
    assert enter(engine, clock, **right)[0] == "too_many_codes"
    clock.instant += LOCKED_FOR + timedelta(seconds=1)
    assert enter(engine, clock, **right)[0] == ""


def test_wrong_links_do_not_shut_out_the_right_one(engine: sa.Engine, clock: FixedClock, issued: IssuedCode) -> None:
    for number in range(TRIES_PER_NAME + 1):
        assert enter(engine, clock, secret=f"guess {number}")[0] == "wrong_code"
    assert enter(engine, clock, secret=issued.secret)[0] == ""


def test_account_behind_codes_has_no_password(engine: sa.Engine, clock: FixedClock, issued: IssuedCode) -> None:
    with unit_of_work(engine) as session:
        access_codes.sign_in_by_secret(session, clock, issued.secret, address="10.0.0.1", settings=SETTINGS)
        account = session.exec(select(User).where(User.role == Role.ENTERPRISE)).one()
        with pytest.raises(InvalidError):
            sign_in(session, clock, username=account.username, password=issued.code, address="", settings=SETTINGS)


def test_trail_names_the_code_but_never_shows_it(engine: sa.Engine, issued: IssuedCode) -> None:
    with reading(engine) as session:
        event = session.exec(select(AuditEvent).where(AuditEvent.action == "access_code.issue")).one()
        assert event.entity_uid == issued.row.uid
        assert issued.code not in repr(event.after)


def test_only_coordinators_issue_find_and_revoke(
    engine: sa.Engine, clock: FixedClock, owner: Enterprise, issued: IssuedCode
) -> None:
    with unit_of_work(engine) as session:
        clerk = make_actor(session, Role.CLERK)
        with pytest.raises(NotPermittedError):
            access_codes.issue_code(session, clock, clerk, owner, settings=SETTINGS)
        with pytest.raises(NotPermittedError):
            access_codes.revoke_code(session, clock, clerk, session.get_one(AccessCode, issued.row.id))
        with pytest.raises(NotFoundError):
            access_codes.get_code(session, clerk, issued.row.uid)


def test_codes_that_opened_nothing_for_a_month_are_swept_and_the_trail_still_says_whose_they_were(
    engine: sa.Engine, clock: FixedClock, owner: Enterprise, coordinator: Actor, issued: IssuedCode
) -> None:
    with unit_of_work(engine) as session:
        revoked = access_codes.issue_code(session, clock, coordinator, owner, settings=SETTINGS).row
        access_codes.revoke_code(session, clock, coordinator, revoked)
        bulk = access_codes.issue_for_notices(session, clock, {owner.id or 0: "v" * 32}, key=SETTINGS.secret_key)
    clock.instant += access_codes.KEPT_FOR
    assert _swept(engine, clock) == 0
    clock.instant += timedelta(seconds=1)
    assert _swept(engine, clock) == 1
    clock.instant = issued.row.expires_at + access_codes.KEPT_FOR
    assert _swept(engine, clock) == 0
    clock.instant += timedelta(seconds=1)
    assert _swept(engine, clock) == 2
    with reading(engine) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "access_code.issue")).all()
        told = {(event.entity_uid, (event.after or {}).get("enterprise")) for event in events}
        assert {(issued.row.uid, owner.uid), (revoked.uid, owner.uid)} < told
        assert [[bulk[owner.id or 0], owner.uid]] in [(event.after or {}).get("codes") for event in events]
        assert verify(session).first_bad is None


def _swept(engine: sa.Engine, clock: FixedClock) -> int:
    with unit_of_work(engine) as session:
        return access_codes.forget_codes(session, clock)
