"""The plans that departments published: what is read is what a person reads, and no word of them is lost."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from data.sheets import SheetReading, SheetTask, read_sheet
from tests.data.sheets.expectations import EXPECTATIONS

PUBLISHED = Path(__file__).parent / "published"
FILES = sorted(path.stem for path in PUBLISHED.glob("*.csv"))

KEYS = [
    "file",
    "sheet",
    "row",
    "number",
    "task",
    "items",
    "target",
    "initiators",
    "partners",
    "period",
    "ratio",
    "quantity",
    "frequency",
    "cap",
    "by_class",
    "methods",
    "faults",
]


def reading(name: str) -> SheetReading:
    return read_sheet(PUBLISHED / f"{name}.csv", filename=f"{name}.csv")


def bounds(part: dict[str, Any] | None, *names: str) -> tuple[Any, ...] | None:
    return None if part is None else tuple(part[name] for name in names)


def said(task: SheetTask) -> dict[str, Any]:
    document = task.as_json()
    parts = {
        "number": document["number"],
        "initiators": document["initiators"],
        "partners": document["partners"],
        "methods": document["methods"],
        "period": bounds(document["period"], "first", "last", "kind"),
        "ratio": bounds(document["ratio"], "min", "max"),
        "quantity": bounds(document["quantity"], "min", "max"),
        "frequency": bounds(document["frequency"], "min", "max", "per"),
        "cap": bounds(document["cap"], "max", "per"),
        "faults": sorted({fault["code"] for fault in document["faults"]}),
    }
    return {name: value for name, value in parts.items() if value not in (None, [])}


@pytest.mark.parametrize(
    ("name", "row", "expected"), EXPECTATIONS, ids=[f"{name}-{row}" for name, row, _ in EXPECTATIONS]
)
def test_published_row_is_read_as_a_person_reads_it(name: str, row: int, expected: dict[str, Any]) -> None:
    task = next(task for task in reading(name).tasks if task.row == row)
    document = task.as_json()
    texts = {key: expected[key] for key in ("task", "items", "target", "by_class") if key in expected}
    assert said(task) == {key: value for key, value in expected.items() if key not in texts}
    assert {key: document[key] for key in texts} == texts


def test_expectations_cover_enough_rows_of_every_file() -> None:
    assert len({(name, row) for name, row, _ in EXPECTATIONS}) == len(EXPECTATIONS) >= 60
    assert {name for name, _, _ in EXPECTATIONS} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_published_file_loses_no_text(name: str) -> None:
    result = reading(name)
    kept = {(cell.row, cell.text) for task in result.tasks for cell in task.cells}
    kept |= {(note.row, note.text) for note in result.notes}
    with (PUBLISHED / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.reader(stream))
    there = {
        (row, cell.strip()) for row, cells in enumerate(rows, start=1) if row > 1 for cell in cells if cell.strip()
    }
    assert there - kept == set()


@pytest.mark.parametrize("name", FILES)
def test_published_file_gives_the_published_object(name: str) -> None:
    result = reading(name)
    assert result.tasks
    assert result.faults == ()
    for task in result.tasks:
        document = json.loads(json.dumps(task.as_json(), ensure_ascii=False))
        assert list(document) == KEYS
        assert document["file"] == f"{name}.csv"
        assert document["row"] == task.row >= 2


@pytest.mark.parametrize("name", FILES)
def test_unread_figure_has_a_fault_or_words_without_figures(name: str) -> None:
    for task in reading(name).tasks:
        for part in (task.ratio, task.quantity):
            if part is not None and part.min is None and part.max is None:
                assert any(fault.code.split("_")[0] in {"ratio", "quantity"} for fault in task.faults)


def test_caps_by_class_follow_the_order_of_the_classes() -> None:
    task = reading("henan_gxt_frequency_2025").tasks[0]
    assert {name: measure.cap.max for name, measure in task.by_class.items() if measure.cap} == {
        "A": 2,
        "B": 4,
        "C": 6,
        "D": 4,
    }
    assert task.faults == ()


def test_line_of_a_section_is_a_note_and_no_task() -> None:
    notes = reading("chongqing_education_2025").notes
    assert [(note.row, note.kind, note.text) for note in notes] == [(2, "section", "一、专项检查")]


def test_lines_that_continue_a_task_are_folded_into_its_first_row() -> None:
    rows = {task.row: task.rows for task in reading("weishan_market_2024").tasks}
    assert rows == {2: (2, 3, 4, 5, 6, 7, 8, 9), 10: (10, 11)}


def test_year_given_by_the_caller_goes_before_the_file_name() -> None:
    path = PUBLISHED / "linyi_chengguan_2024.csv"
    task = read_sheet(path, filename=path.name, year=2031).tasks[0]
    assert task.as_json()["period"] == {
        "first": "2031-03-01",
        "last": "2031-07-31",
        "kind": "months",
        "text": "3月-7月",
    }


def test_page_copied_from_another_year_is_flagged() -> None:
    path = PUBLISHED / "bozhou_2024.csv"
    task = read_sheet(path, filename=path.name, year=2025).tasks[0]
    assert [fault.code for fault in task.faults if fault.column == "时间安排"] == ["stale_year"]
    assert said(task)["period"] == ("2024-04-01", "2024-09-30", "months")
