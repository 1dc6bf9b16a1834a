"""The registry's questions: search that takes signs literally, filters, order, pages, and details."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.enums import ClosureKind, CreditClass, RecordStatus
from data.errors import NotFoundError
from data.models import Closure, CreditClassMonth, InspectionRecord
from data.queries import registry
from data.queries.pages import SortError
from tests import factories


def names(session: Session, **asked: Any) -> list[str]:
    return [row.name for row in registry.list_enterprises(session, **asked).rows]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["100%饭店", "甲_乙饭店", "甲乙饭店"]),
        ("饭店 甲", ["甲_乙饭店", "甲乙饭店"]),
        ("%", ["100%饭店"]),
        ("_", ["甲_乙饭店"]),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("\x00", ["100%饭店", "甲_乙饭店", "甲乙饭店"]),
        ("911", ["甲乙饭店"]),
        ("911a", ["甲乙饭店"]),
    ],
    ids=["all", "two_words", "percent", "underscore", "backslash", "quote", "zero_byte", "code", "code_in_small"],
)
def test_search_takes_signs_literally(session: Session, text: str, found: list[str]) -> None:
    factories.make_enterprise(session, name="甲乙饭店", credit_code="911A")
    factories.make_enterprise(session, name="甲_乙饭店", credit_code="922B")
    factories.make_enterprise(session, name="100%饭店", credit_code="933C")

    assert sorted(names(session, text=text)) == found


def test_filters_look_at_active_sites(session: Session) -> None:
    town, scenario = factories.make_town(session), factories.make_scenario(session)
    here = factories.make_enterprise(session, name="在此")
    factories.make_site(session, here, town=town, scenario_id=scenario.id)
    gone = factories.make_enterprise(session, name="已走")
    factories.make_site(session, gone, town=town, scenario_id=scenario.id, status=RecordStatus.CLOSED)
    split = factories.make_enterprise(session, name="分处")
    factories.make_site(session, split, town=town)
    factories.make_site(session, split, scenario_id=scenario.id)

    assert sorted(names(session, town_id=town.id)) == ["分处", "在此"]
    assert names(session, town_id=town.id, scenario_id=scenario.id) == ["在此"]


def test_filters_of_class_and_status(session: Session) -> None:
    factories.make_enterprise(session, name="甲", credit_class=CreditClass.A)
    factories.make_enterprise(session, name="丁", credit_class=CreditClass.D, status=RecordStatus.CLOSED)

    assert names(session) == ["甲"]
    assert names(session, status=None, credit_class=CreditClass.D) == ["丁"]
    assert names(session, status=RecordStatus.CLOSED) == ["丁"]


@pytest.mark.parametrize(
    ("sort", "order"),
    [("name", "abc"), ("-name", "cba"), ("credit_code", "cab"), ("credit_class", "bac"), ("-credit_class", "cab")],
)
def test_lists_are_sorted_as_asked(session: Session, sort: str, order: str) -> None:
    for name, code, credit_class in (("a", "2", "B"), ("b", "3", "A"), ("c", "1", "C")):
        factories.make_enterprise(session, name=name, credit_code=code, credit_class=CreditClass(credit_class))

    assert names(session, sort=sort) == list(order)


@pytest.mark.parametrize("sort", ["id;drop", "", "NAME", "contact_phone"])
def test_other_orders_are_refused(session: Session, sort: str) -> None:
    with pytest.raises(SortError):
        registry.list_enterprises(session, sort=sort)


@pytest.mark.parametrize(
    ("asked", "rows", "page", "per_page"),
    [
        ({"page": 1, "per_page": 2}, ["e0", "e1"], 1, 2),
        ({"page": 3, "per_page": 2}, ["e4"], 3, 2),
        ({"page": 9, "per_page": 2}, [], 9, 2),
        ({"page": 0, "per_page": 2}, ["e0", "e1"], 1, 2),
        ({"page": 10**30, "per_page": 2}, [], 10**30, 2),
        ({"page": 1, "per_page": 10**6}, ["e0", "e1", "e2", "e3", "e4"], 1, 200),
        ({"page": 1, "per_page": 0}, ["e0"], 1, 1),
    ],
    ids=["first", "last", "beyond", "zero", "absurd", "too_many", "too_few"],
)
def test_pages_hold_their_rows(
    session: Session, asked: dict[str, int], rows: list[str], page: int, per_page: int
) -> None:
    for number in range(5):
        factories.make_enterprise(session, name=f"e{number}")

    found = registry.list_enterprises(session, **asked)

    assert ([row.name for row in found.rows], found.page, found.per_page, found.total) == (rows, page, per_page, 5)
    assert found.pages == -(-5 // per_page)


def test_row_names_the_towns_of_its_sites_once(session: Session) -> None:
    enterprise, town = factories.make_enterprise(session), factories.make_town(session, name="小海镇")
    for _ in range(2):
        factories.make_site(session, enterprise, town=town)
    factories.make_site(session, enterprise, status=RecordStatus.CLOSED)

    (row,) = registry.list_enterprises(session).rows

    assert (row.sites, row.towns) == (2, ("小海镇",))


def test_list_asks_as_often_for_many_rows_as_for_few(session: Session) -> None:
    def questions() -> int:
        asked: list[str] = []
        connection = session.connection()
        listen = lambda _c, _cur, statement, *_rest: asked.append(statement)  # noqa: E731 -- to be removed again
        sa.event.listen(connection, "before_cursor_execute", listen)
        registry.list_enterprises(session)
        sa.event.remove(connection, "before_cursor_execute", listen)
        return len(asked)

    factories.make_site(session)
    few = questions()
    for _ in range(10):
        factories.make_site(session)

    assert questions() == few


def test_details_hold_sites_classes_records_and_closures(session: Session) -> None:
    enterprise = factories.make_enterprise(session)
    site = factories.make_site(session, enterprise, scenario_id=factories.make_scenario(session, name="餐饮").id)
    factories.make_site(session)
    key, owner = factories.stored_id(site), factories.make_organisation(session, short_name="市监局")
    for month, credit_class in ((1, CreditClass.A), (2, CreditClass.B)):
        row = CreditClassMonth(enterprise_id=site.enterprise_id, month=date(2026, month, 1), credit_class=credit_class)
        session.add(row)
    session.add(Closure(site_id=key, first_date=date(2026, 3, 1), last_date=date(2026, 3, 2), kind=ClosureKind.QUIET))
    for day in (3, 5):
        record = InspectionRecord(
            visit_uid=str(day), site_id=key, organisation_id=factories.stored_id(owner), day=date(2026, 1, day)
        )
        session.add(record)
    session.flush()

    details = registry.enterprise_details(session, enterprise)

    assert [(one.site, one.scenario and one.scenario.name, len(one.closures)) for one in details.sites] == [
        (site, "餐饮", 1)
    ]
    assert [(row.month.month, row.credit_class) for row in details.classes] == [(2, "B"), (1, "A")]
    assert [(row.day.day, row.organisation_name) for row in details.records] == [(5, "市监局"), (3, "市监局")]


def test_unknown_uid_is_not_found(session: Session) -> None:
    enterprise, site = factories.make_enterprise(session), factories.make_site(session)

    assert registry.get_enterprise(session, enterprise.uid) is enterprise
    assert registry.get_site(session, site.uid) is site
    for get in (registry.get_enterprise, registry.get_site):
        with pytest.raises(NotFoundError):
            get(session, "nobody")
