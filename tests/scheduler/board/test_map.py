from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
import sqlalchemy as sa

from data.session import reading, unit_of_work
from scheduler.board.cards import board_rounds, load_board
from scheduler.board.filters import BoardFilter, LaneKind
from scheduler.board.map_shapes import DistrictMap, Point, TownShape, draw_map, load_map
from scheduler.board.routes import load_offices, routes_of
from tests.scheduler.board.scenes import Scene, make_scene

NAMES = {1: ("甲镇", "Jia"), 2: ("乙镇", "Yi"), 3: ("丙镇", "Bing")}
MIDDLES = {1: (120.2, 33.0), 2: (120.5, 33.0), 3: (120.35, 33.25)}


def inside(point: Point, rings: tuple[tuple[Point, ...], ...]) -> bool:
    """Even-odd rule: a ray to the right crosses the outlines an odd number of times."""
    x, y = point
    crossings = 0
    for ring in rings:
        for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
                crossings += 1
    return crossings % 2 == 1


def scattered(spread: float = 0.04) -> list[tuple[int, float, float, int]]:
    rng = Random(5)
    return [
        (town, lon + rng.gauss(0, spread), lat + rng.gauss(0, spread), 1)
        for town, (lon, lat) in MIDDLES.items()
        for _ in range(200)
    ]


@pytest.fixture(scope="module")
def district() -> DistrictMap:
    return draw_map(scattered(), NAMES)


def test_sites_lie_in_the_shape_of_their_township(district: DistrictMap) -> None:
    shapes = {shape.town_id: shape for shape in district.towns}
    seeds = scattered()
    right = sum(inside(district.projection.point(lon, lat), shapes[town].rings) for town, lon, lat, _ in seeds)
    assert right / len(seeds) > 0.95


def test_name_stands_in_its_own_shape(district: DistrictMap) -> None:
    assert [shape.name for shape in district.towns] == ["甲镇", "乙镇", "丙镇"]
    for shape in district.towns:
        assert inside(shape.label, shape.rings)
        assert not any(inside(shape.label, other.rings) for other in district.towns if other is not shape)


def test_everything_lies_on_the_picture_with_north_above(district: DistrictMap) -> None:
    for x, y in points(district.towns):
        assert 0 <= x <= district.width
        assert 0 <= y <= district.height
    assert district.projection.point(120.3, 33.2)[1] < district.projection.point(120.3, 33.1)[1]
    assert district.projection.point(120.4, 33.2)[0] > district.projection.point(120.3, 33.2)[0]


def points(towns: tuple[TownShape, ...]) -> Iterator[Point]:
    return (point for shape in towns for ring in shape.rings for point in ring)


@pytest.mark.parametrize("seeds", [[], [(1, 120.2, 33.0, 1)], [(1, 120.2, 33.0, 1), (2, 120.2, 33.0, 2)]])
def test_few_places_still_make_a_map(seeds: list[tuple[int, float, float, int]]) -> None:
    district = draw_map(seeds, NAMES)
    assert len(district.towns) == (1 if seeds else 0)
    assert district.height > 0


def test_single_shop_in_a_neighbour_makes_no_island() -> None:
    stray = [*scattered(0.02), (1, *MIDDLES[2], 1)]
    shapes = {shape.town_id: shape for shape in draw_map(stray, NAMES).towns}
    assert len(shapes[1].rings) == 1


def test_same_sites_give_the_same_map(district: DistrictMap) -> None:
    assert draw_map(scattered(), NAMES) == district


@pytest.fixture
def scene(engine: sa.Engine) -> Scene:
    with unit_of_work(engine) as session:
        return make_scene(session, visits=30)


def test_district_is_drawn_from_its_sites_on_both_databases(engine: sa.Engine, scene: Scene) -> None:
    with reading(engine) as session:
        found = load_map(session)
    assert {shape.town_id for shape in found.towns} == set(scene.towns)


@pytest.mark.parametrize("kind", list(LaneKind), ids=str)
def test_ways_of_a_day_visit_every_site_in_the_order_of_the_day(
    engine: sa.Engine, scene: Scene, kind: LaneKind
) -> None:
    with reading(engine) as session:
        round_ = board_rounds(session, scene.coordinator)[0]
        day = scene.days[0]
        board = load_board(session, scene.coordinator, round_, BoardFilter(first=day, last=day))
        ways = routes_of(board.cards, kind, board.organisations, load_offices(session))
    assert {card.uid for way in ways for card in way.stops} == {card.uid for card in board.cards}
    for way in ways:
        assert [card.start_quarter for card in way.stops] == sorted(card.start_quarter for card in way.stops)
        assert {card.lead_officer_id for card in way.stops} == {way.crew}
        assert way.office is not None
        assert way.km > 0
