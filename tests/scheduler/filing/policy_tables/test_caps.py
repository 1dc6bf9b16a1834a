"""The table of caps: what a change leaves behind, what it is refused for, and what a preview counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import CapHolder, CreditClass, OrganisationKind, Role
from data.errors import StaleError
from data.models import AuditEvent, CapPolicy, FieldClass, InspectionRecord, Organisation, Site
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError
from scheduler.filing.policy_tables import caps
from scheduler.filing.policy_tables.caps import CapDraft
from scheduler.permissions import Actor
from tests import factories
from tests.factories import stored_id

DRAFT = CapDraft(holder=CapHolder.ORGAN, credit_class=CreditClass.B, most=3, reason="区里统一规定")


@pytest.fixture
def administrator(session: Session) -> Actor:
    return factories.make_actor(session, Role.ADMINISTRATOR)


def delivered(session: Session, credit_class: CreditClass) -> CapPolicy:
    """The policy for one organ and a class that every installation begins with."""
    asked = select(CapPolicy).where(CapPolicy.holder == CapHolder.ORGAN, CapPolicy.credit_class == credit_class)
    return session.exec(asked).one()


def visits(session: Session, body: Organisation, site: Site, count: int) -> None:
    """Past visits of one body, a day each."""
    for number in range(count):
        session.add(
            InspectionRecord(
                visit_uid=f"{body.id}-{site.id}-{number}", site_id=stored_id(site), organisation_id=stored_id(body),
                day=date(2026, 1, 5 + number),
            )
        )  # fmt: skip
    session.flush()


def test_change_ends_the_old_policy_and_names_it_in_the_new(
    session: Session, clock: FixedClock, administrator: Actor
) -> None:
    old = delivered(session, CreditClass.B)

    made = caps.change_cap(session, clock, administrator, old, DRAFT)

    assert (old.active, old.ended_at, old.most) == (False, clock.now(), 2)
    assert (made.active, made.most, made.created_by_id) == (True, 3, administrator.user_id)
    assert caps.list_before(session, made) == (old,)
    assert made.uid in {one.row.uid for one in caps.list_caps(session)}
    assert [one.row.uid for one in caps.list_caps(session, ended=True)] == [old.uid]
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "cap_policy.change")).one()
    assert ((event.before or {})["most"], (event.after or {})["most"], event.reason) == (2, 3, "区里统一规定")


def test_second_change_of_the_same_policy_is_stale(session: Session, clock: FixedClock, administrator: Actor) -> None:
    old = delivered(session, CreditClass.B)
    caps.change_cap(session, clock, administrator, old, DRAFT)

    with pytest.raises(StaleError):
        caps.change_cap(session, clock, administrator, old, replace(DRAFT, most=4))


def test_ended_policy_holds_no_more(session: Session, clock: FixedClock, administrator: Actor) -> None:
    old = delivered(session, CreditClass.B)

    caps.end_cap(session, clock, administrator, old, reason="改按上级规定")

    assert old.uid not in {one.row.uid for one in caps.list_caps(session)}
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "cap_policy.end")).one()
    assert (event.entity_uid, event.reason) == (old.uid, "改按上级规定")


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"reason": " "}, [("reason", "required")]),
        ({"most": -1}, [("most", "out_of_range")]),
        ({"most": 2}, [("most", "unchanged")]),
        ({"first_year": 20260}, [("first_year", "out_of_range")]),
        ({"first_year": 2027, "last_year": 2026}, [("last_year", "years_backwards")]),
        ({"organisation_code": "nobody"}, [("organisation_code", "unknown_organisation")]),
        ({"scenario_code": "S99"}, [("scenario_code", "unknown_choice")]),
        ({"item_code": "none"}, [("item_code", "unknown_item")]),
        ({"credit_class": CreditClass.C}, [("holder", "cap_twice")]),
        ({"most": 1000, "reason": ""}, [("most", "out_of_range"), ("reason", "required")]),
    ],
    ids=["reason", "negative", "unchanged", "year", "backwards", "body", "field", "item", "twice", "all-at-once"],
)
def test_change_that_makes_no_sense_is_refused_at_its_field(
    session: Session, clock: FixedClock, administrator: Actor, change: dict[str, Any], faults: list[tuple[str, str]]
) -> None:
    old = delivered(session, CreditClass.B)
    draft = replace(DRAFT, source=old.source, **change)

    with pytest.raises(InvalidError) as refused:
        caps.change_cap(session, clock, administrator, old, draft)

    assert [(one.field, one.code) for one in refused.value.faults] == faults
    assert old.active


def test_policy_of_a_body_of_another_kind_is_refused(session: Session, clock: FixedClock, administrator: Actor) -> None:
    body = factories.make_organisation(session)
    draft = replace(DRAFT, organisation_code=body.code, organisation_kind=OrganisationKind.VERTICAL)

    with pytest.raises(InvalidError) as refused:
        caps.add_cap(session, clock, administrator, draft)

    assert [(one.field, one.code) for one in refused.value.faults] == [("organisation_kind", "body_of_other_kind")]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_but_administrators_adds_a_policy(session: Session, clock: FixedClock, role: Role) -> None:
    with pytest.raises(NotPermittedError):
        caps.add_cap(session, clock, factories.make_actor(session, role), replace(DRAFT, first_year=2027))


def test_preview_counts_who_was_met_more_often_than_the_policy_allows(session: Session, clock: FixedClock) -> None:
    body, other = factories.make_organisation(session), factories.make_organisation(session)
    often, seldom, safe = (factories.make_enterprise(session, credit_class=kind) for kind in "BBA")
    sites = {firm.name: factories.make_site(session, firm) for firm in (often, seldom, safe)}
    visits(session, body, sites[often.name], 2)
    visits(session, other, sites[often.name], 1)
    visits(session, body, sites[seldom.name], 1)
    visits(session, body, sites[safe.name], 3)

    found = caps.preview_cap(session, clock, replace(DRAFT, most=1), present=delivered(session, CreditClass.B))

    assert (found.met, found.over_now, found.over_then, found.largest) == (3, 0, 1, 2)
    assert found.names == (often.name,)
    assert delivered(session, CreditClass.B).active


def test_preview_for_the_district_counts_a_joint_visit_once(session: Session, clock: FixedClock) -> None:
    firm = factories.make_enterprise(session, credit_class="B")
    site = factories.make_site(session, firm)
    for body in (factories.make_organisation(session), factories.make_organisation(session)):
        values: dict[str, Any] = {
            "site_id": stored_id(site),
            "organisation_id": stored_id(body),
            "day": date(2026, 1, 5),
        }
        session.add(InspectionRecord(visit_uid="joint", **values))
    session.flush()

    found = caps.preview_cap(session, clock, replace(DRAFT, holder=CapHolder.DISTRICT, most=0))

    assert (found.met, found.over_then, found.largest) == (1, 1, 1)


def test_preview_takes_the_class_of_the_field_before_the_general_one(session: Session, clock: FixedClock) -> None:
    field = factories.make_scenario(session)
    firm = factories.make_enterprise(session, credit_class="A")
    site = factories.make_site(session, firm, scenario_id=field.id)
    given: dict[str, Any] = {
        "enterprise_id": stored_id(firm),
        "scenario_id": stored_id(field),
        "month": date(2026, 1, 1),
    }
    session.add(FieldClass(credit_class=CreditClass.B, **given))
    visits(session, factories.make_organisation(session), site, 2)

    assert caps.preview_cap(session, clock, replace(DRAFT, most=1)).over_then == 1
    session.execute(sa.delete(FieldClass))
    assert caps.preview_cap(session, clock, replace(DRAFT, most=1)).over_then == 0
