"""Accounts and server-side sessions: signing in and out, passwords, who a cookie belongs to. Knows no HTTP.

A wrong password is counted in the transaction of the attempt: the entrypoint catches InvalidError *inside* its unit
of work, so that the count is committed although the attempt was refused.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, select

from data.enums import Role
from data.errors import NotFoundError
from data.models import Enterprise, LoginFailure, Officer, Organisation, User, UserSession
from scheduler import audit
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_administer

LANGUAGES: Final = ("zh", "en")
SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 128
FEWEST_DIFFERENT_SIGNS: Final = 5
LONGEST_USERNAME: Final = 40
# Ten tries leave room for a forgotten password; a hundred for an office behind one address.
TRIES_PER_NAME: Final = 10
TRIES_PER_ADDRESS: Final = 100
LOCKED_FOR: Final = timedelta(minutes=15)
CODE_ACCOUNT: Final = "qy-"
"""Before the credit code: the name of the account that codes on notices open."""
TOUCH_EVERY: Final = timedelta(minutes=1)
_HASHER: Final = PasswordHasher()
_OWNERS: Final = {
    Role.CLERK: "organisation_id",
    Role.HEAD: "organisation_id",
    Role.LEGAL: "organisation_id",
    Role.OFFICER: "officer_id",
    Role.ENTERPRISE: "enterprise_id",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A signed-in actor and the secret for the cookie; only the secret's hash is kept."""

    actor: Actor
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """Whose live session it is. `stale`: it has not been noted as used for a while."""

    actor: Actor
    stale: bool


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password, with its parameters and salt."""
    return _HASHER.hash(password)


def sign_in(
    session: Session, clock: Clock, *, username: str, password: str, address: str, settings: Settings
) -> SignIn:
    """Open a session for the account.

    Raises InvalidError with code "wrong_credentials" (unknown, disabled and wrong password alike, in comparable time)
    or "too_many_attempts" (param `minutes`). Catch it inside the unit of work: see the module's docstring.
    """
    name, origin = _printable(username, LONGEST_USERNAME), _printable(address, 64)
    _refuse_locked(session, clock.now(), name, origin)
    user = session.exec(select(User).where(User.username == name)).first()
    known = _matches(user.password_hash if user else _nobodys_hash(), password[: LONGEST_PASSWORD + 1])
    if user is None or not known or not user.active:
        session.add(LoginFailure(username=name, address=origin, at=clock.now()))
        session.flush()
        raise InvalidError(Fault(field="password", code="wrong_credentials"))
    session.execute(sa.delete(LoginFailure).where(col(LoginFailure.username) == name))
    actor = actor_of(user)
    audit.record(session, clock, actor, "account.sign_in", entity="user", entity_uid=user.uid)
    return SignIn(actor=actor, token=_open_session(session, clock, user, settings))


def actor_of_token(session: Session, clock: Clock, token: str, settings: Settings) -> Actor | None:
    """Return whose token it is; None when unknown, signed out, idle for too long, expired or disabled. Only reads."""
    found = find_presence(session, clock, token, settings)
    return found.actor if found else None


def find_presence(session: Session, clock: Clock, token: str, settings: Settings) -> Presence | None:
    """The same, and whether to call `touch_session`: the session was last noted as seen more than a minute ago."""
    found = _live_session(session, clock, token, settings)
    if found is None:
        return None
    return Presence(actor=actor_of(found[1]), stale=clock.now() - found[0].seen_at >= TOUCH_EVERY)


def touch_session(session: Session, clock: Clock, token: str, settings: Settings) -> None:
    """Note that a live session was used; does nothing more than once a minute or for a dead one."""
    found = _live_session(session, clock, token, settings)
    if found is not None and clock.now() - found[0].seen_at >= TOUCH_EVERY:
        found[0].seen_at = clock.now()
        session.add(found[0])
        session.flush()


def sign_out(session: Session, clock: Clock, token: str) -> None:
    """End the session of a token; an unknown or ended one stays as it is."""
    row = session.exec(select(UserSession).where(UserSession.token_hash == _digest(token))).first()
    if row is None or row.revoked_at is not None:
        return
    row.revoked_at = clock.now()
    session.add(row)
    user = session.get_one(User, row.user_id)
    audit.record(session, clock, actor_of(user), "account.sign_out", entity="user", entity_uid=user.uid)


def change_password(session: Session, clock: Clock, actor: Actor, *, old: str, new: str, keep_token: str) -> None:
    """Set a new password and end every other session of the account; that of `keep_token` goes on.

    Raises InvalidError: "wrong_password" for `old`; "password_too_short", "password_too_long",
    "password_too_simple", "password_has_name" or "password_unchanged" for `new`.
    """
    user = session.get_one(User, actor.user_id)
    if not _matches(user.password_hash, old[: LONGEST_PASSWORD + 1]):
        raise InvalidError(Fault(field="old", code="wrong_password"))
    _require_good_password("new", new, user.username)
    if old == new:
        raise InvalidError(Fault(field="new", code="password_unchanged"))
    user.password_hash = hash_password(new)
    user.must_change_password = False
    session.add(user)
    _revoke_sessions(session, clock, user, except_token=keep_token)
    audit.record(session, clock, actor, "account.change_password", entity="user", entity_uid=user.uid)


def create_user(
    session: Session,
    clock: Clock,
    actor: Actor | None,
    *,
    username: str,
    display_name: str,
    password: str,
    role: Role,
    organisation_id: int | None = None,
    officer_id: int | None = None,
    enterprise_id: int | None = None,
    must_change_password: bool = True,
    language: str = "zh",
) -> User:
    """Add an account. `actor` None stands for the service itself (seeding, command line).

    Clerks, legal reviewers and heads need an organisation, officers an officer, enterprises an enterprise. Raises
    NotPermittedError for anybody but an administrator, InvalidError with one fault a field.
    """
    _require_administrator(actor)
    name = username.strip()
    owners = {"organisation_id": organisation_id, "officer_id": officer_id, "enterprise_id": enterprise_id}
    faults = [*_username_faults(session, name), *_owner_faults(session, role, owners)]
    if not display_name.strip():
        faults.append(Fault(field="display_name", code="required"))
    if language not in LANGUAGES:
        faults.append(Fault(field="language", code="unknown_choice"))
    if faults:
        raise InvalidError(*faults)
    _require_good_password("password", password, name)
    if officer_id is not None:
        owners["organisation_id"] = session.get_one(Officer, officer_id).organisation_id
    user = User(
        username=name,
        display_name=display_name.strip(),
        password_hash=hash_password(password),
        role=role,
        organisation_id=owners["organisation_id"],
        officer_id=officer_id,
        enterprise_id=enterprise_id,
        must_change_password=must_change_password,
        language=language,
        created_at=clock.now(),
    )
    session.add(user)
    session.flush()
    after = {"username": name, "role": role, **owners}
    audit.record(session, clock, actor, "account.create", entity="user", entity_uid=user.uid, after=after)
    return user


def get_user(session: Session, actor: Actor, uid: str) -> User:
    """Return an account for an administrator. Raises NotFoundError for anybody else and for an unknown uid."""
    user = session.exec(select(User).where(User.uid == uid)).first() if may_administer(actor) else None
    if user is None:
        raise NotFoundError("user", uid)
    return user


def set_active(session: Session, clock: Clock, actor: Actor, user: User, *, active: bool) -> None:
    """Enable or disable an account; disabling ends all its sessions. Nobody disables themselves."""
    _require_administrator(actor)
    if user.id == actor.user_id:
        raise NotPermittedError("own_account")
    if user.active == active:
        return
    user.active = active
    session.add(user)
    if not active:
        _revoke_sessions(session, clock, user)
    audit.record(
        session, clock, actor, "account.set_active", entity="user", entity_uid=user.uid,
        before={"active": not active}, after={"active": active},
    )  # fmt: skip


def set_password(session: Session, clock: Clock, actor: Actor | None, user: User, password: str) -> None:
    """Give an account a first password anew: it must be changed at the next sign-in, and all sessions end."""
    _require_administrator(actor)
    _require_good_password("password", password, user.username)
    user.password_hash = hash_password(password)
    user.must_change_password = True
    session.add(user)
    _revoke_sessions(session, clock, user)
    session.execute(sa.delete(LoginFailure).where(col(LoginFailure.username) == user.username))
    audit.record(session, clock, actor, "account.set_password", entity="user", entity_uid=user.uid)


def list_users(session: Session, actor: Actor) -> list[User]:
    """Return all accounts by name. Raises NotPermittedError for anybody but an administrator."""
    _require_administrator(actor)
    return list(session.exec(select(User).order_by(col(User.username), col(User.id))))


def set_language(session: Session, clock: Clock, actor: Actor, language: str) -> None:
    """Set the language that an account reads. Raises InvalidError "unknown_choice"."""
    if language not in LANGUAGES:
        raise InvalidError(Fault(field="language", code="unknown_choice"))
    user = session.get_one(User, actor.user_id)
    if user.language == language:
        return
    before = {"language": user.language}
    user.language = language
    session.add(user)
    audit.record(
        session, clock, actor, "account.set_language", entity="user", entity_uid=user.uid,
        before=before, after={"language": language},
    )  # fmt: skip


def find_code_account(session: Session, enterprise: Enterprise) -> User | None:
    """The account behind the codes of an enterprise's notices."""
    statement = select(User).where(User.username == CODE_ACCOUNT + enterprise.credit_code)
    return session.exec(statement.where(User.enterprise_id == enterprise.id)).first()


