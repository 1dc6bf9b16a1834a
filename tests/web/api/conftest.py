"""Fixtures of the API: programs with a token, over the district of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import select

from data.enums import ApiScope, Role
from data.models import Plan, User
from data.session import unit_of_work
from scheduler.accounts import actor_of
from scheduler.api_tokens import NEEDED, issue_token
from scheduler.clock import FixedClock
from tests.web.cast import Cast
from web.api.door import EXTENSION
from web.api.limits import RateLimiter

ALL = tuple(ApiScope)
DISTRICT_SCOPES = tuple(scope for scope in ApiScope if scope is not ApiScope.PLANS_WRITE)
API = "/api/v1"
PLAN: dict[str, Any] = {
    "title": "四月食品检查", "kind": "random", "period_first": "2026-04-01", "period_last": "2026-04-30",
}  # fmt: skip


class Program:
    """A client that sends its token with every request."""

    def __init__(self, app: Flask, secret: str) -> None:
        self.client, self.secret = app.test_client(), secret

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, json: Any = None, **headers: str) -> Any:
        return self.send("POST", path, json=json, **headers)

    def patch(self, path: str, json: Any = None, **headers: str) -> Any:
        return self.send("PATCH", path, json=json, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.send("DELETE", path, **headers)

    def send(self, method: str, path: str, *, json: Any = None, data: Any = None, **headers: str) -> Any:
        """Header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.open(
            f"{API}{path}", method=method, json=json, data=data,
            headers={"Authorization": f"Bearer {self.secret}", **named},
        )  # fmt: skip


ProgramOf = Callable[..., Program]


@pytest.fixture
def issue(app: Flask, web_engine: sa.Engine, cast: Cast, clock: FixedClock) -> Callable[..., str]:
    """Issue a token and return its secret: for the cast's department, the `foreign` one, or the district."""
    app.extensions[EXTENSION] = RateLimiter()

    def secret(role: Role = Role.CLERK, *, foreign: bool = False, scopes: Iterable[ApiScope] | None = None) -> str:
        with unit_of_work(web_engine) as session:
            administrator = session.exec(select(User).where(User.username == cast.users[Role.ADMINISTRATOR])).one()
            plan = session.exec(select(Plan).where(Plan.uid == (cast.foreign if foreign else cast.uids)["plan"])).one()
            return issue_token(
                session, clock, actor_of(administrator), name="报表程序", role=role,
                organisation_id=plan.organisation_id if role is Role.CLERK else None,
                scopes=scopes or (ALL if role is Role.CLERK else DISTRICT_SCOPES), days=90,
            ).secret  # fmt: skip

    assert set(NEEDED) == set(ApiScope)
    return secret


@pytest.fixture
def program(app: Flask, issue: Callable[..., str]) -> ProgramOf:
    """Open a program: see `issue` for who it is."""
    return lambda *args, **kwargs: Program(app, issue(*args, **kwargs))
