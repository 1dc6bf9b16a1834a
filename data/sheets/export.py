"""Owns writing rows as .xlsx and .csv so that no text of a row can become a formula. Knows nothing of what rows say."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

Value = str | int | float | bool | date | datetime | None
STARTERS = frozenset("=+-@\t\r＝＋－＠﹢﹣")
"""Signs that make a spreadsheet take a text for a formula, in half and full width."""

_SAFE_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "default_date_format": "yyyy-mm-dd",
}
_FIXED_DATE = datetime(2000, 1, 1)  # noqa: DTZ001 -- the file format knows no zone
"""Of every workbook, so that the same rows are the same bytes."""
_WIDEST, _NARROWEST = 48, 8
_MAX_TEXT = 32_767
"""The longest text that one cell of a workbook may hold."""


def is_risky(text: str) -> bool:
    """Say whether a spreadsheet might take this text for a formula."""
    return text.lstrip(" \u3000")[:1] in STARTERS if text else False


def rows_as_csv(headers: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """Write UTF-8 with its mark, so that Excel knows it; a text that could run gets a `'` before it."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow([_csv_text(header) for header in headers])
    writer.writerows([_csv_text(value) for value in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")


def _csv_text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return str(value)
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    return f"'{text}" if is_risky(text) or text.startswith(("\t", "\r", "\n")) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Imprint:
    """What a workbook says of itself: on a second sheet, and in the properties of the file. `lines`: name and text."""

    sheet: str
    title: str
    lines: tuple[tuple[str, str], ...]


def rows_as_xlsx(
    headers: Sequence[str],
    rows: Sequence[Sequence[Value]],
    *,
    sheet: str = "Sheet1",
    title: str = "",
    imprint: Imprint | None = None,
) -> bytes:
    """Write one sheet: a title line if there is one, a header that stays in sight, every text as a text.

    An imprint comes on a sheet of its own behind it: programs that read the first sheet find there what they did.
    """

    def fill(book: Workbook) -> None:
        page = book.add_worksheet(sheet)
        first = write_title(book, page, title, len(headers)) if title else 0
        write_table(book, page, headers, rows, first_row=first)
        if imprint is not None:
            _write_imprint(book, imprint)

    return workbook_bytes(fill)


def _write_imprint(book: Workbook, imprint: Imprint) -> None:
    page, styles = book.add_worksheet(imprint.sheet), _Styles(book)
    for index, line in enumerate(imprint.lines):
        for column, text in enumerate(line):
            write_value(page, index, column, text, plain=styles.plain, quoted=styles.quoted)
    for column, texts in enumerate(zip(*imprint.lines, strict=True)):
        page.set_column(column, column, _width(texts))
    comments = "\n".join(": ".join(line) for line in imprint.lines)
    book.set_properties({"created": _FIXED_DATE, "title": imprint.title, "comments": comments})


def workbook_bytes(fill: Callable[[Workbook], None]) -> bytes:
    """Make a workbook in memory with all guessing turned off, and let `fill` write it."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, _SAFE_OPTIONS) as book:
        book.set_properties({"created": _FIXED_DATE})
        fill(book)
    return stream.getvalue()


def write_title(book: Workbook, page: Worksheet, title: str, width: int) -> int:
    """Write a line over the whole table and return the row below it."""
    style = book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter", "num_format": "@"})
    if width > 1:
        page.merge_range(0, 0, 0, width - 1, "", style)
    page.write_string(0, 0, title, style)
    page.set_row(0, 28)
    return 1


def write_table(
    book: Workbook, page: Worksheet, headers: Sequence[str], rows: Sequence[Sequence[Value]], *, first_row: int = 0
) -> None:
    """Write header and rows from `first_row` (from 0) on."""
    head = book.add_format({"bold": True, "bg_color": "#DDE7F3", "border": 1, "text_wrap": True, "valign": "vcenter"})
    styles = _Styles(book)
    for column, header in enumerate(headers):
        page.write_string(first_row, column, header, head)
        page.set_column(column, column, _width([header, *(_shown(row[column]) for row in rows[:200])]))
    for index, row in enumerate(rows, start=first_row + 1):
        for column, value in enumerate(row):
            write_value(page, index, column, value, plain=styles.plain, quoted=styles.quoted)
    page.freeze_panes(first_row + 1, 0)


class _Styles:
    def __init__(self, book: Workbook) -> None:
        shape = {"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"}
        self.plain: Format = book.add_format(shape)
        self.quoted: Format = book.add_format(shape | {"quote_prefix": True})


def write_value(page: Worksheet, row: int, column: int, value: Value, *, plain: Format, quoted: Format) -> None:
    """Write one value by its own kind; a text never becomes a number, a link or a formula."""
    if value is None or value == "":
        page.write_blank(row, column, None, plain)
    elif isinstance(value, bool):
        page.write_string(row, column, "是" if value else "否", plain)
    elif isinstance(value, int | float):
        page.write_number(row, column, value)
    else:
        text = _shown(value)[:_MAX_TEXT]
        page.write_string(row, column, text, quoted if is_risky(text) else plain)


def _shown(value: Value) -> str:
    return value.isoformat(sep=" ") if isinstance(value, datetime) else "" if value is None else str(value)


def _width(texts: Sequence[str]) -> int:
    """Measure a column: a Chinese sign is as wide as two Latin ones."""
    longest = max(
        (sum(2 if ord(sign) > 0x2E7F else 1 for sign in line) for text in texts for line in text.split("\n")), default=0
    )
    return max(_NARROWEST, min(_WIDEST, longest + 2))
