"""Owns turning a checked file into sheets of texts: values, formats, merged areas, what is hidden. Knows no headers."""

import csv
import io
import re
from dataclasses import dataclass, field

import python_calamine

from data.sheets import legacy
from data.sheets.cells import stripped, text_of
from data.sheets.errors import SheetRefused
from data.sheets.safety import MAX_COLUMNS, PLAN_LIMITS, CheckedFile, Limits

_BUILTIN_FORMATS = {
    9: "0%",
    10: "0.00%",
    14: "yyyy-m-d",
    17: "mmm-yy",
    31: "yyyy年m月d日",
    57: 'yyyy"年"m"月"',
    58: 'm"月"d"日"',
}
_PLAIN_FORMATS = frozenset({"", "@", "General"})
_CELL = re.compile(rb"<(?:\w+:)?c\s([^>]*)>")
_ATTRIBUTE = re.compile(rb"\b([a-z]+)\s*=\s*[\"']([^\"']*)[\"']")
_ROW = re.compile(rb"<(?:\w+:)?row\s([^>]*)>")
_STYLE_LIST = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf\s([^>]*)>")
_FORMAT = re.compile(r"<(?:\w+:)?numFmt\s[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawSheet:
    """One sheet as texts. `rows[r][c]`: the cell of row r + 1; all rows are equally long.

    `merged`: (row, column) from 0 of every cell that lies under a merged one, with the place of that one.
    `hidden`: rows from 1 that nobody sees. `name`: "" where the file has no sheets.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    hidden: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWorkbook:
    """The sheets that a person sees, and the names of those that are hidden."""

    sheets: tuple[RawSheet, ...]
    hidden_sheets: tuple[str, ...] = ()


def load_workbook(file: CheckedFile, *, limits: Limits = PLAN_LIMITS) -> RawWorkbook:
    """Read all visible sheets. Raises SheetRefused: damaged, encoding_unknown, too_many_rows, too_many_columns."""
    if file.kind == "csv":
        return RawWorkbook(sheets=(_csv_sheet(file.content, limits),))
    try:
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(file.content)) as book:
            return _workbook(book, file, limits)
    except python_calamine.PasswordError as error:
        raise SheetRefused("encrypted") from error
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise SheetRefused("damaged", reason=type(error).__name__) from error
    except BaseException as error:
        # The reader's own assertions fail on some broken files with an exception that is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise SheetRefused("damaged", reason="reader") from error


def _workbook(book: python_calamine.CalamineWorkbook, file: CheckedFile, limits: Limits) -> RawWorkbook:
    formats = _Formats(file.parts) if file.kind == "xlsx" else None
    hidden_rows = legacy.hidden_rows(file.content) if file.kind == "xls" else {}
    sheets, hidden = [], []
    for index, metadata in enumerate(book.sheets_metadata):
        if metadata.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        if metadata.visible != python_calamine.SheetVisibleEnum.Visible:
            hidden.append(metadata.name)
            continue
        sheet = book.get_sheet_by_name(metadata.name)
        part = formats.sheet(metadata.name) if formats else None
        rows = part.hidden if part else hidden_rows.get(index, frozenset())
        sheets.append(_sheet(sheet, styles=part.styles if part else {}, hidden=rows, limits=limits))
    return RawWorkbook(sheets=tuple(sheets), hidden_sheets=tuple(hidden))


def _sheet(
    sheet: python_calamine.CalamineSheet,
    *,
    styles: dict[tuple[int, int], str],
    hidden: frozenset[int],
    limits: Limits,
) -> RawSheet:
    if sheet.total_height > limits.rows:
        raise SheetRefused("too_many_rows", row=sheet.total_height, limit=limits.rows, sheet=sheet.name)
    if sheet.total_width > MAX_COLUMNS:
        raise SheetRefused("too_many_columns", columns=sheet.total_width, limit=MAX_COLUMNS, sheet=sheet.name)
    values = sheet.to_python(skip_empty_area=False)
    rows = [
        [text_of(value, number_format=styles.get((r, c), "")) for c, value in enumerate(row)]
        for r, row in enumerate(values)
    ]
    merged = {
        (r, c): (start[0], start[1])
        for start, end in sheet.merged_cell_ranges or []
        for r in range(start[0], min(end[0], len(rows)) + 1)
        for c in range(start[1], min(end[1], MAX_COLUMNS) + 1)
        if (r, c) != tuple(start)
    }
    return RawSheet(name=sheet.name, rows=_squared(rows), merged=merged, hidden=hidden)


def _csv_sheet(content: bytes, limits: Limits) -> RawSheet:
    text = _decoded(content)
    sample = text[:4000]
    delimiter = max(",\t;", key=lambda sign: (sample.split("\n", 1)[0].count(sign), sign == ","))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows.append([stripped(cell) for cell in row])
            if len(rows) > limits.rows:
                raise SheetRefused("too_many_rows", row=len(rows), limit=limits.rows)
            if len(row) > MAX_COLUMNS:
                raise SheetRefused("too_many_columns", columns=len(row), limit=MAX_COLUMNS)
    except csv.Error as error:
        raise SheetRefused("damaged", reason="csv") from error
    return RawSheet(name="", rows=_squared(rows))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SheetRefused("encoding_unknown", tried=list(encodings))


def _squared(rows: list[list[str]]) -> tuple[tuple[str, ...], ...]:
    width = max((len(row) for row in rows), default=0)
    return tuple(tuple(row + [""] * (width - len(row))) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class _SheetPart:
    styles: dict[tuple[int, int], str]
    hidden: frozenset[int]


class _Formats:
    """Number formats of the cells of an .xlsx, from its XML: calamine gives values without them."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = {name.lower(): data for name, data in parts.items()}
        self._styles = self._style_list()
        self._paths = self._sheet_paths()

    def sheet(self, name: str) -> _SheetPart:
        data = self._parts.get(self._paths.get(name, ""), b"")
        telling = {index: code for index, code in enumerate(self._styles) if code not in _PLAIN_FORMATS}
        styles = {}
        for match in _CELL.finditer(data) if telling else ():
            found = dict(_ATTRIBUTE.findall(match.group(1)))
            code = telling.get(int(found.get(b"s", b"0") or 0))
            if code and b"r" in found:
                styles[_place(found[b"r"].decode("ascii", "replace"))] = code
        hidden = set()
        for match in _ROW.finditer(data):
            found = dict(_ATTRIBUTE.findall(match.group(1)))
            if found.get(b"hidden") in {b"1", b"true"} and found.get(b"r", b"").isdigit():
                hidden.add(int(found[b"r"]))
        return _SheetPart(styles=styles, hidden=frozenset(hidden))

    def _style_list(self) -> list[str]:
        data = self._parts.get("xl/styles.xml", b"")
        own = {}
        for match in _FORMAT.finditer(data.decode("utf-8", errors="replace")):
            number = re.search(r'numFmtId\s*=\s*"(\d+)"', match.group(0))
            code = re.search(r'formatCode\s*=\s*"([^"]*)"', match.group(0))
            if number and code:
                own[int(number.group(1))] = code.group(1).replace("&quot;", '"')
        section = _STYLE_LIST.search(data)
        numbers = [_format_number(match.group(1)) for match in _STYLE.finditer(section.group(0) if section else b"")]
        return [own.get(number, _BUILTIN_FORMATS.get(number, "")) for number in numbers]

    def _sheet_paths(self) -> dict[str, str]:
        links = self._parts.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", errors="replace")
        targets = {}
        for link in re.findall(r"<(?:\w+:)?Relationship\s[^>]*>", links):
            number, target = re.search(r'\bId="([^"]*)"', link), re.search(r'\bTarget="([^"]*)"', link)
            if number and target:
                path = target.group(1).lower()
                targets[number.group(1)] = path.lstrip("/") if path.startswith("/") else f"xl/{path}"
        book = self._parts.get("xl/workbook.xml", b"").decode("utf-8", errors="replace")
        paths = {}
        for sheet in re.findall(r"<(?:\w+:)?sheet\s[^>]*>", book):
            name, number = re.search(r'\bname="([^"]*)"', sheet), re.search(r':id="([^"]*)"', sheet)
            if name and number:
                paths[_unescaped(name.group(1))] = targets.get(number.group(1), "")
        return paths


def _format_number(attributes: bytes) -> int:
    match = re.search(rb'numFmtId\s*=\s*["\'](\d+)["\']', attributes)
    return int(match.group(1)) if match else 0


def _unescaped(text: str) -> str:
    for sign, entity in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&apos;"), ("&", "&amp;")):
        text = text.replace(entity, sign)
    return text


def _place(reference: str) -> tuple[int, int]:
    letters = reference.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - ord("A") + 1
    digits = reference[len(letters) :]
    return (int(digits) if digits else 0) - 1, column - 1
