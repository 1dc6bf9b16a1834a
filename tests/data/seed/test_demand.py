"""Wishes of a month overlap as they should, nobody asks twice, and the given site is asked for by several."""

from collections import Counter
from random import Random

import pytest

from data.enums import CreditClass
from data.seed.demand import OVERLAP, DemandSite, Wish, make_wishes

SCENARIOS = {
    "S01": ("LEAD1", "P1", "P2", "P3", "P4"),
    "S02": ("LEAD2", "P1", "P2", "P3", "P5"),
    "S03": ("LEAD3", "P2", "P4", "P5", "P6"),
    "S04": ("LEAD4", "P1", "P3", "P6", "P4"),
}


def many_sites(count: int) -> tuple[DemandSite, ...]:
    rng = Random(1)
    names = sorted(SCENARIOS)
    return tuple(
        DemandSite(
            id=number,
            enterprise=number % (count - count // 10),
            scenario=names[number % 4],
            credit_class=rng.choices(tuple(CreditClass), (25, 60, 12, 3))[0],
            askers=(*SCENARIOS[names[number % 4]], f"TOWN{number % 5}"),
        )
        for number in range(1, count + 1)
    )


def askers_of(wishes: tuple[Wish, ...]) -> dict[int, list[str]]:
    asked: dict[int, list[str]] = {}
    for wish in wishes:
        for site in wish.sites:
            asked.setdefault(site, []).append(wish.organisation)
    return asked


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_overlap_of_named_sites_is_that_of_real_months(seed: int) -> None:
    wanted = 3_000 * 0.15
    counts = Counter(
        len(codes) for codes in askers_of(make_wishes(Random(seed), many_sites(3_000), first=frozenset())).values()
    )

    assert {together: counts[together] for together in (2, 3, 4, 5)} == {
        together: pytest.approx(wanted * OVERLAP[together], abs=1) for together in (2, 3, 4, 5)
    }


def test_nobody_asks_twice_for_one_site_nor_names_sites_where_it_draws() -> None:
    wishes = make_wishes(Random(5), many_sites(3_000), first=frozenset())
    pairs = Counter((wish.organisation, wish.scenario) for wish in wishes)

    assert max(pairs.values()) == 1
    assert all(len(codes) == len(set(codes)) for codes in askers_of(wishes).values())


def test_organisations_ask_only_for_sites_that_they_look_after() -> None:
    sites = many_sites(1_000)
    allowed = {site.id: site.askers for site in sites}

    asked = askers_of(make_wishes(Random(5), sites, first=frozenset()))

    assert all(set(codes) <= set(allowed[site]) for site, codes in asked.items())


def test_a_draw_says_in_one_way_how_many() -> None:
    draws = [wish for wish in make_wishes(Random(5), many_sites(3_000), first=frozenset()) if wish.drawn]

    assert draws
    for wish in draws:
        said = [value for value in (wish.ratio, wish.quantity, wish.ratio_by_class) if value is not None]
        assert len(said) == 1


def test_the_given_site_is_asked_for_by_at_least_four() -> None:
    asked = askers_of(make_wishes(Random(5), many_sites(300), first=frozenset({17})))

    assert len(asked[17]) >= 4


def test_nobody_names_an_enterprise_more_often_than_there_is_room() -> None:
    """The control: with room for all, some name an enterprise twice."""
    sites = many_sites(3_000)
    owners = {site.id: site.enterprise for site in sites}
    room = {(code, site.enterprise): site.enterprise % 2 for site in sites for code in site.askers}

    def times(wishes: tuple[Wish, ...]) -> Counter[tuple[str, int]]:
        return Counter((wish.organisation, owners[site]) for wish in wishes for site in wish.sites)

    free = times(make_wishes(Random(5), sites, first=frozenset()))
    bound = times(make_wishes(Random(5), sites, first=frozenset(), room=room))

    assert max(free.values()) > 1
    assert bound
    assert all(count <= room[place] for place, count in bound.items())


def test_risky_sites_are_asked_for_more_often() -> None:
    sites = many_sites(3_000)
    asked = askers_of(make_wishes(Random(5), sites, first=frozenset()))

    def share(credit_class: CreditClass) -> float:
        chosen = [site.id in asked for site in sites if site.credit_class is credit_class]
        return sum(chosen) / len(chosen)

    assert share(CreditClass.A) < share(CreditClass.B) < share(CreditClass.D)
