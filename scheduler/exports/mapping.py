"""From our names to another platform's: a mapping file (TOML) says which field goes where and what has to hold there.

```toml
[visits]
name = "行政检查行为信息"            # of the table over there
[[visits.fields]]
to = "UNISCID"                      # name over there
from = "credit_code"                # name here; or constant = "..."
required = true
pattern = "[0-9A-Z]{18}"            # the whole value
longest = 18
values = { cancelled = "9" }        # ours = theirs; a value that is not listed is a fault
```
Rows that do not fit are left out and reported with field and reason; nothing is cut or guessed.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from data.enums import ExportKind
from scheduler.errors import Fault, InvalidError
from scheduler.exports.readers import Record
from scheduler.exports.tables import FIELDS, Table

_LINE: Final = re.compile(r"at line (\d+)")
SAMPLE: Final = Path(__file__).parent / "sample_mapping.toml"
KEYS: Final = frozenset({"to", "from", "constant", "required", "pattern", "longest", "values"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One field over there. `source` "" with a `constant`; `values` empty: as it is."""

    target: str
    source: str = ""
    constant: str = ""
    required: bool = False
    pattern: str = ""
    longest: int = 0
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """Why one row is left out. `code`: missing, unknown_value, bad_form, too_long."""

    row: int
    key: str
    field: str
    code: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """A table in the other platform's names, and the rows that do not fit."""

    name: str
    fields: tuple[str, ...]
    rows: tuple[Record, ...]
    faults: tuple[RowFault, ...]


def read_mapping(content: bytes, kind: ExportKind) -> tuple[str, tuple[FieldRule, ...]]:
    """Return (name, rules) of one kind. Raises InvalidError that names the place in the file."""
    try:
        document = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _fault("UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise no_toml(content.decode("utf-8"), error) from error
    part = document.get(str(kind))
    if not isinstance(part, dict) or not isinstance(part.get("fields"), list) or not part["fields"]:
        raise _fault(f"[{kind}]")
    rules = tuple(_rule(kind, place, one) for place, one in enumerate(part["fields"], start=1))
    if len({rule.target for rule in rules}) < len(rules):
        raise _fault(f"[{kind}] to")
    return str(part.get("name", kind)), rules


def _rule(kind: ExportKind, place: int, given: Any) -> FieldRule:
    where = f"[[{kind}.fields]] {place}"
    if not isinstance(given, dict) or set(given) - KEYS or not isinstance(given.get("to"), str):
        raise _fault(where)
    source = given.get("from", "")
    if ("constant" in given) == bool(source) or (source and source not in FIELDS[kind]):
        raise _fault(f"{where} from")
    pattern, longest, values = given.get("pattern", ""), given.get("longest", 0), given.get("values", {})
    try:
        re.compile(pattern)
    except (re.error, TypeError) as error:
        raise _fault(f"{where} pattern") from error
    if not isinstance(values, dict) or isinstance(longest, bool) or not isinstance(longest, int):
        raise _fault(where)
    return FieldRule(
        target=given["to"],
        source=source,
        constant=str(given.get("constant", "")),
        required=bool(given.get("required", False)),
        pattern=pattern,
        longest=longest,
        values={str(ours): str(theirs) for ours, theirs in values.items()},
    )


def no_toml(content: str, error: tomllib.TOMLDecodeError) -> InvalidError:
    """The refusal of a text that is no TOML, by its line: what the reader says of it is English on every page."""
    found = _LINE.search(str(error))
    line = int(found[1]) if found else len(content.splitlines())
    return InvalidError(Fault(field="mapping", code="mapping_syntax", params=(("line", line),)))


def _fault(place: str) -> InvalidError:
    return InvalidError(Fault(field="mapping", code="bad_mapping", params=(("place", place),)))


def apply_mapping(table: Table, name: str, rules: tuple[FieldRule, ...], *, first: int = 1) -> Mapped:
    """Rename and check every row; a row with any fault is left out and reported with all of them.

    `first`: the place of the first row in the whole, for a table that is a part of one.
    """
    rows, faults = [], []
    for place, record in enumerate(table.rows, start=first):
        values = {rule.target: _value(rule, record) for rule in rules}
        found = [
            RowFault(
                row=place, key=str(record[table.fields[0]]), field=rule.target, code=code, value=_given(rule, record)
            )
            for rule in rules
            if (code := _wrong(rule, record, values[rule.target]))
        ]
        faults += found
        if not found:
            rows.append(values)
    return Mapped(name=name, fields=tuple(rule.target for rule in rules), rows=tuple(rows), faults=tuple(faults))


def _given(rule: FieldRule, record: Record) -> str:
    value = record[rule.source] if rule.source else rule.constant
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _value(rule: FieldRule, record: Record) -> str:
    given = _given(rule, record)
    return rule.values.get(given, "") if rule.values else given


def _wrong(rule: FieldRule, record: Record, value: str) -> str:
    given = _given(rule, record)
    if rule.values and given and given not in rule.values:
        return "unknown_value"
    if not value:
        return "missing" if rule.required else ""
    if rule.pattern and re.fullmatch(rule.pattern, value) is None:
        return "bad_form"
    return "too_long" if rule.longest and len(value) > rule.longest else ""
