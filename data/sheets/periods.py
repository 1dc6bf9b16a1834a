"""Owns periods as people write them: from the text of a cell to dates, kind and fault codes. Knows no columns."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

from data.sheets.cells import folded, stripped, with_arabic_numbers
from data.sheets.dates import Point, read_point
from data.sheets.model import Period, PeriodKind

_BRACKETS = re.compile(r"\([^()]*\)|（[^（）]*）|【[^】]*】|\[[^\]]*\]")
_LEAD = re.compile(r"^(?:计划|拟|预计|初步|暂定|大约|约)?(?:于|在|自|从)?(?=[\d年次翌本当今上下第一二三四十全])")
_TAIL = re.compile(
    r"(?:期间|之间|内|左右)?(?:组织|集中)?(?:开展|进行|实施|检查|抽查|完成|执行)*(?:检查|抽查|工作|任务)*$"
)
_DEADLINE = re.compile(r"(?:截[至止]到?|最迟|不晚于|不迟于)?(?P<point>.+?)(?P<before>之前|以前|前|止|为止)?(?:完成.*)?")
_RANGE = re.compile(r"(?P<first>.+?)(?:-|至|到)+(?P<last>.+?)(?P<before>之前|以前|前|止|为止)?")
_QUARTER = r"第?(?P<{0}>[1-4])季度?"
_QUARTERS = re.compile(
    r"(?:(?P<year>\d{4})年度?|本年度?|今年)?的?"
    + _QUARTER.format("first").replace("季度?", "(?:季度?)?")
    + r"(?:[-至到、和,及]"
    + _QUARTER.format("last")
    + ")?"
)
_QUARTER_END = re.compile(r"(?:(?P<year>\d{4})年度?)?的?第?(?P<quarter>[1-4])季度?(?P<word>前|末|底|末前|底前|结束前)")
_HALF = re.compile(r"(?:(?P<year>\d{4})年度?|本年度?|今年)?的?(?P<half>上|下)半年度?")
_YEAR = re.compile(r"(?:(?P<year>20\d{2})年?度?|本年度?|当年|今年)?(?:全年度?(?:1-12月)?|年度?内|内|整年|年度)?")
_SINCE = re.compile(r"自?(?P<point>.+?)(?:起|开始)")
_COUNT = re.compile(
    r"[,;、]?(?:计划|拟|共|各|随机|约)?(?:检查|抽查|抽取)(?:不少于|至少|约|共)?\d[\d.]*(?:家|户|个|人|所|处)次?"
)
_TIMES = re.compile(
    r"[,;、。]*(?:(?:每|各)?(?:年|半年|季度?|月|周|天|日|学期)?(?:各|至少|不少于)?(?:开展|检查|抽查|进行)?(?:各|至少|不少于)?"
    r"\d+次(?:/[年季月周天度半]+)?)$"
)
_RECURRING = re.compile(r"每个?(?:季|月|周|星期|天|日|半年|年|学期|旬|两月|双月|两个月|[2-9]个?月)|按(?:季|月|周|旬)")
_EVENT = re.compile(
    r"期间|节点|暑假|暑期|寒假|寒期|假期|节假日|开学|中高考|高考|中考|出库|入库|汛期|春季|秋季|夏季|冬季|春、秋|春秋|夏、秋|"
    r"节前|节日|元旦|春节|清明|五一|端午|中秋|国庆|两节|旺季|淡季|采暖季|供暖季|收购季|雨季|根据.*时间(?:确定|安排)|重大活动|重要时段"
)
_OPEN = re.compile(
    r"适时|统一安排|统一部署|不定期|随机|待定|另行|视情|视工作|实际|按需|随时|常态|长期|实时|日常|机动|自行|自定|"
    r"本年度?(?:内)?完成|(?:根据|按照?|依据).*(?:确定|安排|要求|需要|开展|执行|部署)|(?:需要|必要)时|全覆盖"
)
_BATCHES = re.compile(r"第?[一二三四五1-5]批")
_ONE_TIME = re.compile(r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|份)?前?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReading:
    """A period with the codes of its faults, and what stood beside it in the cell (`第三季度检查20家`)."""

    period: Period
    codes: tuple[str, ...] = ()
    quantity_text: str = ""
    frequency_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """What a text says before the year of the sheet is put in. `exclusive`: the last point itself is not meant."""

    kind: PeriodKind
    first: Point | None = None
    last: Point | None = None
    exclusive: bool = False
    code: str = ""


@lru_cache(maxsize=4096)
def read_period(text: str, *, year: int | None, deadline: bool = False) -> PeriodReading:
    """Read one cell. Never raises: what is not understood keeps its text and gets a code.

    `year`: of the plan, put where the text has none; without it the code is `year_unknown` and the kind is kept.
    `deadline`: the column says by when, so a bare `10月` ends there and begins nowhere.
    """
    text = stripped(text)
    plain = _plain(text)
    count, times = _beside(plain)
    core = plain
    for piece in (count, times):
        core = core.replace(piece, "", 1).strip(",;、。.") if piece else core
    span = _span(core or plain) or _span(plain)
    if span is None:
        return PeriodReading(period=Period(kind=_kind_of(plain), text=text), codes=(_code_of(plain),))
    if deadline and span.kind in {PeriodKind.MONTHS, PeriodKind.DATES} and span.first is span.last:
        span = replace(span, kind=PeriodKind.DEADLINE, first=None)
    reading = _dated(span, text=text, year=year)
    if span.kind == PeriodKind.RECURRING and not times:
        times = plain
    return replace(reading, quantity_text=count.strip(",;、"), frequency_text=times.strip(",;、"))


def read_span(first: str, last: str, *, year: int | None) -> PeriodReading:
    """Read a period whose start and end stand in two columns; either may be empty."""
    text = " - ".join(part for part in (stripped(first), stripped(last)) if part)
    readings = [read_period(part, year=year) for part in (first, last) if stripped(part)]
    codes = tuple(dict.fromkeys(code for reading in readings for code in reading.codes))
    if not readings:
        return PeriodReading(period=Period(), codes=("period_not_understood",))
    if len(readings) != 2 or codes:
        known = readings[0].period if len(readings) == 1 else Period()
        ends = {"first": known.first, "last": None} if stripped(first) else {"first": None, "last": known.last}
        kind = known.kind if len(readings) == 1 else readings[0].period.kind
        return PeriodReading(period=Period(**ends, kind=kind, text=text), codes=codes)
    begin, end = readings[0].period, readings[1].period
    if begin.first is None or end.last is None:
        return PeriodReading(period=Period(first=begin.first, last=end.last, kind=end.kind, text=text))
    if begin.first > end.last:
        return PeriodReading(period=Period(kind=end.kind, text=text), codes=("period_backwards",))
    kinds = {begin.kind, end.kind}
    kind = PeriodKind.MONTHS if kinds == {PeriodKind.MONTHS} else PeriodKind.DATES
    return PeriodReading(period=Period(first=begin.first, last=end.last, kind=kind, text=text))


def _plain(text: str) -> str:
    whole = folded(text).strip(",;、。.")
    return _BRACKETS.sub("", whole).strip(",;、。.") or whole


def _beside(plain: str) -> tuple[str, str]:
    count = _COUNT.search(plain)
    times = _TIMES.search(with_arabic_numbers(plain, before="次"))
    found = times.group(0) if times and times.start() > 0 else ""
    return (count.group(0) if count else ""), (found if found in plain else "")


def _kind_of(plain: str) -> PeriodKind | None:
    return PeriodKind.DEADLINE if re.search(r"\d日?(?:之|以)?前", plain) else None


def _code_of(plain: str) -> str:
    return "period_damaged" if re.search(r"\d", plain) else "period_not_understood"


def _span(plain: str) -> _Span | None:
    readers: tuple[Callable[[str], _Span | None], ...] = (
        _batches,
        _whole_year,
        _quarters,
        _half_year,
        _single,
        _range,
        _several_months,
        _since,
        _words,
    )
    for candidate in dict.fromkeys((plain, _trimmed(plain))):
        for reader in readers:
            span = reader(candidate)
            if span is not None:
                return span
    return None


def _trimmed(plain: str) -> str:
    return _TAIL.sub("", _LEAD.sub("", plain)).strip(",;、。.")


def _batches(plain: str) -> _Span | None:
    """Read several batches with a deadline each: the last one closes the task, the fault tells of the others."""
    if len(_BATCHES.findall(plain)) < 2:
        return None
    parts = [part for part in re.split(r"[,;。]|第?[一二三四五1-5]批次?:?", plain) if re.search(r"\d", part)]
    spans = [_single(_trimmed(part)) or _range(_trimmed(part)) for part in parts]
    known = [span for span in spans if span is not None and span.last is not None]
    if not parts or len(known) != len(spans):
        return None
    return _Span(kind=known[-1].kind, first=None, last=known[-1].last, code="period_batches")


def _whole_year(plain: str) -> _Span | None:
    match = _YEAR.fullmatch(plain)
    if not match or not plain:
        return None
    point = Point(year=int(match["year"]) if match["year"] else None)
    return _Span(kind=PeriodKind.YEAR, first=point, last=point)


def _quarters(plain: str) -> _Span | None:
    plain = with_arabic_numbers(plain, before="季、和及至到-")
    end = _QUARTER_END.fullmatch(plain)
    if end:
        first = end["word"] == "前"
        month = int(end["quarter"]) * 3 - (2 if first else 0)
        point = Point(year=int(end["year"]) if end["year"] else None, month=month)
        return _Span(kind=PeriodKind.DEADLINE, last=point, exclusive=first)
    match = _QUARTERS.fullmatch(plain)
    if not match or "季" not in plain:
        return None
    year = int(match["year"]) if match["year"] else None
    first, last = int(match["first"]), int(match["last"] or match["first"])
    if first > last:
        return None
    return _Span(
        kind=PeriodKind.QUARTER, first=Point(year=year, month=first * 3 - 2), last=Point(year=year, month=last * 3)
    )


def _half_year(plain: str) -> _Span | None:
    match = _HALF.fullmatch(plain)
    if not match:
        return None
    year = int(match["year"]) if match["year"] else None
    first, last = (1, 6) if match["half"] == "上" else (7, 12)
    return _Span(kind=PeriodKind.MONTHS, first=Point(year=year, month=first), last=Point(year=year, month=last))


def _single(plain: str) -> _Span | None:
    match = _DEADLINE.fullmatch(plain)
    point = read_point(match["point"]) if match else None
    if match is None or point is None or point.bare:
        return None
    if match["before"] or point.is_end:
        # 12月前 ends before December begins; 7月20日前 and 10月底前 include the day named.
        exclusive = bool(match["before"]) and not point.to_the_day and not point.is_end and "止" not in match["before"]
        return _Span(kind=PeriodKind.DEADLINE, last=point, exclusive=exclusive)
    if point.month is None:
        return _Span(kind=PeriodKind.YEAR, first=point, last=point)
    return _Span(kind=PeriodKind.DATES if point.to_the_day else PeriodKind.MONTHS, first=point, last=point)


def _range(plain: str) -> _Span | None:
    for cut in re.finditer(r"-|至|到", plain):
        head, tail = plain[: cut.start()], plain[cut.end() :].lstrip("-至到")
        tail = re.sub(r"(?:之前|以前|前|为止|止)$", "", tail)
        first, last = read_point(head), read_point(tail)
        if last is not None and not last.bare and head in {"即日起", "即日", "即时", "印发之日起"}:
            return _Span(kind=PeriodKind.DEADLINE, last=last)
        if first is not None and last is not None:
            span = _joined(first, last)
            if span is not None:
                return span
    return None


def _joined(first: Point, last: Point) -> _Span | None:
    if first.month is None and last.month is None:
        return _Span(kind=PeriodKind.YEAR, first=first, last=last) if first.year and last.year else None
    if first.month is None:
        return None
    if first.day is not None and last.bare and (last.month is None or last.day is None):
        # 6月1日-30日, 6月1日-30: the second number is a day of the same month.
        last = replace(last, month=first.month, day=last.day or last.month, year=last.year or first.year)
    elif (last.bare and last.day is not None and first.day is None) or (last.month is None and not last.is_end):
        return None
    if last.last_day(last.year or 2024) is None:
        return None
    kind = PeriodKind.DATES if first.to_the_day or last.to_the_day else PeriodKind.MONTHS
    return _Span(kind=kind, first=first, last=last)


def _several_months(plain: str) -> _Span | None:
    """Read `9月、10月`: months in a row are one period; others are left to a person."""
    year = re.match(r"(\d{4})年", plain)
    parts = re.split(r"[、,;和及与]", plain[year.end() :] if year else plain)
    points = [read_point(part if "月" in part else part + "月") for part in parts]
    months = [point.month for point in points if point is not None and point.month and not point.day]
    if len(parts) < 2 or len(months) != len(parts) or "月" not in parts[-1]:
        return None
    known = int(year.group(1)) if year else None
    in_a_row = months == list(range(months[0], months[0] + len(months)))
    span = _Span(
        kind=PeriodKind.MONTHS, first=Point(year=known, month=months[0]), last=Point(year=known, month=months[-1])
    )
    return span if in_a_row else _Span(kind=PeriodKind.MONTHS, code="period_several")


def _since(plain: str) -> _Span | None:
    match = _SINCE.fullmatch(plain)
    point = read_point(match["point"]) if match else None
    if point is None or point.bare:
        return None
    return _Span(kind=PeriodKind.DATES if point.to_the_day else PeriodKind.MONTHS, first=point)


def _words(plain: str) -> _Span | None:
    if _RECURRING.search(plain):
        return _Span(kind=PeriodKind.RECURRING)
    if re.search(r"\d", re.sub(r"\d{4}年度?", "", plain)):
        return None
    if _EVENT.search(plain):
        return _Span(kind=PeriodKind.EVENT)
    return _Span(kind=PeriodKind.OPEN) if _OPEN.search(plain) else None


def _dated(span: _Span, *, text: str, year: int | None) -> PeriodReading:
    bare = Period(kind=span.kind, text=text)
    codes: tuple[str, ...] = (span.code,) if span.code else ()
    if span.first is None and span.last is None:
        return PeriodReading(period=bare, codes=codes)
    points = [point for point in (span.first, span.last) if point is not None]
    base = points[0].year or next((p.year for p in points if p.year and not p.next_year), None) or year
    if base is None:
        return PeriodReading(period=bare, codes=(*codes, "year_unknown"))
    first = span.first.first_day(base) if span.first else None
    last = _last_day(span, base)
    if (span.first and first is None) or (span.last and last is None):
        return PeriodReading(period=bare, codes=(*codes, "period_damaged"))
    if first and last and first > last:
        return PeriodReading(period=bare, codes=(*codes, "period_backwards"))
    codes += _year_codes(first, last, year)
    return PeriodReading(period=Period(first=first, last=last, kind=span.kind, text=text), codes=codes)


def _last_day(span: _Span, base: int) -> date | None:
    if span.last is None:
        return None
    year = span.last.year or (base + 1 if span.last.next_year else base)
    if span.exclusive:
        first = span.last.first_day(year)
        return first - timedelta(days=1) if first else None
    return span.last.last_day(year)


def _year_codes(first: date | None, last: date | None, year: int | None) -> tuple[str, ...]:
    """Say when the dates written lie wholly before or after the plan's year: a page copied from another year."""
    if year is None:
        return ()
    if last is not None and last.year < year:
        return ("stale_year",)
    return ("year_ahead",) if first is not None and first.year > year else ()
