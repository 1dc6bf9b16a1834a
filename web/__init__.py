"""The pages of OneDoor: Flask views over the application layer. Knows no table and no solver."""

from __future__ import annotations

import logging
import secrets
from typing import Any

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from scheduler.clock import Clock
from scheduler.config import Settings
from web import asked, auth, db, errors, filters, i18n, layout, security
from web.api import DOCUMENT, RESOURCES, wiring
from web.pages import BLUEPRINTS

__all__ = ["create_app"]

logger = logging.getLogger(__name__)


def create_app(settings: Settings, engine: Any, clock: Clock | None = None) -> Flask:
    """Build the application over an engine of data.session.make_engine; `clock` only for tests."""
    app = wiring.make_app(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        WTF_CSRF_TIME_LIMIT=None,  # it dies with the sign-in; a form left open over lunch must still be taken
        WTF_CSRF_SSL_STRICT=settings.secure_cookies,
    )
    asked.install(app)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    db.install(app, engine, settings, clock or settings.clock())
    app.before_request(number_request)
    security.install(app, settings)
    auth.install(app)
    i18n.install(app)
    csrf = CSRFProtect(app)
    errors.install(app)
    filters.install(app)
    layout.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    wiring.install(app, csrf, RESOURCES)
    app.register_blueprint(DOCUMENT)
    app.view_functions["static"].policy = auth.anyone  # type: ignore[union-attr]
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def number_request() -> None:
    """Give the request a number that stands in the log and on an error page."""
    g.request_id = secrets.token_hex(8)
