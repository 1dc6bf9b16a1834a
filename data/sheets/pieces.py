"""Owns cutting a cell of figures into its pieces, each with its text as written. Knows no ratios or frequencies."""

import re
from dataclasses import dataclass

from data.sheets.cells import folded, stripped, with_arabic_numbers

_SEPARATORS = re.compile(r"[,，;；。\n]+")
_THOUSANDS = re.compile(r"(?<=\d)[,，](?=\d{3}(?!\d))")
_NUMBERING = re.compile(r"^(?:\([一二三四五六七八九十\d]{1,2}\)|[一二三四五六七八九十]、|\d{1,2}[.、)](?!\d)|[①-⑩])")
_COUNT_IN_BRACKETS = re.compile(r"\((?:共|约|共计|不少于|不低于|至少)?\d[\d.]*万?(?:家|户|个|人|所|处|名|条)?次?\)")
_BRACKETS = re.compile(r"\([^()]*\)")
_ROUNDED_UP = re.compile(r"不足[1一](?:户|家|个|人|所)的?[,，]?(?:按|抽|取)[1一](?:户|家|个|人|所)(?:抽取|计算|计)?")
_PERCENT_WORDS = re.compile(r"百分之([零一二三四五六七八九十百\d.]+)")
_UNITS = "次家户个人所处年月季周天日批%件"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One statement of a cell: `text` as written, `plain` folded for reading, notes in brackets taken out.

    `tail`: the sign that parts it from the next one, "" at the end.
    """

    text: str
    plain: str
    tail: str = ""


def cell_pieces(text: str) -> tuple[Piece, ...]:
    """Cut at commas, semicolons, full stops and line breaks, but not inside brackets or between thousands."""
    text = stripped(text)
    return tuple(
        Piece(text=part, plain=plain_figures(part), tail=tail) for part, tail in _cut(_THOUSANDS.sub("", text)) if part
    )


def _cut(text: str) -> list[tuple[str, str]]:
    parts, depth, start = [], 0, 0
    for index, sign in enumerate(text):
        if sign in "(（":
            depth += 1
        elif sign in ")）":
            depth = max(0, depth - 1)
        elif not depth and _SEPARATORS.fullmatch(sign):
            parts.append((stripped(text[start:index]), sign))
            start = index + 1
    parts.append((stripped(text[start:]), ""))
    return parts


def plain_figures(text: str) -> str:
    """Fold a text for reading its figures: numbers in Arabic, numbering and notes in brackets taken out."""
    plain = _NUMBERING.sub("", folded(text))
    plain = _THOUSANDS.sub("", plain)
    plain = _PERCENT_WORDS.sub(lambda match: with_arabic_numbers(match.group(1) + "%", before="%"), plain)
    plain = re.sub("一半|半数", "50%", plain)
    plain = _ROUNDED_UP.sub("", plain)
    counts = "".join(_COUNT_IN_BRACKETS.findall(plain))
    kept = _BRACKETS.sub("", _COUNT_IN_BRACKETS.sub("", plain)) or plain
    return with_arabic_numbers(kept, before=_UNITS) + counts


def unbalanced(text: str) -> bool:
    """Say whether a bracket has lost its partner, the sign that a copy ate what stood beside a figure."""
    plain = folded(_NUMBERING.sub("", folded(text)))
    return plain.count("(") != plain.count(")")
