"""Owns making one task of the lines that belong together: each field from its columns, each fault at its cell.

Knows columns and the readers of single cells; knows no files.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from data.sheets.cells import cell_address, distinct, folded, is_empty, one_line, phrase, stripped
from data.sheets.columns import Meaning, SheetColumn
from data.sheets.departments import Names, read_departments
from data.sheets.figures import Figures, figures_of_text, read_figures
from data.sheets.lines import Block, Line, naming_column, number_column
from data.sheets.methods import find_methods, read_methods
from data.sheets.model import CellFault, SheetTask, SourceCell
from data.sheets.periods import PeriodReading, read_period, read_span
from data.sheets.texts import read_items

_LOST_SIGNS = re.compile(r"(?<!\d)20\d{2}\d{1,4}日|(?<!\d)(?:0[1-9]|1[0-2])[0-3]\d日前")
_HELPING_ROLE = re.compile(r"配合|参与|联合|协|响应")
_JOINT_YES = re.compile(r"牵头|配合|发起|参与")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a table is read from: names for the task, the year for dates, rows nobody sees."""

    file: str
    sheet: str
    year: int | None
    hidden: frozenset[int]


class _Block:
    """One task while it is put together: texts by meaning, and the faults collected on the way."""

    def __init__(self, block: Block, columns: Sequence[SheetColumn], place: Place) -> None:
        self.lines = block.lines
        self.columns = columns
        self.place = place
        self.faults: list[CellFault] = []

    @property
    def head(self) -> Line:
        return self.lines[0]

    def of(self, *meanings: Meaning) -> Iterator[SheetColumn]:
        return (column for meaning in meanings for column in self.columns if column.meaning == meaning)

    def text(self, *meanings: Meaning) -> tuple[SheetColumn, str] | None:
        """Give the first column of these meanings that says something in the first line."""
        for column in self.of(*meanings):
            if not is_empty(self.head.texts[column.index]):
                return column, stripped(self.head.texts[column.index])
        return None

    def all_texts(self, *meanings: Meaning) -> Iterator[tuple[SheetColumn, Line, str]]:
        for line in self.lines:
            for column in self.of(*meanings):
                if not is_empty(line.texts[column.index]):
                    yield column, line, stripped(line.texts[column.index])

    def fault(self, column: SheetColumn, code: str, text: str, *, line: Line | None = None) -> None:
        row = (line or self.head).row + 1
        self.faults.append(
            CellFault(
                column=one_line(column.header),
                code=code,
                text=text,
                row=row,
                cell=cell_address(row, column.index),
                sheet=self.place.sheet,
            )
        )


def read_task(block: Block, columns: Sequence[SheetColumn], place: Place) -> SheetTask:
    """Read one task. Never raises: what a cell does not say clearly is a fault that keeps its text."""
    work = _Block(block, columns, place)
    period = _period(work)
    figures = read_figures(work.head, columns, work.fault)
    figures = _beside_period(figures, period)
    initiators, partners = _departments(work)
    return SheetTask(
        file=place.file,
        sheet=place.sheet,
        row=work.head.row + 1,
        number=_number(work),
        task=_name(work),
        items=_items(work),
        target=_target(work),
        initiators=initiators,
        partners=partners,
        period=period.period if period else None,
        ratio=figures.ratio,
        quantity=figures.quantity,
        frequency=figures.frequency,
        cap=figures.cap,
        by_class=figures.by_class,
        methods=_methods(work),
        faults=(*work.faults, *_hidden(work), *_changed_below(work)),
        cells=_cells(work),
        rows=tuple(line.row + 1 for line in work.lines),
        identity=_identity(work),
    )


def _number(work: _Block) -> str | None:
    column = number_column(work.columns)
    text = stripped(work.head.texts[column.index]) if column else ""
    return text or None


def _identity(work: _Block) -> str | None:
    found = work.text(Meaning.IDENTITY)
    return found[1] if found else None


def _name(work: _Block) -> str | None:
    column = naming_column(work.columns)
    if column is None:
        return None
    found = work.text(column.meaning) or work.text(Meaning.TASK, Meaning.PLAN, Meaning.JOINT_ITEM)
    return one_line(found[1]) if found else None


