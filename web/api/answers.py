"""Answers of the API: documents with their ETag, pages with their links, and what the document says of refusals."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from flask import Response, request
from pydantic import BaseModel

from data.queries.pages import Page
from scheduler.errors import StaleError
from web.api.inputs import PageQuery
from web.errors import RequestError

M = TypeVar("M", bound=BaseModel)
Refusals = dict[str | int, type[BaseModel] | dict[Any, Any] | None]
PROBLEM: Final = "application/problem+json"


def problems(*codes: int) -> Refusals:
    """Return the documentation of refusals with these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {code: {"description": HTTPStatus(code).phrase, "content": {PROBLEM: {"schema": schema}}} for code in codes}


ANY: Final = (400, 401, 403, 422, 429)
"""Refusals that every route may give."""

SENDING: Final[Refusals] = problems(404, 409, 412, 413, 415)
"""Refusals of routes that take something in, beside those of every route."""

CHANGING: Final[Refusals] = {**SENDING, **problems(428)}


def document(model: BaseModel, status: HTTPStatus = HTTPStatus.OK, *, location: str = "") -> Response:
    """Answer with a document; its `version`, where it has one, becomes the ETag."""
    response = Response(model.model_dump_json(), status=status.value, mimetype="application/json")
    if hasattr(model, "version"):
        tag(response, model.version)
    if location:
        response.headers["Location"] = location
    return response


def tag(response: Response, version: int) -> Response:
    """Add the ETag of a version."""
    response.set_etag(str(version))
    return response


def nothing(version: int | None = None) -> Response:
    """Answer 204."""
    response = Response(status=HTTPStatus.NO_CONTENT.value)
    response.headers.pop("Content-Type", None)
    return response if version is None else tag(response, version)


def required_version(present: int, *, entity: str) -> int:
    """Return the version that the program saw, which is the present one.

    Raises RequestError 428 without If-Match, StaleError (412) when it names another version.
    """
    if not request.headers.get("If-Match"):
        raise RequestError(HTTPStatus.PRECONDITION_REQUIRED, "version_needed")
    if not request.if_match.contains(str(present)):
        raise StaleError(entity=entity, version=present)
    return present


def optional_version(present: int, *, entity: str) -> int:
    """Like `required_version`, but without If-Match the present version is taken for the one that was seen."""
    return required_version(present, entity=entity) if request.headers.get("If-Match") else present


def cut(rows: Sequence[Any], query: PageQuery) -> Page[Any]:
    """One page of a short list that is there as a whole."""
    first = (query.page - 1) * query.per_page
    found = tuple(rows[first : first + query.per_page])
    return Page(rows=found, page=query.page, per_page=query.per_page, total=len(rows))


def listing(kind: type[M], found: Page[Any], items: Sequence[Any]) -> Response:
    """Answer with a page of a list and links to the others (RFC 8288)."""
    model = kind.model_validate(
        {"page": found.page, "per_page": found.per_page, "total": found.total, "items": list(items)},
        from_attributes=True,
    )
    response = document(model)
    response.headers["Link"] = ", ".join(f'<{_address(number)}>; rel="{name}"' for name, number in _others(found))
    return response


def _others(found: Page[Any]) -> list[tuple[str, int]]:
    others = [("first", 1), ("last", found.pages)]
    if found.page > 1:
        others.append(("prev", min(found.page - 1, found.pages)))
    if found.page < found.pages:
        others.append(("next", found.page + 1))
    return others


def _address(page: int) -> str:
    arguments = {**request.args.to_dict(), "page": str(page)}
    return f"{request.path}?{urlencode(arguments)}"
