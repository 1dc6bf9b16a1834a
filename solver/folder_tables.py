"""One table of a folder, CSV or Parquet, to typed columns and back, with the line of every fault.

Owns files, encodings, headers and lines. Knows single tables only: nothing of what they mean together.
Reading is columnar (Arrow); a file is walked line by line only after a fault has been found in it.
"""

from __future__ import annotations

import csv
import difflib
import io
import mmap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from solver.folder_cells import Cells, convert_column
from solver.folder_faults import MOST_PER_KIND, FaultLog, FaultRule
from solver.folder_schema import MOST_BYTES, Column, Kind, TableSpec
from solver.problem import Bools, Ids, Ints

SUFFIXES: Final = (".csv", ".parquet")
_HEADER_BYTES: Final = 256 * 1024
_BLOCK_BYTES: Final = 8 * 1024**2
_ALIKE: Final = 0.85
"""Names at least this similar to a known optional one are taken for a slip of the pen, not for an extra."""
_ROWS_AT_ONCE: Final = 500_000
"""Rows joined to text in one go; an Arrow string array holds at most 2 GB."""


@dataclass(slots=True)
class Table:
    """One table as read: `rows` rows, one Cells per column of the spec, and a way from row to line."""

    spec: TableSpec
    path: Path
    rows: int
    log: FaultLog
    cells: dict[str, Cells] = field(default_factory=dict)
    _lines: Ints | None = None

    def numbers(self, column: str) -> Any:
        """int64 or float64 values of a column, [rows]; 0 where the cell is bad."""
        return self.cells[column].values

    def text(self, column: str) -> Any:
        """pyarrow string array of a column, [rows]."""
        return self.cells[column].values

    def ids(self, column: str) -> Ids:
        """Python strings of a column, [rows]."""
        return np.asarray(self.cells[column].values.to_numpy(zero_copy_only=False), dtype=object)

    def sound(self, *columns: str) -> Bools:
        """Rows in which none of the columns has been refused, [rows]."""
        mask = np.ones(self.rows, dtype=np.bool_)
        for column in columns:
            bad = self.cells[column].bad
            if bad is not None:
                mask &= ~bad
        return mask

    def refuse(self, rule: str, column: str, rows: Bools, values: list[str] | None = None) -> None:
        """Report rows (a mask) of a column; `values`, one for each of the first reported rows, replace the cells."""
        where = np.flatnonzero(rows)
        if not len(where):
            return
        first = where[:MOST_PER_KIND]
        found = values or [self.shown(column, int(row)) for row in first]
        places = [(self.line(int(row)), value) for row, value in zip(first, found, strict=False)]
        self.log.add_many(rule, table=self.spec.name, column=column, places=places, count=len(where))

    def shown(self, column: str, row: int) -> str:
        """A cell as it was written, as far as that is still known."""
        cells = self.cells[column]
        cell = (cells.values if cells.texts is None else cells.texts)[row]
        value = cell.as_py() if isinstance(cell, pa.Scalar) else cell
        return "" if value is None else str(value)

    def line(self, row: int) -> int:
        """Line of a row in an editor (the header is line 1), or row number + 2 for Parquet."""
        if self.path.suffix != ".csv":
            return row + 2
        if self._lines is None:
            self._lines = _lines_of_rows(self.path)
        return int(self._lines[row]) if row < len(self._lines) else row + 2


def find_table(folder: Path, spec: TableSpec, log: FaultLog) -> Path | None:
    """Path of a table's file; None, with a fault where it is required, when there is none or two."""
    found = [folder / f"{spec.name}{suffix}" for suffix in SUFFIXES]
    found = [path for path in found if path.exists()]
    if len(found) == 1:
        return found[0]
    if found:
        log.add(FaultRule.TABLE_TWICE, table=spec.name, value=" ".join(path.name for path in found))
    elif spec.required:
        log.add(FaultRule.TABLE_MISSING, table=spec.name)
    return None


def refuse_unknown_tables(folder: Path, specs: tuple[TableSpec, ...], log: FaultLog) -> None:
    """Report files named almost like a table: left alone, their facts would be silently ignored."""
    known = [spec.name for spec in specs]
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and path.name not in {n + s for n in known for s in SUFFIXES}:
            alike = difflib.get_close_matches(path.stem.lower(), known, n=1, cutoff=_ALIKE)
            if alike:
                log.add(FaultRule.TABLE_UNKNOWN, table=path.stem, value=f"{path.name} ~ {alike[0]}")


