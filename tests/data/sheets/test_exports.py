"""Sheets for people: no text becomes a formula, faulty rows can be mended and read again, the template reads back."""

import csv
import io
import zipfile
from datetime import date

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sheets import CellFault, read_sheet
from data.sheets.export import Imprint, is_risky, rows_as_csv, rows_as_xlsx
from data.sheets.faulty import IDENTITY_HEADER, PROBLEM_HEADER, faulty_row, faulty_workbook
from data.sheets.standard import HEADERS
from data.sheets.template import template_workbook
from tests.data.sheets.books import csv_bytes
from tests.data.sheets.test_published import FILES, reading, said

RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠a", " =1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", RISKY)
def test_text_that_could_run_is_a_text_in_the_workbook(text: str) -> None:
    page = openpyxl.load_workbook(io.BytesIO(rows_as_xlsx(["名称"], [[text]]))).active
    assert page["A2"].data_type == "s"
    assert page["A2"].value.replace("_x000D_", "\r") == text
    assert read_sheet(rows_as_xlsx(["序号", "检查事项"], [[1, text]]), filename="x.xlsx").faults is not None


@pytest.mark.parametrize("text", RISKY)
def test_text_that_could_run_gets_a_mark_in_csv(text: str) -> None:
    content = rows_as_csv(["名称"], [[text]])
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows == [["名称"], [f"'{text}"]]


