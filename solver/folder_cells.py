"""One column of cells to one numpy array, with the fault of every cell that will not convert.

Owns conversion and range checks. Works on whole columns; only distinct odd values are looked at one by one.
Knows no file and no other column.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from solver.folder_faults import FaultRule
from solver.folder_schema import MOST_ID_LENGTH, MOST_TEXT_LENGTH, Column, Kind
from solver.problem import Bools

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[+-]?(nan|inf|infinity)", re.IGNORECASE)


@dataclass(slots=True)
class Cells:
    """One converted column of n rows.

    `values`: a pyarrow string array for ID and TEXT, int64 or float64 otherwise, defaults filled in.
    `texts`: the cells as they were written, for naming faults; None where the numbers say the same.
    `bad`: rows already reported, [n] bool or None. `faults`: (rule, rows concerned as a bool mask [n]).
    """

    values: Any
    texts: Any
    bad: Bools | None = None
    faults: list[tuple[str, Bools]] = field(default_factory=list)

    def refuse(self, rule: str, rows: Bools) -> None:
        """Report `rows`; rows that are bad already are not reported twice."""
        if self.bad is not None:
            rows = rows & ~self.bad
        if rows.any():
            self.bad = rows.copy() if self.bad is None else self.bad | rows
            self.faults.append((rule, rows))


def convert_column(raw: Any, column: Column) -> Cells:
    """Convert a pyarrow column as read (text from CSV, any type from Parquet) to what `column` asks for."""
    if isinstance(raw, pa.ChunkedArray):
        raw = raw.combine_chunks()
    if pa.types.is_dictionary(raw.type):
        raw = raw.dictionary_decode()
    if column.kind in (Kind.ID, Kind.TEXT):
        return _convert_text(raw, column)
    return _convert_number(raw, column)


def _mask(flags: Any) -> Bools:
    return np.asarray(flags.to_numpy(zero_copy_only=False), dtype=np.bool_)


def as_text(raw: Any) -> Any:
    """A pyarrow string array without nulls (null becomes ""); None where the type has no plain text form."""
    kind = raw.type
    if raw.null_count == len(raw):  # of whatever type: pandas makes a column without a text one of numbers
        return pa.array([""] * len(raw), pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        text = raw
    elif pa.types.is_integer(kind) or pa.types.is_date(kind):
        text = raw.cast(pa.string())
    elif pa.types.is_timestamp(kind):
        text = raw.cast(pa.date32(), safe=False).cast(pa.string())
    else:
        return None
    return pc.fill_null(text, "") if text.null_count else text


def _convert_text(raw: Any, column: Column) -> Cells:
    text = as_text(raw)
    everything = np.ones(len(raw), dtype=np.bool_)
    if text is None:
        cells = Cells(values=pa.array([""] * len(raw), pa.string()), texts=raw)
        cells.refuse(FaultRule.VALUE_NOT_TEXT, everything)
        return cells
    cells = Cells(values=text, texts=text)
    empty = _mask(pc.equal(text, ""))
    if empty.any():
        if column.default is None:
            cells.refuse(FaultRule.VALUE_MISSING, empty)
        else:
            cells.values = pc.if_else(pc.equal(text, ""), str(column.default), text)
    most = MOST_ID_LENGTH if column.kind is Kind.ID else MOST_TEXT_LENGTH
    if len(text) and (pc.max(pc.binary_length(text)).as_py() or 0) > most:
        cells.refuse(FaultRule.VALUE_TOO_LONG, _mask(pc.greater(pc.utf8_length(text), most)))
    if column.choices:
        known = pc.is_in(cells.values, value_set=pa.array(column.choices, pa.string()))
        cells.refuse(FaultRule.VALUE_CHOICE, ~_mask(known))
    return cells


def _convert_number(raw: Any, column: Column) -> Cells:
    kind = raw.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        cells, missing = _numbers_of_text(as_text(raw), column)
    elif pa.types.is_null(kind):
        cells, missing = Cells(values=np.zeros(len(raw)), texts=raw), np.ones(len(raw), dtype=np.bool_)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        cells, missing = _numbers_of_numbers(raw, column)
    elif pa.types.is_decimal(kind):
        cells, missing = _numbers_of_numbers(raw.cast(pa.float64()), column)
    else:
        cells, missing = Cells(values=np.zeros(len(raw)), texts=raw), np.zeros(len(raw), dtype=np.bool_)
        cells.refuse(FaultRule.VALUE_NOT_NUMBER, ~missing)
    return _in_range(cells, missing, column)


def _numbers_of_text(text: Any, column: Column) -> tuple[Cells, Bools]:
    """Numbers of a text column: one cast where all is well, else each distinct value by itself."""
    missing = _mask(pc.equal(text, ""))
    filled = pc.if_else(pc.equal(text, ""), "0", text) if missing.any() else text
    target = pa.int64() if column.kind is Kind.WHOLE else pa.float64()
    try:
        if _any_hex(filled):
            return _numbers_one_by_one(text, missing, column)
        values = filled.cast(target).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return _numbers_one_by_one(text, missing, column)
    cells = Cells(values=values, texts=text)
    if column.kind is Kind.REAL:
        cells.refuse(FaultRule.VALUE_NOT_FINITE, ~np.isfinite(values))
    return cells, missing


def _any_hex(text: Any) -> bool:
    # Arrow reads "0x10" as sixteen; nobody writes a day like that on purpose.
    return bool(pc.any(pc.match_substring(text, "x", ignore_case=True)).as_py())


def _numbers_one_by_one(text: Any, missing: Bools, column: Column) -> tuple[Cells, Bools]:
    coded = text.dictionary_encode()
    judged = [_judge_number(value, column.kind) for value in coded.dictionary.to_pylist()]
    codes = coded.indices.to_numpy(zero_copy_only=False)
    numbers = np.array([number for number, _ in judged], dtype=np.float64)[codes]
    cells = Cells(values=numbers, texts=text)
    for rule in (FaultRule.VALUE_NOT_NUMBER, FaultRule.VALUE_NOT_FINITE, FaultRule.VALUE_NOT_WHOLE):
        cells.refuse(rule, np.array([found is rule for _, found in judged], dtype=np.bool_)[codes])
    return cells, missing


def _judge_number(text: str, kind: Kind) -> tuple[float, FaultRule | None]:
    """The number a cell means and what is wrong with it; spaces around and a whole 3.0 are forgiven."""
    stripped = text.strip()
    if not text:
        return 0.0, None
    if _NOT_FINITE.fullmatch(stripped):
        return 0.0, FaultRule.VALUE_NOT_FINITE
    if not _NUMBER.fullmatch(stripped):
        return 0.0, FaultRule.VALUE_NOT_NUMBER
    number = float(stripped)
    if not math.isfinite(number):
        return 0.0, FaultRule.VALUE_NOT_FINITE
    if kind is Kind.WHOLE and number != math.floor(number):
        return 0.0, FaultRule.VALUE_NOT_WHOLE
    return number, None


def _numbers_of_numbers(raw: Any, column: Column) -> tuple[Cells, Bools]:
    missing = _mask(raw.is_null())
    if pa.types.is_boolean(raw.type):
        raw = raw.cast(pa.int8())
    if raw.null_count:
        raw = pc.fill_null(raw, 0)
    values = raw.to_numpy(zero_copy_only=False)
    cells = Cells(values=values, texts=raw)
    if not pa.types.is_floating(raw.type):
        return cells, missing
    if not column.required:
        # pandas writes a column of whole numbers with gaps as floats with NaN
        missing = missing | np.isnan(values)
        cells.values = values = np.where(np.isnan(values), 0.0, values)
    cells.refuse(FaultRule.VALUE_NOT_FINITE, ~np.isfinite(values))
    if column.kind is Kind.WHOLE:
        finite = np.isfinite(values)
        cells.refuse(FaultRule.VALUE_NOT_WHOLE, finite & (np.floor(np.where(finite, values, 0)) != values))
    return cells, missing


def _in_range(cells: Cells, missing: Bools, column: Column) -> Cells:
    """Fill in defaults, refuse what is out of range, and settle the type."""
    if missing.any() and column.default is None:
        cells.refuse(FaultRule.VALUE_MISSING, missing)
    asked = ~missing if missing.any() else np.ones(len(missing), dtype=np.bool_)
    if column.choices:
        inside = np.isin(cells.values, column.choices)
        cells.refuse(FaultRule.VALUE_CHOICE, asked & ~inside)
    elif len(asked) and not (column.low <= cells.values.min() and cells.values.max() <= column.high):
        cells.refuse(FaultRule.VALUE_RANGE, asked & ~((cells.values >= column.low) & (cells.values <= column.high)))
    values = cells.values
    if cells.bad is not None:
        values = np.where(cells.bad, 0, values)
    values = np.asarray(values, dtype=np.float64 if column.kind is Kind.REAL else np.int64)
    if column.default is not None and missing.any():
        values = np.where(missing, np.int64(column.default), values)
    cells.values = values
    if not cells.faults:
        cells.texts = None
    return cells
