"""How the resources of the API hang together: blueprints with their door, the document's frame. Knows no resource."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from flask import Flask
from flask_openapi3 import APIBlueprint, Info, OpenAPI, Tag
from flask_wtf.csrf import CSRFProtect
from pydantic import ValidationError

from scheduler.errors import Fault, InvalidError, NotFoundError
from scheduler.filing.drafts import faults_of
from web.api import door
from web.api.answers import ANY, problems
from web.api.limits import RateLimiter
from web.api.schemas import Problem
from web.errors import QUERY_MARK
from web.programs import API_ADDRESS

SCHEME: Final = "token"
INFO: Final = Info(
    title="OneDoor 一门 API",
    version="1",
    description=(
        "与网页同一套规则。令牌由部门负责人或管理员签发，放在 Authorization: Bearer 头里。"
        "POST 可带 Idempotency-Key；PATCH、DELETE 须带 If-Match。\n\n"
        "The rules are those of the pages. Heads and administrators issue tokens, to be sent as Authorization: Bearer. "
        "POST takes an Idempotency-Key; PATCH and DELETE need If-Match."
    ),
)
SECURITY: Final = {SCHEME: {"type": "http", "scheme": "bearer"}}


def resource(name: str, address: str, title: str) -> APIBlueprint:
    """Return the blueprint of a resource: every view in it is behind the door."""
    blueprint = APIBlueprint(
        f"api_{name}",
        __name__,
        url_prefix=f"{API_ADDRESS}{address}",
        abp_tags=[Tag(name=title)],
        abp_security=[{SCHEME: []}],
        abp_responses=problems(*ANY),
        operation_id_callback=lambda *, name, path, method: f"{blueprint.name}.{name}",  # noqa: ARG005 -- as called
    )
    blueprint.before_request(door.enter)
    return blueprint


def make_app(import_name: str) -> OpenAPI:
    """Make the application that the pages and the API are part of."""
    app = OpenAPI(
        import_name,
        info=INFO,
        security_schemes=SECURITY,  # type: ignore[arg-type]
        doc_ui=False,
        validation_error_model=Problem,
        validation_error_callback=refuse_invalid,
    )
    app.json = door.StrictJson(app)
    return app


def install(app: Flask, csrf: CSRFProtect, blueprints: Sequence[APIBlueprint]) -> None:
    """Register the resources. They take no cookie, so that they need no form token."""
    app.extensions[door.EXTENSION] = RateLimiter()
    for blueprint in blueprints:
        app.register_api(blueprint)  # type: ignore[attr-defined]
        csrf.exempt(blueprint)


def refuse_invalid(error: ValidationError) -> None:
    """Turn what a model refuses into an error of ours; an address that cannot be is one that is not there."""
    if error.title.endswith("Path"):
        raise NotFoundError("address", "")
    faults = faults_of(error)
    if error.title.endswith("Query"):
        faults = tuple(Fault(field=QUERY_MARK + one.field, code=one.code, params=one.params) for one in faults)
    raise InvalidError(*faults)
