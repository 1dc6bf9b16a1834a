"""Errors as answers: a page with words that help, or problem+json (RFC 9457) for programs. Decides no rule."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, current_app, g, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from data.errors import DataError
from scheduler.errors import (
    ConflictError,
    DomainError,
    Fault,
    InvalidError,
    LimitError,
    NeedsReasonError,
    NotFoundError,
    NotPermittedError,
    RuleError,
    StaleError,
    TransitionError,
    steps_of,
)
from scheduler.naming import name_subjects
from scheduler.refusals import is_worth_noting, note_refusal
from web import db, phrases
from web.auth import SignedOutError, anyone, wants_json
from web.i18n import is_english
from web.programs import is_program

logger = logging.getLogger(__name__)

STATUS_OF: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (StaleError, HTTPStatus.CONFLICT),
    (NotPermittedError, HTTPStatus.FORBIDDEN),
    (TransitionError, HTTPStatus.CONFLICT),
    (ConflictError, HTTPStatus.CONFLICT),
    (LimitError, HTTPStatus.TOO_MANY_REQUESTS),
    (RuleError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (DomainError, HTTPStatus.UNPROCESSABLE_ENTITY),
)
# What was typed is shown again so that it is not lost; these never are.
SECRET_FIELDS: Final = frozenset(
    {"csrf_token", "password", "old", "new", "again", "version", "draft_hash", "key", "back", "expected"}
)
"""Secrets, and what a page sends along that nobody typed."""
LONGEST_SHOWN_VALUE: Final = 2000
MOST_SHOWN_VALUES: Final = 60
MOST_FAULTS_TOLD: Final = 100
QUERY_MARK: Final = "?"
"""First sign of a fault's field that is a parameter of the address and not a field of the body."""


class RequestError(DomainError):
    """A request that HTTP itself would refuse, with a code of ours and headers that say how to go on."""

    def __init__(
        self, status: HTTPStatus, code: str, *, headers: dict[str, str] | None = None, **params: object
    ) -> None:
        super().__init__(code, **params)
        self.status, self.headers = status, headers or {}


def install(app: Flask) -> None:
    """Answer every error of the layers below, of HTTP, and those nobody expected."""
    app.register_error_handler(DomainError, on_refusal)
    app.register_error_handler(DataError, on_refusal)
    app.register_error_handler(CSRFError, on_csrf)
    app.register_error_handler(SignedOutError, on_signed_out)
    app.register_error_handler(HTTPException, on_http)
    app.register_error_handler(Exception, on_surprise)


def on_refusal(error: Exception) -> Response:
    """A refusal of the application or data layer, in words."""
    status = status_of(error)
    if isinstance(error, StaleError | ConflictError):
        logger.info("conflict code=%s endpoint=%s", getattr(error, "code", ""), request.endpoint)
    if isinstance(error, NotFoundError):
        note_foreign(error)
    code, params = getattr(error, "code", "error"), getattr(error, "params", {})
    text = phrases.refusal(code, params)
    if not wants_json():
        shown = answer(status, code, text, details=sentences_of(error))
        shown.headers.update(getattr(error, "headers", {}))
        return shown
    # What was asked for is known to who asked; without it all things that are not there are answered alike.
    told = {} if isinstance(error, NotFoundError) else params
    response = _problem(status, code, text, params=told, errors=_told(error))
    response.headers.update(getattr(error, "headers", {}))
    return response


def note_foreign(error: NotFoundError) -> None:
    """Leave a row in the audit trail when what was not found is another's: the view's own transaction is over."""
    asking, entity, key = g.get("actor"), str(error.params.get("entity", "")), error.params.get("key")
    if asking is None:
        return
    try:
        with db.own_reading() as session:
            if not is_worth_noting(session, db.clock(), asking, entity, key):
                return
        with db.own_transaction() as session:
            note_refusal(session, db.clock(), asking, entity, key, tried=f"{request.method} {request.endpoint}")
    except Exception:
        # The answer is the same whether or not the trail can be written: a full disk must not tell who has what.
        logger.exception("refusal not noted endpoint=%s", request.endpoint)


def on_csrf(error: CSRFError) -> Response:  # noqa: ARG001 -- signature of a handler
    code = "form_expired" if g.get("actor") or _is_public() else "signed_out"
    return answer(HTTPStatus.BAD_REQUEST, code, phrases.refusal(code, {}))


