"""Owns how often people write that something is checked: `1次/年`, `每季度各抽查1次`, `每月`. Knows no columns."""

import re
from dataclasses import dataclass

from data.sheets.bounds import AFTER, bounded
from data.sheets.model import Per

_UNIT = "学期|半年|年度|年|季度|季|个月|月份|月|周|星期|天|日"
_TIMES = re.compile(
    rf"(?P<low>\d+)次?(?:(?:-|至|到)(?P<high>\d+))?次{AFTER}"
    rf"(?:/?每?(?:/?(?P<span>\d+)?个?(?P<unit>{_UNIT})))?"
)
_EVERY = re.compile(
    rf"每(?P<span>\d+)?个?(?P<unit>{_UNIT})|(?<!\d)(?P<years>\d{{1,2}})年|(?P<year>全年|年度|年均|年内|每年度?|(?<![\d半])年(?=检查|抽查))|(?P<half>半年)"
)
_ALONE = re.compile(
    rf"(?:每|按)(?P<span>\d+)?个?(?P<unit>{_UNIT})(?:各?(?:检查|抽查|开展|一查|/次))*|(?:每|1)?(?P<slash>{_UNIT})/1?次"
)
_BARE = re.compile(rf"(?:=|>=|<=|≥|≤|>|<|[^\d,;%=A-Za-z]{{2,8}})?(?P<low>\d+)(?:-(?P<high>\d+))?{AFTER}")
_CYCLE = re.compile(rf"(?P<span>\d{{1,2}})?个?(?P<unit>{_UNIT})")
"""A cycle alone, `半年` or `2年`: once in each."""
_NOT_A_PLAN = re.compile(r"(?:第|已完成|已检查|受到|完成)$")
_PER = {
    "年": Per.YEAR,
    "年度": Per.YEAR,
    "半年": Per.HALF,
    "季": Per.QUARTER,
    "季度": Per.QUARTER,
    "月": Per.MONTH,
    "个月": Per.MONTH,
    "月份": Per.MONTH,
    "周": Per.WEEK,
    "星期": Per.WEEK,
    "天": Per.DAY,
    "日": Per.DAY,
}
_LONGER = {("年", 1): Per.YEAR, ("月", 1): Per.MONTH, ("月", 3): Per.QUARTER, ("月", 6): Per.HALF, ("月", 12): Per.YEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """One frequency found in a text. `capped`: the words say it is the most that is allowed (`上限`, `不超过`)."""

    min: int | None
    max: int | None
    per: Per | None
    start: int = 0
    end: int = 0
    capped: bool = False
    stated: bool = False
    code: str = ""


def find_times(plain: str) -> tuple[Times, ...]:
    """Find the frequencies in a folded text, in order. `stated`: the text itself says per what."""
    return tuple(_times(match, plain) for match in _TIMES.finditer(plain) if not _ignored(match, plain))


def every_time(plain: str) -> Times | None:
    """Read `每月`, `每季度`, `年/次`: once in each; None when the text says more or something else."""
    match = _ALONE.fullmatch(plain)
    if not match:
        return None
    per, code = _per(match["unit"] or match["slash"], match["span"])
    return Times(min=1, max=1, per=per, end=len(plain), stated=True, code=code)


def bare_times(plain: str) -> Times | None:
    """Read a number in a column of frequencies (`1`, `=1`, `>=1`, `1-2`): so many times, per nothing said."""
    cycle = _CYCLE.fullmatch(plain)
    if cycle:
        per, code = _per(cycle["unit"], cycle["span"])
        return Times(min=1, max=1, per=per, end=len(plain), stated=True, code=code)
    match = _BARE.fullmatch(plain)
    if not match:
        return None
    return _bounded(match, per=Per.ONCE, stated=False, code="", end=len(plain), plain=plain)


def _ignored(match: re.Match[str], plain: str) -> bool:
    return bool(_NOT_A_PLAN.search(plain[: match.start("low")]))


def _times(match: re.Match[str], plain: str) -> Times:
    unit, span = match["unit"], match["span"]
    if unit is None:
        every = list(_EVERY.finditer(plain[: match.start("low")]))
        if every:
            last = every[-1]
            unit, span = last["unit"] or ("半年" if last["half"] else "年"), last["span"] or last["years"]
    per, code = _per(unit, span) if unit else (Per.ONCE, "")
    return _bounded(match, per=per, stated=unit is not None, code=code, end=match.end(), plain=plain)


def _bounded(match: re.Match[str], *, per: Per | None, stated: bool, code: str, end: int, plain: str) -> Times:
    before = plain[: match.start("low")]
    low, high = int(match["low"]), int(match["high"]) if match["high"] else None
    first, last = bounded(low, high, before=before, after=match["after"])
    if first is not None and last is not None and first > last:
        code = code or "frequency_backwards"
    return Times(
        min=None if first is None else int(first),
        max=None if last is None else int(last),
        per=per,
        start=match.start(),
        end=end,
        capped="上限" in plain[: match.end("low")],
        stated=stated,
        code=code,
    )


def _per(unit: str, span: str | None) -> tuple[Per | None, str]:
    """Name the unit; a school term, two years or two months have no name in the published object: a fault."""
    if unit in _PER and (span is None or int(span) == 1):
        return _PER[unit], ""
    longer = _LONGER.get((unit[-1], int(span or 1)))
    return (longer, "") if longer else (None, "frequency_cycle")
