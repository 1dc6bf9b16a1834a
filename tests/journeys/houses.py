"""The application on a copy of the district of the page tests, behind a port of this machine, for a browser."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import WSGIRequestHandler, make_server

from data.enums import Role
from scheduler.clock import FixedClock
from tests.web.cast import Cast, after_publication, open_cast
from tests.web.conftest import SETTINGS, sign_in_token
from web import create_app

WIDE: Final = 1440
# A browser that goes on before a style sheet has come drops the connection, and the development server then leaves the
# file to the garbage collector. It is no file of ours that is left open, so tests behind this server allow for it.
DROPPED_FILES: Final = "ignore:.*/web/static/.*:pytest.PytestUnraisableExceptionWarning"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """An application that is listening, its database, and the secrets of a signed-in account of each role."""

    app: Flask
    engine: sa.Engine
    clock: FixedClock
    cast: Cast
    url: str
    secrets: dict[Role, str]


@contextmanager
def opened_house(cast: Cast, folder: Path) -> Iterator[House]:
    """Serve a copy of the cast from `folder`, on the day after its release, until the block ends."""
    clock, engine = after_publication(), open_cast(cast, folder)
    app = create_app(SETTINGS, engine, clock)
    with served(app) as url:
        secrets = {role: sign_in_token(engine, clock, name) for role, name in cast.users.items()}
        yield House(app=app, engine=engine, clock=clock, cast=cast, url=url, secrets=secrets)
    engine.dispose()
    gc.collect()


class _Quiet(WSGIRequestHandler):
    """Logs what went wrong alone: a page asks for twenty files, and a failed walk is to be read."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        if f"{code}" >= "400":
            super().log_request(code, size)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """Serve an application on a free port of this machine until the block ends; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def at_the_desk_of(browser: Browser, house: House, role: Role) -> Iterator[Page]:
    """A page that is signed in as the role; questions before a deed are answered with yes."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": WIDE, "height": 900})
    context.add_cookies([{"name": "onedoor", "value": house.secrets[role], "url": house.url}])
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    yield page
    page.wait_for_load_state("networkidle")
    context.close()
