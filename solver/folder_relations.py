"""What the tables of a problem folder must say about each other: keys, references, windows, cycles, locks.

Owns checks across cells. Vectorised; a faultless folder costs a few passes over its columns. Knows no file format.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from solver.cycles import list_cycles
from solver.folder_faults import MOST_PER_KIND, FaultLog, FaultRule
from solver.folder_tables import Table
from solver.locks import list_collisions
from solver.problem import NONE, Bools, Ints, Problem

Tables = dict[str, Table | None]

_REFERENCES: Final = (
    ("requests", "department", "departments", "department"),
    ("requests", "enterprise", "enterprises", "enterprise"),
    ("capacity", "department", "departments", "department"),
    ("closures", "enterprise", "enterprises", "enterprise"),
    ("conflicts", "request_a", "requests", "request"),
    ("conflicts", "request_b", "requests", "request"),
    ("sequences", "before", "requests", "request"),
    ("sequences", "after", "requests", "request"),
    ("inspectors", "department", "departments", "department"),
    ("absences", "inspector", "inspectors", "inspector"),
    ("recusals", "inspector", "inspectors", "inspector"),
    ("recusals", "enterprise", "enterprises", "enterprise"),
)
"""(table, column, table referred to, its key)."""

_WINDOWS: Final = ("requests", "closures")
_DAYS: Final = (
    ("requests", "first_day"),
    ("requests", "last_day"),
    ("requests", "planned_day"),
    ("capacity", "day"),
    ("closures", "first_day"),
    ("closures", "last_day"),
    ("absences", "day"),
)
_MOST_CYCLES: Final = 20


def check_problem_rows(tables: Tables, log: FaultLog) -> None:
    """Report everything that single tables cannot show; tables that are absent or broken are passed over."""
    for table in tables.values():
        if table is not None:
            refuse_repeated_keys(table)
    for name, column, other, key in _REFERENCES:
        refuse_unknown_ids(tables.get(name), column, tables.get(other), key)
    if tables["inspectors"] is None:
        _refuse_orphans(tables, log)
    days = tables["days"]
    if days is not None:
        _check_days(days)
        for name, column in _DAYS:
            _refuse_days_outside(tables[name], column, days.rows)
    for name in _WINDOWS:
        _check_windows(tables[name])
    _check_planned_days(tables["requests"])
    _check_conflicts(tables["conflicts"])
    _check_sequences(tables["sequences"])


def refuse_repeated_keys(table: Table) -> None:
    """Report every row whose key occurred on an earlier one."""
    keys = table.spec.key
    if not keys:
        return
    sound = table.sound(*keys)
    if len(keys) == 1 and not isinstance(table.cells[keys[0]].values, np.ndarray) and sound.all():
        values = table.text(keys[0])
        if len(pc.unique(values)) == table.rows:
            return
    codes = np.zeros(table.rows, dtype=np.int64)
    for key in keys:
        part = _codes(table.cells[key].values)
        codes = codes * (int(part.max(initial=0)) + 1) + part
    if len(pc.unique(pa.array(codes[sound]))) == int(sound.sum()):
        return
    rows = np.flatnonzero(sound)
    _, first = np.unique(codes[rows], return_index=True)
    repeated = np.zeros(table.rows, dtype=np.bool_)
    repeated[np.delete(rows, first)] = True
    table.refuse(FaultRule.KEY_TWICE, keys[-1], repeated, _key_texts(table, keys, repeated))


def _key_texts(table: Table, keys: tuple[str, ...], rows: Bools) -> list[str]:
    first = np.flatnonzero(rows)[:MOST_PER_KIND]
    return [" ".join(table.shown(key, int(row)) for key in keys) for row in first]


def _codes(values: Any) -> Ints:
    if isinstance(values, np.ndarray):
        return values.astype(np.int64) - int(values.min(initial=0))
    return np.asarray(values.dictionary_encode().indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def refuse_unknown_ids(table: Table | None, column: str, other: Table | None, key: str) -> None:
    """Report ids that the other table does not have; silent when either table is missing or its key column is."""
    if table is None or other is None or (other.rows and not other.sound(key).any()):
        return
    found = pc.index_in(table.text(column), value_set=_distinct(other.text(key)))
    if found.null_count:
        unknown = np.asarray(found.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)
        table.refuse(FaultRule.UNKNOWN_ID, column, unknown & table.sound(column))


def _distinct(ids: Any) -> Any:
    return pc.unique(ids) if isinstance(ids, pa.Array) else pc.unique(ids.combine_chunks())


def _refuse_orphans(tables: Tables, log: FaultLog) -> None:
    """Absences and recusals speak of officers; without that table they speak of nobody."""
    if any(fault.table == "inspectors" for fault in log.faults()):
        return
    for name in ("absences", "recusals"):
        table = tables[name]
        if table is not None:
            table.refuse(FaultRule.UNKNOWN_ID, "inspector", table.sound("inspector"))


def _check_days(days: Table) -> None:
    numbers, sound = days.numbers("day"), days.sound("day")
    days.refuse(FaultRule.DAYS_NUMBERED, "day", sound & (numbers >= days.rows))
    texts = days.ids("date")
    wrong = np.array([not _is_iso_date(text) for text in texts], dtype=np.bool_) & days.sound("date")
    days.refuse(FaultRule.VALUE_NOT_DATE, "date", wrong)
    if wrong.any() or not days.sound("day", "date").all() or len(np.unique(numbers)) < days.rows:
        return
    order = np.argsort(numbers, kind="stable")
    backwards = np.zeros(days.rows, dtype=np.bool_)
    backwards[order[1:]] = texts[order[1:]] <= texts[order[:-1]]
    days.refuse(FaultRule.DATE_ORDER, "date", backwards)


def _is_iso_date(text: str) -> bool:
    try:
        return dt.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _refuse_days_outside(table: Table | None, column: str, horizon_days: int) -> None:
    if table is None:
        return
    days = table.numbers(column)
    outside = (days < 0) | (days >= horizon_days)
    if column == "planned_day":
        outside &= days != NONE
    table.refuse(FaultRule.DAY_IN_HORIZON, column, outside & table.sound(column))


def _check_windows(table: Table | None) -> None:
    if table is None:
        return
    reversed_rows = table.numbers("first_day") > table.numbers("last_day")
    rows = reversed_rows & table.sound("first_day", "last_day")
    if rows.any():
        ends = [
            f"{table.numbers('first_day')[row]}..{table.numbers('last_day')[row]}"
            for row in np.flatnonzero(rows)[:MOST_PER_KIND]
        ]
        table.refuse(FaultRule.WINDOW_ORDER, "last_day", rows, ends)


def _check_planned_days(requests: Table | None) -> None:
    """A locked request needs a planned day, inside its window.

    One that is not locked may have been planned before its window changed: moving it costs, and is no fault.
    """
    if requests is None:
        return
    locked = (requests.numbers("locked") == 1) & requests.sound("locked", "planned_day")
    planned = requests.numbers("planned_day")
    without = locked & (planned == NONE)
    requests.refuse(FaultRule.PLANNED_DAY_MISSING, "planned_day", without, [""] * MOST_PER_KIND)
    outside = (planned < requests.numbers("first_day")) | (planned > requests.numbers("last_day"))
    known = locked & (planned != NONE) & requests.sound("first_day", "last_day")
    requests.refuse(FaultRule.PLANNED_DAY_IN_WINDOW, "planned_day", known & outside)


def _check_conflicts(conflicts: Table | None) -> None:
    if conflicts is None or not conflicts.rows:
        return
    same = pc.equal(conflicts.text("request_a"), conflicts.text("request_b"))
    rows = np.asarray(same.to_numpy(zero_copy_only=False), dtype=np.bool_)
    conflicts.refuse(FaultRule.CONFLICT_WITH_ITSELF, "request_b", rows & conflicts.sound("request_a", "request_b"))


def _check_sequences(sequences: Table | None) -> None:
    """Report cycles by the ids along them, on the line of one of their rows."""
    if sequences is None or not sequences.rows:
        return
    both = pa.concat_arrays([_plain(sequences.text("before")), _plain(sequences.text("after"))]).dictionary_encode()
    codes = both.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    edges = np.column_stack([codes[: sequences.rows], codes[sequences.rows :]])
    rows = np.flatnonzero(sequences.sound("before", "after"))
    for cycle in list_cycles(edges[rows], most=_MOST_CYCLES):
        step = (edges[rows, 0] == cycle[0]) & (edges[rows, 1] == cycle[1])
        mask = np.zeros(sequences.rows, dtype=np.bool_)
        mask[rows[np.argmax(step)]] = True
        names = " > ".join(both.dictionary[node].as_py() for node in cycle)
        sequences.refuse(FaultRule.SEQUENCE_CYCLE, "after", mask, [names])


def _plain(text: Any) -> Any:
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def check_locks(problem: Problem, requests: Table | None, log: FaultLog) -> None:
    """Report every set of locked requests that cannot hold together: one fault a request, its rule in the value."""
    if requests is None:
        return
    for members in list_collisions(problem):
        for row, rule in members:
            others = " ".join(str(problem.requests.ids[other]) for other, _ in members if other != row)
            value = f"{rule}: {problem.requests.ids[row]} {others}".strip()
            places = [(requests.line(row), value)]
            log.add_many(FaultRule.LOCKS_COLLIDE, table="requests", column="locked", places=places, count=1)
