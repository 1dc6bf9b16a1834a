"""Owns lists of items in a cell: numbered, one a line, or parted by semicolons. Knows no columns."""

import re
from functools import lru_cache

from data.sheets.cells import distinct, is_empty, one_line, stripped

_NUMBERED = re.compile(
    r"(?:^|(?<=[\s;；。，,、]))(?:[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）]|\d{1,2}\s*[.．、](?!\d)|[①-⑳]|[一二三四五六七八九十]{1,3}、)\s*"
)
_WHOLE_LINE = re.compile(r"(?:检查|抽查|监管|核查|监督|管理|情况|检测|评估)[;；。，,、]?$")
_EDGES = " \t\n;；。，,、"


@lru_cache(maxsize=4096)
def read_items(text: str) -> tuple[str, ...]:
    """Split a cell into its items, without their numbers; commas and 、 never part items."""
    if is_empty(text):
        return ()
    text = stripped(text)
    starts = list(_NUMBERED.finditer(text))
    if starts and starts[0].start() == 0:
        ends = [*(match.start() for match in starts[1:]), len(text)]
        pieces = [text[match.end() : end] for match, end in zip(starts, ends, strict=True)]
    else:
        pieces = _lines(text)
    return distinct([one_line(part).strip(_EDGES) for piece in pieces for part in _at_semicolons(piece)])


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    refers = re.match(r"参照|按照|根据|依据", text)
    whole = not refers and len(lines) > 1 and all(_WHOLE_LINE.search(line) and len(line) > 3 for line in lines)
    return lines if whole else [text]


def _at_semicolons(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for index, sign in enumerate(text):
        depth += (sign in "(（“") - (sign in ")）”")
        if sign in ";；" and depth <= 0:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]