def _is_public() -> bool:
    """Whether the page asked for wants no sign-in, so that a refused form says nothing of one."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "policy", None) is anyone


def on_signed_out(error: SignedOutError) -> Response:  # noqa: ARG001 -- signature of a handler
    return answer(HTTPStatus.UNAUTHORIZED, "signed_out", phrases.refusal("signed_out", {}))


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
        return _problem(status, code, text)
    page = render_template(
        "errors/error.html", status=status.value, code=code, text=text, details=details, typed=typed_values()
    )
    return Response(page, status=status.value, mimetype="text/html")


def typed_values() -> tuple[tuple[str, str], ...]:
    """What was typed into the refused form, without secrets, for the person to copy, and which files to choose anew."""
    if request.method != "POST":
        return ()
    try:
        values = [(name, text) for name, text in request.form.items(multi=True) if name not in SECRET_FIELDS and text]
        files = [file.filename for file in request.files.values() if file.filename]
    except HTTPException:  # the body itself was refused: too large, broken
        return ()
    shown = [(phrases.typed_field(name), text[:LONGEST_SHOWN_VALUE]) for name, text in values[:MOST_SHOWN_VALUES]]
    again = _("文件（没有保留，请重新选择）")
    return (*shown, *((again, name[:LONGEST_SHOWN_VALUE]) for name in files[:MOST_SHOWN_VALUES]))


def sentences_of(error: Exception) -> tuple[str, ...]:
    """What a refusal names one by one, a sentence each: fields, broken rules, findings."""
    if isinstance(error, InvalidError):
        return tuple(phrases.fault(one.code, dict(one.params)) for one in error.faults)
    if isinstance(error, RuleError):
        names = _names(error)
        return tuple(phrases.violation(rule, names.get(of, of), figures) for rule, of, figures in error.violations)
    if isinstance(error, NeedsReasonError):
        return tuple(phrases.edit_finding(code, dict(params)) for code, params in error.findings)
    return ()


def _names(error: RuleError) -> Mapping[str, str]:
    """Names of what a refusal is about, read beside the transaction that was refused."""
    with db.own_reading() as session:
        return name_subjects(session, [subject for _rule, subject, _figures in error.violations])


def status_of(error: Exception) -> HTTPStatus:
    """The status that a refusal is answered with."""
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, StaleError) and (is_program() or "If-Match" in request.headers):
        # RFC 9110 13.1.1: the version in If-Match is not the present one.
        return HTTPStatus.PRECONDITION_FAILED
    return next((status for kind, status in STATUS_OF if isinstance(error, kind)), HTTPStatus.UNPROCESSABLE_ENTITY)


def _told(error: Exception) -> list[dict[str, Any]]:
    """What is wrong, one object a fault: where (RFC 6901 pointer or parameter), code, figures, and words."""
    if isinstance(error, InvalidError):
        return [fault_document(one) for one in error.faults[:MOST_FAULTS_TOLD]]
    if isinstance(error, RuleError):
        names = _names(error)
        return [
            {"code": rule, "subject": of, "figures": figures}
            | {"detail": phrases.violation(rule, names.get(of, of), figures)}
            for rule, of, figures in error.violations[:MOST_FAULTS_TOLD]
        ]
    if isinstance(error, NeedsReasonError):
        found = error.findings[:MOST_FAULTS_TOLD]
        return [{"code": code, "detail": phrases.edit_finding(code, dict(params))} for code, params in found]
    return []


def fault_document(fault: Fault) -> dict[str, Any]:
    """Write a fault for programs: `pointer` into the body, or `parameter` of the address."""
    params = dict(fault.params)
    if fault.field.startswith(QUERY_MARK):
        place = {"parameter": fault.field.removeprefix(QUERY_MARK)}
    else:
        steps = (step.replace("~", "~0").replace("/", "~1") for step in steps_of(fault.field))
        place = {"pointer": "#" + "".join(f"/{step}" for step in steps)}
    return {**place, "code": fault.code, "params": params, "detail": phrases.fault(fault.code, params)}


def _problem(
    status: HTTPStatus,
    code: str,
    text: str,
    *,
    params: dict[str, Any] | None = None,
    errors: list[dict[str, Any]] | None = None,
) -> Response:
    document: dict[str, Any] = {
        "type": f"urn:onedoor:error:{code}",
        "title": text,
        "status": status.value,
        "code": code,
        "params": params or {},
        "request_id": g.get("request_id", "-"),
    }
    if errors:
        document["errors"] = errors
    # Half a surrogate pair may stand in what was sent; written as an escape it is JSON again.
    body = json.dumps(document, ensure_ascii=False, default=str).encode("utf-8", "backslashreplace")
    response = Response(body, status=status.value, mimetype="application/problem+json")
    response.headers["Content-Language"] = "en" if is_english() else "zh"
    return response
