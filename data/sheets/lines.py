"""Owns which lines of a table belong together: tasks, lines that continue one, section lines, notes below.

Knows columns and texts, not how the texts are read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from data.sheets.cells import folded, is_empty
from data.sheets.columns import Meaning, SheetColumn
from data.sheets.layout import Table
from data.sheets.measures import Asked
from data.sheets.model import SheetNote
from data.sheets.workbook import RawSheet

_SECTION = re.compile(r"^(?:第?[一二三四五六七八九十]+[、.章节部篇]|[(（][一二三四五六七八九十]+[)）]|[一-十]是)")
_NOTE = re.compile(
    r"^(?:备注|注|说明|填表|填报|制表|审核人|审批|复核|联系人|联系电话|负责人|经办人|单位负责人|合计|总计|小计|附件|主管领导|分管领导|日期|盖章|\*注|※)(?:说明|单位|时间|日期|人|:|\d|$|[(（、.])"
)
_EXAMPLE = re.compile(r"^(?:示例|样例|例|举例|范例)\d*[.:：]?$")
_NAMING = (Meaning.TASK, Meaning.PLAN, Meaning.JOINT_ITEM, Meaning.FIELD, Meaning.AUTHORITY)
_DEFINING = frozenset(
    {
        Meaning.PERIOD,
        Meaning.PERIOD_FIRST,
        Meaning.PERIOD_LAST,
        Meaning.DEADLINE,
        Meaning.MEASURE,
        Meaning.LEVEL_CAP,
        Meaning.INITIATOR,
        Meaning.INSPECTOR,
    }
)
_FILLED_DOWN = _DEFINING | {
    Meaning.TASK,
    Meaning.PLAN,
    Meaning.JOINT_ITEM,
    Meaning.FIELD,
    Meaning.AUTHORITY,
    Meaning.TARGET,
    Meaning.LEVEL_INSPECTOR,
    Meaning.DRAW,
    Meaning.DRAW_FIRST,
    Meaning.DRAW_LAST,
    Meaning.METHOD,
    Meaning.DUTY,
}
"""Columns in which a blank means the same as above; in remarks, partners and credit classes it means nothing."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One line: its row (from 0) and the text of each column; `inherited`: columns whose text stands further up."""

    row: int
    texts: dict[int, str]
    inherited: set[int] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Block:
    """The lines of one task; the first has every text that counts for it."""

    lines: list[Line]


def read_blocks(sheet: RawSheet, table: Table) -> tuple[list[Block], list[SheetNote]]:
    """Put the lines of a table together to tasks, and tell the lines that are none."""
    blocks: list[Block] = []
    notes: list[SheetNote] = []
    above: dict[int, str] = {}
    ended = False
    for row in range(table.first, table.last):
        texts = {column.index: sheet.rows[row][column.index] for column in table.columns}
        kind = _kind(row, texts, sheet, table, ended=ended)
        if kind == "blank":
            continue
        if kind != "task":
            ended = ended or kind == "note"
            above = {} if kind == "section" else above
            notes.append(SheetNote(sheet=sheet.name, row=row + 1, kind=kind, text=_whole(sheet.rows[row])))
            continue
        line = _line(row, texts, above, sheet, table, new=not _continues(texts, blocks, table))
        above.update({index: text for index, text in line.texts.items() if not is_empty(text) or text.strip()})
        if blocks and _continues(texts, blocks, table):
            blocks[-1].lines.append(Line(row=row, texts=texts))
        else:
            blocks.append(Block(lines=[line]))
    return blocks, notes


def _whole(row: Sequence[str]) -> str:
    return " ".join(cell for cell in row if cell.strip())


def number_column(columns: Sequence[SheetColumn]) -> SheetColumn | None:
    """Find the column that numbers the tasks; the plan's number stands in where tasks have none."""
    for meaning in (Meaning.NUMBER, Meaning.PLAN_NUMBER):
        for column in columns:
            if column.meaning == meaning:
                return column
    return None


def _kind(row: int, texts: dict[int, str], sheet: RawSheet, table: Table, *, ended: bool) -> str:
    filled = [index for index, text in texts.items() if text.strip()]
    if not filled:
        return "blank"
    first, number = texts[filled[0]].strip(), number_column(table.columns)
    numbering = folded(texts[number.index]) if number is not None else ""
    if _EXAMPLE.match(numbering):
        return "example"
    if _is_repeated_header(texts, sheet, table):
        return "header"
    if _NOTE.match(folded(first)) and filled[0] <= 1:
        return "note"
    alone = len({texts[index].strip() for index in filled}) == 1 and len(table.columns) > 2
    if alone and not re.match(r"[(]?\d", numbering):
        return _single_kind(first, filled[0], number, table, ended=ended, row=row, sheet=sheet)
    return "task"


