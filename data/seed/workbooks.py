"""Sample plan workbooks, as a clerk would upload them; the same arguments give the same bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Final

import xlsxwriter

from data.seed.sheet_layouts import LEFT, UP, Row, SheetLayout, get_layout

# A workbook carries the time of its making: a fixed one, or no two files would be alike.
MADE_AT: Final = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def sample_workbook(name: str, *, year: int, month: int) -> bytes:
    """Return an .xlsx file with one sheet, its tasks mostly in the given month. Raises NotFoundError."""
    layout = get_layout(name, year=year, month=month)
    stream = BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": layout.title, "comments": "示例", "created": MADE_AT})
    _write_layout(book, layout)
    book.close()
    return stream.getvalue()


def _write_layout(book: xlsxwriter.Workbook, layout: SheetLayout) -> None:
    sheet = book.add_worksheet(layout.sheet)
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    line = book.add_format({"text_wrap": True})
    bold = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    plain = book.add_format({"border": 1, "valign": "vcenter", "text_wrap": True})
    width = len(layout.header[0])
    for column in range(width):
        sheet.set_column(column, column, layout.widths[column])
    row = 0
    for text, style in ((layout.title, title), *((text, line) for text in layout.above)):
        sheet.merge_range(row, 0, row, width - 1, text, style)
        row += 1
    for block, style in ((layout.header, bold), (layout.rows, plain)):
        _write_block(sheet, row, block, style)
        row += len(block)
    for text in layout.below:
        sheet.merge_range(row, 0, row, width - 1, text, line)
        row += 1


def _write_block(
    sheet: xlsxwriter.worksheet.Worksheet, top: int, block: tuple[Row, ...], style: xlsxwriter.format.Format
) -> None:
    for row, column, down, right in _areas(block):
        value = block[row][column]
        if down or right:
            sheet.merge_range(top + row, column, top + row + down, column + right, value, style)
        else:
            sheet.write(top + row, column, value, style)


def _areas(block: tuple[Row, ...]) -> Iterator[tuple[int, int, int, int]]:
    """Yield each cell that is not covered by another: row, column, rows and columns that it spreads over."""
    for row, cells in enumerate(block):
        for column, cell in enumerate(cells):
            if cell in {UP, LEFT}:
                continue
            right = _run(cells[column + 1 :], LEFT)
            down = _run(tuple(below[column] for below in block[row + 1 :]), UP)
            yield row, column, down, right


def _run(cells: Row, mark: str) -> int:
    """How many cells in a row, from the first, bear the mark."""
    for index, cell in enumerate(cells):
        if cell != mark:
            return index
    return len(cells)
