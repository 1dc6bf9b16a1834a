"""Sample workbooks open, say what their layout says, and name departments of the district."""

import re
from io import BytesIO

import openpyxl
import pytest

from data.errors import NotFoundError
from data.seed.facts import load_facts
from data.seed.sheet_layouts import SAMPLE_NAMES, get_layout
from data.seed.workbooks import sample_workbook

NOBODY = {"安全委员会办公室丙组"}


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_workbook_holds_the_layout(name: str) -> None:
    layout = get_layout(name, year=2026, month=12)
    sheet = openpyxl.load_workbook(BytesIO(sample_workbook(name, year=2026, month=12))).active
    assert sheet is not None
    top = 1 + len(layout.above)

    assert sheet.title == layout.sheet
    assert sheet.cell(1, 1).value == layout.title
    assert sheet.max_row == top + len(layout.header) + len(layout.rows) + len(layout.below)
    shown = [
        [cell.value for cell in row] for row in sheet.iter_rows(top + 1, top + len(layout.header) + len(layout.rows))
    ]
    said = [[None if value in {"^", "<", ""} else value for value in row] for row in (*layout.header, *layout.rows)]
    assert shown == said


def test_cells_with_marks_are_merged() -> None:
    sheet = openpyxl.load_workbook(BytesIO(sample_workbook("market", year=2026, month=12))).active
    assert sheet is not None
    merged = {str(area) for area in sheet.merged_cells.ranges}

    assert {"A1:K1", "A3:A4", "B3:C3", "D3:E3", "D5:D6"} <= merged


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_same_month_gives_the_same_bytes(name: str) -> None:
    assert sample_workbook(name, year=2026, month=12) == sample_workbook(name, year=2026, month=12)
    assert sample_workbook(name, year=2026, month=12) != sample_workbook(name, year=2027, month=1)


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_departments_of_sheets_are_known_in_the_district(name: str) -> None:
    organisations = load_facts().organisations
    known = {name for one in organisations.values() for name in (one.name, *one.aliases)}
    layout = get_layout(name, year=2026, month=12)
    columns = [at for at, text in enumerate(layout.header[0]) if re.search("部门|主体|单", str(text))]
    cells = {str(row[at]) for row in layout.rows for at in columns} - {"^", "<", ""}
    named = {part for cell in cells for part in cell.split("、")}

    assert named - known == (NOBODY if layout.faulty else set())
    assert layout.organisation in organisations


def test_only_the_last_sheet_is_faulty() -> None:
    assert [get_layout(name, year=2026, month=1).faulty for name in SAMPLE_NAMES] == [False, False, False, False, True]


def test_unknown_workbook_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        sample_workbook("nothing", year=2026, month=1)