@given(st.text(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_begins_like_a_formula_in_csv(text: str) -> None:
    content = rows_as_csv(["a"], [[text]]).decode("utf-8-sig")
    (cell,) = next(iter(list(csv.reader(io.StringIO(content, newline="")))[1:]), [""]) or [""]
    assert not is_risky(cell)


def test_links_and_numbers_keep_their_kind() -> None:
    content = rows_as_xlsx(
        ["a", "b", "c", "d", "e"], [["http://a.invalid", "007", 3.5, date(2026, 3, 1), None]], title="表"
    )
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in page[3]] == ["http://a.invalid", "007", 3.5, "2026-03-01", None]
    assert page["A3"].hyperlink is None
    assert not any("externalLink" in name for name in zipfile.ZipFile(io.BytesIO(content)).namelist())


def test_imprint_stands_behind_the_rows_and_in_the_properties() -> None:
    imprint = Imprint(sheet="导出说明", title="检查次数", lines=(("导出时间", "2026-03-02 09:00"), ("版本", "7")))
    book = openpyxl.load_workbook(io.BytesIO(rows_as_xlsx(["名称"], [["甲"]], imprint=imprint)))
    plain = openpyxl.load_workbook(io.BytesIO(rows_as_xlsx(["名称"], [["甲"]])))
    assert (book.sheetnames, plain.sheetnames) == (["Sheet1", "导出说明"], ["Sheet1"])
    first, second = ([[cell.value for cell in row] for row in one["Sheet1"]] for one in (book, plain))
    assert first == second
    assert [[cell.value for cell in row] for row in book["导出说明"]] == [list(line) for line in imprint.lines]
    assert (book.properties.title, book.properties.description) == ("检查次数", "导出时间: 2026-03-02 09:00\n版本: 7")


@pytest.mark.parametrize("text", RISKY)
def test_text_that_could_run_is_a_text_in_the_imprint_too(text: str) -> None:
    imprint = Imprint(sheet="导出说明", title=text, lines=((text, text),))
    page = openpyxl.load_workbook(io.BytesIO(rows_as_xlsx(["a"], [], imprint=imprint)))["导出说明"]
    assert {cell.data_type for cell in page[1]} == {"s"}


def test_same_rows_are_the_same_bytes() -> None:
    assert rows_as_xlsx(["a"], [["b"]]) == rows_as_xlsx(["a"], [["b"]])


PLAN = [
    ["序号", "检查事项", "检查对象", "发起部门", "检查比例", "检查时间"],
    [1, "甲检查", "店", "市场监管局", "5", "20263"],
    [2, "乙检查", "厂", "应急管理局", "10%", "4月"],
]


def test_faulty_rows_come_back_with_their_problems_and_identities() -> None:
    source = read_sheet(csv_bytes(PLAN), filename="计划.csv", year=2026)
    bad = [task for task in source.tasks if task.faults]
    content = faulty_workbook([faulty_row(task, say=lambda fault: f"请改正({fault.code})") for task in bad], year=2026)
    page = openpyxl.load_workbook(io.BytesIO(content)).active
    assert [cell.value for cell in page[2]] == [*HEADERS, PROBLEM_HEADER, IDENTITY_HEADER]
    assert page.cell(3, len(HEADERS) + 1).value == (
        "检查时间「20263」：请改正(period_damaged)\n检查比例「5」：请改正(ratio_unit_missing)"
    )
    assert page.cell(3, len(HEADERS) + 2).value == "!2"
    assert page.max_row == 3


def test_mended_rows_replace_the_tasks_they_came_from() -> None:
    source = read_sheet(csv_bytes(PLAN), filename="计划.csv", year=2026)
    book = openpyxl.load_workbook(io.BytesIO(faulty_workbook([faulty_row(source.tasks[0])], year=2026)))
    page = book.active
    page.cell(3, HEADERS.index("检查比例") + 1).value = "5%"
    page.cell(3, HEADERS.index("检查时间") + 1).value = "2026年3月"
    stream = io.BytesIO()
    book.save(stream)
    result = read_sheet(stream.getvalue(), filename="改正.xlsx")
    (task,) = result.tasks
    assert (result.year, task.key, task.faults) == (2026, source.tasks[0].key, ())
    assert said(task)["ratio"] == (0.05, 0.05)
    assert said(task)["period"] == ("2026-03-01", "2026-03-31", "months")


def test_copied_line_loses_the_identity_it_was_copied_with() -> None:
    source = read_sheet(csv_bytes(PLAN), filename="计划.csv", year=2026)
    row = faulty_row(source.tasks[0])
    result = read_sheet(faulty_workbook([row, row], year=2026), filename="改正.xlsx")
    keys = [task.key for task in result.tasks]
    assert len(set(keys)) == len(keys)
    assert "!2" not in keys


@pytest.mark.parametrize("name", FILES)
def test_published_tasks_survive_the_standard_columns(name: str) -> None:
    source = reading(name)
    content = faulty_workbook([faulty_row(task) for task in source.tasks], year=source.year)
    again = read_sheet(content, filename="again.xlsx")
    assert [task.key for task in again.tasks] == [task.key for task in source.tasks]
    for before, after in zip(source.tasks, again.tasks, strict=True):
        kept = ("initiators", "partners", "period", "ratio", "frequency", "cap", "methods")
        assert {key: said(after).get(key) for key in kept} == {key: said(before).get(key) for key in kept}
        assert (after.task, after.items) == (before.task, before.items)
        assert {name: m.ratio and m.ratio.min for name, m in after.by_class.items()} == {
            name: m.ratio and m.ratio.min for name, m in before.by_class.items()
        }


def test_fault_text_in_a_problem_is_no_formula() -> None:
    task = read_sheet(csv_bytes([PLAN[0], ["=1", "甲检查", "店", "局", "=50%", "4月"]]), filename="计划.csv").tasks[0]
    page = openpyxl.load_workbook(io.BytesIO(faulty_workbook([faulty_row(task, say=lambda _: "=x")]))).active
    assert {cell.data_type for row in page for cell in row if cell.value} == {"s"}


def test_words_for_a_fault_come_from_the_caller() -> None:
    said_of: list[CellFault] = []
    task = read_sheet(csv_bytes(PLAN), filename="计划.csv", year=2026).tasks[0]
    faulty_row(task, say=lambda fault: said_of.append(fault) or "")
    assert [fault.code for fault in said_of] == ["period_damaged", "ratio_unit_missing"]


def test_template_has_an_example_that_is_not_read() -> None:
    result = read_sheet(template_workbook(year=2026), filename="模板.xlsx")
    assert (result.tasks, result.year) == ((), 2026)
    assert [note.kind for note in result.notes if note.kind != "title"] == ["example"]


def test_filled_template_reads_without_faults() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_workbook(year=2026)))
    page = book.active
    example = next(row for row in page.iter_rows() if row[0].value == "示例")
    for cell in example:
        page.cell(cell.row + 1, cell.column).value = cell.value
    page.cell(example[0].row + 1, 1).value = "1"
    stream = io.BytesIO()
    book.save(stream)
    (task,) = read_sheet(stream.getvalue(), filename="模板.xlsx").tasks
    assert task.faults == ()
    assert task.items == ("食品经营许可情况检查", "消防安全检查")
    assert said(task) == {
        "number": "1",
        "initiators": ["区市场监督管理局"],
        "partners": ["区消防救援大队", "区卫生健康委员会"],
        "methods": ["现场检查"],
        "period": ("2026-03-01", "2026-06-30", "months"),
        "ratio": (0.05, None),
        "frequency": (1, 1, "year"),
        "cap": (2, "year"),
    }
    assert {name: measure.ratio.min for name, measure in task.by_class.items() if measure.ratio} == {
        "A": 0.03,
        "B": 0.05,
        "C": 0.2,
        "D": 1.0,
    }
