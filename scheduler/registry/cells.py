"""Texts of a list turned into values: dates, classes, yes and no. Knows no table; what will not do is a CellFault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

from data.credit_codes import credit_code_fault
from data.sheets.cells import folded

T = TypeVar("T")
YES: Final = frozenset({"是", "y", "yes", "1", "true", "√", "有", "合格", "已审验", "通过"})
NO: Final = frozenset({"否", "n", "no", "0", "false", "×", "无", "不合格", "未审验", "未通过"})
_DATE: Final = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?")
_COMPACT_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME: Final = re.compile(r"(\d{1,2})[:点时](\d{0,2})分?")
_LATIN_CLASS: Final = re.compile(r"([ABCD])[类级]?", re.IGNORECASE)
MINUTES_A_DAY: Final = 1440


class CellFault(Exception):  # noqa: N818 -- it says what is wrong with a cell, and is caught by the comparison
    """A text that cannot be taken: a stable code and values for the words."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


def required(text: str) -> str:
    """Return the text. Raises CellFault("required") when there is none."""
    if not text:
        raise CellFault("required")
    return text


def limited(text: str, longest: int) -> str:
    """Return the text. Raises CellFault("string_too_long")."""
    if len(text) > longest:
        raise CellFault("string_too_long", max_length=longest)
    return text


def credit_code(text: str) -> str:
    """Return the code in capitals. Raises CellFault with what `credit_code_fault` says."""
    code = folded(required(text)).upper()
    fault = credit_code_fault(code)
    if fault is not None:
        raise CellFault(fault)
    return code


def day(text: str) -> date:
    """Return a date: 2026-03-02, 2026/3/2, 2026年3月2日, 20260302. Raises CellFault("date_parsing")."""
    clean = folded(required(text))
    match = _DATE.fullmatch(clean) or _COMPACT_DATE.fullmatch(clean)
    if match is None:
        raise CellFault("date_parsing")
    try:
        return date(*map(int, match.groups()[:3]))
    except ValueError:
        raise CellFault("date_parsing") from None


def yes(text: str) -> bool:
    """Return whether the text says yes. Raises CellFault("yes_or_no")."""
    word = folded(required(text)).lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise CellFault("yes_or_no")


def whole(text: str, *, least: int, most: int) -> int:
    """Return a whole number within bounds. Raises CellFault("int_parsing", "out_of_range")."""
    clean = folded(required(text)).removesuffix(".0")
    if not re.fullmatch(r"-?\d{1,9}", clean):
        raise CellFault("int_parsing")
    if not least <= int(clean) <= most:
        raise CellFault("out_of_range", min=least, max=most)
    return int(clean)


def degrees(text: str, *, most: int) -> float:
    """Return a longitude or latitude. Raises CellFault("float_parsing", "out_of_range")."""
    try:
        value = float(folded(required(text)))
    except ValueError:
        raise CellFault("float_parsing") from None
    if not -most <= value <= most:
        raise CellFault("out_of_range", min=-most, max=most)
    return value


def minute(text: str) -> int:
    """Return minutes after midnight: 8:00, 8点半 is not understood. Raises CellFault("time_parsing")."""
    match = _TIME.fullmatch(folded(required(text)).removesuffix(":00") if text.count(":") > 1 else folded(text))
    value = int(match[1]) * 60 + int(match[2] or 0) if match else -1
    if match is None or value > MINUTES_A_DAY or int(match[2] or 0) >= 60:
        raise CellFault("time_parsing")
    return value


def letter(text: str) -> str:
    """Return A, B, C or D: `A`, `a类`, `B级`. Raises CellFault("unknown_class")."""
    match = _LATIN_CLASS.fullmatch(folded(required(text)))
    if match is None:
        raise CellFault("unknown_class")
    return match[1].upper()


def chosen(text: str, known: Mapping[str, T]) -> T:
    """Return what a word stands for. Raises CellFault("unknown_word") with the words there are."""
    value = known.get(folded(required(text)).lower())
    if value is None:
        raise CellFault("unknown_word", known="、".join(known))
    return value
