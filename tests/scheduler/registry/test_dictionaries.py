"""Scenarios, items and officers edited one by one: what is refused, what is kept, whose they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlmodel import Session, select

from data.enums import ItemList, NoticeMode, RecordStatus, Role, ScenarioRole
from data.errors import NotFoundError
from data.models import Absence, AuditEvent, OfficerSkill, Recusal, ScenarioMember
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError
from scheduler.registry import dictionaries
from scheduler.registry.dictionaries import ItemDraft, OfficerDraft, ScenarioDraft
from tests import factories


def test_scenario_gets_a_lead_and_partners(session: Session, clock: FixedClock) -> None:
    keeper = factories.make_actor(session, Role.COORDINATOR)
    scenario = factories.make_scenario(session)
    lead, first, second = (factories.make_organisation(session) for _ in range(3))
    draft = ScenarioDraft(
        name="餐饮服务", name_en="Catering", industry_codes="6210 6220", words="餐饮", notice_mode=NoticeMode.ANNOUNCED,
        lead_id=lead.id, partner_ids=[second.id or 0, first.id or 0, first.id or 0],
    )  # fmt: skip

    dictionaries.edit_scenario(session, clock, keeper, scenario, draft)

    members = session.exec(select(ScenarioMember)).all()
    assert {(one.organisation_id, one.role) for one in members} == {
        (lead.id, ScenarioRole.LEAD),
        (first.id, ScenarioRole.PARTNER),
        (second.id, ScenarioRole.PARTNER),
    }
    event = session.exec(select(AuditEvent)).one()
    assert event.after is not None
    assert event.after["members"] == {lead.code: "lead", first.code: "partner", second.code: "partner"}


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": " "}, ("name", "required")),
        ({"lead_id": None}, ("lead_id", "lead_needed")),
        ({"partner_ids": [10**6]}, ("partner_ids", "unknown_choice")),
    ],
    ids=["no-name", "partners-without-lead", "unknown-partner"],
)
def test_scenario_that_cannot_be_is_refused(
    session: Session, clock: FixedClock, change: dict[str, object], fault: tuple[str, str]
) -> None:
    lead, partner = factories.make_organisation(session), factories.make_organisation(session)
    good = ScenarioDraft(
        name="甲", name_en="A", industry_codes="", words="", notice_mode=NoticeMode.ANNOUNCED, lead_id=lead.id,
        partner_ids=[partner.id or 0],
    )  # fmt: skip

    with pytest.raises(InvalidError) as error:
        dictionaries.edit_scenario(
            session, clock, factories.make_actor(session), factories.make_scenario(session), replace(good, **change)  # type: ignore[arg-type]
        )  # fmt: skip

    assert [(one.field, one.code) for one in error.value.faults] == [fault]


def test_published_item_needs_its_legal_basis(session: Session, clock: FixedClock) -> None:
    keeper = factories.make_actor(session)
    item = factories.make_item(session, factories.make_organisation(session))
    good = ItemDraft(
        name="某检查", legal_basis="某法第一条", listed=ItemList.FOCUS, quarters=2, inspectors=2, offsite=True,
        published_on=date(2026, 1, 1), status=RecordStatus.ACTIVE,
    )  # fmt: skip

    with pytest.raises(InvalidError) as error:
        dictionaries.edit_item(session, clock, keeper, item, replace(good, legal_basis="", quarters=3))
    assert [(one.field, one.code) for one in error.value.faults] == [
        ("legal_basis", "basis_needed"),
        ("quarters", "unknown_choice"),
    ]

    dictionaries.edit_item(session, clock, keeper, item, good)
    assert (item.listed, item.quarters, item.offsite) == (ItemList.FOCUS, 2, True)
    clerk = factories.make_actor(session, Role.CLERK, organisation_id=item.organisation_id)
    with pytest.raises(NotPermittedError):
        dictionaries.edit_item(session, clock, clerk, item, good)


def test_department_keeps_its_officers_and_does_not_find_others(session: Session, clock: FixedClock) -> None:
    own, foreign = factories.make_organisation(session), factories.make_organisation(session)
    head = factories.make_actor(session, Role.HEAD, organisation_id=own.id)
    officer, stranger = factories.make_officer(session, own), factories.make_officer(session, foreign)
    skill = factories.make_skill(session)
    firm = factories.make_enterprise(session)
    draft = OfficerDraft(
        certificate_until=date(2029, 1, 1), reviewed=False, training_hours=60, skill_ids=[skill.id or 0],
        status=RecordStatus.ACTIVE,
    )  # fmt: skip

    dictionaries.edit_officer(session, clock, head, officer, draft)
    dictionaries.add_absence(session, clock, head, officer, first=date(2026, 3, 2), last=date(2026, 3, 3))
    for _ in range(2):
        dictionaries.add_recusal(session, clock, head, officer, firm.credit_code.lower())

    assert (officer.certificate_until, officer.reviewed, officer.training_hours) == (date(2029, 1, 1), False, 60)
    assert session.exec(select(OfficerSkill.skill_id)).all() == [skill.id]
    assert session.exec(select(Recusal.enterprise_id)).all() == [firm.id]
    absence = session.exec(select(Absence)).one()
    with pytest.raises(NotFoundError):
        dictionaries.edit_officer(session, clock, head, stranger, draft)
    with pytest.raises(NotFoundError):
        dictionaries.remove_absence(session, clock, head, officer, (absence.id or 0) + 1)
    dictionaries.remove_absence(session, clock, head, officer, absence.id or 0)
    assert session.exec(select(Absence)).all() == []
    with pytest.raises(InvalidError):
        dictionaries.add_absence(session, clock, head, officer, first=date(2026, 3, 3), last=date(2026, 3, 2))
