"""Questions about officers, organisations and the catalogue."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session

from data.enums import ItemList, OrganisationKind, RecordStatus, ScenarioRole
from data.errors import NotFoundError
from data.models import Absence, OfficerSkill, Recusal, ScenarioMember
from data.queries import catalogue, officers, organisations
from tests import factories


def test_officers_are_listed_with_their_skills(session: Session) -> None:
    organisation, skill = factories.make_organisation(session), factories.make_skill(session, name="特种设备")
    skilled = factories.make_officer(session, organisation, name="甲")
    factories.make_officer(session, organisation, name="乙", status=RecordStatus.CLOSED)
    factories.make_officer(session, factories.make_organisation(session), name="丙")
    session.add(OfficerSkill(officer_id=factories.stored_id(skilled), skill_id=factories.stored_id(skill)))
    session.flush()

    (row,) = officers.list_officers(session, organisation_id=organisation.id).rows

    assert (row.name, row.skills, row.organisation_name) == ("甲", ("特种设备",), organisation.short_name)
    assert [one.uid for one in officers.list_officers(session, skill_id=skill.id).rows] == [skilled.uid]
    assert officers.list_officers(session, text=skilled.certificate_number).total == 1
    assert officers.list_officers(session, status=None).total == 3


def test_details_of_an_officer_hold_absences_and_recusals(session: Session) -> None:
    officer = factories.make_officer(session, factories.make_organisation(session))
    enterprise, key = factories.make_enterprise(session), factories.stored_id(officer)
    session.add(Absence(officer_id=key, first_date=date(2026, 3, 1), last_date=date(2026, 3, 2)))
    session.add(Recusal(officer_id=key, enterprise_id=factories.stored_id(enterprise), noted_on=date(2026, 1, 1)))
    session.flush()

    details = officers.officer_details(session, officer)

    assert ([one.first_date.day for one in details.absences], details.recused_from) == ([1], (enterprise,))
    assert officers.get_officer(session, officer.uid) is officer
    with pytest.raises(NotFoundError):
        officers.get_officer(session, "nobody")


def test_organisations_are_listed_with_their_counts(session: Session) -> None:
    bureau = factories.make_organisation(session, code="A")
    township = factories.make_organisation(session, code="B", kind=OrganisationKind.TOWNSHIP)
    factories.make_officer(session, bureau)
    factories.make_officer(session, bureau, status=RecordStatus.CLOSED)
    factories.make_item(session, bureau)

    rows = organisations.list_organisations(session)

    assert [(row.organisation.code, row.officers, row.items) for row in rows] == [("A", 1, 1), ("B", 0, 0)]
    townships = organisations.list_organisations(session, kind=OrganisationKind.TOWNSHIP)
    assert [row.organisation for row in townships] == [township]
    assert organisations.organisation_names(session) == {
        bureau.id: bureau.short_name,
        township.id: township.short_name,
    }


def test_organisation_is_found_by_its_code(session: Session) -> None:
    row = factories.make_organisation(session, code="A")

    assert organisations.get_organisation(session, "A") is row
    with pytest.raises(NotFoundError):
        organisations.get_organisation(session, "Z")


def test_scenarios_are_listed_with_lead_and_partners(session: Session) -> None:
    scenario = factories.make_scenario(session, code="S1")
    alone = factories.make_scenario(session, code="S2")
    lead, partner = factories.make_organisation(session), factories.make_organisation(session)
    for body, role in ((lead, ScenarioRole.LEAD), (partner, ScenarioRole.PARTNER)):
        keys = {"scenario_id": factories.stored_id(scenario), "organisation_id": factories.stored_id(body)}
        session.add(ScenarioMember(**keys, role=role))
    session.flush()

    rows = catalogue.list_scenarios(session)

    assert [(row.scenario, row.lead, row.partners) for row in rows] == [(scenario, lead, (partner,)), (alone, None, ())]
    assert catalogue.get_scenario(session, "S1") is scenario
    with pytest.raises(NotFoundError):
        catalogue.get_scenario(session, "S9")


def test_items_are_listed_as_asked(session: Session) -> None:
    organisation, scenario = factories.make_organisation(session), factories.make_scenario(session)
    item = factories.make_item(session, organisation, scenario_id=scenario.id, listed=ItemList.FOCUS, target="饭店")
    factories.make_item(session, organisation, status=RecordStatus.CLOSED)
    factories.make_item(session, factories.make_organisation(session))

    for asked in ({"scenario_id": scenario.id}, {"listed": ItemList.FOCUS}, {"text": "饭店"}, {"text": item.code}):
        assert [row.item for row in catalogue.list_items(session, **asked).rows] == [item]
    (row,) = catalogue.list_items(session, organisation_id=organisation.id).rows
    assert (row.organisation_name, row.scenario_name, row.skill_name) == (
        organisation.short_name,
        scenario.name,
        "",
    )
    assert catalogue.get_item(session, item.uid) is item
    with pytest.raises(NotFoundError):
        catalogue.get_item(session, "nobody")
