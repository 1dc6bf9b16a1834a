"""Owns the year of a plan: told by the caller, else by titles, the sheet's name or the file's name."""

import re
from collections.abc import Sequence

_WITH_WORD = re.compile(r"(?<!\d)(20\d{2})\s*年度")
_YEAR = re.compile(r"(?<!\d)(20\d{2})(?:\s*年|(?=[^\d]|$))")


def find_year(texts: Sequence[str]) -> int | None:
    """Give the year named first; `2025年度` in any text goes before `2025年` and bare `2025`."""
    for pattern in (_WITH_WORD, _YEAR):
        for text in texts:
            match = pattern.search(text)
            if match:
                return int(match.group(1))
    return None