def code_account(session: Session, clock: Clock, enterprise: Enterprise) -> User:
    """The same; made when it is not there yet. It has no password that anybody knows."""
    user = find_code_account(session, enterprise)
    if user is None:
        user = User(
            username=CODE_ACCOUNT + enterprise.credit_code,
            display_name=enterprise.name[:60],
            password_hash=_nobodys_hash(),
            role=Role.ENTERPRISE,
            enterprise_id=enterprise.id,
            created_at=clock.now(),
        )
        session.add(user)
        session.flush()
    return user


def open_without_password(session: Session, clock: Clock, user: User, settings: Settings) -> SignIn:
    """Open a session for somebody who has shown a code instead; whether it is good was decided by the caller."""
    return SignIn(actor=actor_of(user), token=_open_session(session, clock, user, settings))


def note_failure(session: Session, clock: Clock, *, name: str, address: str) -> None:
    """Count a wrong attempt."""
    origin = _printable(address, 64)
    session.add(LoginFailure(username=_printable(name, LONGEST_USERNAME), address=origin, at=clock.now()))
    session.flush()


def refuse_locked(session: Session, clock: Clock, *, name: str, address: str) -> None:
    """Raises InvalidError "too_many_attempts" when there were too many wrong ones for a name or from an address."""
    _refuse_locked(session, clock.now(), _printable(name, LONGEST_USERNAME), _printable(address, 64))


