"""The draw: repeatable, blind to order, bound to its list, and fair."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter

import pytest

from scheduler.filing.draw_method import (
    Quota,
    document_faults,
    draw,
    draw_document,
    freeze_list,
    one_party,
    repeat_draw,
)

SITES = [("ABCD"[number % 4], f"9132{number:014d}", f"site{number:04d}") for number in range(200)]
TENTH = Quota(ratio="0.1")


def by_class(drawn: tuple[str, ...]) -> Counter[str]:
    classes = {site: stratum for stratum, _, site in SITES}
    return Counter(classes[site] for site in drawn)


def test_draw_repeats_from_its_document_alone() -> None:
    frozen = freeze_list("task", TENTH, SITES)
    sources = one_party([frozen.list_hash, "ab"], "secret")
    drawn = draw(frozen, sources.seed)
    document = draw_document(frozen, sources, drawn)

    assert repeat_draw(document) == drawn
    assert document_faults(document) == ()
    assert json.loads(document)["drawn"] == list(repeat_draw(document))


def test_draw_follows_the_published_rule() -> None:
    sites = [("A", "1", "x"), ("A", "2", "y"), ("A", "3", "z")]
    frozen = freeze_list("task", Quota(quantity=1), sites)
    said = (
        '{"algorithm":"sha256-rank-2","blind":"","class_months":[],"draw":"","excluded":[],'
        '"quota":{"by_class":null,"floor":null,"quantity":1,"ratio":null},'
        '"strata":{"A":[["1","x"],["2","y"],["3","z"]]},"task":"task",'
        '"terms":{"fallback":"abort","mode":"one_party","parties":["system"],"public_source":""}}'
    )
    list_hash = hashlib.sha256(said.encode()).hexdigest()
    seed = hashlib.sha256(f"{list_hash}|secret".encode()).hexdigest()
    first = min("xyz", key=lambda site: hashlib.sha256(f"{seed}|A|{site}".encode()).hexdigest())

    assert frozen.list_hash == list_hash
    assert draw(frozen, one_party([list_hash], "secret").seed) == (first,)


def test_draw_does_not_see_the_order_of_its_input() -> None:
    shuffled = SITES.copy()
    random.Random(7).shuffle(shuffled)

    one, other = freeze_list("task", TENTH, SITES), freeze_list("task", TENTH, shuffled)

    assert one.list_hash == other.list_hash
    assert draw(one, "seed") == draw(other, "seed")


@pytest.mark.parametrize(
    "changed",
    [
        freeze_list("task", TENTH, SITES[1:]),
        freeze_list("task", Quota(ratio="0.11"), SITES),
        freeze_list("other", TENTH, SITES),
        freeze_list("task", TENTH, [("B", *SITES[0][1:]), *SITES[1:]]),
    ],
    ids=["one_site_less", "other_ratio", "other_task", "other_class"],
)
def test_list_hash_sees_every_change(changed: object) -> None:
    assert changed.list_hash != freeze_list("task", TENTH, SITES).list_hash  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("parties", 0, "secret"), "other", "seed"),
        (("seed",), "other", "seed"),
        (("drawn", 0), "site9999", "drawn"),
        (("quota", "ratio"), "0.2", "list_hash"),
        (("strata", "A", 0, 1), "site9999", "list_hash"),
        (("list_hashes",), [], "list_hashes"),
    ],
    ids=["secret", "seed", "drawn", "ratio", "site", "other_lists"],
)
def test_tampered_document_is_found(path: tuple[str | int, ...], value: object, fault: str) -> None:
    frozen = freeze_list("task", TENTH, SITES)
    sources = one_party([frozen.list_hash], "secret")
    said = json.loads(draw_document(frozen, sources, draw(frozen, sources.seed)))
    place = said
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value

    assert fault in document_faults(json.dumps(said))


@pytest.mark.parametrize(
    ("quota", "counts"),
    [
        (Quota(ratio="0.1"), {"A": 5, "B": 5, "C": 5, "D": 5}),
        (Quota(ratio="0.001"), {"A": 1}),
        (Quota(quantity=6), {"A": 2, "B": 2, "C": 1, "D": 1}),
        (Quota(quantity=6, ratio="0.5"), {"A": 2, "B": 2, "C": 1, "D": 1}),
        (Quota(quantity=900), {"A": 50, "B": 50, "C": 50, "D": 50}),
        (Quota(by_class={"A": "0.05", "D": "1"}), {"A": 3, "D": 50}),
        (Quota(by_class={"A": "0.05"}, ratio="0.5"), {"A": 3, "B": 25, "C": 25, "D": 25}),
        (Quota(by_class={"A": "0.001", "B": "0"}), {"A": 1}),
        (Quota(), {}),
    ],
    ids=[
        "ratio",
        "at_least_one",
        "number",
        "number_before_ratio",
        "all",
        "by_class",
        "class_before_ratio",
        "tiny",
        "none",
    ],
)
def test_draw_takes_as_many_as_asked(quota: Quota, counts: dict[str, int]) -> None:
    assert by_class(draw(freeze_list("task", quota, SITES), "seed")) == counts


@pytest.mark.parametrize(("size", "ratio", "taken"), [(25, "0.1", 3), (24, "0.1", 2), (15, "0.3", 5), (5, "0.5", 3)])
def test_half_is_rounded_up(size: int, ratio: str, taken: int) -> None:
    frozen = freeze_list("task", Quota(ratio=ratio), [("A", str(number), str(number)) for number in range(size)])

    assert len(draw(frozen, "seed")) == taken


def test_draw_from_nothing_is_nothing() -> None:
    assert draw(freeze_list("task", TENTH, []), "seed") == ()


def test_tasks_of_one_round_over_one_class_of_sites_draw_the_same_ones() -> None:
    few, many = freeze_list("few", TENTH, SITES), freeze_list("many", Quota(ratio="0.3"), SITES)
    seed = one_party([few.list_hash, many.list_hash], "secret").seed

    assert set(draw(few, seed)) < set(draw(many, seed))


def test_every_site_is_drawn_equally_often() -> None:
    frozen = freeze_list("task", TENTH, SITES)
    draws = 1000

    times = Counter(
        site for number in range(draws) for site in draw(frozen, one_party([frozen.list_hash], str(number)).seed)
    )

    expected = draws * 0.1
    variance = expected * 0.9
    chi_square = sum((times[site] - expected) ** 2 / variance for _, _, site in SITES)
    # Mean 196 (four fixed sums), standard deviation about 20: five of them would be one in a million.
    assert 96 < chi_square < 296
