"""What the same requests would have taken without coordination, and what they took with it, from the same facts.

Without: each organisation goes by itself. For one site and round it goes as rarely as the windows of its own requests
allow (announced and unannounced ones apart, those that must be alone one by one), so that splitting one's requests
saves nothing and nothing is saved by leaving requests out. Such a visit lasts as long as its longest request, is
announced by a notice of its own, and is a way of its own from the office and back.

With: the visits as they are; a visit lasts as long as planned; one notice to an enterprise in a round; one way for an
organisation, town and day, from site to site. Ways are great circles, without roads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt
from typing import Final, TypeVar

from data.enums import NoticeMode
from scheduler.measuring.facts import Body, Fact, Place
from scheduler.planning.days import QUARTER_MINUTES

K = TypeVar("K")
EARTH_KM: Final = 6371.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One visit, real or supposed. `bodies`: names, by code; `day` None for a supposed one."""

    key: str
    place: Place
    round_id: int
    bodies: tuple[str, ...]
    day: date | None
    first_date: date
    last_date: date
    requests: int
    quarters: int

    @property
    def hours(self) -> float:
        return self.quarters * QUARTER_MINUTES / 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One trip of one organisation. `day` None for a supposed one; `km` there and back."""

    body: Body
    town: str
    day: date | None
    sites: tuple[str, ...]
    km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One notice to one enterprise in one round. `body`: who would send it; "" for the one of the district."""

    enterprise: str
    round_id: int
    body: str


def supposed_visits(facts: Sequence[Fact]) -> tuple[tuple[Stop, Body], ...]:
    """The visits without coordination, each with the organisation that would go; sorted by body, site, window."""
    found = []
    for _, rows in grouped(facts, lambda one: (one.body.code, one.place.site, one.place.site_id, one.round_id)):
        separate = [[one] for one in rows if not one.may_join]
        shared = [one for one in rows if one.may_join]
        for _, alike in grouped(shared, lambda one: str(one.notice_mode)):
            separate += _days(alike)
        found += [(_supposed(group), group[0].body) for group in separate]
    return tuple(found)


def real_visits(facts: Sequence[Fact]) -> tuple[Stop, ...]:
    """The visits that the facts are in, by day and site."""
    found = []
    for uid, rows in grouped(facts, lambda one: one.visit_uid):
        first = rows[0]
        found.append(
            Stop(
                key=uid,
                place=first.place,
                round_id=first.round_id,
                bodies=tuple(dict.fromkeys(one.body.name for one in sorted(rows, key=lambda row: row.body.code))),
                day=first.day,
                first_date=max(one.first_date for one in rows),
                last_date=min(one.last_date for one in rows),
                requests=len(rows),
                quarters=first.visit_quarters,
            )
        )
    return tuple(sorted(found, key=lambda stop: (str(stop.day), stop.place.site, stop.key)))


def supposed_messages(facts: Sequence[Fact]) -> tuple[Message, ...]:
    """One notice from each organisation to each enterprise that it announces itself to."""
    told = {(one.place.enterprise, one.place.enterprise_id, one.round_id, one.body.name) for one in _announced(facts)}
    return tuple(Message(enterprise=name, round_id=number, body=body) for name, _, number, body in sorted(told))


def real_messages(facts: Sequence[Fact]) -> tuple[Message, ...]:
    """One notice to each enterprise that is announced a visit."""
    told = {(one.place.enterprise, one.place.enterprise_id, one.round_id) for one in _announced(facts)}
    return tuple(Message(enterprise=name, round_id=number, body="") for name, _, number in sorted(told))


def supposed_ways(facts: Sequence[Fact]) -> tuple[Way, ...]:
    """Every supposed visit is a way of its own."""
    return tuple(
        Way(body=body, town=stop.place.town, day=None, sites=(stop.place.site,), km=_tour(body, [stop.place]))
        for stop, body in supposed_visits(facts)
    )


def real_ways(facts: Sequence[Fact]) -> tuple[Way, ...]:
    """One way for each organisation, town and day."""
    found = []
    for (_, _, day), rows in grouped(facts, lambda one: (one.body.code, one.place.town_code, one.day)):
        places = list({one.place.site_id: one.place for one in rows}.values())
        km = _tour(rows[0].body, places)
        names = tuple(place.site for place in places)
        found.append(Way(body=rows[0].body, town=places[0].town, day=day, sites=names, km=km))
    return tuple(found)


def grouped(facts: Iterable[Fact], key: Callable[[Fact], K]) -> list[tuple[K, list[Fact]]]:
    """Facts by a key, sorted by it; within a group in their order."""
    groups: dict[K, list[Fact]] = {}
    for one in facts:
        groups.setdefault(key(one), []).append(one)
    return sorted(groups.items(), key=lambda group: group[0])  # type: ignore[arg-type, return-value]


def _announced(facts: Iterable[Fact]) -> list[Fact]:
    return [one for one in facts if one.notice_mode is NoticeMode.ANNOUNCED]


def _days(facts: Sequence[Fact]) -> list[list[Fact]]:
    """Fewest days that meet every window: always go on the last day of the window that ends first."""
    groups: list[list[Fact]] = []
    reached = date.min
    for one in sorted(facts, key=lambda fact: (fact.last_date, fact.first_date, fact.request_uid)):
        if one.first_date > reached:
            groups.append([])
            reached = one.last_date
        groups[-1].append(one)
    return groups


def _supposed(group: Sequence[Fact]) -> Stop:
    first = group[0]
    return Stop(
        key=first.request_uid,
        place=first.place,
        round_id=first.round_id,
        bodies=(first.body.name,),
        day=None,
        first_date=max(one.first_date for one in group),
        last_date=min(one.last_date for one in group),
        requests=len(group),
        quarters=max(one.quarters for one in group),
    )


def _tour(body: Body, places: Sequence[Place]) -> float:
    """Kilometres from the office to the nearest site, on to the next nearest, and back."""
    left, here, km = list(places), (body.lon, body.lat), 0.0
    while left:
        nearest = min(left, key=lambda place: (great_circle_km(here, (place.lon, place.lat)), place.site_id))
        km += great_circle_km(here, (nearest.lon, nearest.lat))
        here = (nearest.lon, nearest.lat)
        left.remove(nearest)
    return km + great_circle_km(here, (body.lon, body.lat))


def great_circle_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Distance of two points (lon, lat in degrees) on a sphere, by the haversine formula."""
    lon_a, lat_a, lon_b, lat_b = (radians(value) for value in (*a, *b))
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))
