"""Secret addresses of calendar feeds: issued, found, revoked. Only the hash of a secret is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from sqlmodel import Session, col, select

from data.enums import FeedScope
from data.models import FeedToken, User
from scheduler.accounts import actor_of
from scheduler.audit import record
from scheduler.clock import Clock
from scheduler.errors import NotFoundError, TransitionError
from scheduler.permissions import Actor, is_enterprise, is_officer, is_official, may_coordinate

SECRET_BYTES: Final = 32
LIFETIME: Final = timedelta(days=365)
WHOLE_DISTRICT: Final = 0
"""Stands where other feeds have the id of their owner."""
MARK_LENGTH: Final = 8
USE_NOTED_EVERY: Final = timedelta(hours=1)
"""Programs poll hourly; when a feed was last used need not be known more exactly."""


def issue_token(session: Session, clock: Clock, actor: Actor, scope: FeedScope, scope_id: int) -> tuple[FeedToken, str]:
    """Make an address for the actor's own feed; returns the row and the secret, which is never shown again.

    Raises NotFoundError for anybody else's feed.
    """
    if not owns_scope(actor, scope, scope_id):
        raise NotFoundError("feed", scope_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    token = FeedToken(
        token_hash=_hash(secret),
        scope=scope,
        scope_id=scope_id,
        created_by_id=actor.user_id,
        created_at=clock.now(),
        expires_at=clock.now() + LIFETIME,
    )
    session.add(token)
    session.flush()
    record(session, clock, actor, "feed.issue", entity="feed", entity_uid=token.uid, after={"scope": str(scope)})
    return token, secret


def owns_scope(actor: Actor, scope: FeedScope, scope_id: int) -> bool:
    """Whether a feed is the actor's own: its officer's, its organisation's, its enterprise's."""
    if scope is FeedScope.ENTERPRISE:
        return is_enterprise(actor) and actor.enterprise_id == scope_id
    if scope is FeedScope.OFFICER:
        return is_officer(actor) and actor.officer_id == scope_id
    if scope is FeedScope.DISTRICT:
        return may_coordinate(actor) and scope_id == WHOLE_DISTRICT
    # An officer may not know of the unannounced visits of colleagues.
    return is_official(actor) and not is_officer(actor) and actor.organisation_id == scope_id


def own_scope(actor: Actor) -> tuple[FeedScope, int] | None:
    """The feed that an account can have, a coordinator's before its office's; None for one that belongs to nobody."""
    candidates = (
        (FeedScope.ENTERPRISE, actor.enterprise_id),
        (FeedScope.OFFICER, actor.officer_id),
        (FeedScope.DISTRICT, WHOLE_DISTRICT),
        (FeedScope.ORGANISATION, actor.organisation_id),
    )
    for scope, scope_id in candidates:
        if scope_id is not None and owns_scope(actor, scope, scope_id):
            return scope, scope_id
    return None


def revoke_token(session: Session, clock: Clock, actor: Actor, token: FeedToken) -> None:
    """End an address at once. Raises NotFoundError for other people's, TransitionError for a revoked one."""
    if token.created_by_id != actor.user_id:
        raise NotFoundError("feed", token.uid)
    if token.revoked_at is not None:
        raise TransitionError(entity="feed", status="revoked", event="revoke")
    token.revoked_at = clock.now()
    session.add(token)
    session.flush()
    record(session, clock, actor, "feed.revoke", entity="feed", entity_uid=token.uid)


def get_token(session: Session, actor: Actor, uid: str) -> FeedToken:
    """Raises NotFoundError for an unknown token and for other people's."""
    found = session.exec(select(FeedToken).where(FeedToken.uid == uid)).first()
    if found is None or found.created_by_id != actor.user_id:
        raise NotFoundError("feed", uid)
    return found


def list_tokens(session: Session, actor: Actor) -> list[FeedToken]:
    """The actor's addresses, newest first."""
    order = (col(FeedToken.created_at).desc(), col(FeedToken.id).desc())
    return list(session.exec(select(FeedToken).where(FeedToken.created_by_id == actor.user_id).order_by(*order)))


def find_feed(session: Session, clock: Clock, secret: str) -> FeedToken | None:
    """The feed behind a secret; None alike for a wrong, revoked or expired one and for one of a closed account.

    The look-up is by hash in an index: how long it takes says nothing about how much of a guess was right.
    """
    token = session.exec(select(FeedToken).where(FeedToken.token_hash == _hash(secret))).first()
    if token is None or token.revoked_at is not None or token.expires_at <= clock.now():
        return None
    owner = session.get(User, token.created_by_id)
    return token if owner is not None and owner.active else None


def reader_of(session: Session, token: FeedToken) -> Actor:
    """For whom a feed is read: whoever made its address."""
    return actor_of(session.get_one(User, token.created_by_id))


def secret_mark(secret: str) -> str:
    """What may stand in a log for a secret address: the beginning of its hash."""
    return _hash(secret)[:MARK_LENGTH]


def touch_feed(session: Session, clock: Clock, token_uid: str) -> None:
    """Note that a feed was used, at most once an hour; in a unit of work of its own, after the answer."""
    token = session.exec(select(FeedToken).where(FeedToken.uid == token_uid)).one()
    if token.last_used_at is None or clock.now() - token.last_used_at >= USE_NOTED_EVERY:
        token.last_used_at = clock.now()
        session.add(token)
        session.flush()


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).hexdigest()
