"""Names: certain matches, candidates for the others, and nothing guessed."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from data.enums import OrganisationKind, RecordStatus
from data.models import OrganisationAlias
from scheduler.filing import names
from scheduler.filing.names import NameIndex
from tests import factories

ORGANISATIONS = {
    "盐城市大丰区市场监督管理局": ("市场监管局", "市场监督管理局", "市场监管部门"),
    "盐城市大丰区教育局": ("教育局", "区教育局", "教育部门"),
    "盐城市大丰区应急管理局": ("应急局", "应急管理局"),
}
SCENARIOS = {
    "餐饮服务": "餐饮 饭店 餐饮服务提供者",
    "养老机构": "养老 养老院",
    "校外培训": "校外培训 培训机构 校外培训机构",
    "学校食堂与幼儿园": "学校 学校食堂 幼儿园 中小学",
}


@pytest.fixture
def index(session: Session) -> NameIndex:
    for name, (short, *aliases) in ORGANISATIONS.items():
        row = factories.make_organisation(session, name=name, short_name=short, kind=OrganisationKind.DEPARTMENT)
        session.add_all(OrganisationAlias(organisation_id=factories.stored_id(row), name=alias) for alias in aliases)
    for name, words in SCENARIOS.items():
        factories.make_scenario(session, name=name, words=words)
    for name in ("大丰街道", "大丰港街道", "小海镇"):
        factories.make_town(session, name=name, code=name)
    session.flush()
    return names.load_names(session)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("教育局", "教育局"),
        (" 教 育 局 ", "教育局"),
        ("盐城市大丰区教育局", "教育局"),
        ("教育局(督导科)", "教育局"),
        ("教育局（督导科）", "教育局"),
        ("市场监管部门", "市场监管局"),
    ],
    ids=["short", "blanks", "full", "section", "full_width_section", "generic"],
)
def test_known_name_is_matched(index: NameIndex, text: str, short: str) -> None:
    match = names.match_organisation(index, text)

    assert match.key is not None
    assert index.short_names[match.key] == short


@pytest.mark.parametrize(
    ("text", "proposed"),
    [
        ("上高县市场监督管理局", "市场监管局"),
        ("市、县级教育行政部门", "教育局"),
        ("市教育局", "教育局"),
        ("****管理局", None),
        ("教育委员会办公室", None),
        ("水务局", None),
        ("", None),
    ],
    ids=["other_county", "level", "city", "masked", "alike", "unknown", "empty"],
)
def test_other_name_is_no_match_and_at_most_a_proposal(index: NameIndex, text: str, proposed: str | None) -> None:
    match = names.match_organisation(index, text)

    assert match.key is None
    assert (index.short_names[match.proposed] if match.proposed is not None else None) == proposed
    if proposed:
        assert match.candidates[0][1] == proposed


def test_name_of_two_organisations_is_no_match(session: Session) -> None:
    for _ in range(2):
        factories.make_organisation(session, short_name="同名局")

    match = names.match_organisation(names.load_names(session), "同名局")

    assert (match.key, match.proposed, [name for _, name in match.candidates]) == (None, None, ["同名局"] * 2)


@pytest.mark.parametrize(
    ("text", "scenario"),
    [
        ("餐饮服务", "餐饮服务"),
        ("辖区内餐饮服务提供者", "餐饮服务"),
        ("学校食堂", "学校食堂与幼儿园"),
        ("中小学校、幼儿园", "学校食堂与幼儿园"),
        ("面向中小学生的校外培训机构", "校外培训"),
        ("学校、养老院", None),
        ("养老机构等餐饮单位", None),
        ("律师事务所", None),
        ("", None),
    ],
    ids=["name", "within", "one_word", "two_of_one", "described", "two_classes", "list", "unknown", "empty"],
)
def test_class_of_sites_is_matched_when_it_is_certain(index: NameIndex, text: str, scenario: str | None) -> None:
    match = names.match_scenario(index, text)

    found = next((one.name for one in index.scenarios if one.key == match.key), None)
    assert found == scenario


def test_two_classes_are_candidates(index: NameIndex) -> None:
    match = names.match_scenario(index, "学校、养老院")

    assert {name for _, name in match.candidates} == {"学校食堂与幼儿园", "养老机构"}


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("小海镇餐饮单位", "小海镇"),
        ("大丰港街道企业", "大丰港街道"),
        ("大丰街道、小海镇", None),
        ("全区", None),
    ],
    ids=["one", "longer_name", "two", "none"],
)
def test_town_is_matched_when_it_is_the_only_one(index: NameIndex, text: str, town: str | None) -> None:
    assert names.match_town(index, text) == town


def test_items_are_the_organisations_own_and_exact(session: Session) -> None:
    own, other = factories.make_organisation(session), factories.make_organisation(session)
    item = factories.make_item(session, own, name="特种设备使用情况的检查")
    factories.make_item(session, other, name="消防设施的检查")
    factories.make_item(session, own, name="已停用的检查", status=RecordStatus.CLOSED)
    index, key = names.load_names(session), factories.stored_id(own)

    assert names.match_items(index, key, "特种设备使用情况的检查（抽查）").key == item.id
    assert names.match_items(index, key, "特种设备使用的检查").candidates == ((item.id, item.name),)
    for text in ("消防设施的检查", "已停用的检查"):
        assert names.match_items(index, key, text).key is None


def test_sites_are_found_by_code_name_and_uid(session: Session) -> None:
    site = factories.make_site(session)
    enterprise = factories.make_enterprise(session, name="大丰合成饭店（测试）")
    inn = factories.make_site(session, enterprise)
    closed = factories.make_site(session, status=RecordStatus.CLOSED)
    text = f"{site.uid}；大丰合成饭店（测试）；{closed.name}"

    match = names.match_sites(names.load_sites(session, [text]), text)

    assert {one.uid for one in match.sites} == {site.uid, inn.uid}
    assert match.unknown == (closed.name,)


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("91320904MA0000001X", True),
        ("大丰某某机械有限公司", True),
        ("有限公司", False),
        ("农民专业合作社", False),
        ("餐饮单位", False),
    ],
)
def test_name_of_an_enterprise_looks_like_one(text: str, looks: bool) -> None:
    assert names.looks_like_a_name(text) is looks


def test_many_names_are_asked_in_portions(session: Session) -> None:
    site = factories.make_site(session)
    texts = [f"大丰没有的{number}有限公司" for number in range(3 * names.VALUES_PER_QUESTION)]

    index = names.load_sites(session, [*texts, site.name])

    assert [one.uid for one in index.sites[site.name]] == [site.uid]
