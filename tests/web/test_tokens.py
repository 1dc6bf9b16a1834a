"""The page of tokens: shown once, to whom it belongs, and dead when revoked."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, select

from data.enums import Role
from data.models import ApiToken, User
from tests.web.api.conftest import Program
from tests.web.cast import Cast
from tests.web.conftest import As, Browser
from web.security import CONTENT_POLICY

SECRET = re.compile(r'class="secret">(od_[\w-]+)<')
WISH = {"name": "业务系统", "role": "clerk", "scopes": ["plans:read", "plans:write"], "days": "90"}


def issue(browser: Browser, organisation: int, **values: object) -> str:
    answer = browser.post(
        "/tokens/new", {**WISH, "organisation_id": str(organisation), **values}, page="/tokens/new"
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    found = SECRET.search(answer.text)
    assert found is not None
    return found[1]


@pytest.fixture
def own(web_engine: sa.Engine, cast: Cast) -> int:
    """Id of the department of the cast's head."""
    with Session(web_engine) as session:
        found = session.exec(select(User.organisation_id).where(User.username == cast.users[Role.HEAD])).one()
        assert found is not None
        return found


def uid_of(engine: sa.Engine) -> str:
    with Session(engine) as session:
        return session.exec(select(ApiToken).order_by(sa.desc("id"))).first().uid  # type: ignore[union-attr, arg-type]


def test_token_is_shown_once_works_and_is_revoked(app: Flask, browse_as: As, web_engine: sa.Engine, own: int) -> None:
    head = browse_as(Role.HEAD)
    secret = issue(head, own)
    assert Program(app, secret).get("/plans").status_code == 200
    listed = head.get("/tokens").text
    assert secret not in listed
    assert secret[:10] in listed
    uid = uid_of(web_engine)
    rotated = SECRET.search(head.post(f"/tokens/{uid}/rotate").text)
    assert rotated is not None
    assert Program(app, rotated[1]).get("/plans").status_code == 200
    assert head.post(f"/tokens/{uid}/revoke").status_code == 303
    assert Program(app, secret).get("/plans").status_code == 401
    assert Program(app, rotated[1]).get("/plans").status_code == 200


def test_head_sees_no_foreign_token(browse_as: As, web_engine: sa.Engine, cast: Cast, own: int) -> None:
    with Session(web_engine) as session:
        foreign = session.exec(
            select(User.organisation_id).where(User.role == Role.CLERK, User.organisation_id != own)
        ).first()
    assert foreign is not None
    issue(browse_as(Role.ADMINISTRATOR), foreign, name="别处的系统")
    uid = uid_of(web_engine)
    head = browse_as(Role.HEAD)
    assert "别处的系统" not in head.get("/tokens").text
    assert head.post(f"/tokens/{uid}/revoke").status_code == 404
    assert head.post(f"/tokens/{uid}/rotate").status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        {"organisation_id": "999999"}, {"role": "administrator"}, {"role": "x"}, {"scopes": []}, {"days": "36500"},
        {"name": ""},
    ],
    ids=lambda one: f"{next(iter(one))}={next(iter(one.values()))}",
)  # fmt: skip
def test_wish_that_cannot_be_is_refused_beside_its_field(browse_as: As, own: int, values: dict[str, object]) -> None:
    answer = browse_as(Role.HEAD).post(
        "/tokens/new", {**WISH, "organisation_id": str(own), **values}, page="/tokens/new"
    )  # fmt: skip
    assert answer.status_code == 422
    assert "error-summary" in answer.text
    assert SECRET.search(answer.text) is None


def test_explorer_comes_from_here_and_keeps_the_policy(browse_as: As, anonymous: Browser) -> None:
    answer = browse_as(Role.CLERK).get("/help/api/explore")
    assert answer.headers["Content-Security-Policy"] == CONTENT_POLICY
    assert re.findall(r'(?:src|href)="(?:https?:)?//', answer.text) == []
    for name, kind in (("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")):
        asset = anonymous.get(f"/help/assets/{name}")
        assert (asset.status_code, asset.mimetype) == (200, kind)
        asset.close()


@pytest.mark.parametrize("name", ["index.html", "..%2f..%2f__init__.py", "swagger.svg", "%2e%2e/base.html"])
def test_no_other_file_is_handed_out_x13(anonymous: Browser, name: str) -> None:
    """X-13: a path of one's own opens nothing."""
    assert anonymous.get(f"/help/assets/{name}").status_code == 404
