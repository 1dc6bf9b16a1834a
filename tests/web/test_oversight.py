"""The pages of warnings: counts, rows with links, a file to download, in both languages."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlmodel import select

from data.enums import Role
from data.models import Enterprise, InspectionRecord, Organisation, Site
from data.session import unit_of_work
from tests.web.cast import Cast
from tests.web.conftest import As

KIND = "/oversight/repeated_visits"


def plant_repeat(engine: sa.Engine, cast: Cast) -> Enterprise:
    """Another department came to the first enterprise five days after the first one had."""
    with unit_of_work(engine) as session:
        firm = session.exec(select(Enterprise).where(Enterprise.uid == cast.uids["enterprise"])).one()
        site = session.exec(select(Site).where(Site.enterprise_id == firm.id)).first()
        bodies = session.exec(select(Organisation.id).order_by(Organisation.id)).all()
        assert site is not None
        for number, day in enumerate((date(2026, 2, 3), date(2026, 2, 8))):
            session.add(
                InspectionRecord(visit_uid=f"{number:032d}", site_id=site.id, organisation_id=bodies[number], day=day)
            )
        firm.name = "=1+1"
        session.add(firm)
    return firm


def test_supervisor_is_led_from_the_desk_to_the_rows(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    firm, supervisor = plant_repeat(web_engine, cast), browse_as(Role.SUPERVISOR)

    assert "条监督警示待过问" in supervisor.get("/").text
    index = supervisor.get("/oversight").text
    assert f'href="{KIND}"' in index
    assert "R37" in index
    assert "衢州日报" in index
    shown = supervisor.get(KIND).text
    assert f"/registry/enterprises/{firm.uid}" in shown
    assert "2026-02-08" in shown


def test_download_holds_the_rows_without_formulas(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    plant_repeat(web_engine, cast)
    answer = browse_as(Role.APPROVER).get(f"{KIND}.csv")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="onedoor-repeated_visits.csv"'
    lines = answer.data.decode("utf-8-sig").splitlines()
    assert lines[0] == "企业,场所,先一次,先到的部门,后一次,后到的部门,相隔天数"
    assert any(line.startswith("'=1+1,") and line.endswith(",5") for line in lines[1:])


def test_page_speaks_english(browse_as: As) -> None:
    browser = browse_as(Role.COORDINATOR)
    browser.post("/language", {"language": "en"})

    shown = browser.get("/oversight/special_quota").text
    assert "Quota of special campaigns used up" in shown
    assert "The rules in force find nothing." in shown


def test_unknown_warning_and_page_beyond_the_end(browse_as: As, web_engine: sa.Engine, cast: Cast) -> None:
    plant_repeat(web_engine, cast)
    browser = browse_as(Role.COORDINATOR)

    assert browser.get("/oversight/nothing").status_code == 404
    assert browser.get("/oversight/nothing.csv").status_code == 404
    assert "这一页已经超出末尾" in browser.get(f"{KIND}?page=99999999999999999999").text
