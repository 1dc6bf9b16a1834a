"""Every route has a policy, and every role gets what it may see and nothing else (X-01, X-02).

The routes of the API have tables of their own in tests/web/api/test_routes.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from data.enums import Role
from tests.web.cast import Cast
from tests.web.conftest import As, Browser
from web import auth
from web.programs import API_ADDRESS

EVERYBODY = frozenset(Role)
DISTRICT = frozenset({Role.COORDINATOR, Role.APPROVER, Role.SUPERVISOR, Role.ADMINISTRATOR})
FILING = frozenset({Role.CLERK, Role.LEGAL, Role.HEAD})
OFFICIALS = DISTRICT | FILING | {Role.OFFICER}
CLERK, HEAD = frozenset({Role.CLERK}), frozenset({Role.HEAD})
COORDINATOR, APPROVER = frozenset({Role.COORDINATOR}), frozenset({Role.APPROVER})
ADMINISTRATOR, OFFICER, FIRM = frozenset({Role.ADMINISTRATOR}), frozenset({Role.OFFICER}), frozenset({Role.ENTERPRISE})
OWN = frozenset({Role.CLERK, Role.HEAD})
KEEPERS = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})
SUPERVISOR = frozenset({Role.SUPERVISOR})
EXPORTING = KEEPERS | SUPERVISOR
AUDITORS = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})
PUBLIC = {
    "static",
    "sign_in.sign_in",
    "language.switch",
    "health.show",
    "health.metrics",
    "feeds.calendar",
    "help.asset",
    "fieldwork.worker",
} | {
    "results.index",
    "results.table",
    "results.document",
    "public_draws.index",
    "public_draws.show",
    "public_draws.document",
    "public_draws.crews",
    "changes.index",
    "changes.feed",
    "enter.by_code",
    "enter.by_secret",
    "rate.rate",
    "rate.thanks",
}

# Endpoint -> (uids of the cast that its address takes, roles that may open it).
READING = {
    "desk.show": ({}, EVERYBODY),
    "search.show": ({}, OFFICIALS),
    "sign_in.password": ({}, EVERYBODY),
    "inbox.index": ({}, EVERYBODY),
    "feeds.index": ({}, EVERYBODY),
    "plans.index": ({}, DISTRICT | FILING),
    "plans.show": ({"uid": "plan"}, DISTRICT | FILING),
    "plans.create": ({}, CLERK),
    "plans.edit": ({"uid": "plan"}, CLERK),
    "plans.add_task": ({"uid": "plan"}, CLERK),
    "plans.edit_task": ({"uid": "plan", "task_uid": "task"}, CLERK),
    "plans.send_back": ({"uid": "submitted"}, frozenset({Role.LEGAL, Role.HEAD, Role.APPROVER})),
    "plan_steps.step": ({"uid": "plan", "sketch_uid": "sketch", "step": "step"}, CLERK),
    "plan_steps.find": ({"uid": "plan", "sketch_uid": "sketch"}, CLERK),
    "plan_steps.join": ({"uid": "plan"}, CLERK),
    "plan_steps.check": ({"uid": "plan"}, CLERK),
    "plan_steps.confirm": ({"uid": "plan"}, CLERK),
    "plan_decisions.derive": ({"uid": "plan"}, CLERK),
    "plan_decisions.countersign": ({"uid": "asked"}, CLERK | HEAD),
    "uploads.index": ({}, DISTRICT | FILING),
    "uploads.template": ({}, DISTRICT | FILING),
    "uploads.show": ({"uid": "upload"}, DISTRICT | FILING),
    "uploads.faulty": ({"uid": "upload"}, DISTRICT | FILING),
    "rounds.index": ({}, DISTRICT | FILING),
    "rounds.show": ({"uid": "round"}, DISTRICT | FILING),
    "rounds.create": ({}, COORDINATOR),
    "rounds.refreeze": ({"uid": "round"}, COORDINATOR),
    "rounds.proposal": ({"uid": "proposal"}, DISTRICT),
    "rounds.brief": ({"uid": "round"}, DISTRICT),
    "rounds.approve": ({"uid": "round"}, APPROVER),
    "confirmations.index": ({"uid": "round"}, DISTRICT | FILING),
    "confirmations.show": ({"uid": "confirmation"}, DISTRICT | FILING),
    "confirmations.withdraw": ({"uid": "round"}, COORDINATOR),
    "confirmations.decline": ({"uid": "counter"}, COORDINATOR),
    "edits.log": ({"round_uid": "round"}, DISTRICT),
    "edits.conflict_list": ({"round_uid": "round"}, DISTRICT),
    "edits.unscheduled": ({"round_uid": "round"}, DISTRICT),
    "edits.many": ({"round_uid": "round"}, COORDINATOR),
    "edits.visit": ({"uid": "visit"}, COORDINATOR),
    "edits.possible_days": ({"uid": "visit"}, COORDINATOR),
    "edits.why": ({"uid": "visit"}, DISTRICT),
    "what_if.ask": ({"uid": "round"}, COORDINATOR),
    "what_if.resolve": ({"uid": "round"}, COORDINATOR),
    "comparisons.show": ({"uid": "round"}, DISTRICT),
    "runs.show": ({"uid": "run"}, DISTRICT),
    "runs.progress": ({"uid": "run"}, DISTRICT),
    "draws.show": ({"uid": "draw"}, DISTRICT | FILING),
    "draws.document": ({"uid": "draw"}, DISTRICT | FILING),
    "attachments.index": ({"uid": "plan"}, DISTRICT | FILING),
    "attachments.download": ({"uid": "attachment"}, DISTRICT | FILING),
    "draws.crews": ({"round_uid": "round"}, DISTRICT | FILING),
    "draw_parties.create": ({"round_uid": "drawn_round"}, COORDINATOR),
    "draw_parties.finish": ({"uid": "protocol"}, COORDINATOR),
    "draw_parties.abort": ({"uid": "protocol"}, COORDINATOR),
    "draw_parties.cancel": ({"request_uid": "request"}, COORDINATOR),
    "draw_parties.rates": ({}, DISTRICT),
    "board.show": ({}, OFFICIALS),
    "board.data": ({}, OFFICIALS),
    "board.count": ({}, DISTRICT),
    "board_moves.days": ({"uid": "visit"}, COORDINATOR),
    "board_moves.move": ({"uid": "visit"}, COORDINATOR),
    "calendar.month": ({}, OFFICIALS),
    "releases.index": ({}, OFFICIALS),
    "releases.show": ({"number": "release"}, OFFICIALS),
    "figures.index": ({}, DISTRICT | FILING),
    "figures.rows": ({"measure": "measure"}, DISTRICT | FILING),
    "figures.download": ({"measure": "measure", "form": "form"}, DISTRICT | FILING),
    "releases.restore": ({"number": "release"}, COORDINATOR),
    "destinations.index": ({}, EXPORTING),
    "destinations.show": ({"uid": "destination"}, EXPORTING),
    "destinations.create": ({}, ADMINISTRATOR),
    "destinations.edit": ({"uid": "destination"}, ADMINISTRATOR),
    "exports.index": ({}, EXPORTING),
    "exports.show": ({"uid": "export"}, EXPORTING),
    "mappings.index": ({}, EXPORTING),
    "mappings.create": ({}, ADMINISTRATOR),
    "mappings.edit": ({"uid": "mapping"}, ADMINISTRATOR),
    "outbox.index": ({}, DISTRICT),
    "outbox.show": ({"uid": "dispatch"}, DISTRICT),
    "outbox.concerns": ({}, DISTRICT),
    "contacts.edit": ({"kind": "recipient_kind", "uid": "enterprise"}, KEEPERS),
    "health.jobs": ({}, DISTRICT),
    "fieldwork.index": ({}, OFFICER),
    "documents.index": ({}, OFFICIALS),
    "documents.own": ({"uid": "visit", "form": "paper_form"}, FIRM),
    "fieldwork.visit": ({"uid": "visit"}, OFFICER),
    "fieldwork.scanned": ({"token": "site_token"}, OFFICER),
    "fieldwork.token": ({}, OFFICER),
    "results.due": ({}, OWN),
    "orders.index": ({}, OWN | OFFICER),
    "corrections.index": ({}, OWN | OFFICER),
    "duties.index": ({}, OWN | OFFICER | COORDINATOR),
    "off_plan.index": ({}, CLERK | OFFICER),
    "off_plan.create": ({}, CLERK | OFFICER),
    "off_plan.here": ({}, OFFICER),
    "site_codes.show": ({"uid": "site"}, DISTRICT | FILING),
    "portal.show": ({}, FIRM),
    "portal.visit": ({"uid": "visit"}, FIRM),
    "portal.another_day": ({"uid": "visit"}, FIRM),
    "portal.recusal": ({"uid": "visit"}, FIRM),
    "portal.ask": ({}, FIRM),
    "portal.complain": ({}, FIRM),
    "portal.asked": ({}, FIRM),
    "appeals.index": ({}, COORDINATOR | SUPERVISOR),
    "appeals.ratings_": ({}, SUPERVISOR | HEAD),
    "access_codes.enterprise": ({"uid": "enterprise"}, COORDINATOR),
    "registry.enterprises": ({}, DISTRICT | FILING),
    "registry.enterprise": ({"uid": "enterprise"}, DISTRICT | FILING),
    "registry.officers_": ({}, DISTRICT | FILING),
    "registry.officer": ({"uid": "officer"}, DISTRICT | FILING),
    "registry.organisations": ({}, DISTRICT | FILING),
    "registry.items": ({}, DISTRICT | FILING),
    "registry.scenarios": ({}, DISTRICT | FILING),
    "lists.index": ({}, KEEPERS | OWN),
    "lists.template": ({"kind": "list_kind"}, DISTRICT | FILING),
    "keeping.enterprise": ({"uid": "enterprise", "deed": "deed"}, KEEPERS),
    "keeping.scenario": ({"code": "scenario"}, KEEPERS),
    "keeping.item": ({"uid": "item"}, KEEPERS),
    "accounts.index": ({}, ADMINISTRATOR),
    "accounts.create": ({}, ADMINISTRATOR),
    "tokens.index": ({}, ADMINISTRATOR | HEAD),
    "tokens.create": ({}, ADMINISTRATOR | HEAD),
    "help.index": ({}, EVERYBODY),
    "help.manual": ({"role": "manual"}, EVERYBODY),
    "help.api": ({}, OFFICIALS),
    "help.explore": ({}, OFFICIALS),
    "policies.index": ({}, DISTRICT | FILING),
    "policies.edit": ({"uid": "rule"}, ADMINISTRATOR),
    "caps.index": ({}, KEEPERS),
    "caps.create": ({}, ADMINISTRATOR),
    "caps.edit": ({"uid": "cap"}, ADMINISTRATOR),
    "caps.exemption_list": ({}, KEEPERS),
    "caps.create_exemption": ({}, ADMINISTRATOR),
    "caps.exemption": ({"number": "exemption"}, ADMINISTRATOR),
    "registers.class_list": ({}, KEEPERS),
    "registers.create_class": ({}, ADMINISTRATOR),
    "registers.field_class": ({"number": "field_class"}, ADMINISTRATOR),
    "registers.mandate_list": ({}, KEEPERS),
    "registers.mandate": ({"code": "body"}, ADMINISTRATOR),
    "registers.conflict_list": ({}, KEEPERS),
    "registers.create_conflict": ({}, ADMINISTRATOR),
    "registers.conflict": ({"number": "conflict"}, ADMINISTRATOR),
    "registers.closure_list": ({}, KEEPERS),
    "oversight.index": ({}, DISTRICT),
    "oversight.show": ({"kind": "warning_kind"}, DISTRICT),
    "oversight.download": ({"kind": "warning_kind"}, DISTRICT),
    "workdays.show": ({}, ADMINISTRATOR),
    "histories.of_round": ({"uid": "round"}, DISTRICT),
    "histories.of_visit": ({"uid": "visit"}, DISTRICT),
    "audit.index": ({}, AUDITORS),
    "audit.chain": ({}, AUDITORS),
}
# Whether a person sees these depends on whose they are: tested one by one elsewhere.
BY_OWNER = {"draw_parties.seat", "inbox.show", "visits.show", "calendar.day"} | {
    "edits.left_out",
    "documents.visit",
    "documents.day_",
    "documents.brief",
    "prints.show",
    "prints.progress",
    "prints.file",
    "lists.show",
    "lists.faulty",
    "keeping.officer",
    "appeals.show",
    "results.photo",
    "corrections.show",
}
# Endpoint -> roles that may try; what becomes of it is tested where the work is.
WRITING = {
    "sign_in.sign_out": EVERYBODY,
    "inbox.mark": EVERYBODY,
    "feeds.issue": EVERYBODY,
    "feeds.revoke": EVERYBODY,
    "attachments.remove": CLERK | HEAD,
    "portal.confirm": FIRM,
    "portal.withdraw": FIRM,
    "portal.take_slip": FIRM,
    "appeals.take": COORDINATOR,
    "access_codes.revoke": COORDINATOR,
    "plans.remove_task": CLERK,
    "findings.give_reason": CLERK,
    "plans.submit": CLERK,
    "plans.withdraw": CLERK,
    "plans.discard": CLERK,
    "plans.file": HEAD,
    "plan_steps.start": CLERK,
    "plan_steps.save": CLERK,
    "plan_steps.give_up": CLERK,
    "plan_decisions.go_on": CLERK,
    "plan_decisions.review": frozenset({Role.LEGAL}),
    "plan_decisions.approve": APPROVER,
    "plan_decisions.revise": CLERK,
    "plan_decisions.recall": CLERK,
    "uploads.receive": CLERK,
    "uploads.mend": CLERK,
    "uploads.mend_row": CLERK,
    "uploads.leave_out": CLERK,
    "uploads.take_in": CLERK,
    "uploads.discard": CLERK,
    "draw_parties.commit": EVERYBODY,
    "draw_parties.reveal": EVERYBODY,
    "draw_parties.settle": COORDINATOR,
    "rounds.freeze": COORDINATOR,
    "rounds.draw": COORDINATOR,
    "rounds.solve": COORDINATOR,
    "rounds.adopt": COORDINATOR,
    "comparisons.adopt_part": COORDINATOR,
    "rounds.cancel_approval": APPROVER,
    "confirmations.ask": COORDINATOR,
    "confirmations.answer": CLERK | HEAD,
    "edits.apply": COORDINATOR,
    "edits.undo": COORDINATOR,
    "edits.redo": COORDINATOR,
    "edits.present": DISTRICT,
    "runs.cancel": COORDINATOR,
    "prints.ask": OFFICIALS,
    "prints.cancel": OFFICIALS,
    "destinations.settle": ADMINISTRATOR,
    "destinations.start": ADMINISTRATOR,
    "destinations.secret": ADMINISTRATOR,
    "exports.create": EXPORTING,
    "exports.take": EXPORTING,
    "exports.retry": EXPORTING,
    "mappings.retire": ADMINISTRATOR,
    "outbox.retry": KEEPERS,
    "outbox.resend": KEEPERS,
    "outbox.hand_over": KEEPERS,
    "visits.hand_over": KEEPERS | CLERK,
    "board_moves.make_move": COORDINATOR,
    "fieldwork.arrive": OFFICER,
    "fieldwork.record": OFFICER,
    "fieldwork.close": OFFICER,
    "fieldwork.add_photo": OFFICER,
    "results.publish": OWN,
    "results.ask": OWN,
    "results.withdraw": OWN,
    "orders.arrange": CLERK,
    "duties.ask": OFFICER,
    "duties.withdraw": OFFICER,
    "duties.answer": OFFICER,
    "duties.decide": OWN | COORDINATOR,
    "orders.confirm": OWN | OFFICER,
    "corrections.make": OWN | OFFICER,
    "corrections.decide": OWN,
    "corrections.withdraw": OWN | OFFICER,
    "lists.receive": KEEPERS | OWN,
    "lists.apply": KEEPERS | OWN,
    "lists.discard": KEEPERS | OWN,
    "keeping.add_absence": KEEPERS | OWN,
    "keeping.remove_absence": KEEPERS | OWN,
    "keeping.add_recusal": KEEPERS | OWN,
    "tokens.rotate": ADMINISTRATOR | HEAD,
    "tokens.revoke": ADMINISTRATOR | HEAD,
    "registers.remove_closure": KEEPERS,
    "accounts.set_active": ADMINISTRATOR,
    "accounts.reset_password": ADMINISTRATOR,
}
NOBODYS = "0" * 32


def rules(app: Flask) -> Iterator[Rule]:
    return (rule for rule in app.url_map.iter_rules() if not rule.rule.startswith(API_ADDRESS))


def address(app: Flask, endpoint: str, **values: str) -> str:
    with app.test_request_context():
        return str(app.url_for(endpoint, **values))


def placeholder(app: Flask, rule: Rule) -> str:
    known = {"number": "1", "day": "2026-03-02", "deed": "close"}
    values = {name: known.get(name, NOBODYS) for name in rule.arguments}
    return address(app, rule.endpoint, **values)


def test_every_route_has_a_policy(app: Flask) -> None:
    everything = app.url_map.iter_rules()
    bare = [rule.endpoint for rule in everything if not hasattr(app.view_functions[rule.endpoint], "policy")]
    assert bare == []


def test_route_without_policy_would_be_found(own_app: Flask) -> None:
    own_app.add_url_rule("/planted", "planted", lambda: "")
    bare = [rule.endpoint for rule in rules(own_app) if not hasattr(own_app.view_functions[rule.endpoint], "policy")]
    assert bare == ["planted"]


def test_only_the_listed_routes_are_public(app: Flask) -> None:
    public = {rule.endpoint for rule in rules(app) if app.view_functions[rule.endpoint].policy is auth.anyone}  # type: ignore[attr-defined]
    assert public == PUBLIC


def test_every_route_stands_in_the_tables(app: Flask) -> None:
    assert {rule.endpoint for rule in rules(app)} == PUBLIC | BY_OWNER | set(READING) | set(WRITING)


def test_every_view_but_sign_in_runs_in_one_transaction(app: Flask) -> None:
    loose = {r.endpoint for r in rules(app) if not hasattr(app.view_functions[r.endpoint], "transactional")}
    assert loose == {"static", "sign_in.sign_in", "enter.by_code", "enter.by_secret"}


def test_page_without_sign_in_leads_to_the_form(app: Flask, anonymous: Browser) -> None:
    for rule in rules(app):
        if rule.endpoint in PUBLIC or "GET" not in (rule.methods or ()):
            continue
        answer = anonymous.get(placeholder(app, rule))
        assert (answer.status_code, answer.headers.get("Location", "")[:14]) == (302, "/sign-in?next="), rule.endpoint


def test_program_without_sign_in_gets_401(anonymous: Browser) -> None:
    answer = anonymous.get("/plans", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_role_opens_exactly_its_pages(app: Flask, cast: Cast, browse_as: As, role: Role) -> None:
    browser = browse_as(role)
    found = {}
    for endpoint, (arguments, _) in READING.items():
        path = address(app, endpoint, **{name: cast.uids[key] for name, key in arguments.items()})
        found[endpoint] = browser.get(path).status_code
    assert found == {endpoint: 200 if role in roles else 403 for endpoint, (_, roles) in READING.items()}


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_role_may_try_exactly_its_actions(app: Flask, browse_as: As, role: Role) -> None:
    token = browse_as(role).form_token()
    found = {}
    for rule in rules(app):
        if rule.endpoint in WRITING and "POST" in (rule.methods or ()):
            browser = browse_as(role)
            answer = browser.post(placeholder(app, rule))
            found[rule.endpoint] = answer.status_code == 403
    assert token
    assert found == {endpoint: role not in roles for endpoint, roles in WRITING.items()}


def test_form_without_token_is_refused(app: Flask, browse_as: As) -> None:
    browser = browse_as(Role.ADMINISTRATOR)
    answers = {
        rule.endpoint: browser.client.post(placeholder(app, rule)).status_code
        for rule in rules(app)
        if "POST" in (rule.methods or ())
    }
    assert set(answers.values()) == {400}
    assert set(WRITING) <= set(answers)
