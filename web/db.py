"""The transaction of a request: one session for a view, committed before the answer leaves. Knows no table.

A GET runs on a read-only session. Anything else runs in a unit of work that is committed when the view answers with a
status below 400 and rolled back otherwise, so that a refused form leaves nothing behind.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, make_response, request

from data.session import Session, make_engine, reading, unit_of_work
from scheduler.clock import Clock
from scheduler.config import Settings
from scheduler.errors import ConflictError, DomainError, NotFoundError, StaleError
from scheduler.looks import looked_at, note_looks, unnoted
from scheduler.publishing.feeds import touch_feed

logger = logging.getLogger(__name__)
EXTENSION = "onedoor"
FIRST_REFUSAL = 400
READING_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

View = Callable[..., Any]


class _RolledBack(Exception):  # noqa: N818 -- not an error: it carries a refusing answer out of the transaction
    def __init__(self, response: Response, shown: frozenset[str]) -> None:
        self.response, self.shown = response, shown


def open_engine(url: str) -> Any:
    """Open the database of an address; the folder of a SQLite file is made when it is missing."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    return make_engine(url)


def install(app: Flask, engine: Any, settings: Settings, clock: Clock) -> None:
    """Give the application its database, its settings and its clock."""
    app.extensions[EXTENSION] = {"engine": engine, "settings": settings, "clock": clock}


def settings() -> Settings:
    found: Settings = current_app.extensions[EXTENSION]["settings"]
    return found


def clock() -> Clock:
    found: Clock = current_app.extensions[EXTENSION]["clock"]
    return found


def session() -> Session:
    """The session of the running view."""
    found: Session = g.session
    return found


def engine() -> Any:
    """The engine; for the few that open a transaction of their own."""
    return current_app.extensions[EXTENSION]["engine"]


@contextmanager
def own_reading() -> Iterator[Session]:
    """A read-only session beside that of the view."""
    with reading(engine()) as found:
        yield found
        g.shown_beside = g.get("shown_beside", frozenset()) | looked_at(found)


@contextmanager
def own_transaction() -> Iterator[Session]:
    """A transaction beside that of the view, committed at the end of the block."""
    with _constraints_as_conflicts(), unit_of_work(engine()) as found:
        yield found


def commits(view: View) -> View:
    """Run the view in its transaction: see the module's docstring. Broken constraints become ConflictError."""

    @wraps(view)
    def within(*args: Any, **kwargs: Any) -> Response:
        if request.method in READING_METHODS:
            with reading(engine()) as g.session:
                response = make_response(view(*args, **kwargs))
                shown = looked_at(g.session)
            if shown:
                _note_looks(shown)
            return response
        try:
            with _constraints_as_conflicts(), unit_of_work(engine()) as g.session:
                return _answer(view, *args, **kwargs)
        except _RolledBack as refused:
            # A refused form shows its page again, and that page shows what it shows.
            if refused.shown:
                _note_looks(refused.shown)
            return refused.response

    within.transactional = True  # type: ignore[attr-defined]
    return within


def _note_looks(shown: frozenset[str]) -> None:
    """Leave a row in the audit trail when somebody was shown unannounced visits: reading itself writes nothing."""
    reader = g.get("actor") or g.get("reader")
    if reader is None:
        return
    try:
        with own_reading() as found:
            if not unnoted(found, clock(), reader, shown):
                return
        with own_transaction() as found:
            note_looks(found, clock(), reader, shown, page=f"{request.endpoint}")
    except Exception:
        # Whoever runs the visits goes on working where the trail cannot be written; the log tells of it.
        logger.exception("look not noted endpoint=%s", request.endpoint)


def _answer(view: View, *args: Any, **kwargs: Any) -> Response:
    response = make_response(view(*args, **kwargs))
    if response.status_code >= FIRST_REFUSAL:
        raise _RolledBack(response, looked_at(g.session) | g.get("shown_beside", frozenset()))
    return response


@contextmanager
def _constraints_as_conflicts() -> Iterator[None]:
    try:
        yield
    except (DomainError, NotFoundError, StaleError, _RolledBack):
        raise
    except Exception as error:
        # PEP 249 fixes this name for every driver; the driver itself is none of the web's business.
        if any(kind.__name__ == "IntegrityError" for kind in type(error).__mro__):
            raise ConflictError("constraint") from error
        raise


def note_feed_use(database: Any, clock_: Clock, token_uid: str) -> None:
    """Note, after the answer has left, that a calendar feed was used."""
    with unit_of_work(database) as found:
        touch_feed(found, clock_, token_uid)
