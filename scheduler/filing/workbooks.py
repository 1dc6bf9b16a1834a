"""The empty plan sheet for departments that have none of their own."""

from __future__ import annotations

from data.sheets.template import template_workbook as write_template


def template_workbook(year: int | None) -> bytes:
    """Return the template as .xlsx, with the headers that are read best and the year in its title."""
    return write_template(year=year)
