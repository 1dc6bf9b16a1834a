"""Reads plan sheets as departments write them, and writes sheets for people. Knows no database and no rules.

`read_sheet` gives tasks with their faults; a file that may not be read at all raises `SheetRefused`.
"""

from data.sheets.errors import SheetRefused
from data.sheets.model import CellFault, SheetNote, SheetReading, SheetTask
from data.sheets.reading import read_sheet

__all__ = ["CellFault", "SheetNote", "SheetReading", "SheetRefused", "SheetTask", "read_sheet"]
