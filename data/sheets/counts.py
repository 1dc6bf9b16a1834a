"""Owns numbers of targets as people write them: `20户`, `60-70家`, `2.8万户`. Knows no columns and no other figures."""

import re
from dataclasses import dataclass

from data.sheets.bounds import AFTER, bounded

UNITS = "家次|户次|人次|家|户|个|人|所|处|名|条|件|批次|批|辆|台|座|只|艘|间|宗|组|份"
_NUMBER = r"\d+(?:\.\d+)?"
_COUNT = re.compile(
    rf"(?P<low>{_NUMBER})(?P<scale>万)?(?:{UNITS})?(?:(?:-|至|到)(?P<high>{_NUMBER})(?P<top>万)?)?"
    rf"(?P<unit>{UNITS})(?!次|月|级){AFTER}"
)
_BARE = re.compile(
    rf"(?:≥|≤|>=|<=|>|<|[^\d,;%=A-Za-z]{{0,6}})(?P<low>{_NUMBER})(?P<scale>万)?(?:-(?P<high>{_NUMBER})(?P<top>万)?)?{AFTER}"
)
_BASE = re.compile(r"(?:共|共有|现有|总数|总计|基数|辖区内?|在售|备案|登记|全[市区县省]).{0,12}$")
_DRAWN = re.compile(r"(?:抽|查|取|确定|随机)[^,;]{0,6}$")
_PER_PERIOD = re.compile(r"每个?(?:月|季度?|周|半年|天|日)[^,;]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One number of targets found in a text. `is_base`: how many there are, not how many are drawn."""

    min: int | None
    max: int | None
    start: int = 0
    end: int = 0
    is_base: bool = False
    code: str = ""


def find_counts(plain: str) -> tuple[Count, ...]:
    """Find the numbers of targets in a folded text, in order."""
    return tuple(_count(match, plain) for match in _COUNT.finditer(plain))


def bare_count(plain: str, *, scale: int = 1) -> Count | None:
    """Read a number whose unit stands in the header; `scale` 10,000 where the header counts in 万."""
    match = _BARE.fullmatch(plain)
    return _sized(match, before=plain[: match.start("low")], scale=scale) if match else None


def _count(match: re.Match[str], plain: str) -> Count:
    before = plain[: match.start("low")]
    is_base = bool(_BASE.search(before)) and not _DRAWN.search(before)
    code = "quantity_per_period" if _PER_PERIOD.search(before) else ""
    return _sized(match, before=before, is_base=is_base, code=code)


def _sized(match: re.Match[str], *, before: str, scale: int = 1, is_base: bool = False, code: str = "") -> Count:
    low_scale = 10_000 if match["scale"] or match["top"] else scale
    low = round(float(match["low"]) * low_scale, 6)
    high = round(float(match["high"]) * low_scale, 6) if match["high"] else None
    first, last = bounded(low, high, before=before, after=match["after"])
    if not (low.is_integer() and (high is None or high.is_integer())):
        code = code or "quantity_damaged"
    if first is not None and last is not None and first > last:
        code = code or "quantity_backwards"
    return Count(
        min=None if first is None else int(first),
        max=None if last is None else int(last),
        start=match.start(),
        end=match.end(),
        is_base=is_base,
        code=code,
    )
