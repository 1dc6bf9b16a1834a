"""Edits of the draft as forms and programs send them: plain values become a command, or faults that name the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from scheduler.errors import Fault, InvalidError
from scheduler.planning.editing.commands import KINDS, Command, PinVisit

LAST_QUARTER: Final = 3
LONGEST: Final = 2000
MOST_SELECTED: Final = 500
"""Visits in one bulk edit: more than that is a new solve."""
_YES: Final = {"1", "true", "yes", "on"}
_NO: Final = {"0", "false", "no", ""}
_LISTS: Final = frozenset({"requests", "officers"})
_OPTIONAL: Final = frozenset({"organisation", "officer", "pin"})


def command_from(values: Mapping[str, Any]) -> Command:
    """Read a command from JSON or from a form (`kind` and the fields of the deed).

    Raises InvalidError with a fault for each field that is missing or cannot be read.
    """
    made = KINDS.get(str(values.get("kind", "")))
    if made is None:
        raise InvalidError(Fault(field="kind", code="unknown_choice"))
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for one in fields(made):
        try:
            found[one.name] = _read(made, one.name, values)
        except _Unreadable as error:
            faults.append(Fault(field=one.name, code=str(error)))
    if faults:
        raise InvalidError(*faults)
    return made(**{name: value for name, value in found.items() if value is not _ABSENT})


class _Unreadable(Exception):  # noqa: N818 -- carries a fault's code to the reader of the whole
    pass


_ABSENT: Final = object()


def _read(made: type[Command], name: str, values: Mapping[str, Any]) -> Any:
    given = _given(name, values)
    if made is PinVisit and name != "visit":
        return _flag(given)
    if name in _LISTS:
        return _uids(given)
    reader: Callable[[Any], Any] = _READERS.get(name, _text)
    missing = given is None or (isinstance(given, str) and not given.strip())
    if missing and (name in _OPTIONAL or (made is KINDS["place"] and name != "request")):
        return _ABSENT
    if missing:
        raise _Unreadable("required")
    return reader(given)


def _given(name: str, values: Mapping[str, Any]) -> Any:
    if name in _LISTS and isinstance(values, MultiDict):
        return values.getlist(name)
    return values.get(name)


def _flag(given: Any) -> bool | None:
    if given is None or isinstance(given, bool):
        return given
    text = str(given).strip().lower()
    if text not in _YES | _NO:
        raise _Unreadable("unknown_choice")
    return text in _YES


def _uids(given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not given:
        raise _Unreadable("required")
    return tuple(_text(one) for one in given)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise _Unreadable("unknown_choice")
    if len(given) > LONGEST:
        raise _Unreadable("too_long")
    return given.strip()


def _day(given: Any) -> date:
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise _Unreadable("date_type") from None


def _quarter(given: Any) -> int:
    text = str(given)
    if isinstance(given, bool) or not text.isascii() or not text.isdigit() or int(text) > LAST_QUARTER:
        raise _Unreadable("unknown_choice")
    return int(text)


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {"day": _day, "start_quarter": _quarter, "pin": _flag}


def chosen_uids(text: str) -> tuple[str, ...]:
    """The selection in an address, `uid,uid`: each once, in order, not too many."""
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))[:MOST_SELECTED]
