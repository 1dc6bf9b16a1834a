"""Owns words of bound around a number: 不低于, 以上, ≤. Knows no units."""

import re

_LEAST = r"不(?:得|应|宜|能)?(?:低于|少于|小于)|至少|最少|最低|≥|>=|=>|大于或?等于|>|下限"
_MOST = r"不(?:得|应|宜|能)?(?:超过|超|高于|大于|多于)|至多|最多|最高|≤|<=|=<|小于或?等于|<|上限|控制在"
_OVER = r"超过|高于|大于|多于|超"
_UNDER = r"低于|少于|小于|不足|不到"
_BEFORE = re.compile(
    rf"(?:(?P<least>{_LEAST})|(?P<most>{_MOST})|(?P<over>{_OVER})|(?P<under>{_UNDER}))[^\d,;%‰次家户]{{0,12}}$"
)
AFTER = r"(?P<after>(?:\(?含\)?|及|或)?以上|(?:\(?含\)?|及|或)?以下|及?以内)?"


def bounded(low: float, high: float | None, *, before: str, after: str | None) -> tuple[float | None, float | None]:
    """Turn a number with its words of bound into (min, max); an open end is None.

    `before`: the text in front of the number, whose last words may hold a bound (`不低于总数的`); `after`: what
    follows it (`以上`). A range (`10-20%`) ignores both.
    """
    if high is not None:
        return low, high
    found = _BEFORE.search(before)
    kind = found.lastgroup if found else None
    if kind in {"least", "over"} or (after and after.endswith("上")):
        return low, None
    if kind in {"most", "under"} or after:
        return None, low
    return low, low
