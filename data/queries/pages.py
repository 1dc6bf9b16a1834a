"""One page of a list, and text search that takes what people type literally. Knows no table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from data.errors import DataError

T = TypeVar("T")
MOST_PER_PAGE: Final = 200
LONGEST_SEARCH: Final = 100
_ESCAPE: Final = "\\"


class SortError(DataError):
    """Raised when a list cannot be sorted that way. Params: sort, known."""

    code = "unknown_sort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Rows of page number `page` (from 1) of a list of `total` rows."""

    rows: tuple[T, ...]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list has one."""
        return max(1, -(-self.total // self.per_page))


def fetch_page(session: Session, statement: Any, *, page: int, per_page: int) -> Page[Any]:
    """Run an ordered select and return one page of its rows; a page beyond the end is empty.

    `per_page` is held between 1 and 200, `page` at 1 at least.
    """
    size = min(max(per_page, 1), MOST_PER_PAGE)
    number = max(page, 1)
    total = session.execute(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    # An offset beyond the list is not asked for: SQLite and PostgreSQL take no number above 2^63.
    rows = (
        session.execute(statement.limit(size).offset((number - 1) * size)).all() if (number - 1) * size < total else ()
    )
    return Page(rows=tuple(rows), page=number, per_page=size, total=total)


def contains(text: str, columns: Iterable[Any], *, codes: Iterable[Any] = ()) -> Any:
    """Return the condition that every word of `text` stands in one of `columns`; % and _ are ordinary signs.

    `codes`: columns of Latin letters and digits alone, searched as well.
    """
    words = text[:LONGEST_SEARCH].replace("\x00", "").split()
    columns, codes = tuple(columns), tuple(codes)
    return sa.and_(sa.true(), *(_somewhere(word, columns, codes) for word in words))


def _somewhere(word: str, columns: tuple[Any, ...], codes: tuple[Any, ...]) -> Any:
    """A Chinese word is not looked for in codes, which cannot hold it: over 30,000 rows that is half of the time."""
    able = (*columns, *codes) if word.isascii() else columns
    return sa.or_(sa.false(), *(_holds(column, word) for column in able))


def _holds(column: Any, word: str) -> Any:
    """Without regard to case where the word has any; Chinese has none, and folding every row doubles the time."""
    if word.lower() == word.upper():
        return column.like(_pattern(word), escape=_ESCAPE)
    return column.ilike(_pattern(word), escape=_ESCAPE)


def _pattern(word: str) -> str:
    for sign in (_ESCAPE, "%", "_"):
        word = word.replace(sign, _ESCAPE + sign)
    return f"%{word}%"
