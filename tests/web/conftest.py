"""Fixtures of the pages: an application over a copy of the district, and browsers that are signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from data.enums import Role
from data.models import User
from data.session import make_engine, unit_of_work
from scheduler.accounts import sign_in
from scheduler.clock import FixedClock
from scheduler.config import Environment, Settings
from tests.factories import PASSWORD
from tests.web.cast import Cast, after_publication, make_cast, open_cast
from web import create_app, db

SETTINGS = Settings(environment=Environment.TESTING, secret_key="x" * 40, base_url="http://localhost")
TOKEN_FIELD = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
As = Callable[[Role], "Browser"]


class Browser:
    """A client that sends the form token of the page it last saw, as a browser does."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, **kwargs)

    def post(self, path: str, data: dict[str, Any] | None = None, *, page: str = "/", **kwargs: Any) -> Any:
        """Send a form with the token that stands on `page`."""
        values = {"csrf_token": self.form_token(page), **(data or {})}
        return self.client.post(path, data=values, **kwargs)

    def form_token(self, page: str = "/") -> str:
        found = TOKEN_FIELD.search(self.client.get(page, follow_redirects=True).text)
        assert found is not None, page
        return found[1]


@pytest.fixture(scope="session")
def cast(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Cast:
    return make_cast(sqlite_template, tmp_path_factory.mktemp("cast"))


@pytest.fixture
def clock() -> FixedClock:
    return after_publication()


@pytest.fixture
def web_engine(cast: Cast, tmp_path: Path) -> Iterator[sa.Engine]:
    engine = open_cast(cast, tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_app() -> Flask:
    """One application for all tests: compiling its templates takes longer than most tests."""
    return create_app(SETTINGS, make_engine("sqlite://"))


@pytest.fixture
def app(shared_app: Flask, web_engine: sa.Engine, clock: FixedClock) -> Flask:
    """The application on the database and with the clock of this test."""
    db.install(shared_app, web_engine, SETTINGS, clock)
    return shared_app


@pytest.fixture
def own_app(web_engine: sa.Engine, clock: FixedClock) -> Flask:
    """An application that a test may change."""
    return create_app(SETTINGS, web_engine, clock)


@pytest.fixture
def anonymous(app: Flask) -> Browser:
    return Browser(app.test_client())


@pytest.fixture
def browse_as(app: Flask, web_engine: sa.Engine, cast: Cast, clock: FixedClock) -> As:
    """Open a browser that is signed in with the account of a role."""

    def signed_in(role: Role) -> Browser:
        client = app.test_client()
        client.set_cookie("onedoor", sign_in_token(web_engine, clock, cast.users[role]))
        return Browser(client)

    return signed_in


def sign_in_token(engine: sa.Engine, clock: FixedClock, username: str) -> str:
    """Open a session past the form and return its secret."""
    with unit_of_work(engine) as session:
        return sign_in(
            session, clock, username=username, password=PASSWORD, address="127.0.0.1", settings=SETTINGS
        ).token


def change_user(engine: sa.Engine, username: str, **values: Any) -> None:
    """Set columns of an account."""
    with unit_of_work(engine) as session:
        user = session.exec(select(User).where(User.username == username)).one()
        for name, value in values.items():
            setattr(user, name, value)
        session.add(user)