def _is_repeated_header(texts: dict[int, str], sheet: RawSheet, table: Table) -> bool:
    cells = list(texts.values())
    return any(cells == list(sheet.rows[row])[: len(cells)] for row in table.header_rows)


def _single_kind(
    text: str, place: int, number: SheetColumn | None, table: Table, *, ended: bool, row: int, sheet: RawSheet
) -> str:
    """Judge a line with one text: a section, a note after the end, or a word that continues the task above."""
    if _SECTION.match(text) and (place == 0 or (number is not None and place == number.index)):
        return "section"
    if ended:
        return "note"
    is_number = number is not None and place == number.index
    if is_number and not re.fullmatch(r"[*\w-]{1,12}", text):
        return "section" if row + 1 < table.last and _more_below(row, table, sheet) else "note"
    if is_number:
        return "section"
    if number is None and place == 0 and len(text) > 30:
        return "note"
    return "task"


def _more_below(row: int, table: Table, sheet: RawSheet) -> bool:
    return any(sum(bool(cell.strip()) for cell in sheet.rows[later]) > 2 for later in range(row + 1, table.last))


def _by_meaning(columns: Sequence[SheetColumn], *meanings: Meaning) -> Iterator[SheetColumn]:
    return (column for meaning in meanings for column in columns if column.meaning == meaning)


def naming_column(columns: Sequence[SheetColumn]) -> SheetColumn | None:
    """Find the column that names the task: its name, else its plan, its joint item, its field, its power."""
    return next(_by_meaning(columns, *_NAMING), None)


def _continues(texts: dict[int, str], blocks: list[Block], table: Table) -> bool:
    """Say whether a line goes on with the task above: unnumbered or numbered the same, and saying nothing else."""
    if not blocks or _has_identity(texts, table):
        return False
    above = blocks[-1].lines[0].texts
    number = number_column(table.columns)
    naming = naming_column(table.columns)
    role = next(_by_meaning(table.columns, Meaning.ROLE), None)
    same_number = number is not None and folded(texts[number.index]) in {"", folded(above[number.index])}
    if number is not None and not same_number:
        return False
    if number is None and not _is_unnamed_part(texts, naming, table):
        return False
    if role is not None and re.match(r"配合|参与|联合|协|响应", folded(texts[role.index])):
        return True
    if (
        naming is not None
        and naming.meaning not in {Meaning.FIELD, Meaning.AUTHORITY}
        and _differs(texts, above, naming)
    ):
        return False
    return not any(_differs(texts, above, column) for column in table.columns if column.meaning in _DEFINING)


def _has_identity(texts: dict[int, str], table: Table) -> bool:
    """Say whether a line carries the key of a task: it was written out whole and stands for itself."""
    return any(texts[column.index].strip() for column in table.columns if column.meaning == Meaning.IDENTITY)


def _is_unnamed_part(texts: dict[int, str], naming: SheetColumn | None, table: Table) -> bool:
    """Judge a line of a table without numbers: it goes on when it has no name, no target and no figures of its own."""
    if naming is None:
        naming = next(_by_meaning(table.columns, Meaning.ITEM, Meaning.TARGET), None)
    if naming is None or texts[naming.index].strip():
        return False
    own = [column for column in table.columns if column.meaning in _DEFINING or column.meaning == Meaning.TARGET]
    return not any(texts[column.index].strip() for column in own)


def _differs(texts: dict[int, str], above: dict[int, str], column: SheetColumn) -> bool:
    text = folded(texts[column.index])
    return bool(text) and text != folded(above.get(column.index, ""))


def _line(row: int, texts: dict[int, str], above: dict[int, str], sheet: RawSheet, table: Table, *, new: bool) -> Line:
    line = Line(row=row, texts=dict(texts))
    number = number_column(table.columns)
    unnumbered = number is not None and not texts[number.index].strip()
    complete = _has_identity(texts, table)
    for column in table.columns if new and not complete else ():
        if texts[column.index].strip() or not above.get(column.index, "").strip():
            continue
        covered = sheet.merged.get((row, column.index))
        under = covered is not None and covered[0] < row and covered[1] == column.index
        if under or _is_filled_down(column, texts, table, unnumbered=unnumbered):
            line.texts[column.index] = above[column.index]
            line.inherited.add(column.index)
    return line


def _is_filled_down(column: SheetColumn, texts: dict[int, str], table: Table, *, unnumbered: bool) -> bool:
    if column.meaning in {Meaning.NUMBER, Meaning.PLAN_NUMBER}:
        return unnumbered
    if column.meaning == Meaning.ITEM:
        items = [other for other in table.columns if other.meaning == Meaning.ITEM]
        return unnumbered and not any(texts[other.index].strip() for other in items)
    if column.meaning not in _FILLED_DOWN:
        return False
    if column.figures is None:
        return True
    alone = not any(texts[other.index].strip() for other in table.columns if other.figures is not None)
    return alone and not column.figures.asked & (Asked.QUANTITY | Asked.CLASSES)
