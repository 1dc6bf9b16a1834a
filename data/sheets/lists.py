"""Owns lists: sheets with one header line and one thing a line (enterprises, officers, items), read and written.

Knows no database; what a column means and which texts it takes is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from data.sheets.cells import folded, one_line, stripped
from data.sheets.errors import SheetRefused
from data.sheets.export import is_risky, workbook_bytes, write_title
from data.sheets.safety import LIST_LIMITS, check_file
from data.sheets.workbook import RawSheet, load_workbook

HEADER_ROWS: Final = 12
"""How far down the header may stand, below titles and notes."""

EXAMPLE_MARK: Final = "示例"
"""A line that begins so is the template's example and is not read."""

EMPTY_ROWS: Final = 200
PROBLEM_HEADER: Final = "问题"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListColumn:
    """A column of a list. `name`: stable; `header`: as the template writes it; `aliases`: other headers of it.

    `required`: a list without this column is refused. `example`: one cell; `note`: how it may be written.
    """

    name: str
    header: str
    aliases: tuple[str, ...] = ()
    required: bool = False
    example: str = ""
    note: str = ""
    width: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow:
    """A line of a list. `row`: from 1, as the spreadsheet counts; `texts`: {column name: text}, known columns only."""

    row: int
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListReading:
    """A list as read. `columns`: names of the columns found; `unknown`: headers that no column has."""

    sheet: str
    header_row: int
    columns: tuple[str, ...]
    unknown: tuple[str, ...]
    rows: tuple[ListRow, ...]


def read_list(content: bytes, *, filename: str, columns: Sequence[ListColumn]) -> ListReading:
    """Read the first visible sheet that has the required headers; lines without any text are passed over.

    Up to 50,000 lines. Raises SheetRefused: what `check_file` and `load_workbook` say, "list_header_missing"
    (headers: those required), "list_column_twice" (header), "list_empty".
    """
    book = load_workbook(check_file(content, filename=filename, limits=LIST_LIMITS), limits=LIST_LIMITS)
    for sheet in book.sheets:
        found = _find_header(sheet, columns)
        if found is not None:
            return _reading(sheet, found, columns)
    raise SheetRefused("list_header_missing", headers=[column.header for column in columns if column.required])


def template_list(title: str, columns: Sequence[ListColumn], notes: Sequence[str] = ()) -> bytes:
    """Write an empty list: title, notes, header, one example line that is not read, cells kept as text."""

    def fill(book: Workbook) -> None:
        page = book.add_worksheet(title[:31])
        row = write_title(book, page, title, len(columns))
        row = _write_notes(book, page, row, [*notes, *_column_notes(columns)], len(columns))
        _write_header(book, page, row, columns)
        cell = book.add_format({"border": 1, "num_format": "@", "text_wrap": True})
        grey = book.add_format({"border": 1, "num_format": "@", "italic": True, "font_color": "#777777"})
        for place, column in enumerate(columns):
            example = f"{EXAMPLE_MARK} {column.example}".strip() if place == 0 else column.example
            page.write_string(row + 1, place, example, grey)
            for below in range(row + 2, row + 2 + EMPTY_ROWS):
                page.write_blank(below, place, None, cell)
        page.freeze_panes(row + 1, 1)

    return workbook_bytes(fill)


def problem_list(title: str, columns: Sequence[ListColumn], rows: Sequence[tuple[ListRow, Sequence[str]]]) -> bytes:
    """Write the lines at fault with what is wrong beside each; mended there, the file is read again as it is."""

    def fill(book: Workbook) -> None:
        page = book.add_worksheet(title[:31])
        first = write_title(book, page, title, len(columns) + 1)
        problem = ListColumn(name="problem", header=PROBLEM_HEADER, width=44)
        _write_header(book, page, first, [*columns, problem])
        shape = {"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"}
        plain, quoted = book.add_format(shape), book.add_format(shape | {"quote_prefix": True})
        for line, (faulty, problems) in enumerate(rows, start=first + 1):
            texts = [*(faulty.texts.get(column.name, "") for column in columns), "\n".join(problems)]
            for place, text in enumerate(texts):
                page.write_string(line, place, text, quoted if is_risky(text) else plain)
        page.freeze_panes(first + 1, 1)

    return workbook_bytes(fill)


def _find_header(sheet: RawSheet, columns: Sequence[ListColumn]) -> tuple[int, dict[int, str]] | None:
    names = {_header_key(text): column.name for column in columns for text in (column.header, *column.aliases)}
    required = {column.name for column in columns if column.required}
    for index, cells in enumerate(sheet.rows[:HEADER_ROWS]):
        places = {place: names[_header_key(text)] for place, text in enumerate(cells) if _header_key(text) in names}
        if required <= set(places.values()):
            return index, places
    return None


def _header_key(text: str) -> str:
    """Headers are compared without blanks, marks of obligation and what stands in brackets."""
    return folded(text).strip("*").partition("(")[0].strip("*").lower()


def _reading(sheet: RawSheet, found: tuple[int, dict[int, str]], columns: Sequence[ListColumn]) -> ListReading:
    index, places = found
    names = list(places.values())
    for name in names:
        if names.count(name) > 1:
            header = next(column.header for column in columns if column.name == name)
            raise SheetRefused("list_column_twice", header=header)
    headers = sheet.rows[index]
    unknown = [one_line(text) for place, text in enumerate(headers) if stripped(text) and place not in places]
    rows = tuple(_rows(sheet, index + 1, places))
    if not rows:
        raise SheetRefused("list_empty", sheet=sheet.name)
    return ListReading(
        sheet=sheet.name,
        header_row=index + 1,
        columns=tuple(names),
        unknown=tuple(text for text in unknown if text != PROBLEM_HEADER),
        rows=rows,
    )


def _rows(sheet: RawSheet, first: int, places: Mapping[int, str]) -> list[ListRow]:
    rows = []
    for index, cells in enumerate(sheet.rows[first:], start=first):
        texts = {name: one_line(cells[place]) for place, name in places.items()}
        if any(texts.values()) and not stripped(next((cell for cell in cells if cell), "")).startswith(EXAMPLE_MARK):
            rows.append(ListRow(row=index + 1, texts=texts))
    return rows


def _column_notes(columns: Sequence[ListColumn]) -> list[str]:
    return [f"{column.header}：{column.note}" for column in columns if column.note]


def _write_notes(book: Workbook, page: Worksheet, row: int, notes: Sequence[str], width: int) -> int:
    style = book.add_format({"font_color": "#555555", "text_wrap": True, "num_format": "@"})
    for note in notes:
        if width > 1:
            page.merge_range(row, 0, row, width - 1, "", style)
        page.write_string(row, 0, note, style)
        row += 1
    return row


def _write_header(book: Workbook, page: Worksheet, row: int, columns: Sequence[ListColumn]) -> None:
    style = book.add_format({"bold": True, "bg_color": "#DDE7F3", "border": 1, "text_wrap": True})
    for place, column in enumerate(columns):
        page.write_string(row, place, column.header + ("*" if column.required else ""), style)
        page.set_column(place, place, column.width)
