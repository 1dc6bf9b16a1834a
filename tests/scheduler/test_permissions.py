"""Rights: one table of role and predicate; a new predicate or role without a line here fails."""

from __future__ import annotations

import inspect

import pytest

from data.enums import Role
from scheduler import permissions
from scheduler.permissions import Actor, Predicate

CLERK, HEAD, LEGAL, OFFICER, COORDINATOR, APPROVER, SUPERVISOR, ENTERPRISE, ADMINISTRATOR = Role
EVERYBODY = set(Role)
DISTRICT = {COORDINATOR, APPROVER, SUPERVISOR, ADMINISTRATOR}
TABLE: dict[str, set[Role]] = {
    "is_signed_in": EVERYBODY,
    "is_official": EVERYBODY - {ENTERPRISE},
    "may_see_plans": DISTRICT | {CLERK, HEAD, LEGAL},
    "may_write_plans": {CLERK},
    "may_decide_plans": {HEAD},
    "may_review_plans": {LEGAL},
    "may_countersign": {CLERK, HEAD},
    "may_confirm": {CLERK, HEAD},
    "may_publish_results": {CLERK, HEAD},
    "may_follow_orders": {CLERK, HEAD, OFFICER},
    "may_see_photos": {CLERK, HEAD, OFFICER, SUPERVISOR},
    "may_open_off_plan": {CLERK, OFFICER},
    "may_decide_duties": {CLERK, HEAD, COORDINATOR},
    "may_see_duties": {CLERK, HEAD, COORDINATOR, OFFICER},
    "may_approve_specials": {APPROVER},
    "may_send_back": {LEGAL, HEAD, APPROVER},
    "may_see_rounds": DISTRICT | {CLERK, HEAD, LEGAL},
    "may_coordinate": {COORDINATOR},
    "may_approve": {APPROVER},
    "may_deliver": {COORDINATOR, ADMINISTRATOR},
    "may_hand_over": {COORDINATOR, ADMINISTRATOR, CLERK},
    "may_see_all": DISTRICT,
    "may_see_calendar": EVERYBODY - {ENTERPRISE},
    "may_see_registry": DISTRICT | {CLERK, HEAD, LEGAL},
    "may_audit": {SUPERVISOR, ADMINISTRATOR},
    "may_administer": {ADMINISTRATOR},
    "may_keep_registry": {COORDINATOR, ADMINISTRATOR},
    "may_export": {COORDINATOR, SUPERVISOR, ADMINISTRATOR},
    "may_read_policies": {COORDINATOR, ADMINISTRATOR},
    "may_keep_officers": {CLERK, HEAD},
    "may_keep_lists": {CLERK, HEAD, COORDINATOR, ADMINISTRATOR},
    "may_issue_tokens": {HEAD, ADMINISTRATOR},
    "may_supervise": {SUPERVISOR},
    "may_answer_appeals": {COORDINATOR, SUPERVISOR},
    "may_see_ratings": {SUPERVISOR, HEAD},
    "is_enterprise": {ENTERPRISE},
    "is_officer": {OFFICER},
}


def actor(role: Role, **owners: int | None) -> Actor:
    whose = {"organisation_id": 1, "officer_id": 2, "enterprise_id": 3} | owners
    return Actor(user_id=1, user_uid="u", username="u", display_name="u", role=role, **whose)


def predicates() -> dict[str, Predicate]:
    found = inspect.getmembers(permissions, inspect.isfunction)
    return {name: one for name, one in found if list(inspect.signature(one).parameters) == ["actor"]}


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("name", list(TABLE))
def test_right_is_as_the_table_says(name: str, role: Role) -> None:
    assert predicates()[name](actor(role)) is (role in TABLE[name])


def test_no_predicate_is_missing_from_the_table() -> None:
    assert set(predicates()) == set(TABLE)


@pytest.mark.parametrize(
    ("name", "role", "owner"),
    [
        ("may_write_plans", CLERK, "organisation_id"),
        ("may_hand_over", CLERK, "organisation_id"),
        ("may_decide_plans", HEAD, "organisation_id"),
        ("may_review_plans", LEGAL, "organisation_id"),
        ("may_countersign", CLERK, "organisation_id"),
        ("may_confirm", CLERK, "organisation_id"),
        ("may_publish_results", HEAD, "organisation_id"),
        ("may_issue_tokens", HEAD, "organisation_id"),
        ("may_keep_officers", CLERK, "organisation_id"),
        ("is_enterprise", ENTERPRISE, "enterprise_id"),
        ("is_officer", OFFICER, "officer_id"),
    ],
)
def test_role_without_its_owner_has_no_right(name: str, role: Role, owner: str) -> None:
    assert predicates()[name](actor(role, **{owner: None})) is False


@pytest.mark.parametrize("role", list(Role))
def test_rows_of_another_organisation_are_the_districts_only(role: Role) -> None:
    assert permissions.owns_organisation(actor(role), 1)
    assert permissions.owns_organisation(actor(role), 2) is (role in DISTRICT)
