"""Errors as answers: a page with words that help, or problem+json (RFC 9457) for programs. Decides no rule."""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, g, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from data.errors import DataError
from scheduler.errors import (
    ConflictError,
    DomainError,
    InvalidError,
    NotFoundError,
    NotPermittedError,
    RuleError,
    StaleError,
    TransitionError,
)
from web import phrases
from web.auth import wants_json

logger = logging.getLogger(__name__)

STATUS_OF: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (StaleError, HTTPStatus.CONFLICT),
    (NotPermittedError, HTTPStatus.FORBIDDEN),
    (TransitionError, HTTPStatus.CONFLICT),
    (ConflictError, HTTPStatus.CONFLICT),
    (RuleError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (DomainError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
# What was typed is shown again so that it is not lost; these never are.
SECRET_FIELDS: Final = frozenset({"csrf_token", "password", "old", "new", "again", "version"})
LONGEST_SHOWN_VALUE: Final = 2000
MOST_SHOWN_VALUES: Final = 60


def install(app: Flask) -> None:
    """Answer every error of the layers below, of HTTP, and those nobody expected."""
    app.register_error_handler(DomainError, on_refusal)
    app.register_error_handler(DataError, on_refusal)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_surprise)


def on_refusal(error: Exception) -> Response:
    """A refusal of the application or data layer, in words."""
    status = next((status for kind, status in STATUS_OF if isinstance(error, kind)), HTTPStatus.UNPROCESSABLE_ENTITY)
    if isinstance(error, StaleError | ConflictError):
        logger.info("conflict code=%s endpoint=%s", getattr(error, "code", ""), request.endpoint)
    code, params = getattr(error, "code", "error"), getattr(error, "params", {})
    return answer(status, code, phrases.refusal(code, params), details=_details(error))


def on_csrf(error: CSRFError) -> Response:  # noqa: ARG001 -- signature of a handler
    return answer(HTTPStatus.BAD_REQUEST, "form_expired", phrases.refusal("form_expired", {}))


def on_http(error: HTTPException) -> Response:
    """An error of HTTP itself; its own headers (Allow, Retry-After) are kept."""
    status = HTTPStatus(error.code or 500)
    code = f"http_{status.value}"
    response = answer(status, code, phrases.refusal(code, {}))
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def on_surprise(error: Exception) -> Response:
    """What nobody expected: logged with the request's number, told without details."""
    logger.error("request failed id=%s endpoint=%s", g.get("request_id"), request.endpoint, exc_info=error)
    return answer(HTTPStatus.INTERNAL_SERVER_ERROR, "http_500", phrases.refusal("http_500", {}))


def answer(status: HTTPStatus, code: str, text: str, *, details: tuple[str, ...] = ()) -> Response:
    """Build the page or the problem document of an error."""
    if wants_json():
        return _problem(status, code, text, details)
    page = render_template(
        "errors/error.html", status=status.value, code=code, text=text, details=details, typed=typed_values()
    )
    return Response(page, status=status.value, mimetype="text/html")


def typed_values() -> tuple[tuple[str, str], ...]:
    """What was typed into the refused form, without secrets, for the person to copy."""
    if request.method != "POST":
        return ()
    try:
        values = [(name, text) for name, text in request.form.items(multi=True) if name not in SECRET_FIELDS and text]
    except HTTPException:  # the body itself was refused: too large, broken
        return ()
    return tuple((name, text[:LONGEST_SHOWN_VALUE]) for name, text in values[:MOST_SHOWN_VALUES])


def _details(error: Exception) -> tuple[str, ...]:
    if isinstance(error, InvalidError):
        return tuple(phrases.fault(one.code, dict(one.params)) for one in error.faults)
    if isinstance(error, RuleError):
        return tuple(phrases.violation(*one) for one in error.violations)
    return ()


def _problem(status: HTTPStatus, code: str, text: str, details: tuple[str, ...]) -> Response:
    document: dict[str, Any] = {
        "type": f"urn:onedoor:error:{code}",
        "title": text,
        "status": status.value,
        "request_id": g.get("request_id", "-"),
    }
    if details:
        document["errors"] = list(details)
    body = json.dumps(document, ensure_ascii=False)
    return Response(body, status=status.value, mimetype="application/problem+json")
