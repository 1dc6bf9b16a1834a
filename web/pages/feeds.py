"""Calendar feeds: secret addresses issued and revoked on a page, and the feed itself for calendar programs."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, abort, current_app, g, request, url_for
from flask_babel import gettext as _

from scheduler.permissions import is_signed_in
from scheduler.publishing import feeds
from scheduler.publishing.calendars import calendar_bytes, feed_tag
from web import auth, db
from web.api.door import EXTENSION
from web.api.limits import RateLimiter
from web.errors import RequestError
from web.rendering import after_post, page

blueprint = Blueprint("feeds", __name__, url_prefix="/feeds")
logger = logging.getLogger(__name__)
READINGS_PER_MINUTE: Final = 30
"""Programs ask every hour; a person who tries one out asks a few times."""


@blueprint.get("")
@auth.requires(is_signed_in)
@db.commits
def index() -> Any:
    """List the person's addresses."""
    return _index_page(address="")


@blueprint.post("")
@auth.requires(is_signed_in)
@db.commits
def issue() -> Any:
    """Make an address and show it this once: only its hash is kept."""
    scope = feeds.own_scope(auth.actor())
    if scope is None:
        abort(404)
    _token, secret = feeds.issue_token(db.session(), db.clock(), auth.actor(), *scope)
    address = db.settings().base_url.rstrip("/") + url_for("feeds.calendar", secret=secret)
    return _index_page(address=address)


@blueprint.post("/<uid>/revoke")
@auth.requires(is_signed_in)
@db.commits
def revoke(uid: str) -> Any:
    """End an address."""
    token = feeds.get_token(db.session(), auth.actor(), uid)
    feeds.revoke_token(db.session(), db.clock(), auth.actor(), token)
    return after_post("feeds.index", _("订阅地址已停用。"))


@blueprint.get("/<secret>.ics")
@auth.public
@db.commits
def calendar(secret: str) -> Any:
    """Hand out a feed. A wrong, a revoked and an expired address are answered alike."""
    limiter: RateLimiter = current_app.extensions[EXTENSION]
    origin, now = f"feed address {request.remote_addr}", db.clock().now()
    _refuse_hasty(limiter.exhausted(origin, now, most=limiter.wrong_tokens))
    token = feeds.find_feed(db.session(), db.clock(), secret)
    if token is None:
        logger.info("feed refused mark=%s", feeds.secret_mark(secret))
        _refuse_hasty(limiter.take(origin, now, most=limiter.wrong_tokens))
        abort(404)
    _refuse_hasty(limiter.take(f"feed {token.uid}", now, most=READINGS_PER_MINUTE))
    wanted = (db.session(), db.clock(), token.scope, token.scope_id)
    tag = feed_tag(*wanted, host=db.settings().host_name)
    known = request.if_none_match.contains(tag)
    # Who has it already costs no writing of it: most programs ask every hour for what changes once a month.
    body = b"" if known else calendar_bytes(*wanted, host=db.settings().host_name)
    g.reader = feeds.reader_of(db.session(), token)
    response = Response(body, mimetype="text/calendar")
    response.set_etag(tag)
    response.headers.update(
        {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer"}
    )
    response.call_on_close(_noting_use(token.uid))
    return response.make_conditional(request)


def _refuse_hasty(seconds: int) -> None:
    if seconds:
        headers = {"Retry-After": str(seconds)}
        raise RequestError(HTTPStatus.TOO_MANY_REQUESTS, "http_429", headers=headers, seconds=seconds)


def _noting_use(token_uid: str) -> Any:
    database, clock = db.engine(), db.clock()
    return lambda: db.note_feed_use(database, clock, token_uid)


def _index_page(address: str) -> str:
    return page(
        "feeds/index.html",
        scope=feeds.own_scope(auth.actor()),
        tokens=feeds.list_tokens(db.session(), auth.actor()),
        address=address,
    )
