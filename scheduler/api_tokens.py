"""Keys of programs: who may issue which, what a key may do, and whose rights it acts with. Knows no HTTP.

A token acts for its organisation in the role that it was issued for, and in the name of its issuer: the issuer is the
author of what it writes and may therefore not file it. Rights are the predicates of `scheduler.permissions`, asked
with the token's role; scopes only take away. A token is dead as soon as its issuer may no longer issue it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from data.enums import ApiScope, Role
from data.errors import NotFoundError
from data.models import ApiToken, ApiTokenScope, ApiTokenUse, Organisation, User
from scheduler import audit
from scheduler import permissions as may
from scheduler.accounts import actor_of
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError, NotPermittedError, TransitionError
from scheduler.permissions import Actor, Predicate

KEY_START: Final = "od_"
"""Every secret begins so: people and scanners of leaked secrets know it for what it is."""

SECRET_BYTES: Final = 32
SHOWN_SIGNS: Final = 10
LONGEST_NAME: Final = 80
LIFETIMES_DAYS: Final = (30, 90, 180, 365)
ROTATION_OVERLAP: Final = timedelta(days=1)
"""After a rotation both secrets open the door for so long, so that no program stands outside meanwhile."""

TOUCH_EVERY: Final = timedelta(minutes=1)

NEEDED: Final[dict[ApiScope, Predicate]] = {
    ApiScope.PLANS_READ: may.may_see_plans,
    ApiScope.PLANS_WRITE: may.may_write_plans,
    ApiScope.REGISTRY_READ: may.may_see_registry,
    ApiScope.ROUNDS_READ: may.may_see_rounds,
    ApiScope.VISITS_READ: may.may_see_calendar,
}
"""What the role of a token must allow for a scope to be of any use."""

# Heads answer for their clerks; administrators make accounts of both roles anyway.
_GRANTED_BY: Final = {
    Role.HEAD: frozenset({Role.CLERK}),
    Role.ADMINISTRATOR: frozenset({Role.CLERK, Role.SUPERVISOR}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """A new token and its secret, which is never shown again."""

    token: ApiToken
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenUse:
    """An opened token: the actor that it stands for, what it may do, and whether its use has to be noted."""

    token_id: int
    token_uid: str
    actor: Actor
    scopes: frozenset[ApiScope]
    stale: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token in a list. `organisation_name` is "" for one of the district."""

    token: ApiToken
    scopes: tuple[ApiScope, ...]
    organisation_name: str
    issuer_name: str
    used_at: datetime | None
    live: bool


def grantable_roles(actor: Actor) -> tuple[Role, ...]:
    """Return the roles for which the actor may issue tokens; none for most."""
    return tuple(sorted(_GRANTED_BY.get(actor.role, frozenset()))) if may.may_issue_tokens(actor) else ()


def issue_token(
    session: Session,
    clock: Clock,
    actor: Actor,
    *,
    name: str,
    role: Role,
    organisation_id: int | None,
    scopes: Iterable[ApiScope],
    days: int,
) -> IssuedToken:
    """Make a token. A head issues for the own organisation only; a token of a supervisor belongs to no organisation.

    Raises NotPermittedError for who may issue none, InvalidError with one fault a field: "required", "too_long",
    "bad_characters", "unknown_choice", "scope_beyond_role".
    """
    if not may.may_issue_tokens(actor):
        raise NotPermittedError
    wanted = tuple(sorted(set(scopes)))
    faults = [
        *_name_faults(name.strip()),
        *_owner_faults(session, actor, role, organisation_id),
        *_scope_faults(actor, role, organisation_id, wanted),
    ]
    if days not in LIFETIMES_DAYS:
        faults.append(Fault(field="days", code="unknown_choice"))
    if faults:
        raise InvalidError(*faults)
    token = ApiToken(
        name=name.strip(),
        prefix="",
        token_hash="",
        role=role,
        organisation_id=organisation_id,
        issued_by_id=actor.user_id,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(days=days),
    )
    return _store(session, clock, actor, token, wanted, action="api_token.issue")


