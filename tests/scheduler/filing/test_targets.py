"""Targets by list and by search: what a line means, what it may mean, and what the registry finds."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from data.enums import CreditClass, RecordStatus
from data.models import Enterprise, InspectionRecord
from data.queries.sites import SiteFilter, search_sites, take_sites
from scheduler.filing import targets
from tests import factories
from tests.scheduler.filing.conftest import District


def test_lines_are_codes_or_names_and_count_once(session: Session, district: District) -> None:
    owner = session.get_one(Enterprise, district.sites[0].enterprise_id)

    found = targets.read_targets(session, f"{owner.credit_code}\n{owner.name}\n{district.sites[1].name}")

    assert [site.id for site in found.sites] == [district.sites[0].id, district.sites[1].id]
    assert (found.faulty, found.faults) == ((), 0)


def test_unknown_line_is_named_with_what_is_like_it(session: Session, district: District) -> None:
    named = factories.make_site(session, factories.make_enterprise(session, name="大丰好味道餐饮有限公司"))

    found = targets.read_targets(session, "大丰区好味到餐饮公司\n完全不存在的单位")

    assert (found.sites, found.faults) == ((), 2)
    first, second = found.faulty
    assert (first.text, first.ambiguous, [row.uid for row in first.candidates]) == (
        "大丰区好味到餐饮公司", False, [named.uid],
    )  # fmt: skip
    assert (second.text, second.candidates) == ("完全不存在的单位", ())


def test_enterprise_with_two_sites_asks_which(session: Session, district: District) -> None:
    owner = factories.make_enterprise(session)
    sites = [factories.make_site(session, owner, name=name) for name in ("老店", "新店")]

    (line,) = targets.read_targets(session, owner.credit_code).faulty
    mended = targets.mend_line(session, f"{owner.credit_code}\n别的", owner.credit_code, sites[1].uid)

    assert line.ambiguous
    assert {row.uid for row in line.candidates} == {site.uid for site in sites}
    assert mended == "新店\n别的"
    assert targets.without_line(mended, "别的") == "新店"


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 20),
        ({"scenario_code": "S01"}, 20),
        ({"scenario_code": "S99"}, 0),
        ({"town_code": "320904001"}, 20),
        ({"industry": "62"}, 20),
        ({"industry": "%"}, 0),
        ({"credit_class": CreditClass.D}, 5),
        ({"unseen_since": date(2026, 1, 1)}, 19),
        ({"unseen_since": date(2026, 2, 1)}, 20),
        ({"text": "没有这家"}, 0),
    ],
    ids=str,
)
def test_search_finds_sites_by(session: Session, district: District, wanted: dict[str, Any], count: int) -> None:
    visited = factories.stored_id(district.sites[0])
    organisation_id = factories.stored_id(district.organisation)
    session.add(
        InspectionRecord(visit_uid="a" * 32, site_id=visited, organisation_id=organisation_id, day=date(2026, 1, 15))
    )
    closed = factories.make_site(session, scenario_id=district.scenario.id, status=RecordStatus.CLOSED)

    found = search_sites(session, SiteFilter(**wanted))

    assert found.total == count
    assert closed.uid not in {row.uid for row in found.rows}


def test_taking_everything_found_stops_at_the_most(session: Session, district: District) -> None:
    assert len(take_sites(session, SiteFilter(), most=7)) == 7


def test_line_of_a_site_means_it_again(session: Session, district: District) -> None:
    owner = factories.make_enterprise(session)
    for name in ("一号、二号厂房", "三号厂房"):
        factories.make_site(session, owner, name=name)

    rows = search_sites(session, SiteFilter()).rows
    text = "\n".join(targets.line_of(row) for row in rows)

    assert {site.uid for site in targets.read_targets(session, text).sites} == {row.uid for row in rows}
