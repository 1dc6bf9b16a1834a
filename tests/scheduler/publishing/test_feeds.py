from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from data.enums import FeedScope, Role
from data.models import FeedToken, User
from scheduler.clock import FixedClock
from scheduler.errors import NotFoundError, TransitionError
from scheduler.publishing.feeds import (
    LIFETIME,
    WHOLE_DISTRICT,
    find_feed,
    get_token,
    issue_token,
    list_tokens,
    own_scope,
    revoke_token,
    touch_feed,
)
from tests.factories import make_actor, make_enterprise, make_officer, make_organisation, stored_id


def test_secret_is_kept_only_as_a_hash_and_finds_its_feed(session: Session, clock: FixedClock) -> None:
    owner = make_enterprise(session)
    firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(owner))
    token, secret = issue_token(session, clock, firm, FeedScope.ENTERPRISE, stored_id(owner))
    assert len(secret) >= 43
    assert secret not in str(session.exec(select(FeedToken)).one().model_dump())
    assert find_feed(session, clock, secret) == token
    assert list_tokens(session, firm) == [token]


def test_wrong_revoked_expired_and_orphaned_secrets_find_nothing(session: Session, clock: FixedClock) -> None:
    officer = make_officer(session, make_organisation(session))
    actor = make_actor(session, Role.OFFICER, officer_id=stored_id(officer))
    found = [issue_token(session, clock, actor, FeedScope.OFFICER, stored_id(officer)) for _ in range(3)]
    (revoked, revoked_secret), (_, other_secret), _ = found
    revoke_token(session, clock, actor, revoked)
    assert find_feed(session, clock, "wrong") is None
    assert find_feed(session, clock, "\ud800") is None
    assert find_feed(session, clock, revoked_secret) is None
    assert find_feed(session, clock, other_secret) is not None
    session.get_one(User, actor.user_id).active = False
    assert find_feed(session, clock, other_secret) is None
    session.get_one(User, actor.user_id).active = True
    clock.instant += LIFETIME
    assert find_feed(session, clock, other_secret) is None


def test_nobody_gets_or_touches_a_foreign_feed(session: Session, clock: FixedClock) -> None:
    body, other = make_organisation(session), make_organisation(session)
    clerk = make_actor(session, Role.CLERK, organisation_id=stored_id(body))
    rival = make_actor(session, Role.CLERK, organisation_id=stored_id(other))
    token, _ = issue_token(session, clock, clerk, FeedScope.ORGANISATION, stored_id(body))
    for scope in FeedScope:
        with pytest.raises(NotFoundError):
            issue_token(session, clock, rival, scope, stored_id(body))
    with pytest.raises(NotFoundError):
        get_token(session, rival, token.uid)
    with pytest.raises(NotFoundError):
        revoke_token(session, clock, rival, token)
    assert find_feed(session, clock, "") is None
    assert get_token(session, clerk, token.uid) == token


def test_officer_cannot_subscribe_to_the_whole_department(session: Session, clock: FixedClock) -> None:
    """Colleagues' unannounced visits are not for everybody."""
    body = make_organisation(session)
    officer = make_officer(session, body)
    actor = make_actor(session, Role.OFFICER, officer_id=stored_id(officer), organisation_id=stored_id(body))
    with pytest.raises(NotFoundError):
        issue_token(session, clock, actor, FeedScope.ORGANISATION, stored_id(body))
    assert own_scope(actor) == (FeedScope.OFFICER, officer.id)


def test_own_scope_of_an_account_without_rows_is_none(session: Session) -> None:
    assert own_scope(make_actor(session, Role.SUPERVISOR)) is None


def test_revoking_twice_is_refused(session: Session, clock: FixedClock) -> None:
    owner = make_enterprise(session)
    firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(owner))
    token, _ = issue_token(session, clock, firm, FeedScope.ENTERPRISE, stored_id(owner))
    revoke_token(session, clock, firm, token)
    with pytest.raises(TransitionError):
        revoke_token(session, clock, firm, token)


def test_use_is_noted_at_most_once_an_hour(session: Session, clock: FixedClock) -> None:
    owner = make_enterprise(session)
    firm = make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(owner))
    token, _ = issue_token(session, clock, firm, FeedScope.ENTERPRISE, stored_id(owner))
    first = clock.now()
    touch_feed(session, clock, token.uid)
    clock.instant += timedelta(minutes=59)
    touch_feed(session, clock, token.uid)
    assert token.last_used_at == first
    clock.instant += timedelta(minutes=1)
    touch_feed(session, clock, token.uid)
    assert token.last_used_at == clock.now()


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_whole_district_is_for_coordinators_alone(session: Session, clock: FixedClock, role: Role) -> None:
    actor = make_actor(session, role)
    if role is Role.COORDINATOR:
        assert own_scope(actor) == (FeedScope.DISTRICT, WHOLE_DISTRICT)
        assert issue_token(session, clock, actor, FeedScope.DISTRICT, WHOLE_DISTRICT)[0].scope is FeedScope.DISTRICT
        return
    with pytest.raises(NotFoundError):
        issue_token(session, clock, actor, FeedScope.DISTRICT, WHOLE_DISTRICT)
