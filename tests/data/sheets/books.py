"""Workbooks for the tests: written by other programs than the one that reads them."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl
import xlwt

Rows = Sequence[Sequence[Any]]


def xlsx(
    rows: Rows,
    *,
    merges: Sequence[str] = (),
    formats: Mapping[str, str] | None = None,
    hidden_rows: Sequence[int] = (),
    hidden_sheet: str = "",
    name: str = "计划",
) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = name
    for row in rows:
        page.append(list(row))
    for area in merges:
        page.merge_cells(area)
    for cell, code in (formats or {}).items():
        page[cell].number_format = code
    for row in hidden_rows:
        page.row_dimensions[row].hidden = True
    if hidden_sheet:
        other = book.create_sheet(hidden_sheet)
        other.append(["序号", "检查事项", "检查比例"])
        other.append([1, "看不见的检查", "5%"])
        other.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def xls(rows: Rows, *, formula: tuple[int, int] | None = None, hidden_rows: Sequence[int] = ()) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    page = book.add_sheet("计划")
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                page.write(index, column, value)
    for row in hidden_rows:
        page.row(row - 1).hidden = True
    if formula:
        page.write(*formula, xlwt.Formula("1+1"))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv_bytes(rows: Rows, encoding: str = "utf-8") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["" if value is None else value for value in row] for row in rows])
    return stream.getvalue().encode(encoding)
