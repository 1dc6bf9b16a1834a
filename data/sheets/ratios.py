"""Owns shares as people write them: `5%`, `2-5%`, `不低于总数的5%`, `全覆盖`. Knows no columns and no other figures."""

import re
from dataclasses import dataclass

from data.sheets.bounds import AFTER, bounded

_NUMBER = r"\d+(?:\.\d+)?"
_PERCENT = re.compile(rf"(?P<low>{_NUMBER})(?P<sign>[%‰])?(?:(?:-|至|到)(?P<high>{_NUMBER}))?(?P<unit>[%‰]){AFTER}")
_FULL = re.compile(r"全覆盖|全面?检查|全部|逐户|逐家")
_PER_PERIOD = re.compile(r"(?:每个?(?:月|季度?|周|半年|旬|天|日)|(?:月度|季度)|按(?:月|季度?))[^%]*$")
_PER_AFTER = re.compile(r"/(?:月|季|周|半年)|每(?:月|季|周|半年)")
_STAFF = re.compile(r"\d+(?:\.\d+)?:\d+(?:\.\d+)?")
_STRAY = re.compile(r"(?:(?<![<>])=|(?<![A-Za-z])[A-Z]|[a-z?？])$")
"""A sign that stands where `≥` may have been (`=50%`, `M50%`)."""
_BARE = re.compile(rf"(?:>=|<=|≥|≤|>|<|[^\d,;%=A-Za-z]{{0,8}})(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))?{AFTER}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One share found in a text: fractions of 1, where it stood, and its fault code if it has one."""

    min: float | None
    max: float | None
    start: int = 0
    end: int = 0
    code: str = ""


def find_shares(plain: str) -> tuple[Share, ...]:
    """Find the shares with a percent sign in a folded text, in order; `全覆盖` counts where there is none."""
    shares = tuple(_share(match, plain) for match in _PERCENT.finditer(plain))
    if shares:
        return shares
    full = _FULL.search(plain)
    return (Share(min=1.0, max=1.0, start=full.start(), end=full.end()),) if full else ()


def is_staff_ratio(plain: str) -> bool:
    """Say whether a text only gives inspectors to objects (`1:10`), which is no share of the objects."""
    return bool(_STAFF.search(plain))


def bare_share(plain: str) -> Share | None:
    """Read a number whose percent sign stands in the header; None when the text is not just a number."""
    match = _BARE.fullmatch(plain)
    if not match:
        return None
    low, high = float(match["low"]) / 100, float(match["high"]) / 100 if match["high"] else None
    return _checked(low, high, match, before=plain[: match.start("low")], code="")


def _share(match: re.Match[str], plain: str) -> Share:
    scale = 1000 if match["unit"] == "‰" else 100
    low, high = float(match["low"]) / scale, float(match["high"]) / scale if match["high"] else None
    code = "ratio_damaged" if _STRAY.search(plain[: match.start()]) else ""
    if not code and (_PER_PERIOD.search(plain[: match.start("low")]) or _PER_AFTER.match(plain[match.end() :])):
        code = "ratio_per_period"
    return _checked(low, high, match, before=plain[: match.start("low")], code=code)


def _checked(low: float, high: float | None, match: re.Match[str], *, before: str, code: str) -> Share:
    first, last = bounded(
        round(low, 8), round(high, 8) if high is not None else None, before=before, after=match["after"]
    )
    if first is not None and last is not None and first > last:
        code = code or "ratio_backwards"
    if max(low, high or 0) > 1:
        code = code or "ratio_over_100"
    return Share(min=first, max=last, start=match.start(), end=match.end(), code=code)
