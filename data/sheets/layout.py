"""Owns where the tables of a sheet stand: titles above, header of one or two lines, first and last row.

Knows what header words mean through data.sheets.columns, not how tasks are read.
"""

import re
from dataclasses import dataclass

from data.sheets.cells import folded, one_line
from data.sheets.columns import Meaning, SheetColumn, header_meaning, read_column
from data.sheets.guesses import guess_columns, settle_columns
from data.sheets.workbook import RawSheet

_SEARCHED_ROWS = 60
_SUB_LABELS = re.compile(
    r"^(?:一般|重点|一般事项|重点事项|一般检查事项|重点检查事项|[省市县区]+级|比例|频次|数量|类别|事项|内容|自|至|从|到|起|止|"
    r"开始|结束|起始|终止|发起|配合|名称|层级|基数|对象|范围|牵头|参与|时间|部门|[A-D]类?|是|否|户数|家数|方式|企业|个体工商户|个体)$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its columns, and its data rows `first`..`last` (from 0, `last` excluded).

    `guessed`: there was no header, the columns were told by what stands in them.
    """

    columns: tuple[SheetColumn, ...]
    header_rows: tuple[int, ...]
    first: int
    last: int
    guessed: bool = False


def find_tables(sheet: RawSheet) -> tuple[Table, ...]:
    """Find the tables of a sheet from top to bottom; () when nothing in it looks like one."""
    best = _best_header(sheet)
    if best is None:
        return _without_header(sheet)
    starts = [best, *_later_headers(sheet, best)]
    ends = [*starts[1:], len(sheet.rows)]
    return tuple(_table(sheet, start, end) for start, end in zip(starts, ends, strict=True))


def _header_word(text: str) -> Meaning | None:
    plain = folded(text)
    if re.search(r"\d|:.", plain) and not re.search(r"\(.*\)", plain):
        return None
    return header_meaning(text)


def _score(row: tuple[str, ...]) -> int:
    filled = [cell for cell in row if cell.strip()]
    if len(filled) < 2:
        return 0
    meanings = [meaning for cell in filled if (meaning := _header_word(cell)) is not None]
    if len(meanings) < max(2, 0.6 * len(filled)) or len(set(meanings)) < 2:
        return 0
    return len(meanings)


def _best_header(sheet: RawSheet) -> int | None:
    scores = [(_score(row), -index) for index, row in enumerate(sheet.rows[:_SEARCHED_ROWS])]
    score, index = max(scores, default=(0, 0))
    return -index if score else None


def _later_headers(sheet: RawSheet, best: int) -> list[int]:
    """Find headers of further tables below: as complete as a header is, and beginning with a number column."""
    own = [one_line(cell) for cell in sheet.rows[best]]
    found = []
    for index in range(best + 2, len(sheet.rows)):
        row = sheet.rows[index]
        filled = [cell for cell in row if cell.strip()]
        if len(filled) < 4 or any(re.search(r"\d", cell) for cell in filled):
            continue
        if _header_word(filled[0]) != Meaning.NUMBER or _score(row) < 0.8 * len(filled):
            continue
        if [one_line(cell) for cell in row] != own:
            found.append(index)
    return found


def _table(sheet: RawSheet, start: int, end: int) -> Table:
    upper, lower = _levels(sheet, start)
    headers = _headers(sheet, upper, lower)
    first = (lower if lower is not None else upper) + 1
    columns = tuple(read_column(index, header) for index, header in enumerate(headers))
    body = sheet.rows[first:end]
    rows = tuple(row for row in (upper, lower) if row is not None)
    return Table(columns=settle_columns(columns, body), header_rows=rows, first=first, last=end)


def _levels(sheet: RawSheet, best: int) -> tuple[int, int | None]:
    """Say which rows are the upper and the lower line of the header; the best row may be either."""
    if best + 1 < len(sheet.rows) and _is_lower(sheet, best, best + 1):
        return best, best + 1
    if best > 0 and _is_lower(sheet, best - 1, best) and _score(sheet.rows[best - 1]):
        return best - 1, best
    return best, None


def _is_lower(sheet: RawSheet, upper: int, lower: int) -> bool:
    above, below = sheet.rows[upper], sheet.rows[lower]
    filled = [index for index, cell in enumerate(below) if cell.strip()]
    if not filled or len([cell for cell in above if cell.strip()]) < 2:
        return False
    if not all(_SUB_LABELS.match(folded(below[index])) or _header_word(below[index]) for index in filled):
        return False
    if any(len(folded(below[index])) > 20 for index in filled):
        return False
    numbers = [index for index, cell in enumerate(above) if header_meaning(cell) == Meaning.NUMBER]
    if any(below[index].strip() for index in numbers):
        return False
    return any(not above[index].strip() for index in filled)


def _headers(sheet: RawSheet, upper: int, lower: int | None) -> list[str]:
    above = list(sheet.rows[upper])
    below = list(sheet.rows[lower]) if lower is not None else [""] * len(above)
    for index in range(1, len(above)):
        covered = sheet.merged.get((upper, index))
        under_same = covered is not None and covered[0] == upper
        if not above[index].strip() and (under_same or below[index].strip()):
            above[index] = above[index - 1]
    return [_joined(top, bottom) for top, bottom in zip(above, below, strict=True)]


def _joined(top: str, bottom: str) -> str:
    if not bottom.strip():
        return top
    if re.fullmatch(r"发起|牵头|配合|参与", folded(bottom)):
        return f"{bottom}部门"
    own = header_meaning(bottom)
    if not top.strip() or (own not in {None, Meaning.LEVEL_CAP} and not _SUB_LABELS.match(folded(bottom))):
        return bottom
    if re.match(r"^(?:比例|频次|数量|对象|范围|类别|事项|内容|方式|户数|基数)$", folded(bottom)) and own is not None:
        return bottom if not re.search(r"类别|类型", folded(top)) else top + bottom
    return top + bottom


def _without_header(sheet: RawSheet) -> tuple[Table, ...]:
    wide = [index for index, row in enumerate(sheet.rows) if sum(bool(cell.strip()) for cell in row) >= 3]
    if not wide:
        return ()
    body = tuple(sheet.rows[index] for index in wide)
    columns = guess_columns(body)
    if not columns:
        return ()
    return (Table(columns=columns, header_rows=(), first=wide[0], last=len(sheet.rows), guessed=True),)