def end_sessions(session: Session, clock: Clock, user: User) -> None:
    """Sign an account out everywhere."""
    _revoke_sessions(session, clock, user)


def forget_old(session: Session, clock: Clock) -> int:
    """Delete failures that count no more and sessions that ended a month ago; return how many rows went."""
    failures = sa.delete(LoginFailure).where(col(LoginFailure.at) < clock.now() - LOCKED_FOR)
    ended = sa.delete(UserSession).where(col(UserSession.expires_at) < clock.now() - timedelta(days=30))
    return sum(session.execute(statement).rowcount for statement in (failures, ended))  # type: ignore[attr-defined]


def actor_of(user: User) -> Actor:
    """Return the actor behind an account."""
    return Actor(
        user_id=_key(user),
        user_uid=user.uid,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        organisation_id=user.organisation_id,
        officer_id=user.officer_id,
        enterprise_id=user.enterprise_id,
        language=user.language,
        must_change_password=user.must_change_password,
    )


def _key(user: User) -> int:
    assert user.id is not None  # noqa: S101 -- a stored row has its key
    return user.id


def _refuse_locked(session: Session, now: datetime, name: str, address: str) -> None:
    recent = select(sa.func.count()).select_from(LoginFailure).where(col(LoginFailure.at) > now - LOCKED_FOR)
    by_name = session.exec(recent.where(LoginFailure.username == name)).one()
    by_address = session.exec(recent.where(LoginFailure.address == address)).one()
    if by_name >= TRIES_PER_NAME or by_address >= TRIES_PER_ADDRESS:
        minutes = LOCKED_FOR // timedelta(minutes=1)
        raise InvalidError(Fault(field="password", code="too_many_attempts", params=(("minutes", minutes),)))