def _items(work: _Block) -> tuple[str, ...]:
    """Collect the items of all lines; what stands under the name in later lines is an item too."""
    meaning = Meaning.ITEM if any(work.of(Meaning.ITEM)) else Meaning.CONTENT
    found = [item for _, _, text in work.all_texts(meaning) for item in read_items(text)]
    found += [item for piece in _bracketed(work) for item in read_items(piece)]
    naming = naming_column(work.columns)
    if naming is not None and naming.meaning in {Meaning.FIELD, Meaning.AUTHORITY}:
        first = work.head.texts[naming.index]
        for line in work.lines[1:]:
            text = line.texts[naming.index]
            if not is_empty(text) and folded(text) != folded(first):
                found.extend(read_items(text))
    return distinct(found)


def _bracketed(work: _Block) -> Iterator[str]:
    """Give the items that stand in brackets behind a department, where the header says so (`发起部门(抽查事项)`)."""
    for column, _, text in work.all_texts(Meaning.INITIATOR, Meaning.PARTNER):
        if "事项" in column.header:
            yield from re.findall(r"[(（]([^()（）]+)[)）]", text)


def _target(work: _Block) -> str | None:
    column = next((column for column in work.columns if column.is_target), None)
    found = work.text(Meaning.TARGET)
    text = found[1] if found else stripped(work.head.texts[column.index]) if column else ""
    if is_empty(text):
        return None
    if found and _LOST_SIGNS.search(text):
        work.fault(found[0], "date_damaged", text)
    if found:
        _other_targets(work, text)
    return phrase(text)


def _other_targets(work: _Block, first: str) -> None:
    for column, line, text in work.all_texts(Meaning.TARGET):
        if line is not work.head and folded(text) not in folded(first):
            work.fault(column, "target_differs", text, line=line)


def _period(work: _Block) -> PeriodReading | None:
    draws = not any(work.of(Meaning.PERIOD, Meaning.PERIOD_FIRST, Meaning.PERIOD_LAST, Meaning.DEADLINE))
    readings = [_whole_period(work, Meaning.PERIOD), _two_columns(work, Meaning.PERIOD_FIRST, Meaning.PERIOD_LAST)]
    readings.append(_whole_period(work, Meaning.DEADLINE))
    if draws:
        # A sheet that only says when the targets are drawn gives that as its time.
        two = any(work.of(Meaning.DRAW_LAST))
        readings.append(_two_columns(work, Meaning.DRAW_FIRST, Meaning.DRAW_LAST) if two else None)
        readings.append(_whole_period(work, Meaning.DRAW))
    else:
        _check_draws(work)
    return next((reading for reading in readings if reading is not None), None)


def _check_draws(work: _Block) -> None:
    """Flag a damaged date of the draw, which is no part of the period and so would pass unseen."""
    for column in work.of(Meaning.DRAW, Meaning.DRAW_FIRST, Meaning.DRAW_LAST):
        text = stripped(work.head.texts[column.index])
        if not is_empty(text) and "period_damaged" in read_period(text, year=work.place.year).codes:
            work.fault(column, "period_damaged", text)


def _whole_period(work: _Block, meaning: Meaning) -> PeriodReading | None:
    found = work.text(meaning)
    if found is None:
        return None
    column, text = found
    reading = read_period(text, year=work.place.year, deadline=meaning == Meaning.DEADLINE)
    for code in reading.codes:
        work.fault(column, code, text)
    return reading


def _two_columns(work: _Block, first: Meaning, last: Meaning) -> PeriodReading | None:
    begin, end = work.text(first), work.text(last)
    if begin is None and end is None:
        return None
    reading = read_span(begin[1] if begin else "", end[1] if end else "", year=work.place.year)
    for found in (begin, end):
        if found is not None:
            for code in read_period(found[1], year=work.place.year).codes:
                work.fault(found[0], code, found[1])
    if "period_backwards" in reading.codes and end is not None:
        work.fault(end[0], "period_backwards", reading.period.text)
    return reading


def _beside_period(figures: Figures, period: PeriodReading | None) -> Figures:
    """Take what stands beside a period (`第三季度检查20家`) where no column of figures says it."""
    if period is None:
        return figures
    if period.quantity_text and figures.quantity is None:
        figures = replace(figures, quantity=figures_of_text(period.quantity_text).quantity)
    if period.frequency_text and figures.frequency is None:
        beside = figures_of_text(period.frequency_text).frequency
        figures = replace(figures, frequency=beside if beside and beside.per else None)
    return figures


