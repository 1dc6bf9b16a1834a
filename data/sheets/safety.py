"""Owns what may be read at all: sizes, kinds and hidden dangers of a file, judged before anything is parsed.

Nothing here follows a link, resolves an entity or evaluates a formula; a file that asks for it is refused.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import PurePosixPath

from data.sheets.errors import SheetRefused
from data.sheets.legacy import check_legacy_workbook

MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_RATIO = 100
MAX_MEMBERS = 1_000
MAX_ROWS = 20_000
MAX_COLUMNS = 200
MAX_CELLS = 600_000
LIST_ROWS, LIST_CELLS = 50_000, 1_200_000
"""What a list of the registry may hold: a whole district, one line a site."""
_RATIO_FROM_BYTES = 64 * 1024
"""A short part of mere blanks packs better than any bomb needs to; the ratio is judged from this size on."""

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(rb"^\s*(?:<!doctype|<html|<\?xml|<table|<head|<body|<meta|mime-version:)", re.IGNORECASE)
_DECLARATION = re.compile(r"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_FILLED = re.compile(rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*[\"']([A-Z]{1,4})(\d{1,8})[\"'][^>]*(?<!/)>")
"""A cell that holds something, with its place; one that only has a style may stand anywhere."""

_REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,4})(\d{1,8})[\"']")
_EXTERNAL = re.compile(r"<(?:\w+:)?Relationship\b[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
_NESTED_NAMES = (".zip", ".xlsx", ".xls", ".xlsm", ".docx", ".7z", ".rar", ".gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one sheet may hold."""

    rows: int = MAX_ROWS
    cells: int = MAX_CELLS


