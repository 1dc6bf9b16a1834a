"""Owns the records of an old workbook (.xls) that decide whether it may be read: passwords, macros, formulas.

Reads the compound file just far enough to find the stream of the workbook and walks its records; knows no values.
"""

import struct
from collections.abc import Iterator
from itertools import pairwise

from data.sheets.errors import SheetRefused

_END = 0xFFFFFFFE
_DIRECTORY_ENTRY = 128
_FORMULA, _FILEPASS, _BOUNDSHEET, _SUPBOOK, _ROW = 0x0006, 0x002F, 0x0085, 0x01AE, 0x0208
_MACRO_NAMES = frozenset({"_VBA_PROJECT", "_VBA_PROJECT_CUR", "VBA", "Macros"})
_OWN_SUPBOOK = (0x0401, 0x3A01)
MAX_ROW, MAX_COLUMN = 20_000, 200
_DIMENSIONS, _BOF = 0x0200, 0x0809
_CELL_RECORDS = frozenset({0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
_SECTOR_SHIFTS, _SMALL_SHIFT = {9, 12}, 6


class _Compound:
    """A compound file: sectors chained by a table, and a directory of named streams."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._check_header()
        self.sector = 1 << struct.unpack_from("<H", content, 30)[0]
        self.small = 1 << struct.unpack_from("<H", content, 32)[0]
        directory, self.cutoff, small_table = struct.unpack_from("<I4xII", content, 48)
        self.table = self._table()
        self.entries = list(self._entries(self._chain(directory)))
        self.small_table = self._numbers(self._chain(small_table)) if small_table < _END else ()
        self.small_stream = self._chain(self.entries[0][1]) if self.entries and self.entries[0][1] < _END else b""

    def _check_header(self) -> None:
        """Refuse a header whose counts the file cannot hold: readers reserve memory by them before they look."""
        shift, small = struct.unpack_from("<HH", self.content, 30)
        counts = struct.unpack_from("<II", self.content, 40) + struct.unpack_from("<4xI4xI", self.content, 60)
        if shift not in _SECTOR_SHIFTS or small != _SMALL_SHIFT:
            raise SheetRefused("damaged", reason="sectors")
        if any(count > len(self.content) >> shift for count in counts):
            raise SheetRefused("damaged", reason="sector_counts")

    def _table(self) -> tuple[int, ...]:
        sectors = list(struct.unpack_from("<109I", self.content, 76))
        following, seen = struct.unpack_from("<I", self.content, 68)[0], 0
        while following < _END and seen * self.sector < len(self.content):
            numbers = struct.unpack_from(f"<{self.sector // 4}I", self.content, self._offset(following))
            sectors += numbers[:-1]
            following, seen = numbers[-1], seen + 1
        return self._numbers(b"".join(self._sector(number) for number in sectors if number < _END))

    def _offset(self, number: int) -> int:
        return (number + 1) * self.sector

    def _sector(self, number: int) -> bytes:
        return self.content[self._offset(number) : self._offset(number) + self.sector]

    def _numbers(self, data: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])

    def _chain(self, first: int) -> bytes:
        parts: list[bytes] = []
        number = first
        while number < _END and len(parts) * self.sector <= len(self.content):
            parts.append(self._sector(number))
            number = self.table[number] if number < len(self.table) else _END
        return b"".join(parts)

    def _entries(self, data: bytes) -> Iterator[tuple[str, int, int]]:
        for start in range(0, len(data) - _DIRECTORY_ENTRY + 1, _DIRECTORY_ENTRY):
            entry = data[start : start + _DIRECTORY_ENTRY]
            length = struct.unpack_from("<H", entry, 64)[0]
            name = entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", errors="replace")
            if name:
                yield name, *struct.unpack_from("<II", entry, 116)

    def stream(self, *names: str) -> bytes | None:
        for name, first, size in self.entries:
            if name in names:
                return self._chain(first)[:size] if size >= self.cutoff else self._small_chain(first)[:size]
        return None

    def _small_chain(self, first: int) -> bytes:
        parts: list[bytes] = []
        number = first
        while number < _END and len(parts) <= len(self.small_table):
            parts.append(self.small_stream[number * self.small : (number + 1) * self.small])
            number = self.small_table[number] if number < len(self.small_table) else _END
        return b"".join(parts)


def check_legacy_workbook(content: bytes, *, wanted: str) -> None:
    """Walk the records of an .xls.

    Raises: SheetRefused with code encrypted, macros, not_a_workbook, damaged, external_link, formula_cells,
    too_many_rows or too_many_columns.
    """
    try:
        compound = _Compound(content)
        names = {name for name, _, _ in compound.entries}
        if "EncryptedPackage" in names or "EncryptionInfo" in names:
            raise SheetRefused("encrypted")
        if names & _MACRO_NAMES:
            raise SheetRefused("macros")
        stream = compound.stream("Workbook", "Book")
        if stream is None or wanted != ".xls":
            raise SheetRefused("not_a_workbook", looks_like="ole")
        _check_stream(stream)
    except (struct.error, IndexError, OverflowError) as error:
        raise SheetRefused("damaged", reason=type(error).__name__) from error


def _check_stream(stream: bytes) -> None:
    """Walk all records; the sheets must begin where a record of their kind begins, or something is hidden."""
    starts: set[int] = set()
    named: set[int] = set()
    position = 0
    for kind, data in _records(stream):
        _check_record(kind, data)
        if kind == _BOF:
            starts.add(position)
        if kind == _BOUNDSHEET:
            named.add(struct.unpack_from("<I", data)[0])
        position += 4 + len(data)
    if not named <= starts:
        raise SheetRefused("damaged", reason="sheet_offsets")


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _check_record(kind: int, data: bytes) -> None:
    if kind == _FILEPASS:
        raise SheetRefused("encrypted")
    if kind == _SUPBOOK and len(data) >= 4 and struct.unpack_from("<2xH", data)[0] not in _OWN_SUPBOOK:
        raise SheetRefused("external_link")
    if kind == _FORMULA:
        row, column = struct.unpack_from("<HH", data)
        raise SheetRefused("formula_cells", cell=f"{_letters(column)}{row + 1}", sheet="")
    if kind in _CELL_RECORDS:
        row, column = struct.unpack_from("<HH", data)
        _check_extent(row, column + 1)
    if kind == _DIMENSIONS and len(data) >= 12:
        first_row, rows, first_column, columns = struct.unpack_from("<IIHH", data)
        if first_row > rows or first_column > columns:
            raise SheetRefused("damaged", reason="dimensions")
        _check_extent(max(rows, 1) - 1, columns)
    if kind == _ROW:
        row, _, last = struct.unpack_from("<HHH", data)
        # Rows that are only formatted reach no cell: first and last column are the same.
        _check_extent(row if last else 0, last)


def _check_extent(row: int, columns: int) -> None:
    if row >= MAX_ROW:
        raise SheetRefused("too_many_rows", row=row + 1, limit=MAX_ROW)
    if columns > MAX_COLUMN:
        raise SheetRefused("too_many_columns", cell=f"{_letters(columns - 1)}{row + 1}", limit=MAX_COLUMN)


def _letters(column: int) -> str:
    return (chr(ord("A") + column // 26 - 1) if column >= 26 else "") + chr(ord("A") + column % 26)


def hidden_rows(content: bytes) -> dict[int, frozenset[int]]:
    """Give the hidden rows (from 1) of each sheet by its place (from 0) in the order of the streams."""
    stream = _Compound(content).stream("Workbook", "Book") or b""
    starts = [
        struct.unpack_from("<I", data)[0] for kind, data in _records(stream) if kind == _BOUNDSHEET and len(data) >= 4
    ]
    ends = [*[later for _, later in pairwise(sorted(starts))], len(stream)]
    limits = dict(zip(sorted(starts), ends, strict=True))
    return {
        index: frozenset(
            struct.unpack_from("<H", data)[0] + 1
            for kind, data in _records(stream[start : limits[start]])
            if kind == _ROW and len(data) >= 16 and struct.unpack_from("<H", data, 12)[0] & 0x20
        )
        for index, start in enumerate(starts)
    }
