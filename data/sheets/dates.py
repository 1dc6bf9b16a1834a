"""Owns points in time as people write them: `2025年9月`, `9月30日`, `2023.1.1`, `年底`, `次年3月`. Knows no periods."""

import calendar
import re
from dataclasses import dataclass
from datetime import date

from data.sheets.cells import with_arabic_numbers

_NEXT_YEAR = "次年|翌年|第二年|下一?年|来年|明年"
_YEAR = rf"(?:(?P<year>\d{{4}})年度?|(?P<next>{_NEXT_YEAR})|本年度?|当年|今年)?的?"
_THIRDS = {"上旬": (1, 10), "中旬": (11, 20), "下旬": (21, 31)}

_FORMS = tuple(
    re.compile(form)
    for form in (
        r"(?P<year>\d{4})(?P<mark>[./-])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})/?(?:\d{2}:\d{2}(?::\d{2})?)?",
        r"(?P<year>\d{4})[./-](?P<month>\d{1,2})",
        rf"{_YEAR}(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})[日号]",
        rf"{_YEAR}(?P<month>\d{{1,2}})月份?(?P<part>初|上旬|中旬|下旬|底|末|中)?",
        r"(?P<year>20\d{2})(?:年度?)?",
        rf"{_YEAR}(?P<part>年?底|年?末|年初)",
        rf"{_YEAR}(?P<month>\d{{1,2}})",
        r"(?P<month>\d{1,2})\.(?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})[日号]",
    )
)
_BARE_FORMS = {6, 7, 8}
"""`7`, `6.1` and `30日` mean a date only beside another one: `4-7`, `6.1-9.30`, `6月1日-30日`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point in time as written: what is missing is None. `part`: 初, 上旬, 中旬, 下旬, 底, 末, 年底 or ""."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    part: str = ""
    next_year: bool = False
    bare: bool = False

    @property
    def to_the_day(self) -> bool:
        return self.day is not None or self.part in _THIRDS

    @property
    def is_end(self) -> bool:
        return self.part in {"底", "末", "年底", "年末"}

    def first_day(self, year: int) -> date | None:
        """Give the first day that the point may mean, None when there is no such day."""
        if self.month is None:
            return date(year, 12, 31) if self.is_end else date(year, 1, 1)
        return _day(year, self.month, self.day or _THIRDS.get(self.part, (1, 0))[0])

    def last_day(self, year: int) -> date | None:
        """Give the last day that the point may mean, None when there is no such day."""
        if self.month is None and self.day is not None:
            return _day(year, 1, self.day)
        if self.month is None:
            return date(year, 1, 31) if self.part == "年初" else date(year, 12, 31)
        if not 1 <= self.month <= 12:
            return None
        end_of_month = calendar.monthrange(year, self.month)[1]
        return _day(year, self.month, self.day or min(_THIRDS.get(self.part, (0, 31))[1], end_of_month))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_point(text: str) -> Point | None:
    """Read one folded text as a point in time; None when it is none, or when there is no such day."""
    text = with_arabic_numbers(text, before="月日号")
    for index, form in enumerate(_FORMS):
        match = form.fullmatch(text)
        if match:
            return _point(match, bare=index in _BARE_FORMS)
    return None


def _point(match: re.Match[str], *, bare: bool) -> Point | None:
    found = match.groupdict()
    part = found.get("part") or ""
    if found.get("month") is None and part in {"底", "末"}:
        part = "年" + part
    point = Point(
        year=int(found["year"]) if found.get("year") else None,
        month=int(found["month"]) if found.get("month") else None,
        day=int(found["day"]) if found.get("day") else None,
        part=part,
        next_year=bool(found.get("next")),
        bare=bare,
    )
    # 2024 has a 29 February, so a date without a year is judged kindly; years far off are slips of the pen.
    plausible = point.year is None or 1990 <= point.year <= 2100
    return point if plausible and point.last_day(point.year or 2024) else None
