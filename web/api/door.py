"""The way in for programs: token, pace, scope and right, then a body and a query that can be read. Knows no resource.

Every route of the API wears `allows`; one without it is refused. A cookie opens nothing here, so that no page of
another site can make a browser act; therefore these routes need no form token.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import current_app, g, request
from flask.json.provider import DefaultJSONProvider

from data.enums import ApiScope
from scheduler.api_tokens import TokenUse, open_token, touch_token
from scheduler.errors import ConflictError, Fault, InvalidError, NotPermittedError
from scheduler.permissions import Predicate
from web import db
from web.api.limits import RateLimiter
from web.errors import QUERY_MARK, RequestError

View = TypeVar("View", bound=Callable[..., Any])
EXTENSION: Final = "onedoor-api"
# Names under which programs try to pass a key in the address, where logs and histories keep it.
KEYS_IN_ADDRESSES: Final = frozenset({"access_token", "api_key", "apikey", "authorization", "key", "secret", "token"})
JSON: Final = "application/json"
LONGEST_QUERY: Final = 4000


class StrictJson(DefaultJSONProvider):
    """JSON as RFC 8259 has it: no NaN, no infinity, no name twice, nothing too deep to read."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return json.loads(s, parse_constant=_refuse, object_pairs_hook=_names_once, **kwargs)
        except RecursionError as error:
            raise ValueError("too deep") from error


def allows(scope: ApiScope, predicate: Predicate) -> Callable[[View], View]:
    """Let in tokens of this scope whose actor the predicate holds for: the predicate of the page beside it."""

    def mark(view: View) -> View:
        view.scope, view.policy = scope, predicate  # type: ignore[attr-defined]
        return view

    return mark


def enter() -> None:
    """Before every view of the API. Raises what the answer has to say: 401, 403, 400, 413, 415, 422 or 429."""
    use = authenticate()
    view: Any = current_app.view_functions[request.endpoint or ""]
    if view.scope not in use.scopes:
        raise RequestError(HTTPStatus.FORBIDDEN, "scope_missing", scope=view.scope)
    if not view.policy(use.actor):
        raise NotPermittedError
    _check_query(takes_query="query" in view.__annotations__)
    if "body" in view.__annotations__:
        _check_body()


def authenticate() -> TokenUse:
    """Open the token of the request and note its actor. Raises RequestError 401 or 429."""
    limiter: RateLimiter = current_app.extensions[EXTENSION]
    origin, now = f"address {request.remote_addr}", db.clock().now()
    _refuse_hasty(limiter.exhausted(origin, now, most=limiter.wrong_tokens))
    use = _opened(_secret())
    if use is None:
        limiter.take(origin, now, most=limiter.wrong_tokens)
        raise _unauthorized("token_wrong", 'Bearer realm="onedoor", error="invalid_token"')
    _refuse_hasty(limiter.take(use.token_uid, now, most=limiter.requests))
    if use.stale:
        _note_use(use)
    g.actor, g.token_use = use.actor, use
    return use


def _secret() -> str:
    if KEYS_IN_ADDRESSES.intersection(name.lower() for name in request.args):
        raise _unauthorized("token_in_address")
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise _unauthorized("token_missing")
    return secret.strip()


def _opened(secret: str) -> TokenUse | None:
    with db.own_reading() as session:
        return open_token(session, db.clock(), secret)


def _note_use(use: TokenUse) -> None:
    try:
        with db.own_transaction() as session:
            touch_token(session, db.clock(), use.token_id)
    except ConflictError:
        # The first two requests of a token came at once: the other one has noted it.
        return


def _unauthorized(code: str, challenge: str = 'Bearer realm="onedoor"') -> RequestError:
    return RequestError(HTTPStatus.UNAUTHORIZED, code, headers={"WWW-Authenticate": challenge})


def _refuse_hasty(seconds: int) -> None:
    if seconds:
        headers = {"Retry-After": str(seconds)}
        raise RequestError(HTTPStatus.TOO_MANY_REQUESTS, "http_429", headers=headers, seconds=seconds)


def _check_query(*, takes_query: bool) -> None:
    if len(request.query_string) > LONGEST_QUERY:
        raise RequestError(HTTPStatus.BAD_REQUEST, "query_too_long", most=LONGEST_QUERY)
    twice = sorted(name for name, values in request.args.lists() if len(values) > 1)
    unknown = [] if takes_query else sorted(set(request.args) - set(twice))
    faults = [Fault(field=QUERY_MARK + name, code="given_twice") for name in twice]
    faults += [Fault(field=QUERY_MARK + name, code="extra_forbidden") for name in unknown]
    if faults:
        raise InvalidError(*faults)


def _check_body() -> None:
    # Flask keeps what was read; the view's model reads the same document again.
    if request.mimetype != JSON:
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json")
    if not isinstance(request.get_json(), dict):
        raise InvalidError(Fault(field="", code="not_an_object"))


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _names_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found
