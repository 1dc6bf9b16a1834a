"""Numbers that an address asks for: those that a database can hold. Any others have no row, so they ask for nothing."""

from __future__ import annotations

from typing import Any, Final

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

LARGEST: Final = 10**12
"""SQLite and PostgreSQL hold numbers of eight bytes: rows of a page times this still fit, and no id is larger."""
MOST_DIGITS: Final = len(str(LARGEST)) - 1


class HeldNumber(IntegerConverter):
    """A number in the path: an address with a longer one is no address of ours, and is answered so."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 -- the name that werkzeug gives
        kwargs.setdefault("max", LARGEST)
        super().__init__(map, *args, **kwargs)


def install(app: Flask) -> None:
    """Read the numbers of all paths so; before any route is added."""
    app.url_map.converters["int"] = HeldNumber


def asked_number(name: str) -> int | None:
    """A number of the query, such as a filter's choice; None for anything that is none."""
    return number_of(request.args.get(name, ""))


def number_of(text: str) -> int | None:
    """A number without a sign as a person or a link wrote it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None