def read_table(folder: Path, spec: TableSpec, log: FaultLog) -> Table | None:
    """Read and convert one table; None when it is absent or too broken to have rows."""
    path = find_table(folder, spec, log)
    if path is None:
        return None
    try:
        raw = _read_csv(path, spec, log) if path.suffix == ".csv" else _read_parquet(path, spec, log)
    except (OSError, pa.ArrowException) as error:
        log.add(FaultRule.TABLE_UNREADABLE, table=spec.name, value=type(error).__name__)
        return None
    if raw is None:
        return None
    if raw.num_rows > spec.most_rows:
        log.add(FaultRule.TABLE_TOO_LARGE, table=spec.name, value=f"rows={raw.num_rows} most={spec.most_rows}")
        return None
    if raw.num_rows == 0 and not spec.may_be_empty:
        log.add(FaultRule.TABLE_EMPTY, table=spec.name)
    table = Table(spec=spec, path=path, rows=raw.num_rows, log=log)
    columns = {name: raw.column(name) for name in raw.column_names}
    del raw  # from here on each column is freed as soon as it is converted
    _convert(table, columns)
    return table


def _convert(table: Table, columns: dict[str, Any]) -> None:
    for column in table.spec.columns:
        if column.name in columns:
            cells = convert_column(columns.pop(column.name), column)
        else:
            cells = _absent(column, table.rows)
        table.cells[column.name] = cells
        for rule, rows in cells.faults:
            table.refuse(rule, column.name, rows, [""] * MOST_PER_KIND if rule is FaultRule.VALUE_MISSING else None)


def _absent(column: Column, rows: int) -> Cells:
    """Defaults for an absent optional column; all rows bad for a required one, which has been reported already."""
    if column.kind in (Kind.ID, Kind.TEXT):
        values: Any = pa.repeat(pa.scalar(str(column.default or ""), pa.string()), rows)
    else:
        values = np.full(rows, column.default or 0, dtype=np.float64 if column.kind is Kind.REAL else np.int64)
    bad = np.ones(rows, dtype=np.bool_) if column.required else None
    return Cells(values=values, texts=pa.nulls(rows, pa.string()), bad=bad)


def _check_header(names: list[str], spec: TableSpec, log: FaultLog) -> list[str] | None:
    """Columns to read, in file order; None when a column comes twice, for then no cell has a certain meaning."""
    twice = [name for name, n in Counter(names).items() if n > 1]
    for name in twice:
        log.add(FaultRule.COLUMN_TWICE, table=spec.name, line=1, column=name)
    known = [column.name for column in spec.columns]
    absent = [name for name in known if name not in names]
    for column in spec.columns:
        if column.required and column.name in absent:
            log.add(FaultRule.COLUMN_MISSING, table=spec.name, line=1, column=column.name)
    optional = [name for name in absent if not spec.column(name).required]
    for name in names:
        if name not in known and difflib.get_close_matches(name.strip().lower(), optional, n=1, cutoff=_ALIKE):
            log.add(FaultRule.COLUMN_UNKNOWN, table=spec.name, line=1, column=name)
    return None if any(name in known for name in twice) else [name for name in names if name in known]


def _read_parquet(path: Path, spec: TableSpec, log: FaultLog) -> Any:
    with pq.ParquetFile(path) as file:
        data = file.metadata
        size = sum(data.row_group(i).total_byte_size for i in range(data.num_row_groups))
        if size > MOST_BYTES or data.num_rows > spec.most_rows:
            log.add(FaultRule.TABLE_TOO_LARGE, table=spec.name, value=f"bytes={size} rows={data.num_rows}")
            return None
        columns = _check_header(list(file.schema_arrow.names), spec, log)
        return None if columns is None else _with_rows(file.read(columns=columns), data.num_rows)


def _with_rows(table: Any, rows: int) -> Any:
    # A table without any known column has no length of its own.
    return table if table.num_columns else pa.table({"": pa.nulls(rows)})


def _read_csv(path: Path, spec: TableSpec, log: FaultLog) -> Any:
    size = path.stat().st_size
    if size > MOST_BYTES:
        log.add(FaultRule.TABLE_TOO_LARGE, table=spec.name, value=f"bytes={size} most={MOST_BYTES}")
        return None
    names = _csv_header(path)
    if names is None:
        refuse_encoding(path, spec.name, log)
        return None
    if not names:
        log.add(FaultRule.TABLE_EMPTY, table=spec.name)
        return None
    columns = _check_header(names, spec, log)
    return None if columns is None else _csv_rows(path, columns, spec, log)


