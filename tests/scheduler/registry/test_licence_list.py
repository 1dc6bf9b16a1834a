"""Licences come in by list, go with their sites, and sites are found by them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import Session, col, select

from data.enums import ListKind, Role
from data.models import Licence
from data.queries.licences import list_licences
from data.queries.places import list_sites
from data.queries.sites import SiteFilter, search_sites
from scheduler.clock import FixedClock
from scheduler.permissions import Actor
from scheduler.registry import lists
from scheduler.registry.maintenance import merge, split
from tests.factories import credit_code, make_actor, make_enterprise, make_site, stored_id
from tests.scheduler.registry.test_lists import codes, csv, send

HEADER = "统一社会信用代码,企业名称,场所名称,证照类型,证照编号,有效期至"


@pytest.fixture
def keeper(session: Session) -> Actor:
    return make_actor(session, Role.ADMINISTRATOR)


def take(session: Session, clock: FixedClock, keeper: Actor, *lines: str) -> None:
    lists.apply_list(session, clock, keeper, send(session, clock, keeper, ListKind.LICENCES, csv(HEADER, *lines)))


def held(session: Session) -> list[tuple[str, str, date | None]]:
    rows = session.exec(select(Licence).order_by(col(Licence.number)))
    return [(row.kind, row.number, row.valid_until) for row in rows]


def test_list_of_licences_is_taken_over_and_again_without_change(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    place = make_site(session, make_enterprise(session), name="一号店")
    code = next(row.credit_code for row in list_sites(session).rows)
    lines = (f"{code},,一号店,食品经营许可证,jy001,2028-12-31", f"{code},,,排污许可证,PW7,")

    take(session, clock, keeper, *lines)
    again = send(session, clock, keeper, ListKind.LICENCES, csv(HEADER, *lines))

    assert held(session) == [("食品经营许可证", "JY001", date(2028, 12, 31)), ("排污许可证", "PW7", None)]
    assert [one and one.id for _, one in list_licences(session, place.enterprise_id)] == [None, place.id]
    assert (again.outcome["added"], again.outcome["changed"], again.outcome["same"]) == (0, 0, 2)


def test_licence_that_changed_hands_moves_to_its_holder(session: Session, clock: FixedClock, keeper: Actor) -> None:
    old, new = make_enterprise(session), make_enterprise(session)
    take(session, clock, keeper, f"{old.credit_code},,,食品经营许可证,JY001,2028-12-31")

    take(session, clock, keeper, f"{new.credit_code},,,食品经营许可证,JY001,2030-12-31")

    assert [row.enterprise_id for row in session.exec(select(Licence))] == [new.id]
    assert held(session) == [("食品经营许可证", "JY001", date(2030, 12, 31))]


def test_faulty_lines_name_row_column_and_fault(session: Session, clock: FixedClock, keeper: Actor) -> None:
    firm = make_enterprise(session)
    upload = send(
        session, clock, keeper, ListKind.LICENCES,
        csv(
            HEADER, f"{credit_code(990)},没有的企业,,食品经营许可证,A1,",
            f"{firm.credit_code},,没有的店,食品经营许可证,A2,",
            f"{firm.credit_code},,,食品经营许可证,A3,下个月", f"{firm.credit_code},,,,A4,",
            f"{firm.credit_code},,,食品经营许可证,A5,", f"{firm.credit_code},,,食品经营许可证,a5,",
        ),
    )  # fmt: skip
    assert codes(upload) == [
        (2, "credit_code", "unknown_enterprise"), (3, "site", "unknown_site"), (4, "until", "date_parsing"),
        (5, "licence", "required"), (7, "licence_number", "row_twice"),
    ]  # fmt: skip


def test_sites_are_found_by_licence(session: Session) -> None:
    firm = make_enterprise(session)
    own, beside, other = make_site(session, firm), make_site(session, firm), make_site(session)
    session.add_all(
        [
            Licence(
                enterprise_id=stored_id(firm),
                site_id=own.id,
                kind="食品经营许可证",
                number="JY1",
                valid_until=date(2026, 5, 1),
            ),
            Licence(enterprise_id=stored_id(firm), kind="排污许可证", number="PW1"),
            Licence(
                enterprise_id=other.enterprise_id, kind="食品经营许可证", number="JY2", valid_until=date(2027, 5, 1)
            ),
        ]
    )
    session.flush()

    def found(licence: str = "", ends_by: date | None = None) -> set[str]:
        return {row.uid for row in search_sites(session, SiteFilter(licence=licence, licence_ends_by=ends_by)).rows}

    assert found("食品经营") == {own.uid, other.uid}
    assert found("PW1") == {own.uid, beside.uid}
    assert found("食品经营", date(2026, 12, 31)) == {own.uid}
    assert found(ends_by=date(2026, 12, 31)) == {own.uid}
    assert found() == {own.uid, beside.uid, other.uid}
    assert {row.uid for row in list_sites(session, licence="jy2").rows} == {other.uid}


def test_licences_go_with_their_sites_through_split_and_merge(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    firm = make_enterprise(session)
    stays, parts = make_site(session, firm), make_site(session, firm)
    for site in (stays, parts):
        session.add(Licence(enterprise_id=stored_id(firm), site_id=site.id, kind="卫生许可证", number=f"W{site.id}"))
    session.add(Licence(enterprise_id=stored_id(firm), kind="排污许可证", number="PW1"))
    session.flush()

    new = split(
        session, clock, keeper, firm, site_uids=[parts.uid], credit_code=credit_code(991), name="新企业", reason="分立",
        version=firm.version,
    )  # fmt: skip
    assert [row.site_id for row, _ in list_licences(session, stored_id(new))] == [parts.id]

    other = merge(session, clock, keeper, firm, into_code=new.credit_code, reason="合并", version=firm.version)
    session.flush()
    assert len(list_licences(session, stored_id(other))) == 3
    assert list_licences(session, stored_id(firm)) == []
