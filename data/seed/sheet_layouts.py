"""What stands in the sample plan sheets, read from the folder `sheets`; knows no file format of spreadsheets.

In a layout, "^" is merged with the cell above, "<" with the cell to the left, "" is an empty cell; `{year}` and
`{month}` stand for the month that the plan is for.
"""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from data.errors import NotFoundError
from data.seed.facts import FOLDER

Cell = str | int | float
Row = tuple[Cell, ...]

UP: Final = "^"
LEFT: Final = "<"
SHEETS: Final = FOLDER / "sheets"
# Easy ones first; the last one has cells that no reader can understand.
SAMPLE_NAMES: Final = ("market", "joint", "education", "care_homes", "emergency")


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetLayout:
    """A sheet as a clerk sees it: a title and lines above the table, header rows, rows, notes below.

    `organisation`: code of the body whose clerk would upload it. `faulty`: has cells that cannot be understood.
    `widths`: of the columns, in characters.
    """

    name: str
    filename: str
    organisation: str
    faulty: bool
    sheet: str
    title: str
    above: tuple[str, ...]
    header: tuple[Row, ...]
    rows: tuple[Row, ...]
    below: tuple[str, ...]
    widths: tuple[int, ...]


def get_layout(name: str, *, year: int, month: int) -> SheetLayout:
    """Return a sample sheet for a month. Raises NotFoundError."""
    if name not in SAMPLE_NAMES:
        raise NotFoundError("sample_workbook", name)
    values = {key: _filled(value, year, month) for key, value in _read(name).items()}
    return SheetLayout(name=name, **values)


@cache
def _read(name: str) -> dict[str, Any]:
    return dict(json.loads((SHEETS / f"{name}.json").read_text(encoding="utf-8")))


def _filled(value: Any, year: int, month: int) -> Any:
    """Put the month in, and make lists tuples, at every depth."""
    if isinstance(value, list):
        return tuple(_filled(one, year, month) for one in value)
    if isinstance(value, str):
        return value.format(year=year, month=month)
    return value
