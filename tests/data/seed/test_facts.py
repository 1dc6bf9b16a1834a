"""The facts agree with each other: codes exist, leads are there, names are told apart."""

import re
from collections import Counter

from data.enums import OrganisationKind
from data.seed.facts import load_facts
from data.seed.kinds import load_kinds, site_quotas
from data.seed.presets import Preset

FACTS = load_facts()


def test_towns_are_those_of_the_district() -> None:
    assert len(FACTS.towns) == 19
    assert all(re.fullmatch(r"320904\d{3}", code) for code in FACTS.towns)
    assert all(32.9 <= town.lat <= 33.6 and 120.2 <= town.lon <= 120.95 for town in FACTS.towns.values())


def test_kinds_of_organisations_are_as_the_law_has_them() -> None:
    kinds = {kind: {one.code for one in FACTS.organisations.values() if one.kind is kind} for kind in OrganisationKind}

    assert kinds[OrganisationKind.VERTICAL] == {"XF", "SWJ", "YC", "HS", "QX"}
    assert kinds[OrganisationKind.COORDINATION] == {"SF"}
    assert kinds[OrganisationKind.GOVERNMENT] == {"GOV"}
    assert len(kinds[OrganisationKind.TOWNSHIP]) == 16
    assert all(FACTS.organisations[code].town in FACTS.towns for code in kinds[OrganisationKind.TOWNSHIP])


def test_no_name_stands_for_two_organisations() -> None:
    names = [(name, one.code) for one in FACTS.organisations.values() for name in {one.name, *one.aliases}]

    assert [name for name, times in Counter(name for name, _ in names).items() if times > 1] == []
    assert ("市场监管部门", "SCJG") in names
    assert ("消防救援机构", "XF") in names


def test_short_names_are_aliases_or_unique() -> None:
    owners = {name: one.code for one in FACTS.organisations.values() for name in (one.name, *one.aliases)}

    assert all(owners.get(one.short_name) == one.code for one in FACTS.organisations.values())


def test_every_scenario_has_a_lead_and_partners_that_exist() -> None:
    assert len(FACTS.scenarios) == 30
    for scenario in FACTS.scenarios.values():
        assert scenario.lead in FACTS.organisations
        assert set(scenario.partners) <= set(FACTS.organisations)
        assert len(set(scenario.members)) == len(scenario.members) >= 2


def test_words_of_scenarios_occur_in_one_scenario_only() -> None:
    words = Counter(word for scenario in FACTS.scenarios.values() for word in scenario.words.split())

    assert [word for word, times in words.items() if times > 1] == []


def test_items_belong_to_a_member_of_their_scenario() -> None:
    assert len(FACTS.items) >= 150
    assert len({item.code for item in FACTS.items}) == len(FACTS.items)
    for item in FACTS.items:
        assert item.organisation in FACTS.organisations
        assert not item.skill or item.skill in FACTS.skills
        assert not item.scenario or item.organisation in FACTS.scenarios[item.scenario].members


def test_legal_bases_name_laws_and_no_articles() -> None:
    assert all(re.fullmatch(r"(《[^》]+》)*", item.legal_basis) for item in FACTS.items)


def test_every_scenario_has_items_of_its_lead() -> None:
    led = {(item.organisation, item.scenario) for item in FACTS.items}

    assert [one.code for one in FACTS.scenarios.values() if (one.lead, one.code) not in led] == []


def test_presets_grow() -> None:
    sizes = [len(FACTS.taking_part(preset)) for preset in Preset]

    assert sizes == [12, 40, 43, 43]


def test_kinds_of_enterprise_point_at_scenarios_and_cover_all_but_the_reports() -> None:
    covered = {kind.scenario for kind in load_kinds() if kind.scenario}

    assert covered == set(FACTS.scenarios) - {"S30"}


def test_site_quotas_are_exact_and_leave_nobody_out() -> None:
    for sites in (300, 3_000, 40_000):
        quotas = site_quotas(load_kinds(), sites)

        assert sum(quotas) == sites
        assert min(quotas) >= 1