def rotate_token(session: Session, clock: Clock, actor: Actor, token: ApiToken) -> IssuedToken:
    """Put a new secret in the place of a token's; the old one opens for a day more at most.

    The new token has the same rights and lasts as long as the old one was meant to. Raises NotFoundError for other
    people's tokens, TransitionError for one that is revoked, expired or was rotated before.
    """
    _require_own(actor, token)
    successor = session.exec(select(ApiToken.id).where(ApiToken.replaces_id == token.id)).first()
    if not _live(clock, token) or successor is not None:
        raise TransitionError(entity="api_token", status=_status(clock, token), event="rotate")
    lifetime = token.expires_at - token.created_at
    fresh = ApiToken(
        name=token.name,
        prefix="",
        token_hash="",
        role=token.role,
        organisation_id=token.organisation_id,
        issued_by_id=token.issued_by_id,
        created_at=clock.now(),
        expires_at=clock.now() + lifetime,
        replaces_id=token.id,
    )
    token.expires_at = min(token.expires_at, clock.now() + ROTATION_OVERLAP)
    session.add(token)
    return _store(session, clock, actor, fresh, _scopes(session, token), action="api_token.rotate")


def revoke_token(session: Session, clock: Clock, actor: Actor, token: ApiToken) -> None:
    """End a token at once. Raises NotFoundError for other people's, TransitionError for one revoked before."""
    _require_own(actor, token)
    if token.revoked_at is not None:
        raise TransitionError(entity="api_token", status="revoked", event="revoke")
    token.revoked_at = clock.now()
    session.add(token)
    session.flush()
    audit.record(session, clock, actor, "api_token.revoke", entity="api_token", entity_uid=token.uid)


def get_token(session: Session, actor: Actor, uid: str) -> ApiToken:
    """Return a token that the actor manages. Raises NotFoundError for an unknown one and for other people's."""
    token = session.exec(select(ApiToken).where(ApiToken.uid == uid)).first()
    if token is None:
        raise NotFoundError("api_token", uid)
    _require_own(actor, token)
    return token


def list_tokens(session: Session, clock: Clock, actor: Actor) -> list[TokenRow]:
    """Return the tokens that the actor manages, newest first: a head's organisation's, an administrator's all."""
    statement = (
        select(ApiToken, User, Organisation, ApiTokenUse)
        .join(User, col(User.id) == col(ApiToken.issued_by_id))
        .outerjoin(Organisation, col(Organisation.id) == col(ApiToken.organisation_id))
        .outerjoin(ApiTokenUse, col(ApiTokenUse.token_id) == col(ApiToken.id))
        .order_by(col(ApiToken.created_at).desc(), col(ApiToken.id).desc())
    )
    if not may.may_issue_tokens(actor):
        raise NotPermittedError
    if not may.may_administer(actor):
        statement = statement.where(ApiToken.organisation_id == actor.organisation_id)
    return [
        TokenRow(
            token=token,
            scopes=_scopes(session, token),
            organisation_name=organisation.short_name if organisation else "",
            issuer_name=issuer.display_name,
            used_at=use.used_at if use else None,
            live=_live(clock, token) and _still_granted(issuer, token),
        )
        for token, issuer, organisation, use in session.exec(statement)
    ]


def open_token(session: Session, clock: Clock, secret: str) -> TokenUse | None:
    """Return what a secret opens; None alike for a wrong, revoked, expired one and one whose issuer lost the right.

    The look-up is by hash in an index: how long it takes says nothing about how much of a guess was right. Only reads.
    """
    found = session.exec(
        select(ApiToken, User, ApiTokenUse)
        .join(User, col(User.id) == col(ApiToken.issued_by_id))
        .outerjoin(ApiTokenUse, col(ApiTokenUse.token_id) == col(ApiToken.id))
        .where(ApiToken.token_hash == _hash(secret))
    ).first()
    if found is None:
        return None
    token, issuer, use = found
    if not _live(clock, token) or not _still_granted(issuer, token):
        return None
    return TokenUse(
        token_id=_key(token),
        token_uid=token.uid,
        actor=replace(
            actor_of(issuer),
            role=token.role,
            organisation_id=token.organisation_id,
            must_change_password=False,
            api_token=token.uid,
        ),
        scopes=frozenset(_scopes(session, token)),
        stale=use is None or clock.now() - use.used_at >= TOUCH_EVERY,
    )


