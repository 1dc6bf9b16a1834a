from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.planning.comparison import Difference, GroupBy, Pair, compare, count_changes, group_pairs
from scheduler.planning.editions import EditionVisit

MONDAY = date(2026, 3, 2)


def visit(
    site: str = "s1", *, day: int = 2, requests: tuple[str, ...] = ("r1",), start: int = 0, people: str = "o1"
) -> EditionVisit:
    return EditionVisit(
        site_uid=site, site=f"site {site}", enterprise_uid=f"e-{site}", enterprise=f"firm {site}", town_code="t1",
        town="West", credit_class="B", day=date(2026, 3, day), start_quarter=start, quarters=1, unannounced=False,
        bodies=(("fire", "Fire"),), officers=((people, f"Mr {people}", "fire"),), requests=requests,
        crew=tuple((request, people) for request in requests),
    )  # fmt: skip


def mirrored(pairs: tuple[Pair, ...]) -> list[tuple[object, object, tuple[str, ...]]]:
    swap = {Difference.ADDED: Difference.REMOVED, Difference.REMOVED: Difference.ADDED}
    return [(pair.after, pair.before, tuple(swap.get(kind, kind) for kind in pair.kinds)) for pair in pairs]


def plain(pairs: tuple[Pair, ...]) -> list[tuple[object, object, tuple[str, ...]]]:
    return [(pair.before, pair.after, pair.kinds) for pair in pairs]


visits = st.builds(
    visit,
    site=st.sampled_from(["s1", "s2"]),
    day=st.integers(2, 5),
    start=st.integers(0, 1),
    requests=st.sets(st.sampled_from(["r1", "r2", "r3", "r4"]), min_size=1).map(lambda one: tuple(sorted(one))),
    people=st.sampled_from(["o1", "o2"]),
)
editions = st.lists(visits, max_size=6)


@given(edition=editions)
def test_edition_does_not_differ_from_itself(edition: list[EditionVisit]) -> None:
    assert compare(edition, edition) == ()


@given(one=editions, other=editions)
@settings(max_examples=300)
def test_comparison_is_the_same_seen_from_either_side(one: list[EditionVisit], other: list[EditionVisit]) -> None:
    there, back = compare(one, other), compare(other, one)
    assert plain(there) == mirrored(back)
    assert count_changes(there) == count_changes(back)


@given(one=editions, other=editions)
def test_every_visit_that_differs_is_named_once(one: list[EditionVisit], other: list[EditionVisit]) -> None:
    pairs = compare(one, other)
    assert {pair.before for pair in pairs} - {None} == set(one) - set(other)
    assert {pair.after for pair in pairs} - {None} == set(other) - set(one)


def test_kinds_of_difference() -> None:
    old = visit(requests=("r1", "r2"))
    cases = {
        (Difference.DAY,): replace(old, day=date(2026, 3, 4)),
        (Difference.TIME,): replace(old, start_quarter=2),
        (Difference.MEMBERS,): replace(old, requests=("r1",), crew=(("r1", "o1"),)),
        (Difference.PEOPLE,): replace(old, crew=(("r1", "o2"), ("r2", "o1"))),
    }
    assert {compare([old], [new])[0].kinds for new in cases.values()} == set(cases)
    assert [pair.kinds for pair in compare([old], [])] == [(Difference.REMOVED,)]
    assert [pair.kinds for pair in compare([], [old])] == [(Difference.ADDED,)]


def test_joined_visits_count_as_two_changes_and_moved_ones_as_one() -> None:
    apart = [visit(requests=("r1",)), visit(day=3, requests=("r2",))]
    joined = [visit(requests=("r1", "r2"))]
    assert count_changes(compare(apart, joined)) == 2
    assert count_changes(compare([visit()], [visit(day=4)])) == 1


def test_visit_with_most_in_common_is_the_one_that_moved() -> None:
    old = [visit(requests=("r1", "r2")), visit(day=3, requests=("r3",))]
    new = [visit(day=5, requests=("r1", "r2")), visit(day=4, requests=("r3",))]
    assert [(p.before.requests, p.after.requests) for p in compare(old, new)] == [(("r1", "r2"),) * 2, (("r3",),) * 2]


def test_groups_name_everybody_concerned() -> None:
    pairs = compare([visit(), visit("s2", people="o1")], [visit(people="o2"), visit("s2", day=4, people="o1")])
    assert [(group.name, len(group.pairs)) for group in group_pairs(pairs, GroupBy.OFFICER)] == [
        ("Mr o1", 2),
        ("Mr o2", 1),
    ]
    assert [group.key for group in group_pairs(pairs, GroupBy.ENTERPRISE)] == ["e-s1", "e-s2"]
    assert [len(group.pairs) for group in group_pairs(pairs, GroupBy.DEPARTMENT)] == [2]
    assert [group.name for group in group_pairs(pairs, GroupBy.TOWN)] == ["West"]
