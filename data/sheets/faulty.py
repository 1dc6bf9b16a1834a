"""Owns the workbook of rows at fault: what was read, what is wrong with each, mended there and read again.

Holds no sentence of its own on a fault: the words come from the caller.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from data.sheets.export import is_risky, workbook_bytes, write_title
from data.sheets.model import CellFault, SheetTask
from data.sheets.standard import COLUMNS, standard_texts

PROBLEM_HEADER, IDENTITY_HEADER = "问题", "行标识（请勿修改）"
_PROBLEM_WIDTH, _IDENTITY_WIDTH = 44, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultyRow:
    """One row at fault. `identity`: the key of its task in the file it came from, so that the mended row replaces it.

    `texts`: {name of a standard column: text}; `faulty`: names of the columns to be marked; `problems`: one line each.
    """

    identity: str
    texts: dict[str, str]
    faulty: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


def faulty_row(task: SheetTask, *, say: Callable[[CellFault], str] | None = None) -> FaultyRow:
    """Make a row of a task. `say` puts a fault into words; without it the code stands for itself."""
    words = say or (lambda fault: fault.code)
    marked = {
        column.name for fault in task.faults for column in COLUMNS if fault.code.startswith(column.prefixes or ("\0",))
    }
    problems = tuple(f"{fault.column}「{fault.text}」：{words(fault)}" for fault in task.faults)
    return FaultyRow(identity=task.key, texts=standard_texts(task), faulty=frozenset(marked), problems=problems)


def faulty_workbook(rows: Sequence[FaultyRow], *, year: int | None = None) -> bytes:
    """Write the rows in standard columns, a column of problems and one of identities behind them.

    `year`: of the plan, put into the title, where reading the mended file finds it again.
    """

    def fill(book: Workbook) -> None:
        page = book.add_worksheet("待改正")
        title = f"{year}年度检查计划待改正行" if year else "检查计划待改正行"
        head = write_title(book, page, title, len(COLUMNS) + 2)
        _write_header(book, page, head)
        _write_rows(book, page, rows, head + 1)
        page.freeze_panes(head + 1, 2)

    return workbook_bytes(fill)


def _write_header(book: Workbook, page: Worksheet, row: int) -> None:
    style = book.add_format({"bold": True, "bg_color": "#DDE7F3", "border": 1, "text_wrap": True})
    headers = [*(column.header for column in COLUMNS), PROBLEM_HEADER, IDENTITY_HEADER]
    widths = [*(column.width for column in COLUMNS), _PROBLEM_WIDTH, _IDENTITY_WIDTH]
    for column, (header, width) in enumerate(zip(headers, widths, strict=True)):
        page.write_string(row, column, header, style)
        page.set_column(column, column, width)


def _write_rows(book: Workbook, page: Worksheet, rows: Sequence[FaultyRow], first: int) -> None:
    shape = {"border": 1, "text_wrap": True, "valign": "top", "num_format": "@"}
    colours = {False: {}, True: {"bg_color": "#FCE4E4"}}
    styles = {
        (marked, risky): book.add_format(shape | colours[marked] | ({"quote_prefix": True} if risky else {}))
        for marked in (False, True)
        for risky in (False, True)
    }
    for index, row in enumerate(rows, start=first):
        for column, standard in enumerate(COLUMNS):
            text = row.texts.get(standard.name, "")
            style = styles[standard.name in row.faulty, is_risky(text)]
            page.write_string(index, column, text, style)
        problems = "\n".join(row.problems)
        page.write_string(index, len(COLUMNS), problems, styles[False, is_risky(problems)])
        page.write_string(index, len(COLUMNS) + 1, row.identity, styles[False, is_risky(row.identity)])
