"""Owns tasks written as cards, one `key: value` a line, instead of as a table. Knows no task, only puts cards on lines.

A card becomes one line of a table whose columns are all the keys of the sheet.
"""

import re
from collections.abc import Sequence

from data.sheets.cells import folded, stripped
from data.sheets.columns import header_meaning
from data.sheets.workbook import RawSheet

_PAIR = re.compile(
    r"^\s*(?:\d{1,2}[.、]|[(（][一二三四五六七八九十\d]+[)）]|[一二三四五六七八九十]+、)?\s*([^:：]{2,20})[:：]\s*(.+)$",
    re.DOTALL,
)
_FEWEST_KEYS = 3


def card_table(sheet: RawSheet) -> tuple[tuple[str, ...], tuple[tuple[int, tuple[str, ...]], ...]] | None:
    """Give (headers, ((row from 0, texts), ...)) of a sheet of cards; None when it is no such sheet."""
    pairs = _pairs(sheet.rows)
    keys = list(dict.fromkeys(key for _, key, _ in pairs))
    filled = [row for row in sheet.rows if any(cell.strip() for cell in row)]
    if len(keys) < _FEWEST_KEYS or len({row for row, _, _ in pairs}) < 0.6 * len(filled):
        return None
    cards: list[tuple[int, dict[str, str]]] = []
    for row, key, value in pairs:
        if not cards or key in cards[-1][1]:
            cards.append((row, {}))
        cards[-1][1][key] = value
    return tuple(keys), tuple((row, tuple(card.get(key, "") for key in keys)) for row, card in cards)


def _pairs(rows: Sequence[tuple[str, ...]]) -> list[tuple[int, str, str]]:
    found = []
    for index, row in enumerate(rows):
        cells = [cell for cell in row if cell.strip()]
        for key, value in _row_pairs(cells):
            if header_meaning(key) is not None and not re.search(r"\d", folded(key)):
                found.append((index, key, value))
    return found


def _row_pairs(cells: list[str]) -> list[tuple[str, str]]:
    """Read a line as pairs: one cell `key: value`, or keys and values in turn (two or four cells)."""
    if len(cells) == 1:
        match = _PAIR.match(cells[0])
        return [(stripped(match.group(1)), stripped(match.group(2)))] if match else []
    if len(cells) % 2 or len(cells) > 4:
        return []
    return [(stripped(key).rstrip(":："), stripped(value)) for key, value in zip(cells[::2], cells[1::2], strict=True)]
