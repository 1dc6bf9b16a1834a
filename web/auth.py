"""Who is asking: the sign-in cookie, the actor of a request, and the policy that every route wears.

The cookie holds a random secret whose hash stands in the session table; what it opens is decided there. It knows no
business rule: predicates come from scheduler.permissions.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, redirect, request, url_for
from flask import session as form_session
from werkzeug.exceptions import Unauthorized

from scheduler.accounts import find_presence, touch_session
from scheduler.errors import NotPermittedError
from scheduler.permissions import Actor, Predicate
from web import db
from web.programs import is_program

View = Callable[..., Any]
# Pages that a person may open who still has to choose a password.
_OPEN_BEFORE_PASSWORD = frozenset({"sign_in.password", "sign_in.sign_out", "language.switch"})


class SignedOutError(Unauthorized):
    """A form came after the sign-in had ended; what was typed is shown again."""


def anyone(actor: Actor) -> bool:  # noqa: ARG001 -- a predicate like the others
    """Policy of the public routes: sign-in, health, feeds with their secret address, static files."""
    return True


def install(app: Flask) -> None:
    """Find the actor before every view."""
    app.before_request(load_actor)


def load_actor() -> None:
    """Put the actor on flask.g; None for anybody without a live sign-in. A cookie counts for nothing in the API."""
    g.actor, g.token = None, request.cookies.get(cookie_name(), "")
    if not g.token or _opened_by_tokens() or request.endpoint in {"static", "health.show", "feeds.calendar"}:
        return
    with db.own_reading() as session:
        found = find_presence(session, db.clock(), g.token, db.settings())
    g.actor = found.actor if found else None
    if found is not None and found.stale:
        with db.own_transaction() as session:
            touch_session(session, db.clock(), g.token, db.settings())


def _opened_by_tokens() -> bool:
    # The description of the API is read by people too, and changes nothing.
    return is_program() and request.endpoint != "api_document.show"


def actor() -> Actor:
    """The actor of a route that asks for one."""
    found: Actor = g.actor
    return found


def public(view: View) -> View:
    """Mark a view as open to everybody."""
    view.policy = anyone  # type: ignore[attr-defined]
    return view


def requires(predicate: Predicate) -> Callable[[View], View]:
    """Let only actors in for whom the predicate holds; the others sign in, or learn that they may not."""

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return _admit(predicate) or view(*args, **kwargs)

        guarded.policy = predicate  # type: ignore[attr-defined]
        return guarded

    return wrap


def _admit(predicate: Predicate) -> Response | None:
    if g.actor is None:
        if wants_json():
            raise Unauthorized
        if _was_typed():
            raise SignedOutError
        return redirect(url_for("sign_in.sign_in", next=_here()))  # type: ignore[return-value]
    if g.actor.must_change_password and request.endpoint not in _OPEN_BEFORE_PASSWORD:
        return redirect(url_for("sign_in.password"))  # type: ignore[return-value]
    if not predicate(g.actor):
        raise NotPermittedError
    return None


def _was_typed() -> bool:
    """Whether a form with anything in it was sent, which a redirect to the sign-in would lose."""
    return request.method == "POST" and any(text for name, text in request.form.items() if name != "csrf_token")


def wants_json() -> bool:
    """Whether the client asks for JSON rather than a page; programs always do."""
    if is_program():
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best in {"application/json", "application/problem+json"}


def cookie_name() -> str:
    return "__Host-onedoor" if db.settings().secure_cookies else "onedoor"


def remember(response: Response, token: str) -> Response:
    """Set the sign-in cookie; whatever was signed before the sign-in (the form token) dies."""
    form_session.clear()
    response.set_cookie(
        cookie_name(), token, httponly=True, samesite="Lax", secure=db.settings().secure_cookies, path="/"
    )
    return response


def forget(response: Response) -> Response:
    """Take the sign-in cookie away, and the form token with it."""
    form_session.clear()
    response.delete_cookie(cookie_name(), path="/", secure=db.settings().secure_cookies, httponly=True, samesite="Lax")
    # Pages that a phone kept for a dead spot, and what it has not sent, are of the person who leaves.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


def local_target(target: str | None) -> str:
    """Return `target` when it is a path of this service, else the desk: never an address elsewhere."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return url_for("desk.show")
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or "\\" in target:
        return url_for("desk.show")
    return target


def _here() -> str:
    if request.method != "GET":
        return url_for("desk.show")
    return request.full_path.rstrip("?")