def touch_token(session: Session, clock: Clock, token_id: int) -> None:
    """Note that a token was used, at most once a minute; in a unit of work of its own."""
    use = session.exec(select(ApiTokenUse).where(ApiTokenUse.token_id == token_id).with_for_update()).first()
    if use is None:
        session.add(ApiTokenUse(token_id=token_id, used_at=clock.now()))
    elif clock.now() - use.used_at >= TOUCH_EVERY:
        use.used_at = clock.now()
        session.add(use)
    session.flush()


def _store(
    session: Session, clock: Clock, actor: Actor, token: ApiToken, scopes: tuple[ApiScope, ...], *, action: str
) -> IssuedToken:
    secret = KEY_START + secrets.token_urlsafe(SECRET_BYTES)
    token.prefix, token.token_hash = secret[:SHOWN_SIGNS], _hash(secret)
    session.add(token)
    session.flush()
    session.add_all(ApiTokenScope(token_id=_key(token), scope=scope) for scope in scopes)
    session.flush()
    after = {
        "name": token.name,
        "prefix": token.prefix,
        "role": token.role,
        "organisation_id": token.organisation_id,
        "scopes": scopes,
        "expires_at": token.expires_at,
    }
    audit.record(session, clock, actor, action, entity="api_token", entity_uid=token.uid, after=after)
    return IssuedToken(token=token, secret=secret)


def _name_faults(name: str) -> list[Fault]:
    if not name:
        return [Fault(field="name", code="required")]
    if len(name) > LONGEST_NAME:
        return [Fault(field="name", code="too_long", params=(("most", LONGEST_NAME),))]
    return [] if name.isprintable() else [Fault(field="name", code="bad_characters")]


def _owner_faults(session: Session, actor: Actor, role: Role, organisation_id: int | None) -> list[Fault]:
    if role not in _GRANTED_BY[actor.role]:
        return [Fault(field="role", code="unknown_choice")]
    if role is Role.CLERK and organisation_id is None:
        return [Fault(field="organisation_id", code="required")]
    if organisation_id is not None and session.get(Organisation, organisation_id) is None:
        return [Fault(field="organisation_id", code="unknown_choice")]
    return [] if _may_grant(actor, role, organisation_id) else [Fault(field="organisation_id", code="unknown_choice")]


def _scope_faults(actor: Actor, role: Role, organisation_id: int | None, scopes: tuple[ApiScope, ...]) -> list[Fault]:
    if not scopes:
        return [Fault(field="scopes", code="required")]
    acting = replace(actor, role=role, organisation_id=organisation_id)
    useless = [scope for scope in scopes if not NEEDED[scope](acting)]
    return [Fault(field="scopes", code="scope_beyond_role", params=(("scope", useless[0]),))] if useless else []


def _may_grant(actor: Actor, role: Role, organisation_id: int | None) -> bool:
    if not may.may_issue_tokens(actor) or role not in _GRANTED_BY[actor.role]:
        return False
    if role is Role.SUPERVISOR:
        return organisation_id is None
    return may.may_administer(actor) or actor.organisation_id == organisation_id


def _still_granted(issuer: User, token: ApiToken) -> bool:
    return issuer.active and _may_grant(actor_of(issuer), token.role, token.organisation_id)


def _live(clock: Clock, token: ApiToken) -> bool:
    return token.revoked_at is None and clock.now() < token.expires_at


def _status(clock: Clock, token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "rotated" if _live(clock, token) else "expired"


def _require_own(actor: Actor, token: ApiToken) -> None:
    if may.may_administer(actor):
        return
    if not may.may_issue_tokens(actor) or token.organisation_id != actor.organisation_id:
        raise NotFoundError("api_token", token.uid)


def _scopes(session: Session, token: ApiToken) -> tuple[ApiScope, ...]:
    rows = session.exec(select(ApiTokenScope).where(ApiTokenScope.token_id == token.id))
    return tuple(sorted(row.scope for row in rows))


def _key(token: ApiToken) -> int:
    assert token.id is not None  # noqa: S101 -- a stored row has its key
    return token.id


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).hexdigest()