PLAN_LIMITS = Limits()
LIST_LIMITS = Limits(rows=LIST_ROWS, cells=LIST_CELLS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that may be read. `kind`: xlsx, xls or csv; `parts`: its XML parts by name, for xlsx."""

    kind: str
    content: bytes
    parts: dict[str, bytes]


def check_file(content: bytes, *, filename: str, limits: Limits = PLAN_LIMITS) -> CheckedFile:
    """Judge a file by its size, name and first bytes, and an archive by its list of contents.

    Raises: SheetRefused with code empty_file, too_large, type_not_allowed, macros, not_a_workbook, encrypted,
    damaged, too_many_members, too_large_unpacked, ratio_too_high, nested_archive, embedded_object, external_link,
    xml_declaration, formula_cells, too_many_rows, too_many_columns or too_many_cells.
    """
    suffix = PurePosixPath(filename.replace("\\", "/")).suffix.lower()
    if len(content) > MAX_FILE_BYTES:
        raise SheetRefused("too_large", bytes=len(content), limit=MAX_FILE_BYTES)
    if not content.strip():
        raise SheetRefused("empty_file")
    if suffix in {".xlsm", ".xltm", ".xlam", ".xlsb"}:
        raise SheetRefused("macros", filename=filename)
    if suffix not in {".xlsx", ".xls", ".csv"}:
        raise SheetRefused("type_not_allowed", filename=filename, allowed=[".xlsx", ".xls", ".csv"])
    if suffix == ".csv":
        return CheckedFile(kind="csv", content=_checked_text(content), parts={})
    if content.startswith(_ZIP):
        return CheckedFile(kind="xlsx", content=content, parts=_checked_archive(content, limits))
    if content.startswith(_OLE):
        check_legacy_workbook(content, wanted=suffix)
        return CheckedFile(kind="xls", content=content, parts={})
    raise SheetRefused("not_a_workbook", filename=filename, looks_like="html" if _MARKUP.match(content[:400]) else "")


def _checked_text(content: bytes) -> bytes:
    if content.startswith((_ZIP, _OLE)) or (b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff"))):
        raise SheetRefused("not_a_workbook", looks_like="binary")
    if _MARKUP.match(content[:400]):
        raise SheetRefused("not_a_workbook", looks_like="html")
    return content


def _checked_archive(content: bytes, limits: Limits) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            _check_members(members)
            parts = {member.filename: _unpacked(archive, member) for member in members if not member.is_dir()}
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError) as error:
        raise SheetRefused("damaged", reason=type(error).__name__) from error
    if not any(name.lower() == "xl/workbook.xml" for name in parts):
        raise SheetRefused("not_a_workbook", looks_like="zip")
    _check_parts(parts, limits)
    return parts


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise SheetRefused("too_many_members", members=len(members), limit=MAX_MEMBERS)
    if any(member.flag_bits & 1 for member in members):
        raise SheetRefused("encrypted")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise SheetRefused("too_large_unpacked", bytes=unpacked, limit=MAX_UNPACKED_BYTES)
    for member in members:
        if member.file_size > _RATIO_FROM_BYTES and member.file_size > MAX_RATIO * max(1, member.compress_size):
            raise SheetRefused("ratio_too_high", member=member.filename, limit=MAX_RATIO)
        if ".." in PurePosixPath(member.filename.replace("\\", "/")).parts or member.filename.startswith("/"):
            raise SheetRefused("damaged", reason="member_path", member=member.filename)


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Unpack one part; a part that is longer than its entry says fails its check sum here, before any parser."""
    with archive.open(member) as stream:
        data = stream.read(member.file_size + 1)
    if len(data) != member.file_size:
        raise SheetRefused("damaged", reason="member_size", member=member.filename)
    return data


def _check_parts(parts: dict[str, bytes], limits: Limits) -> None:
    for name, data in parts.items():
        lower = name.lower()
        if "vbaproject" in lower or lower.endswith(".vba"):
            raise SheetRefused("macros", member=name)
        if data.startswith(_ZIP) or lower.endswith(_NESTED_NAMES):
            raise SheetRefused("nested_archive", member=name)
        if "/embeddings/" in lower or "/activex/" in lower or data.startswith(_OLE):
            raise SheetRefused("embedded_object", member=name)
        if "/externallinks/" in lower or lower.endswith("/connections.xml") or "/querytables/" in lower:
            raise SheetRefused("external_link", member=name)
        if lower.endswith((".xml", ".rels", ".vml")):
            _check_markup(name, data)
    for name, data in parts.items():
        if name.lower().startswith("xl/worksheets/") and name.lower().endswith(".xml"):
            _check_worksheet(name, data, limits)


def _check_markup(name: str, data: bytes) -> None:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in data[:8] else "latin-1"
    text = data.decode(encoding, errors="replace")
    if _DECLARATION.search(text):
        raise SheetRefused("xml_declaration", member=name)
    if name.lower().endswith(".rels"):
        for match in _EXTERNAL.finditer(text):
            # A hyperlink is never followed; every other outside target would be fetched by somebody.
            if "/hyperlink" not in match.group(0):
                raise SheetRefused("external_link", member=name)
    if name.lower() == "[content_types].xml" and "macroenabled" in text.lower():
        raise SheetRefused("macros", member=name)


def _check_worksheet(name: str, data: bytes, limits: Limits) -> None:
    formula = _FORMULA.search(data)
    if formula:
        raise SheetRefused("formula_cells", cell=_cell_before(data, formula.start()), sheet=name)
    if len(_CELL.findall(data)) > limits.cells:
        raise SheetRefused("too_many_cells", limit=limits.cells, sheet=name)
    filled = _FILLED.findall(data)
    lowest = max((int(digits) for digits in {digits for _, digits in filled}), default=0)
    if lowest > limits.rows:
        raise SheetRefused("too_many_rows", row=lowest, limit=limits.rows, sheet=name)
    wide = {letters for letters, _ in filled if len(letters) > 1 and column_number(letters) > MAX_COLUMNS}
    if wide:
        cell = next(letters + digits for letters, digits in filled if letters in wide).decode("ascii")
        raise SheetRefused("too_many_columns", cell=cell, limit=MAX_COLUMNS, sheet=name)


def column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _text(reference: re.Match[bytes]) -> str:
    return (reference.group(1) + reference.group(2)).decode("ascii")


def _cell_before(data: bytes, position: int) -> str:
    found = list(_REFERENCE.finditer(data[max(0, position - 400) : position]))
    return _text(found[-1]) if found else ""
