"""When sites are left alone: peak seasons, shutdowns, examinations, and quiet days (安静期) of some factories."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Final

from data.enums import ClosureKind
from data.models import Closure
from data.seed.kinds import Season
from data.seed.registry import SeededSite
from data.seed.seeding import Seeding

# Closures are known from the last month to this many days ahead.
DAYS_BACK: Final = 31
DAYS_AHEAD: Final = 365
QUIET_SHARE: Final = 0.05
QUIET_LAST_DAY: Final = 8
QUIET_MONTHS: Final = 6
SHUTDOWN_SHARE: Final = 0.10

Span = tuple[date, date, ClosureKind]

# Share of the kind's sites, then (month, day) to (month, day) of every year.
YEARLY: Final = {
    Season.HOLIDAY: (0.10, (((1, 20), (2, 10)), ((9, 28), (10, 8))), ClosureKind.PEAK),
    Season.TRAVEL: (0.30, (((4, 26), (5, 6)), ((9, 26), (10, 9))), ClosureKind.PEAK),
    Season.SCHOOL: (0.80, (((1, 12), (1, 20)), ((6, 5), (6, 10)), ((6, 22), (6, 30))), ClosureKind.EXAMINATION),
    Season.FARMING: (0.40, (((4, 1), (4, 20)), ((6, 1), (6, 15))), ClosureKind.PEAK),
}


def seed_closures(seeding: Seeding, sites: tuple[SeededSite, ...]) -> None:
    """Write the closures from a month ago to a year ahead."""
    rng, today = seeding.rng("closures"), seeding.today
    first, last = today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD)
    with seeding.rows(Closure) as rows:
        for site in sites:
            for begin, end, kind in _closures(rng, site.kind.season, today):
                if begin <= last and end >= first:
                    rows.add(site_id=site.id, first_date=begin, last_date=end, kind=kind)


def _closures(rng: Random, season: Season, today: date) -> Iterator[Span]:
    if season in YEARLY:
        share, spans, kind = YEARLY[season]
        if rng.random() < share:
            for year in (today.year, today.year + 1):
                for begin, end in spans:
                    yield date(year, *begin), date(year, *end), kind
    if season is Season.SHUTDOWN:
        yield from _factory_closures(rng, today)


def _factory_closures(rng: Random, today: date) -> Iterator[Span]:
    if rng.random() < SHUTDOWN_SHARE:
        begin = today + timedelta(days=rng.randint(1, 200))
        yield begin, begin + timedelta(days=rng.randint(4, 9)), ClosureKind.SHUTDOWN
    if rng.random() < QUIET_SHARE:
        for ahead in range(QUIET_MONTHS):
            month = (today.replace(day=1) + timedelta(days=31 * ahead)).replace(day=1)
            yield month, month.replace(day=QUIET_LAST_DAY), ClosureKind.QUIET
