"""Search everywhere: what each role finds by a name, a code or a number, and what it does not."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import Role
from data.models import Enterprise, Plan, Site, Visit
from data.session import reading, unit_of_work
from tests.web.cast import Cast
from tests.web.conftest import As

OFFICIALS = sorted(frozenset(Role) - {Role.ENTERPRISE})


def one_visit(session: Session, cast: Cast) -> tuple[str, Enterprise, Site]:
    """Uid of the cast's visit, its enterprise and its site."""
    visit = session.exec(select(Visit).where(Visit.uid == cast.uids["visit"])).one()
    site = session.get_one(Site, visit.site_id)
    return visit.uid, session.get_one(Enterprise, site.enterprise_id), site


@pytest.mark.parametrize("role", [Role.CLERK, Role.COORDINATOR, Role.SUPERVISOR])
def test_enterprise_and_its_visit_are_found_by_credit_code(
    browse_as: As, web_engine: sa.Engine, cast: Cast, role: Role
) -> None:
    with reading(web_engine) as session:
        visit, enterprise, _ = one_visit(session, cast)
        code, uid = enterprise.credit_code, enterprise.uid

    shown = browse_as(role).get(f"/search?text={code.lower()}").text

    assert f"/registry/enterprises/{uid}" in shown
    assert f"/visits/{visit}" in shown


def test_plan_is_found_by_its_file_number(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    with unit_of_work(web_engine) as session:
        plan = session.exec(select(Plan).where(Plan.uid == cast.uids["plan"])).one()
        plan.file_number = "大执检〔2026〕77号"

    assert f"/plans/{cast.uids['plan']}" in browse_as(Role.COORDINATOR).get("/search?text=〔2026〕77号").text
    assert f"/plans/{cast.uids['plan']}" in browse_as(Role.COORDINATOR).get("/plans?text=〔2026〕77号").text


def test_plans_of_another_department_are_not_found(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    with unit_of_work(web_engine) as session:
        plan = session.exec(select(Plan).where(Plan.uid == cast.foreign["plan"])).one()
        plan.file_number = "外单位9号"

    assert cast.foreign["plan"] not in browse_as(Role.CLERK).get("/search?text=外单位9号").text
    assert cast.foreign["plan"] in browse_as(Role.COORDINATOR).get("/search?text=外单位9号").text


def test_officer_finds_own_visits_and_nothing_of_the_registry(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    officer = browse_as(Role.OFFICER)
    with reading(web_engine) as session:
        visit, enterprise, site = one_visit(session, cast)
        uid, name = enterprise.uid, site.name

    shown = officer.get(f"/search?text={name}").text

    assert f"/visits/{visit}" in shown
    assert uid not in shown


@pytest.mark.parametrize("role", OFFICIALS)
def test_words_that_stand_nowhere_say_what_to_do(browse_as: As, role: Role) -> None:
    assert "少写几个字再试" in browse_as(role).get("/search?text=%25_查无此物").text


def test_every_page_of_an_official_has_the_field_and_an_enterprises_has_not(browse_as: As) -> None:
    assert 'action="/search"' in browse_as(Role.CLERK).get("/").text
    assert 'action="/search"' not in browse_as(Role.ENTERPRISE).get("/").text
