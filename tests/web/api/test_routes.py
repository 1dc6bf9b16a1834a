"""Every route of the API: its scope and policy, what each token may open, and what nobody gets in with (X-01, X-02)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from data.enums import ApiScope, Role
from scheduler import permissions
from tests.web.api.conftest import ALL, DISTRICT_SCOPES, Program, ProgramOf
from tests.web.cast import Cast
from tests.web.conftest import As, Browser
from web.programs import API_ADDRESS

READ, WRITE = ApiScope.PLANS_READ, ApiScope.PLANS_WRITE
SEE, WRITES, REGISTRY = permissions.may_see_plans, permissions.may_write_plans, permissions.may_see_registry
CALENDAR, ROUNDS = permissions.may_see_calendar, permissions.may_see_rounds

# Endpoint -> scope, and the predicate of the page beside it.
TABLE = {
    "api_plans.index": (READ, SEE),
    "api_plans.show": (READ, SEE),
    "api_plans.create": (WRITE, WRITES),
    "api_plans.edit": (WRITE, WRITES),
    "api_plans.discard": (WRITE, WRITES),
    "api_plans.submit": (WRITE, WRITES),
    "api_plans.withdraw": (WRITE, WRITES),
    "api_tasks.index": (READ, SEE),
    "api_tasks.show": (READ, SEE),
    "api_tasks.add": (WRITE, WRITES),
    "api_tasks.edit": (WRITE, WRITES),
    "api_tasks.remove": (WRITE, WRITES),
    "api_uploads.index": (READ, SEE),
    "api_uploads.show": (READ, SEE),
    "api_uploads.receive": (WRITE, WRITES),
    "api_uploads.mend": (WRITE, WRITES),
    "api_uploads.discard": (WRITE, WRITES),
    "api_uploads.take_in": (WRITE, WRITES),
    "api_enterprises.index": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_enterprises.show": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_sites.search": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_catalogue.items": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_catalogue.scenarios": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_catalogue.organisations": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_catalogue.towns": (ApiScope.REGISTRY_READ, REGISTRY),
    "api_rounds.index": (ApiScope.ROUNDS_READ, ROUNDS),
    "api_rounds.show": (ApiScope.ROUNDS_READ, ROUNDS),
    "api_rounds.figures": (ApiScope.ROUNDS_READ, permissions.may_see_all),
    "api_visits.index": (ApiScope.VISITS_READ, CALENDAR),
    "api_releases.list_all": (ApiScope.VISITS_READ, CALENDAR),
}
DOCUMENT = "api_document.show"
UIDS = {"api_enterprises.show": "enterprise", "api_uploads.show": "upload"}


def rules(app: Flask) -> Iterator[Rule]:
    found = (rule for rule in app.url_map.iter_rules() if rule.rule.startswith(API_ADDRESS))
    return (rule for rule in found if rule.endpoint != DOCUMENT)


def address(rule: Rule, cast: Cast | None = None) -> str:
    uids = cast.uids if cast else {}
    resource = rule.endpoint.split(".", 1)[0].removeprefix("api_").rstrip("s")
    uid = uids.get("round" if resource == "round" else UIDS.get(rule.endpoint, "plan"), "0" * 32)
    path = rule.rule.replace("<uid>", uid).replace("<task_uid>", uids.get("task", "0" * 32))
    return path.removeprefix(API_ADDRESS)


def method(rule: Rule) -> str:
    (found,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return found


def test_every_route_stands_in_the_table_with_scope_and_policy(app: Flask) -> None:
    found = {
        rule.endpoint: (getattr(view, "scope", None), getattr(view, "policy", None))
        for rule in rules(app)
        for view in [app.view_functions[rule.endpoint]]
    }
    assert found == TABLE


def test_every_route_runs_in_one_transaction(app: Flask) -> None:
    assert [
        rule.endpoint for rule in rules(app) if not hasattr(app.view_functions[rule.endpoint], "transactional")
    ] == []


def test_every_route_is_described(app: Flask) -> None:
    described = {
        operation["operationId"]
        for path in app.api_doc["paths"].values()  # type: ignore[attr-defined]
        for operation in path.values()
    }
    assert described == set(TABLE)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "token_missing"),
        ({"Authorization": "Bearer"}, "token_missing"),
        ({"Authorization": "Basic b2Q6b2Q="}, "token_missing"),
        ({"Authorization": "Bearer od_wrong"}, "token_wrong"),
        ({"Authorization": "Bearer \u00e9\u00ff"}, "token_wrong"),
    ],
    ids=["nothing", "no secret", "password", "wrong", "not ASCII"],
)
def test_nobody_gets_in_without_a_token_x01(app: Flask, headers: dict[str, str], code: str) -> None:
    """X-01: every route, every method."""
    app.extensions["onedoor-api"].wrong_tokens = 10_000
    client = app.test_client()
    for rule in rules(app):
        answer = client.open(API_ADDRESS + address(rule), method=method(rule), headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, code), rule.endpoint
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_cookie_opens_nothing(app: Flask, browse_as: As) -> None:
    """No page of another site can make a signed-in browser act through the API."""
    for role in (Role.CLERK, Role.ADMINISTRATOR):
        client = browse_as(role).client
        answers = {
            client.open(API_ADDRESS + address(rule), method=method(rule), json={}).status_code for rule in rules(app)
        }
        assert answers == {401}


@pytest.mark.parametrize("name", ["access_token", "api_key", "token", "TOKEN"])
def test_token_in_the_address_is_refused_x37(program: ProgramOf, name: str) -> None:
    """X-37: even beside a good header, so that nobody gets used to it."""
    clerk = program()
    answer = clerk.get(f"/plans?{name}={clerk.secret}")
    assert (answer.status_code, answer.json["code"]) == (401, "token_in_address")
    assert clerk.secret not in answer.text


@pytest.mark.parametrize(
    ("role", "scopes"), [(Role.CLERK, ALL), (Role.SUPERVISOR, DISTRICT_SCOPES)], ids=["clerk", "supervisor"]
)
def test_token_opens_exactly_what_its_role_may_see_x02(
    app: Flask, cast: Cast, program: ProgramOf, role: Role, scopes: tuple[ApiScope, ...]
) -> None:
    """X-02: reading routes by role; a department has no figures of the whole district."""
    reader = program(role)
    found = {rule.endpoint: reader.get(address(rule, cast)).status_code for rule in rules(app) if method(rule) == "GET"}
    closed = {"api_rounds.figures"} if role is Role.CLERK else set()
    assert found == {endpoint: 403 if endpoint in closed else 200 for endpoint in found}
    writing = {
        rule.endpoint: reader.send(method(rule), address(rule), json={}).status_code
        for rule in rules(app)
        if method(rule) != "GET"
    }
    assert {code == 403 for code in writing.values()} == {role is Role.SUPERVISOR}


@pytest.mark.parametrize("scope", ALL)
def test_scope_opens_its_routes_and_no_other_x02(app: Flask, cast: Cast, program: ProgramOf, scope: ApiScope) -> None:
    narrow = program(scopes=[scope])
    refused = {
        rule.endpoint
        for rule in rules(app)
        if narrow.send(method(rule), address(rule), json={}).json.get("code") == "scope_missing"
    }
    assert refused == {endpoint for endpoint, (needed, _) in TABLE.items() if needed is not scope}


def test_description_is_for_officials_and_tokens(
    app: Flask, anonymous: Browser, browse_as: As, issue: Callable[..., str]
) -> None:
    path = f"{API_ADDRESS}/openapi.json"
    assert anonymous.get(path).status_code == 401
    assert browse_as(Role.ENTERPRISE).get(path).status_code == 403
    answer = browse_as(Role.HEAD).get(path)
    assert (answer.status_code, answer.json["openapi"]) == (200, "3.1.0")
    assert Program(app, issue()).get("/openapi.json").json == answer.json
