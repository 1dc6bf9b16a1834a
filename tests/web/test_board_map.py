"""The map shows where the day's visits are, and the whole district where that is asked for or as large."""

from __future__ import annotations

from datetime import date
from typing import Final

import pytest

from data.enums import CreditClass
from scheduler.board.card import Card
from scheduler.board.map_shapes import DistrictMap, Projection
from web.board_map import LARGER, NEAR_LEAST, MapPicture, draw_picture

DAY, OTHER_DAY = date(2026, 3, 3), date(2026, 3, 4)
# A degree is a thousand units: places are told in thousandths of the width.
DISTRICT: Final = DistrictMap(
    width=1000, height=800, towns=(), projection=Projection(west=0.024, north=0.824, scale_x=1000, scale_y=1000)
)


def card_at(lon: float, lat: float, day: date = DAY) -> Card:
    return Card(
        uid="a" * 32, version=1, day=day, start_quarter=0, quarters=1, site_uid="b" * 32, site="示例",
        enterprise="示例", credit_code="", credit_class=CreditClass.B, town_id=1, scenario_id=None, lon=lon, lat=lat,
        organisations=(1,), officers=(), lead_officer_id=None, people=2, hidden=False, fixed=False, pinned=False,
        change=None,
    )  # fmt: skip


def picture(*cards: Card, whole: bool = False) -> MapPicture:
    return draw_picture(DISTRICT, [], cards, DAY, whole=whole)


def test_day_in_one_place_is_shown_from_near_with_all_its_stops() -> None:
    found = picture(card_at(0.5, 0.4), card_at(0.6, 0.5), card_at(0.05, 0.05, OTHER_DAY))
    frame = found.frame

    assert frame == found.near
    assert frame.width < 200
    assert frame.width / frame.height == pytest.approx(1000 / 800, abs=0.01)
    for stop in found.stops:
        assert frame.left < stop.at[0] < frame.left + frame.width
        assert frame.top < stop.at[1] < frame.top + frame.height


def test_single_stop_keeps_its_surroundings() -> None:
    frame = picture(card_at(0.5, 0.4)).frame
    assert (frame.width, frame.scale) == (1000 * NEAR_LEAST, round(NEAR_LEAST * LARGER, 3))


@pytest.mark.parametrize(
    ("cards", "whole"),
    [
        pytest.param([card_at(0.05, 0.05), card_at(0.95, 0.75)], False, id="all-over-the-district"),
        pytest.param([], False, id="no-stop"),
        pytest.param([card_at(0.5, 0.4)], True, id="asked-for"),
    ],
)
def test_whole_district_is_shown(cards: list[Card], whole: bool) -> None:
    found = picture(*cards, whole=whole)

    assert (found.frame.left, found.frame.width, found.frame.scale) == (0, 1000, 1)
    assert (found.near is None) is not whole