def _csv_header(path: Path) -> list[str] | None:
    """Column names; [] for an empty file, None where the header is not UTF-8."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    try:
        # A multi-byte character cut at the end of the block is no fault of the header.
        text = head.decode("utf-8-sig", errors="strict" if len(head) < _HEADER_BYTES else "ignore")
    except UnicodeDecodeError:
        text = head.split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
        if "\ufffd" in text:
            return None
    try:
        return next((row for row in csv.reader(io.StringIO(text, newline="")) if row), [])
    except csv.Error:
        return []


def _has_quotes(path: Path) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        return view.find(b'"') >= 0


def _csv_rows(path: Path, columns: list[str], spec: TableSpec, log: FaultLog) -> Any:
    odd: list[int] = []

    def skip_row(_: Any) -> str:
        odd.append(1)
        return "skip"

    try:
        table = pacsv.read_csv(
            path,
            read_options=pacsv.ReadOptions(block_size=_BLOCK_BYTES),
            parse_options=pacsv.ParseOptions(newlines_in_values=_has_quotes(path), invalid_row_handler=skip_row),
            convert_options=pacsv.ConvertOptions(
                include_columns=columns,
                column_types={name: pa.string() for name in columns},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if not refuse_encoding(path, spec.name, log):
            log.add(FaultRule.TABLE_UNREADABLE, table=spec.name, value=str(error).splitlines()[0])
        return None
    if odd:
        _refuse_widths(path, spec, log)
    if columns:
        return table
    return pa.table({"": pa.nulls(len(_lines_of_rows(path)))})


def refuse_encoding(path: Path, table: str, log: FaultLog) -> bool:
    """Report every line that is not UTF-8; False when all are."""
    found = 0
    places: list[tuple[int, str]] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                found += 1
                if len(places) < MOST_PER_KIND:
                    places.append((number, line[error.start : error.start + 8].hex(" ")))
    if found:
        log.add_many(FaultRule.ENCODING_UTF8, table=table, column="", places=places, count=found)
    return bool(found)


@contextmanager
def _unlimited_fields() -> Iterator[None]:
    before = csv.field_size_limit(MOST_BYTES)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _records(path: Path) -> Iterator[tuple[int, int]]:
    """(line on which a record starts, number of its fields), the header first, blank lines left out."""
    with _unlimited_fields(), path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        start = 1
        for row in reader:
            if row:
                yield start, len(row)
            start = reader.line_num + 1


def _lines_of_rows(path: Path) -> Ints:
    """Line of each row that has as many fields as the header; [rows]."""
    records = _records(path)
    _, width = next(records)
    return np.fromiter((line for line, fields in records if fields == width), dtype=np.int64)


def _refuse_widths(path: Path, spec: TableSpec, log: FaultLog) -> None:
    records = _records(path)
    _, width = next(records)
    places = [(line, f"fields={fields} header={width}") for line, fields in records if fields != width]
    log.add_many(FaultRule.ROW_WIDTH, table=spec.name, column="", places=places[:MOST_PER_KIND], count=len(places))


def write_table(folder: Path, name: str, columns: dict[str, Any], *, parquet: bool = False) -> None:
    """Write parallel columns (numpy, pyarrow or lists; a None cell is left empty) as one table."""
    table = pa.table(
        {key: column if isinstance(column, pa.Array) else pa.array(column) for key, column in columns.items()}
    )
    if parquet:
        pq.write_table(table, folder / f"{name}.parquet")
        return
    with (folder / f"{name}.csv").open("wb") as file:
        file.write((",".join(columns) + "\n").encode())
        for start in range(0, table.num_rows, _ROWS_AT_ONCE):
            _write_rows(file, table.slice(start, _ROWS_AT_ONCE))


def _write_rows(file: io.BufferedWriter, table: Any) -> None:
    texts = [_csv_text(column.combine_chunks()) for column in table.columns]
    texts[-1] = pc.binary_join_element_wise(texts[-1], "\n", "")
    lines = pc.binary_join_element_wise(*texts, ",")
    joined = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines), "")
    file.write(joined[0].as_buffer())


def _csv_text(column: Any) -> Any:
    text = pc.fill_null(column.cast(pa.string()), "")
    if not pa.types.is_string(column.type):
        return text
    special = pc.match_substring_regex(text, '[",\r\n]')
    if not pc.any(special).as_py():
        return text
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
    return pc.if_else(special, quoted, text)
