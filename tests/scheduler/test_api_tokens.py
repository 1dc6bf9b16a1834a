"""Keys of programs: who issues which, what they open, and when they die."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ApiScope, PlanStatus, Role
from data.models import ApiToken, ApiTokenUse, AuditEvent, Organisation, User
from data.session import unit_of_work
from scheduler import api_tokens, audit
from scheduler.api_tokens import IssuedToken
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotFoundError, NotPermittedError, TransitionError
from scheduler.filing.drafts import PlanDraft
from scheduler.filing.plans import create_plan, file_plan
from scheduler.permissions import Actor, may_write_plans
from tests.factories import make_actor, make_organisation, stored_id


def head_of(session: Session, body: Organisation) -> Actor:
    return make_actor(session, Role.HEAD, organisation_id=stored_id(body))


def issue(session: Session, clock: FixedClock, actor: Actor, **values: Any) -> IssuedToken:
    defaults: dict[str, Any] = {
        "name": "报表程序",
        "role": Role.CLERK,
        "organisation_id": actor.organisation_id,
        "scopes": [ApiScope.PLANS_READ, ApiScope.PLANS_WRITE],
        "days": 90,
    }
    return api_tokens.issue_token(session, clock, actor, **defaults | values)


def faults(caught: pytest.ExceptionInfo[InvalidError]) -> set[tuple[str, str]]:
    return {(one.field, one.code) for one in caught.value.faults}


def test_secret_is_kept_only_as_a_hash_and_opens_its_token(session: Session, clock: FixedClock) -> None:
    head = head_of(session, make_organisation(session))
    issued = issue(session, clock, head)
    stored = session.exec(select(ApiToken)).one()
    assert issued.secret not in str(stored.model_dump())
    assert issued.secret.startswith(stored.prefix)
    assert len(issued.secret) - len(stored.prefix) >= 32
    opened = api_tokens.open_token(session, clock, issued.secret)
    assert opened is not None
    assert opened.scopes == {ApiScope.PLANS_READ, ApiScope.PLANS_WRITE}
    assert (opened.actor.role, opened.actor.organisation_id) == (Role.CLERK, head.organisation_id)
    assert (opened.actor.user_id, opened.actor.api_token) == (head.user_id, stored.uid)


@pytest.mark.parametrize("secret", ["", "wrong", "od_", "\ud800", "x" * 100_000], ids=lambda text: repr(text[:9]))
def test_wrong_secret_opens_nothing(session: Session, clock: FixedClock, secret: str) -> None:
    issue(session, clock, head_of(session, make_organisation(session)))
    assert api_tokens.open_token(session, clock, secret) is None


def test_revoked_and_expired_tokens_open_nothing(session: Session, clock: FixedClock) -> None:
    """X-37: a revoked key is dead at once."""
    head = head_of(session, make_organisation(session))
    revoked, expiring = issue(session, clock, head), issue(session, clock, head, days=30)
    api_tokens.revoke_token(session, clock, head, revoked.token)
    assert api_tokens.open_token(session, clock, revoked.secret) is None
    clock.instant += timedelta(days=30, seconds=-1)
    assert api_tokens.open_token(session, clock, expiring.secret) is not None
    clock.instant += timedelta(seconds=1)
    assert api_tokens.open_token(session, clock, expiring.secret) is None
    with pytest.raises(TransitionError):
        api_tokens.revoke_token(session, clock, head, revoked.token)


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"role": Role.CLERK}, {"organisation_id": None}],
    ids=["disabled", "no head any more", "moved away"],
)
def test_token_dies_with_the_right_of_its_issuer(session: Session, clock: FixedClock, change: dict[str, Any]) -> None:
    head = head_of(session, make_organisation(session))
    issued = issue(session, clock, head)
    user = session.get_one(User, head.user_id)
    for name, value in change.items():
        setattr(user, name, value)
    session.flush()
    assert api_tokens.open_token(session, clock, issued.secret) is None


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.HEAD, Role.ADMINISTRATOR}))
def test_other_roles_issue_and_list_nothing(session: Session, clock: FixedClock, role: Role) -> None:
    actor = replace(head_of(session, make_organisation(session)), role=role)
    with pytest.raises(NotPermittedError):
        issue(session, clock, actor)
    with pytest.raises(NotPermittedError):
        api_tokens.list_tokens(session, clock, actor)
    assert api_tokens.grantable_roles(actor) == ()


def test_no_token_issues_another(session: Session, clock: FixedClock) -> None:
    administrator = make_actor(session, Role.ADMINISTRATOR)
    with pytest.raises(NotPermittedError):
        issue(session, clock, replace(administrator, api_token="a" * 32), organisation_id=None, role=Role.SUPERVISOR)


def test_head_issues_for_the_own_organisation_and_role_only(session: Session, clock: FixedClock) -> None:
    head, other = head_of(session, make_organisation(session)), make_organisation(session)
    with pytest.raises(InvalidError) as caught:
        issue(session, clock, head, organisation_id=other.id)
    assert faults(caught) == {("organisation_id", "unknown_choice")}
    with pytest.raises(InvalidError) as caught:
        issue(session, clock, head, role=Role.SUPERVISOR, scopes=[ApiScope.PLANS_READ])
    assert faults(caught) == {("role", "unknown_choice")}


def test_scope_beyond_the_role_is_refused(session: Session, clock: FixedClock) -> None:
    administrator = make_actor(session, Role.ADMINISTRATOR)
    with pytest.raises(InvalidError) as caught:
        issue(session, clock, administrator, role=Role.SUPERVISOR, organisation_id=None)
    assert faults(caught) == {("scopes", "scope_beyond_role")}
    issued = issue(
        session, clock, administrator, role=Role.SUPERVISOR, organisation_id=None, scopes=[ApiScope.ROUNDS_READ]
    )
    opened = api_tokens.open_token(session, clock, issued.secret)
    assert opened is not None
    assert not may_write_plans(opened.actor)


def test_everything_wrong_is_told_at_once(session: Session, clock: FixedClock) -> None:
    administrator = make_actor(session, Role.ADMINISTRATOR)
    with pytest.raises(InvalidError) as caught:
        issue(session, clock, administrator, name=" ", scopes=[], days=9999, organisation_id=None)
    assert faults(caught) == {
        ("name", "required"), ("organisation_id", "required"), ("scopes", "required"), ("days", "unknown_choice"),
    }  # fmt: skip


def test_rotation_keeps_rights_and_lets_both_in_for_a_day(session: Session, clock: FixedClock) -> None:
    head = head_of(session, make_organisation(session))
    old = issue(session, clock, head)
    new = api_tokens.rotate_token(session, clock, head, old.token)
    for secret in (old.secret, new.secret):
        opened = api_tokens.open_token(session, clock, secret)
        assert opened is not None
        assert opened.scopes == {ApiScope.PLANS_READ, ApiScope.PLANS_WRITE}
    with pytest.raises(TransitionError):
        api_tokens.rotate_token(session, clock, head, old.token)
    clock.instant += api_tokens.ROTATION_OVERLAP
    assert api_tokens.open_token(session, clock, old.secret) is None
    assert api_tokens.open_token(session, clock, new.secret) is not None


def test_rotation_never_lengthens_the_old_token(session: Session, clock: FixedClock) -> None:
    head = head_of(session, make_organisation(session))
    old = issue(session, clock, head, days=30)
    clock.instant += timedelta(days=29, hours=12)
    until = old.token.expires_at
    api_tokens.rotate_token(session, clock, head, old.token)
    assert old.token.expires_at == until


def test_foreign_token_is_not_found(session: Session, clock: FixedClock) -> None:
    head, rival = head_of(session, make_organisation(session)), head_of(session, make_organisation(session))
    issued = issue(session, clock, head)
    with pytest.raises(NotFoundError):
        api_tokens.get_token(session, rival, issued.token.uid)
    with pytest.raises(NotFoundError):
        api_tokens.revoke_token(session, clock, rival, issued.token)
    assert api_tokens.list_tokens(session, clock, rival) == []
    assert api_tokens.get_token(session, make_actor(session, Role.ADMINISTRATOR), issued.token.uid) == issued.token


def test_use_is_noted_once_a_minute_and_shown(session: Session, clock: FixedClock) -> None:
    head = head_of(session, make_organisation(session))
    issued = issue(session, clock, head)
    opened = api_tokens.open_token(session, clock, issued.secret)
    assert opened is not None
    assert opened.stale
    api_tokens.touch_token(session, clock, opened.token_id)
    first = clock.now()
    clock.instant += timedelta(seconds=59)
    again = api_tokens.open_token(session, clock, issued.secret)
    assert again is not None
    assert not again.stale
    api_tokens.touch_token(session, clock, opened.token_id)
    assert session.exec(select(ApiTokenUse)).one().used_at == first
    clock.instant += timedelta(seconds=1)
    api_tokens.touch_token(session, clock, opened.token_id)
    (row,) = api_tokens.list_tokens(session, clock, head)
    assert (row.used_at, row.live) == (clock.now(), True)


def test_life_of_a_token_is_audited_and_so_is_the_token_behind_a_deed(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        head = head_of(session, make_organisation(session))
        issued = issue(session, clock, head)
        opened = api_tokens.open_token(session, clock, issued.secret)
        assert opened is not None
        draft = PlanDraft(title="计划", kind="random", period_first="2026-03-01", period_last="2026-03-31")  # type: ignore[arg-type]
        plan = create_plan(session, clock, opened.actor, draft)
        # Four eyes: who stands behind the program does not file what it wrote.
        plan.status = PlanStatus.SUBMITTED
        with pytest.raises(NotPermittedError) as refused:
            file_plan(session, clock, head, plan)
        assert refused.value.code == "creator_may_not_file"
        api_tokens.revoke_token(session, clock, head, api_tokens.rotate_token(session, clock, head, issued.token).token)
    with Session(engine) as session:
        events = session.exec(select(AuditEvent).order_by("number")).all()  # type: ignore[arg-type]
        assert [one.action for one in events] == [
            "api_token.issue", "plan.create", "api_token.rotate", "api_token.revoke",
        ]  # fmt: skip
        assert (events[1].after or {})["api_token"] == issued.token.uid
        assert all(issued.secret not in str(one.model_dump()) for one in events)
        assert audit.verify(session).first_bad is None