def _departments(work: _Block) -> tuple[tuple[str, ...], tuple[str, ...]]:
    leads: list[str] = []
    helps: list[str] = []
    if any(work.of(Meaning.ROLE)):
        _by_role(work, leads, helps)
    else:
        names = _leading(work)
        leads += names.leads
        helps += names.helps
    for column, line, text in work.all_texts(Meaning.PARTNER):
        names = read_departments(text)
        helps += [*names.leads, *names.helps]
        for piece in names.unclear:
            work.fault(column, "department_unclear", piece, line=line)
    _from_joint_flag(work, leads, helps)
    if not any(work.of(Meaning.INITIATOR)):
        leads, helps = _by_duty(work, leads, helps)
    initiators = distinct(leads)
    return initiators, tuple(name for name in distinct(helps) if name not in initiators)


def _leading(work: _Block) -> Names:
    """Read who leads: the initiator's column of all lines, else the first other column that names a department."""
    for meaning in (Meaning.INITIATOR, Meaning.INSPECTOR, Meaning.LEVEL_INSPECTOR):
        columns = [column for column, _, _ in work.all_texts(meaning)]
        if columns:
            return _names_in(work, columns[0])
    return Names()


def _names_in(work: _Block, column: SheetColumn) -> Names:
    leads: list[str] = []
    helps: list[str] = []
    for line in work.lines:
        names = read_departments(line.texts[column.index])
        leads += names.leads
        helps += names.helps
        for piece in names.unclear:
            work.fault(column, "department_unclear", piece, line=line)
    return Names(leads=distinct(leads), helps=distinct(helps))


def _by_role(work: _Block, leads: list[str], helps: list[str]) -> None:
    """Read one header over two columns: the role of the line and, beside it, the department."""
    role = next(work.of(Meaning.ROLE))
    named = [column for column in work.of(Meaning.INSPECTOR, Meaning.INITIATOR) if column.index != role.index]
    column = next((column for column in named if column.index > role.index), None) or next(iter(named), None)
    if column is None:
        return
    for line in work.lines:
        names = read_departments(line.texts[column.index])
        helping = _HELPING_ROLE.match(folded(line.texts[role.index]))
        (helps if helping else leads).extend(names.leads)
        helps.extend(names.helps)


def _from_joint_flag(work: _Block, leads: list[str], helps: list[str]) -> None:
    for _, _, text in work.all_texts(Meaning.JOINT_FLAG):
        if _JOINT_YES.search(text):
            names = read_departments(re.sub(r"^是[,，、;；:：。]*", "", text))
            leads.extend(names.leads)
            helps.extend(names.helps)


def _by_duty(work: _Block, leads: list[str], helps: list[str]) -> tuple[list[str], list[str]]:
    """Find the leader among the joint departments where only the division of work names it (`粮食部门牵头发起`)."""
    found = work.text(Meaning.DUTY)
    match = re.match(r"(.{2,20}?(?:部门|局|委))(?:统一)?(?:牵头|发起)", stripped(found[1])) if found else None
    stem = re.sub(r"(?:部门|局|委)$", "", match.group(1)) if match else ""
    leader = next((name for name in helps if stem and stem in name), None)
    if leader is None:
        return leads, helps
    return [leader], [name for name in helps if name != leader]


def _methods(work: _Block) -> tuple[str, ...]:
    methods: list[str] = []
    for column, line, text in work.all_texts(Meaning.METHOD):
        good, strange = read_methods(text)
        methods += good
        for piece in strange:
            work.fault(column, "method_not_understood", piece, line=line)
    for column in work.columns:
        if column.has_methods:
            methods += find_methods(work.head.texts[column.index])
    return distinct(methods)


def _hidden(work: _Block) -> list[CellFault]:
    rows = [line.row + 1 for line in work.lines if line.row + 1 in work.place.hidden]
    return [CellFault(column="", code="hidden_row", text=str(row), row=row, sheet=work.place.sheet) for row in rows]


def _changed_below(work: _Block) -> list[CellFault]:
    """Tell figures and periods of continuing lines that differ from the first line's; the first line's count."""
    meanings = (Meaning.PERIOD, Meaning.DEADLINE, Meaning.MEASURE, Meaning.LEVEL_CAP)
    before = len(work.faults)
    for column, line, text in work.all_texts(*meanings):
        if line is not work.head and folded(text) != folded(work.head.texts[column.index]):
            work.fault(column, "value_differs", text, line=line)
    found = work.faults[before:]
    del work.faults[before:]
    return found


def _cells(work: _Block) -> tuple[SourceCell, ...]:
    return tuple(
        SourceCell(row=line.row + 1, column=one_line(column.header), text=line.texts[column.index])
        for line in work.lines
        for column in work.columns
        if line.texts[column.index].strip() and column.index not in line.inherited
    )
