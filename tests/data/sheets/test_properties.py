"""Whatever stands in a cell, reading gives a value or a fault, never an exception, and keeps the text."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from data.sheets import read_sheet
from data.sheets.cells import is_empty, stripped
from data.sheets.departments import read_departments
from data.sheets.measures import Asked, Column, Measure, read_measure
from data.sheets.methods import read_methods
from data.sheets.periods import read_period, read_span
from data.sheets.texts import read_items
from tests.data.sheets.books import csv_bytes

SIGNS = "0123456789年月日季度半次家户%％-—至底前不低于以上/.,;，；、（）()每第一二三四ABCD:：全次年局部门=≥<>约共 \n"
# A file with a NUL in it is no text file and is refused before it is read.
anything = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
written = st.one_of(st.text(alphabet=SIGNS, max_size=25), st.text(alphabet=anything, max_size=25))
years = st.one_of(st.none(), st.integers(2000, 2099))
columns = st.builds(
    Column,
    asked=st.sampled_from(
        [Asked.RATIO, Asked.QUANTITY, Asked.FREQUENCY, Asked.CAP, Asked.CLASSES, Asked.RATIO | Asked.FREQUENCY]
    ),
    percent=st.booleans(),
)


@given(written, years, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_text_as_period_is_dates_or_a_fault(text: str, year: int | None, deadline: bool) -> None:
    reading = read_period(text, year=year, deadline=deadline)
    period = reading.period
    assert period.text == stripped(text)
    assert reading.codes or period.kind is not None
    if period.first is not None and period.last is not None:
        assert period.first <= period.last


@given(written, written, years)
@settings(max_examples=150, deadline=None)
def test_any_two_texts_as_period_are_dates_in_order_or_a_fault(first: str, last: str, year: int | None) -> None:
    period = read_span(first, last, year=year).period
    if period.first is not None and period.last is not None:
        assert period.first <= period.last


def said_something(measure: Measure) -> bool:
    return bool(measure.ratio or measure.quantity or measure.frequency or measure.cap or measure.by_class)


@given(written, columns)
@settings(max_examples=400, deadline=None)
def test_any_text_as_figure_is_a_value_or_a_fault(text: str, column: Column) -> None:
    measure = read_measure(text, column)
    if not is_empty(text) and column.asked != Asked.CLASSES:
        assert said_something(measure) or measure.codes
    for part in (measure.ratio, measure.quantity, measure.frequency):
        if part is not None and part.min is not None and part.max is not None:
            assert 0 <= part.min <= part.max
    if measure.ratio is not None and measure.ratio.max is not None:
        assert measure.ratio.max <= 1


@given(st.integers(1, 12), st.integers(1, 12))
def test_months_in_order_are_read_and_others_are_a_fault(first: int, last: int) -> None:
    reading = read_period(f"{first}-{last}月", year=2026)
    if first <= last:
        assert reading.codes == ()
        assert (reading.period.first.month, reading.period.last.month) == (first, last)  # type: ignore[union-attr]
    else:
        assert reading.codes == ("period_backwards",)


@given(st.integers(0, 1000))
def test_any_percentage_up_to_a_hundred_is_its_fraction(tenths: int) -> None:
    measure = read_measure(f"{tenths / 10:g}%", Column(asked=Asked.RATIO))
    assert measure.ratio is not None
    assert abs((measure.ratio.min or 0) - tenths / 1000) < 1e-9


@given(written)
@settings(max_examples=200, deadline=None)
def test_names_and_items_of_any_text_are_clean(text: str) -> None:
    names = read_departments(text)
    methods, strange = read_methods(text)
    for piece in (*names.leads, *names.helps, *methods, *strange, *read_items(text)):
        assert piece == piece.strip() != ""


@given(st.lists(st.lists(written, min_size=1, max_size=8), min_size=1, max_size=8), years)
@settings(max_examples=150, deadline=None)
def test_any_table_is_read_without_losing_a_text(rows: list[list[str]], year: int | None) -> None:
    header = ["序号", "任务名称", "检查事项", "检查对象", "发起部门", "配合部门", "检查比例及频次", "检查时间"]
    content = csv_bytes([header, *rows])
    result = read_sheet(content, filename="计划.csv", year=year)
    json.dumps([task.as_json() for task in result.tasks])
    kept = {cell.row for task in result.tasks for cell in task.cells} | {note.row for note in result.notes}
    assert len({task.key for task in result.tasks}) == len(result.tasks)
    assert all(row >= 1 for row in kept)


@given(st.lists(st.lists(written, min_size=1, max_size=6), min_size=1, max_size=6))
@settings(max_examples=100, deadline=None)
def test_any_text_without_a_header_is_read_or_said_to_be_no_table(rows: list[list[str]]) -> None:
    content = csv_bytes([["计划"], *rows])
    result = read_sheet(content, filename="计划.csv", year=2026)
    assert result.tasks or result.faults
