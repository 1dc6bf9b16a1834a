"""Owns reading a whole file: from bytes to tasks. Puts the parts together and knows none of their details."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

from data.sheets.cards import card_table
from data.sheets.columns import read_column
from data.sheets.guesses import settle_columns
from data.sheets.layout import Table, find_tables
from data.sheets.lines import read_blocks
from data.sheets.model import CellFault, SheetNote, SheetReading, SheetTask
from data.sheets.safety import check_file
from data.sheets.tasks import Place, read_task
from data.sheets.workbook import RawSheet, load_workbook
from data.sheets.years import find_year

_TITLE_ROWS = 12


def read_sheet(content: bytes | Path, *, filename: str, year: int | None = None) -> SheetReading:
    """Read a plan sheet (.xlsx, .xls, .csv) into its tasks.

    `year`: of the plan; where it is None it is looked for in the titles, the sheet's name and the file's name.
    What is not understood is a fault that keeps its text, of the task it stands in or of the reading.

    Raises: SheetRefused when the file may not be read at all (data.sheets.safety says when).
    """
    data = content.read_bytes() if isinstance(content, Path) else content
    file = PurePosixPath(filename.replace("\\", "/")).name
    workbook = load_workbook(check_file(data, filename=file))
    faults = [CellFault(column="", code="hidden_sheet", text=name, sheet=name) for name in workbook.hidden_sheets]
    readings = [_read_raw(sheet, file=file, year=year) for sheet in workbook.sheets]
    tasks = tuple(task for reading in readings for task in reading.tasks)
    if not tasks:
        faults.append(CellFault(column="", code="no_table", text=file))
    years = [reading.year for reading in readings if reading.year is not None]
    return SheetReading(
        tasks=_with_own_keys(tasks),
        faults=(*faults, *(fault for reading in readings for fault in reading.faults)),
        notes=tuple(note for reading in readings for note in reading.notes),
        year=year if year is not None else next(iter(years), None),
    )


def _read_raw(sheet: RawSheet, *, file: str, year: int | None) -> SheetReading:
    tables = find_tables(sheet)
    cards = card_table(sheet) if not tables or tables[0].guessed else None
    if cards is not None:
        return _read_cards(sheet, cards, file=file, year=year)
    top = (
        tables[0].header_rows[0] if tables and tables[0].header_rows else tables[0].first if tables else len(sheet.rows)
    )
    titles = [" ".join(cell for cell in row if cell.strip()) for row in sheet.rows[:top]]
    known = year if year is not None else find_year([*titles[:_TITLE_ROWS], sheet.name, file])
    notes = [
        SheetNote(sheet=sheet.name, row=index + 1, kind="title", text=text) for index, text in enumerate(titles) if text
    ]
    tasks: list[SheetTask] = []
    faults: list[CellFault] = []
    place = Place(file=file, sheet=sheet.name, year=known, hidden=sheet.hidden)
    for table in tables:
        found, more = _read_table(sheet, table, place)
        tasks += found
        notes += more
        if table.guessed:
            faults.append(CellFault(column="", code="header_missing", text="", row=table.first + 1, sheet=sheet.name))
    return SheetReading(tasks=tuple(tasks), faults=tuple(faults), notes=tuple(notes), year=known)


def _read_table(sheet: RawSheet, table: Table, place: Place) -> tuple[list[SheetTask], list[SheetNote]]:
    blocks, notes = read_blocks(sheet, table)
    return [read_task(block, table.columns, place) for block in blocks], notes


def _read_cards(
    sheet: RawSheet,
    cards: tuple[tuple[str, ...], tuple[tuple[int, tuple[str, ...]], ...]],
    *,
    file: str,
    year: int | None,
) -> SheetReading:
    headers, lines = cards
    top = lines[0][0]
    titles = [" ".join(cell for cell in row if cell.strip()) for row in sheet.rows[:top]]
    known = year if year is not None else find_year([*titles, sheet.name, file])
    columns = tuple(read_column(index, header) for index, header in enumerate(headers))
    rows = [("",) * len(headers)] * len(sheet.rows)
    for row, texts in lines:
        rows[row] = texts
    flat = replace(sheet, rows=tuple(rows), merged={})
    table = Table(columns=settle_columns(columns, flat.rows), header_rows=(), first=top, last=len(rows))
    place = Place(file=file, sheet=sheet.name, year=known, hidden=sheet.hidden)
    tasks, notes = _read_table(flat, table, place)
    titled = [
        SheetNote(sheet=sheet.name, row=index + 1, kind="title", text=text) for index, text in enumerate(titles) if text
    ]
    return SheetReading(tasks=tuple(tasks), notes=(*titled, *notes), year=known)


def _with_own_keys(tasks: tuple[SheetTask, ...]) -> tuple[SheetTask, ...]:
    """Take away an identity that two tasks carry: a copied line must not replace the line it was copied from."""
    identities = [task.identity for task in tasks if task.identity]
    return tuple(
        replace(task, identity=None) if task.identity and identities.count(task.identity) > 1 else task
        for task in tasks
    )
