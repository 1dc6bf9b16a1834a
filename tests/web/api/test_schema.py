"""What the document promises, tried by schemathesis for each kind of token: no 5xx, no answer that is not described."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from data.enums import Role
from tests.web.api.conftest import ProgramOf
from tests.web.api.test_routes import TABLE
from tests.web.cast import Cast
from web.api.door import EXTENSION

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
EXAMPLES = 6
OFTEN = settings(
    max_examples=EXAMPLES, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)


def known_uids(cast: Cast, path: str) -> dict[str, list[str]]:
    """Addresses that exist, so that more than 404 is reached."""
    kind = path.removeprefix("/api/v1/").split("/", 1)[0].rstrip("s")
    names = {"plan": ("plan", "submitted"), "upload": ("upload",), "round": ("round",), "enterprise": ("enterprise",)}
    return {"uid": [cast.uids[name] for name in names.get(kind, ())], "task_uid": [cast.uids["task"]]}


def try_out(operation: Any, uids: dict[str, list[str]], headers: dict[str, str], mode: GenerationMode) -> set[int]:
    """Send examples to one operation and check the answers; return the statuses met."""
    met: set[int] = set()

    @OFTEN
    @given(case=operation.as_strategy(generation_mode=mode), draw=st.data())
    def attempt(case: Any, draw: Any) -> None:
        for name, known in uids.items():
            if known and case.path_parameters and name in case.path_parameters and draw.draw(st.booleans()):
                case.path_parameters[name] = draw.draw(st.sampled_from(known))
        met.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    attempt()
    return met


def open_schema(app: Flask, secret: str) -> Any:
    app.extensions[EXTENSION].requests = 1_000_000
    return schemathesis.openapi.from_wsgi(
        "/api/v1/openapi.json", app, headers={"Authorization": f"Bearer {secret}"}
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["as told", "not as told"])
@pytest.mark.parametrize("role", [Role.CLERK, Role.SUPERVISOR], ids=str)
def test_every_answer_is_one_that_the_document_promises(
    app: Flask, cast: Cast, program: ProgramOf, role: Role, mode: GenerationMode
) -> None:
    """P11, X-36. Without a token every route answers 401: see test_routes."""
    secret = program(role).secret
    headers = {"Authorization": f"Bearer {secret}"}
    met: set[int] = set()
    tried: set[str] = set()
    for found in open_schema(app, secret).get_all_operations():
        operation = found.ok()
        met |= try_out(operation, known_uids(cast, operation.path), headers, mode)
        tried.add(operation.definition.raw["operationId"])
    assert tried == set(TABLE)
    if mode is GenerationMode.POSITIVE:
        assert met >= ({200, 201, 404, 422} if role is Role.CLERK else {200, 403, 404})


def test_answer_that_is_not_promised_is_found(own_app: Flask, program: ProgramOf) -> None:
    """The control: a view that fails and one that answers otherwise are both found."""
    secret = program().secret
    schema = open_schema(own_app, secret)
    for planted in (Response("{}", 500), Response("{}", 418), Response("{}", 200, mimetype="application/json")):
        own_app.view_functions["api_catalogue.towns"] = _answering(own_app, planted)
        with pytest.raises(FailureGroup):
            try_out(schema["/api/v1/towns"]["GET"], {}, {"Authorization": f"Bearer {secret}"}, GenerationMode.POSITIVE)


def _answering(app: Flask, response: Response) -> Any:
    real: Any = app.view_functions["api_catalogue.towns"]

    def view(**_: Any) -> Response:
        return response

    view.scope, view.policy, view.__annotations__ = real.scope, real.policy, real.__annotations__  # type: ignore[attr-defined]
    return view