def _open_session(session: Session, clock: Clock, user: User, settings: Settings) -> str:
    token = secrets.token_urlsafe(32)
    now = clock.now()
    expires_at = now + timedelta(hours=settings.session_hours)
    opened = UserSession(
        token_hash=_digest(token), user_id=_key(user), created_at=now, seen_at=now, expires_at=expires_at
    )
    session.add(opened)
    session.flush()
    return token


def _live_session(session: Session, clock: Clock, token: str, settings: Settings) -> tuple[UserSession, User] | None:
    now = clock.now()
    idle_since = now - timedelta(minutes=settings.session_idle_minutes)
    statement = (
        select(UserSession, User)
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(UserSession.token_hash == _digest(token), col(UserSession.revoked_at).is_(None), col(User.active))
        .where(col(UserSession.expires_at) > now, col(UserSession.seen_at) > idle_since)
    )
    return session.exec(statement).first()


def _revoke_sessions(session: Session, clock: Clock, user: User, *, except_token: str = "") -> None:
    session.execute(
        sa.update(UserSession)
        .where(col(UserSession.user_id) == user.id, col(UserSession.revoked_at).is_(None))
        .where(col(UserSession.token_hash) != _digest(except_token))
        .values(revoked_at=clock.now())
    )


def _matches(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    # Unknown names cost as much time as known ones: nobody learns from the clock which names exist.
    return hash_password(secrets.token_urlsafe())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _printable(text: str, length: int) -> str:
    return "".join(sign for sign in text.strip() if sign.isprintable())[:length]


def _require_administrator(actor: Actor | None) -> None:
    if actor is not None and not may_administer(actor):
        raise NotPermittedError


def _require_good_password(field: str, password: str, username: str) -> None:
    code = _password_fault(password, username)
    if code:
        params = (("shortest", SHORTEST_PASSWORD), ("longest", LONGEST_PASSWORD))
        raise InvalidError(Fault(field=field, code=code, params=params))


def _password_fault(password: str, username: str) -> str:
    if len(password) < SHORTEST_PASSWORD:
        return "password_too_short"
    if len(password) > LONGEST_PASSWORD:
        return "password_too_long"
    if len(set(password)) < FEWEST_DIFFERENT_SIGNS:
        return "password_too_simple"
    return "password_has_name" if username.casefold() in password.casefold() else ""


def _username_faults(session: Session, name: str) -> list[Fault]:
    if not name or name != _printable(name, LONGEST_USERNAME) or any(sign.isspace() for sign in name):
        return [Fault(field="username", code="bad_username", params=(("longest", LONGEST_USERNAME),))]
    taken = session.exec(select(User.id).where(User.username == name)).first()
    return [Fault(field="username", code="taken")] if taken is not None else []


def _owner_faults(session: Session, role: Role, owners: dict[str, int | None]) -> list[Fault]:
    needed = _OWNERS.get(role)
    if needed is not None and owners[needed] is None:
        return [Fault(field=needed, code="required")]
    tables: dict[str, Any] = {"organisation_id": Organisation, "officer_id": Officer, "enterprise_id": Enterprise}
    return [
        Fault(field=field, code="unknown_choice")
        for field, key in owners.items()
        if key is not None and session.get(tables[field], key) is None
    ]
