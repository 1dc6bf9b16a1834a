"""A warning with all its rows as a table to download. Knows no language: the words come from whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from data.sheets.export import rows_as_csv
from scheduler.oversight.warning import Cell, OversightWarning

Say = Callable[[Cell], str]


def warning_csv(warning: OversightWarning, headers: Sequence[str], *, say: Say) -> bytes:
    """Return UTF-8 CSV that Excel opens and in which no name can run as a formula. Figures stay figures."""
    rows = [[cell if isinstance(cell, int) else say(cell) for cell in row.cells] for row in warning.rows]
    return rows_as_csv(headers, rows)
