"""Owns the text of one cell: half and full width, blanks, numbers as text. Knows nothing of columns or tasks."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache

CJK = "\u3400-\u9fff\uf900-\ufaff"
EMPTY_MARKS = frozenset({"", "-", "--", "---", "/", "\\", "无", "—", "——", "–", "\\/", "／", "－", "n/a", "N/A"})
"""What people type to say that there is nothing."""

_DASHES = re.compile("[—–―－﹣−‐‑‒─━~～〜]+")
_GAP_IN_WORDS = re.compile(f"(?<=[{CJK}、，；：。（）])\\s+(?=[{CJK}、，；：。（）])")
_BLANKS = re.compile(r"[\s\u3000\u00a0\u200b\ufeff]+")
_INVISIBLE = re.compile("[\u200b\u200c\u200d\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMERALS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_CHINESE_NUMBER = re.compile("[零〇一二两三四五六七八九十百]+")


@lru_cache(maxsize=8192)
def stripped(text: str) -> str:
    """Take away invisible signs and the blanks around a text; inner line breaks stay, as the text was written."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", ""))
    return text.strip(" \t\n\u3000\u00a0")


def is_empty(text: str) -> bool:
    return stripped(text) in EMPTY_MARKS


@lru_cache(maxsize=8192)
def folded(text: str) -> str:
    """Give the text for parsing: half-width signs, one kind of dash, no blanks. Length and places change."""
    text = unicodedata.normalize("NFKC", stripped(text))
    text = _DASHES.sub("-", _BLANKS.sub("", text))
    return text.replace("≧", "≥").replace("≦", "≤").replace("⩾", "≥").replace("⩽", "≤").replace("﹪", "%")


@lru_cache(maxsize=8192)
def one_line(text: str) -> str:
    """Give a name on one line: gaps that a line break or a web page put between Chinese words are closed."""
    text = _BLANKS.sub(" ", stripped(text).replace("\n", " "))
    return _GAP_IN_WORDS.sub("", text).strip()


def phrase(text: str) -> str:
    """Give a text on one line whose blanks may part words: line breaks are closed, runs of blanks become one."""
    text = re.sub(f"(?<=[{CJK}、，；：。（）])\\s*\n\\s*(?=[{CJK}、，；：。（）])", "", stripped(text))
    return _BLANKS.sub(" ", text).strip()


def number_of(text: str) -> int | None:
    """Read a Chinese or Arabic whole number up to 999 (`两`, `十二`, `3`); None when it is not one."""
    if text.isdecimal():
        return int(text)
    if not _CHINESE_NUMBER.fullmatch(text):
        return None
    total, current = 0, 0
    for sign in text:
        if sign in _NUMERALS:
            current = _NUMERALS[sign]
        else:
            total += (current or 1) * (10 if sign == "十" else 100)
            current = 0
    return total + current


def with_arabic_numbers(text: str, *, before: str) -> str:
    """Write Chinese numerals that stand before one of the signs `before` (a regex class) in Arabic ones."""
    found = re.compile(f"({_CHINESE_NUMBER.pattern})(?=[{before}])")
    return found.sub(lambda match: str(number_of(match.group(1))), text)


def plain_number(value: float) -> str:
    """Write a number as people would type it: `5.0` is `5`, float noise is rounded away."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:.10f}".rstrip("0").rstrip(".")
    return str(int(value))


def text_of(value: object, *, number_format: str = "") -> str:
    """Write a cell value as the spreadsheet shows it, as far as it matters for a plan.

    `number_format`: the cell's format code, e.g. `0%` or `yyyy"年"m"月"`; a percent format gives `5%`, a date format
    without a day gives `2025年9月`.
    """
    if value is None or isinstance(value, str):
        return stripped(value or "")
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return plain_number(round(value * 100, 8)) + "%" if "%" in number_format else plain_number(value)
    if isinstance(value, datetime | date):
        return _date_text(value, number_format)
    if isinstance(value, time | timedelta):
        return str(value)
    return stripped(str(value))


def _date_text(value: datetime | date, number_format: str) -> str:
    shown = re.sub(r'"[^"]*"|\[[^\]]*\]|\\.', "", number_format).lower()
    if shown and "d" not in shown:
        return f"{value.year}年{value.month}月" if "m" in shown else f"{value.year}年"
    return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"


def column_letters(index: int) -> str:
    """Name a column as a spreadsheet does: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def cell_address(row: int, column: int) -> str:
    """Name a cell by its row (from 1) and column (from 0)."""
    return f"{column_letters(column)}{row}"


def distinct(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
