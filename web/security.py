"""What every answer carries and every request must respect: headers, host names, sizes. Knows no page."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, abort, g, request

from scheduler.config import Environment, Settings
from web import db

CONTENT_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
ORDINARY_BODY: Final = 512 * 1024
# The sheet reader takes files up to 10 MB; the rest is the envelope of the form.
SHEET_BODY: Final = 11 * 1024 * 1024
ROUTES_WITH_FILES: Final = frozenset(
    {"uploads.receive", "api_uploads.receive", "lists.receive", "attachments.index", "fieldwork.add_photo"}
)
A_YEAR_OF_HTTPS: Final = "max-age=31536000"


def install(app: Flask, settings: Settings) -> None:
    """Guard the door: sizes and hosts before a view, headers after it."""
    app.config.update(
        MAX_CONTENT_LENGTH=SHEET_BODY,
        MAX_FORM_MEMORY_SIZE=ORDINARY_BODY,
        MAX_FORM_PARTS=2000,
        SESSION_COOKIE_NAME="__Host-onedoor-form" if settings.secure_cookies else "onedoor-form",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )
    app.before_request(refuse_foreign_hosts)
    app.before_request(limit_body)
    app.after_request(add_headers)


def known_hosts(settings: Settings) -> frozenset[str]:
    """Host names by which this installation may be called."""
    local = frozenset({"127.0.0.1", "localhost", "::1"})
    own = frozenset({settings.host_name})
    return own if settings.environment is Environment.PRODUCTION else own | local


def refuse_foreign_hosts() -> None:
    """Answer 400 to a request that calls this service by another name."""
    if _host_without_port(request.host) not in known_hosts(db.settings()):
        abort(400)


def limit_body() -> None:
    """Only the routes that take files read large bodies."""
    if request.endpoint not in ROUTES_WITH_FILES:
        request.max_content_length = ORDINARY_BODY


def add_headers(response: Response) -> Response:
    """Add the headers that every answer carries, errors included; a view's own value goes first."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(["Cookie", "Accept-Language"])
    if db.settings().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", A_YEAR_OF_HTTPS)
    response.headers["X-Request-Id"] = g.get("request_id", "-")
    return response


def _host_without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].split("]", 1)[0]
    return host.rsplit(":", 1)[0] if ":" in host else host
