"""Accounts: signing in, what ends a session, passwords, and who may manage whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import Role
from data.errors import NotFoundError
from data.models import AuditEvent, LoginFailure, User, UserSession
from data.session import unit_of_work
from scheduler import accounts
from scheduler.clock import FixedClock
from scheduler.config import Settings
from scheduler.errors import InvalidError, NotPermittedError
from scheduler.permissions import Actor
from tests import factories
from tests.factories import PASSWORD

SETTINGS = Settings(session_idle_minutes=30, session_hours=12)
NEW_PASSWORD = "Another-horse-8"


def enter(
    session: Session, clock: FixedClock, username: str, password: str = PASSWORD, *, address: str = "192.0.2.1"
) -> accounts.SignIn:
    return accounts.sign_in(session, clock, username=username, password=password, address=address, settings=SETTINGS)


def refused(call: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as error:
        call()
    return [(fault.field, fault.code) for fault in error.value.faults]


@pytest.fixture
def user(session: Session) -> User:
    return factories.make_user(session, Role.CLERK, organisation_id=factories.make_organisation(session).id)


def test_sign_in_opens_a_session(session: Session, clock: FixedClock, user: User) -> None:
    opened = enter(session, clock, user.username)

    assert accounts.actor_of_token(session, clock, opened.token, SETTINGS) == opened.actor
    assert (opened.actor.role, opened.actor.organisation_id) == (Role.CLERK, user.organisation_id)
    stored = session.exec(select(UserSession)).one()
    assert opened.token not in {stored.token_hash, str(stored.id)}


@pytest.mark.parametrize(
    ("change", "name", "password"),
    [
        ({}, "nobody", PASSWORD),
        ({}, None, "wrong"),
        ({"active": False}, None, PASSWORD),
        ({"password_hash": "not a hash"}, None, PASSWORD),
        ({}, None, ""),
        ({}, "x" * 500 + "\x00\ud800", "y" * 5000),
    ],
    ids=["unknown", "wrong", "disabled", "broken_hash", "empty", "monstrous"],
)
def test_refusal_is_the_same_whatever_was_wrong(
    session: Session, clock: FixedClock, user: User, change: dict[str, Any], name: str | None, password: str
) -> None:
    for field, value in change.items():
        setattr(user, field, value)
    session.flush()

    assert refused(lambda: enter(session, clock, name or user.username, password)) == [
        ("password", "wrong_credentials")
    ]
    assert session.exec(select(sa.func.count()).select_from(UserSession)).one() == 0


def test_name_is_locked_after_ten_wrong_passwords(session: Session, clock: FixedClock, user: User) -> None:
    for _ in range(accounts.TRIES_PER_NAME):
        assert refused(lambda: enter(session, clock, user.username, "wrong")) == [("password", "wrong_credentials")]

    assert refused(lambda: enter(session, clock, user.username)) == [("password", "too_many_attempts")]
    assert refused(lambda: enter(session, clock, user.username, address="198.51.100.7")) == [
        ("password", "too_many_attempts")
    ]

    clock.instant += accounts.LOCKED_FOR
    assert enter(session, clock, user.username).actor.username == user.username


def test_address_is_locked_after_guessing_over_many_names(session: Session, clock: FixedClock, user: User) -> None:
    session.add_all(
        LoginFailure(username=f"guess{number}", address="192.0.2.1", at=clock.now())
        for number in range(accounts.TRIES_PER_ADDRESS)
    )
    session.flush()

    assert refused(lambda: enter(session, clock, user.username)) == [("password", "too_many_attempts")]
    assert enter(session, clock, user.username, address="198.51.100.7").actor.username == user.username


def test_success_clears_the_count_of_the_name(session: Session, clock: FixedClock, user: User) -> None:
    refused(lambda: enter(session, clock, user.username, "wrong"))

    enter(session, clock, user.username)

    assert session.exec(select(LoginFailure)).all() == []


def test_count_is_kept_when_the_refusal_is_caught_inside_the_transaction(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        name = factories.make_user(session).username
    for _ in range(accounts.TRIES_PER_NAME):
        with unit_of_work(engine) as session:
            refused(lambda: enter(session, clock, name, "wrong"))

    with unit_of_work(engine) as session:
        assert refused(lambda: enter(session, clock, name)) == [("password", "too_many_attempts")]


@pytest.mark.parametrize(
    ("minutes", "alive"), [(29, True), (30, False)], ids=["within_the_idle_time", "after_the_idle_time"]
)
def test_idle_session_ends(session: Session, clock: FixedClock, user: User, minutes: int, alive: bool) -> None:
    token = enter(session, clock, user.username).token
    clock.instant += timedelta(minutes=minutes)

    assert (accounts.actor_of_token(session, clock, token, SETTINGS) is not None) is alive


def test_session_ends_after_twelve_hours_of_use(session: Session, clock: FixedClock, user: User) -> None:
    token = enter(session, clock, user.username).token
    for _ in range(35):
        clock.instant += timedelta(minutes=20)
        assert accounts.actor_of_token(session, clock, token, SETTINGS) is not None
        accounts.touch_session(session, clock, token, SETTINGS)

    clock.instant += timedelta(minutes=20)
    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None


def _is_stale(session: Session, clock: FixedClock, token: str) -> bool:
    found = accounts.find_presence(session, clock, token, SETTINGS)
    assert found is not None
    return found.stale


def test_session_is_touched_once_a_minute(session: Session, clock: FixedClock, user: User) -> None:
    token = enter(session, clock, user.username).token
    start = clock.now()
    clock.instant += timedelta(seconds=59)
    assert not _is_stale(session, clock, token)
    accounts.touch_session(session, clock, token, SETTINGS)
    assert session.exec(select(UserSession.seen_at)).one() == start

    clock.instant += timedelta(seconds=1)
    assert _is_stale(session, clock, token)
    accounts.touch_session(session, clock, token, SETTINGS)
    assert session.exec(select(UserSession.seen_at)).one() == clock.now()


def test_dead_session_is_not_revived_by_a_touch(session: Session, clock: FixedClock, user: User) -> None:
    token = enter(session, clock, user.username).token
    clock.instant += timedelta(minutes=31)

    accounts.touch_session(session, clock, token, SETTINGS)

    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None


def test_copied_token_is_dead_after_signing_out(session: Session, clock: FixedClock, user: User) -> None:
    token, other = enter(session, clock, user.username).token, enter(session, clock, user.username).token

    accounts.sign_out(session, clock, token)

    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None
    assert accounts.actor_of_token(session, clock, other, SETTINGS) is not None


@pytest.mark.parametrize("token", ["", "guess", "\ud800"], ids=["empty", "guess", "half_a_sign"])
def test_unknown_token_belongs_to_nobody(session: Session, clock: FixedClock, user: User, token: str) -> None:
    enter(session, clock, user.username)

    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None
    accounts.sign_out(session, clock, token)


def test_new_password_ends_the_other_sessions(session: Session, clock: FixedClock, user: User) -> None:
    user.must_change_password = True
    kept, other = enter(session, clock, user.username), enter(session, clock, user.username)

    accounts.change_password(session, clock, kept.actor, old=PASSWORD, new=NEW_PASSWORD, keep_token=kept.token)

    assert accounts.actor_of_token(session, clock, other.token, SETTINGS) is None
    actor = accounts.actor_of_token(session, clock, kept.token, SETTINGS)
    assert actor is not None
    assert not actor.must_change_password
    assert enter(session, clock, user.username, NEW_PASSWORD).actor == actor


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("wrong", NEW_PASSWORD, ("old", "wrong_password")),
        (PASSWORD, "short-1", ("new", "password_too_short")),
        (PASSWORD, "x" * 129, ("new", "password_too_long")),
        (PASSWORD, "aaaaabbbbbb", ("new", "password_too_simple")),
        (PASSWORD, "my-{name}-password", ("new", "password_has_name")),
        (PASSWORD, PASSWORD, ("new", "password_unchanged")),
    ],
    ids=["wrong", "short", "long", "simple", "name", "unchanged"],
)
def test_bad_password_is_refused(
    session: Session, clock: FixedClock, user: User, old: str, new: str, fault: tuple[str, str]
) -> None:
    actor, typed = factories.actor_of(user), new.format(name=user.username.upper())

    assert refused(lambda: accounts.change_password(session, clock, actor, old=old, new=typed, keep_token="")) == [
        fault
    ]


def test_user_is_created_by_an_administrator(session: Session, clock: FixedClock) -> None:
    administrator = factories.make_actor(session, Role.ADMINISTRATOR)
    organisation = factories.make_organisation(session)

    made = accounts.create_user(
        session, clock, administrator, username=" li.na ", display_name="李娜", password=PASSWORD, role=Role.CLERK,
        organisation_id=organisation.id,
    )  # fmt: skip

    assert (made.username, made.must_change_password, made.organisation_id) == ("li.na", True, organisation.id)
    assert enter(session, clock, "li.na").actor.must_change_password
    written = session.exec(select(AuditEvent).where(AuditEvent.entity_uid == made.uid)).all()
    assert [event.action for event in written] == ["account.create", "account.sign_in"]
    assert all(PASSWORD not in str(event.after) and "argon2" not in str(event.after) for event in written)


def test_account_of_an_officer_belongs_to_the_officers_organisation(session: Session, clock: FixedClock) -> None:
    officer = factories.make_officer(session, factories.make_organisation(session))

    made = accounts.create_user(
        session, clock, None, username="officer", display_name="员", password=PASSWORD, role=Role.OFFICER,
        officer_id=officer.id,
    )  # fmt: skip

    assert made.organisation_id == officer.organisation_id


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"username": "taken"}, [("username", "taken")]),
        ({"username": "two words"}, [("username", "bad_username")]),
        ({"username": "x" * 41}, [("username", "bad_username")]),
        ({"display_name": " "}, [("display_name", "required")]),
        ({"role": Role.CLERK}, [("organisation_id", "required")]),
        ({"role": Role.OFFICER}, [("officer_id", "required")]),
        ({"role": Role.ENTERPRISE}, [("enterprise_id", "required")]),
        ({"role": Role.CLERK, "organisation_id": 999}, [("organisation_id", "unknown_choice")]),
        ({"language": "fr"}, [("language", "unknown_choice")]),
        ({"password": "short"}, [("password", "password_too_short")]),
    ],
    ids=["taken", "blank", "long", "no_name", "clerk", "officer", "enterprise", "nobody", "language", "password"],
)
def test_bad_account_is_refused(
    session: Session, clock: FixedClock, change: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    factories.make_user(session, username="taken")
    asked = {"username": "new", "display_name": "新", "password": PASSWORD, "role": Role.COORDINATOR} | change

    assert refused(lambda: accounts.create_user(session, clock, None, **asked)) == faults


def create_colleague(session: Session, clock: FixedClock, actor: Actor, _user: User) -> None:
    accounts.create_user(
        session, clock, actor, username="new", display_name="新", password=PASSWORD, role=Role.COORDINATOR
    )


def disable(session: Session, clock: FixedClock, actor: Actor, user: User) -> None:
    accounts.set_active(session, clock, actor, user, active=False)


def give_password(session: Session, clock: FixedClock, actor: Actor, user: User) -> None:
    accounts.set_password(session, clock, actor, user, NEW_PASSWORD)


def list_all(session: Session, _clock: FixedClock, actor: Actor, _user: User) -> None:
    accounts.list_users(session, actor)


@pytest.mark.parametrize("act", [create_colleague, disable, give_password, list_all])
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_managing_accounts_is_refused_to_others(
    session: Session, clock: FixedClock, user: User, role: Role, act: Callable[..., object]
) -> None:
    with pytest.raises(NotPermittedError):
        act(session, clock, factories.make_actor(session, role), user)


def test_account_is_not_found_by_others(session: Session, user: User) -> None:
    administrator = factories.make_actor(session, Role.ADMINISTRATOR)

    assert accounts.get_user(session, administrator, user.uid) is user
    with pytest.raises(NotFoundError):
        accounts.get_user(session, factories.make_actor(session, Role.SUPERVISOR), user.uid)


def test_disabled_account_is_out_at_once(session: Session, clock: FixedClock, user: User) -> None:
    administrator = factories.make_actor(session, Role.ADMINISTRATOR)
    token = enter(session, clock, user.username).token

    accounts.set_active(session, clock, administrator, user, active=False)
    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None

    accounts.set_active(session, clock, administrator, user, active=True)
    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None


def test_nobody_disables_themselves(session: Session, clock: FixedClock) -> None:
    user = factories.make_user(session, Role.ADMINISTRATOR)

    with pytest.raises(NotPermittedError) as error:
        accounts.set_active(session, clock, factories.actor_of(user), user, active=False)

    assert error.value.code == "own_account"


def test_password_set_by_an_administrator_must_be_changed(session: Session, clock: FixedClock, user: User) -> None:
    administrator = factories.make_actor(session, Role.ADMINISTRATOR)
    token = enter(session, clock, user.username).token
    for _ in range(accounts.TRIES_PER_NAME):
        refused(lambda: enter(session, clock, user.username, "wrong"))

    accounts.set_password(session, clock, administrator, user, NEW_PASSWORD)

    assert accounts.actor_of_token(session, clock, token, SETTINGS) is None
    assert enter(session, clock, user.username, NEW_PASSWORD).actor.must_change_password


def test_language_is_kept(session: Session, clock: FixedClock, user: User) -> None:
    accounts.set_language(session, clock, factories.actor_of(user), "en")

    assert enter(session, clock, user.username).actor.language == "en"
    assert refused(lambda: accounts.set_language(session, clock, factories.actor_of(user), "fr")) == [
        ("language", "unknown_choice")
    ]


def test_old_failures_and_sessions_are_forgotten(session: Session, clock: FixedClock, user: User) -> None:
    refused(lambda: enter(session, clock, user.username, "wrong", address="a"))
    enter(session, clock, user.username)
    refused(lambda: enter(session, clock, "other", "wrong"))
    assert accounts.forget_old(session, clock) == 0

    clock.instant += timedelta(days=31)

    assert accounts.forget_old(session, clock) == 2


def test_real_hash_is_argon2id_and_opens() -> None:
    stored = accounts.hash_password(PASSWORD)

    assert stored.startswith("$argon2id$")
    assert stored != accounts.hash_password(PASSWORD)
