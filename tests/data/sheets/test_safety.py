"""What may not be read is refused before it is parsed, with a stable code."""

import contextlib
import io
import socket
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest

from data.sheets import SheetRefused, read_sheet
from data.sheets.lists import ListColumn, read_list
from data.sheets.safety import MAX_FILE_BYTES, MAX_MEMBERS, MAX_ROWS, MAX_UNPACKED_BYTES, check_file
from tests.data.sheets.books import csv_bytes, xls, xlsx

OUTSIDE = b'<Relationship Type="x/image" Target="http://127.0.0.1/a" TargetMode="External"/>'
ROWS = [["序号", "检查事项", "检查比例"], [1, "甲检查", "5%"]]


def refusal(content: bytes, filename: str = "计划.xlsx") -> SheetRefused:
    with pytest.raises(SheetRefused) as caught:
        read_sheet(content, filename=filename)
    return caught.value


def changed(change: Callable[[str, bytes], bytes], *, more: dict[str, bytes] | None = None) -> bytes:
    """Write a good workbook anew with every part changed and further parts added."""
    source = zipfile.ZipFile(io.BytesIO(xlsx(ROWS)))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
        for name, data in (more or {}).items():
            target.writestr(name, data)
    return stream.getvalue()


def with_parts(**parts: bytes) -> bytes:
    return changed(lambda _, data: data, more={name.replace("__", "/"): data for name, data in parts.items()})


def in_sheet(old: bytes, new: bytes) -> bytes:
    return changed(lambda name, data: data.replace(old, new) if "worksheets/sheet" in name else data)


def test_good_workbook_is_not_refused() -> None:
    assert check_file(xlsx(ROWS), filename="计划.xlsx").kind == "xlsx"
    assert check_file(xls(ROWS), filename="计划.xls").kind == "xls"
    assert check_file(csv_bytes(ROWS), filename="计划.csv").kind == "csv"


@pytest.mark.parametrize(
    ("content", "filename", "code"),
    [
        (b"", "计划.xlsx", "empty_file"),
        (b"x" * (MAX_FILE_BYTES + 1), "计划.csv", "too_large"),
        (xlsx(ROWS), "计划.xlsm", "macros"),
        (xlsx(ROWS), "计划.docx", "type_not_allowed"),
        (xlsx(ROWS), "计划", "type_not_allowed"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "计划.xlsx", "not_a_workbook"),
        (b"<html><table></table></html>", "计划.xls", "not_a_workbook"),
        (b"\n<!DOCTYPE html><html></html>", "计划.csv", "not_a_workbook"),
        (xlsx(ROWS), "计划.csv", "not_a_workbook"),
        (xls(ROWS), "计划.xlsx", "not_a_workbook"),
        (b"\x00\x01\x02\x03" * 20, "计划.csv", "not_a_workbook"),
        (b"\xff\x80\x81" * 30, "计划.csv", "encoding_unknown"),
        (b"PK\x03\x04 nothing behind it", "计划.xlsx", "damaged"),
        (xls(ROWS)[:600], "计划.xls", "not_a_workbook"),
    ],
    ids=[
        "empty",
        "large",
        "xlsm",
        "docx",
        "no-ending",
        "html-as-xlsx",
        "html-as-xls",
        "html-as-csv",
        "zip-as-csv",
        "xls-as-xlsx",
        "binary-as-csv",
        "no-encoding",
        "cut-zip",
        "cut-xls",
    ],
)
def test_wrong_kind_of_file_is_refused(content: bytes, filename: str, code: str) -> None:
    assert refusal(content, filename).code == code


def test_html_named_workbook_says_what_it_looks_like() -> None:
    assert refusal(b"<html></html>").params["looks_like"] == "html"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (with_parts(**{"xl__vbaProject.bin": b"x"}), "macros"),
        (with_parts(**{"xl__externalLinks__externalLink1.xml": b"<x/>"}), "external_link"),
        (with_parts(**{"xl__connections.xml": b"<x/>"}), "external_link"),
        (with_parts(**{"xl__embeddings__oleObject1.bin": b"x"}), "embedded_object"),
        (with_parts(**{"inner.zip": b"x"}), "nested_archive"),
        (with_parts(**{"xl__media__image1.png": xlsx(ROWS)}), "nested_archive"),
        (with_parts(**{"..__..__evil.xml": b"<x/>"}), "damaged"),
        (with_parts(**{"xl__worksheets__sheet9.xml": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), "xml_declaration"),
        (
            with_parts(**{"docProps__custom.xml": '<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><a/>'.encode("utf-16")}),
            "xml_declaration",
        ),
        (
            with_parts(**{"xl__worksheets___rels__s.rels": OUTSIDE}),
            "external_link",
        ),
        (in_sheet(b"<v>1</v>", b"<f>1+1</f><v>2</v>"), "formula_cells"),
        (in_sheet(b'r="A2"', b'r="A30000"'), "too_many_rows"),
        (in_sheet(b'r="A2"', b'r="ZZ2"'), "too_many_columns"),
        (in_sheet(b"</sheetData>", b"</sheetData><!--" + b" " * 20_000_000 + b"-->"), "ratio_too_high"),
    ],
    ids=[
        "macros",
        "external-link",
        "connection",
        "embedded",
        "nested-by-name",
        "nested-by-content",
        "path",
        "entity",
        "doctype-utf16",
        "external-target",
        "formula",
        "rows",
        "columns",
        "bomb",
    ],
)
def test_dangerous_workbook_is_refused(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_hyperlink_is_no_reason_to_refuse() -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active["B2"].hyperlink = "http://example.invalid/"
    stream = io.BytesIO()
    book.save(stream)
    assert len(read_sheet(stream.getvalue(), filename="计划.xlsx").tasks) == 1


def test_formula_is_refused_with_its_cell() -> None:
    rows = [ROWS[0], [1, "=cmd|' /C calc'!A0", "5%"]]
    assert refusal(xlsx(rows)).params["cell"] == "B2"
    assert refusal(xls(ROWS, formula=(4, 2)), "计划.xls").params["cell"] == "C5"


def test_encrypted_archive_is_refused() -> None:
    content = bytearray(xlsx(ROWS))
    central = content.index(b"PK\x01\x02")
    content[central + 8] |= 1
    assert refusal(bytes(content)).code == "encrypted"


def test_workbook_in_an_encrypted_package_is_refused() -> None:
    content = xls(ROWS).replace("Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")[:16])
    broken = bytearray(content)
    name = "EncryptedPackage".encode("utf-16-le")
    place = content.index("Encrypte".encode("utf-16-le"))
    broken[place : place + len(name)] = name
    broken[place + 64 : place + 66] = struct.pack("<H", len(name) + 2)
    assert refusal(bytes(broken)).code == "encrypted"


def test_workbook_with_too_many_parts_is_refused() -> None:
    parts = {f"xl/media/{number}.txt": b"x" for number in range(MAX_MEMBERS)}
    assert refusal(changed(lambda _, data: data, more=parts)).code == "too_many_members"


def test_workbook_that_unpacks_too_large_is_refused_by_its_own_word() -> None:
    content = bytearray(xlsx(ROWS))
    central = content.index(b"PK\x01\x02")
    content[central + 24 : central + 28] = struct.pack("<I", MAX_UNPACKED_BYTES + 1)
    assert refusal(bytes(content)).code == "too_large_unpacked"


def test_part_that_lies_about_its_size_is_refused() -> None:
    source = in_sheet(b"</sheetData>", b"</sheetData><!--" + bytes(range(32, 127)) * 400 + b"-->")
    content = bytearray(source)
    place = content.rindex(b"PK\x01\x02", 0, content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")))
    content[place + 24 : place + 28] = struct.pack("<I", 100)
    assert refusal(bytes(content)).code == "damaged"


def test_table_with_too_many_rows_is_refused() -> None:
    content = b"a,b\r\n" * (MAX_ROWS + 1)
    assert refusal(content, "计划.csv").code == "too_many_rows"


def test_table_with_too_many_columns_is_refused() -> None:
    assert refusal(b",".join([b"a"] * 201), "计划.csv").code == "too_many_columns"


def test_refusal_carries_code_and_plain_parameters() -> None:
    error = refusal(b"x" * (MAX_FILE_BYTES + 1), "计划.csv")
    assert error.params == {"bytes": MAX_FILE_BYTES + 1, "limit": MAX_FILE_BYTES}
    assert str(error) == str(("too_large", error.params))


def test_path_in_a_file_name_is_cut_off() -> None:
    (task,) = read_sheet(xlsx(ROWS), filename="..\\..\\目录/计划.xlsx").tasks
    assert task.file == "计划.xlsx"


def with_record(kind: int, old: bytes, new: bytes) -> bytes:
    """Change the first record of a kind in an old workbook."""
    content = bytearray(xls(ROWS))
    place = content.index(struct.pack("<H", kind) + old)
    content[place + 2 : place + 2 + len(new)] = new
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (with_record(0x0200, struct.pack("<HI", 14, 0), struct.pack("<HI", 14, 90_000)), "damaged"),
        (with_record(0x0200, struct.pack("<HII", 14, 0, 2), struct.pack("<HII", 14, 0, 65_000)), "too_many_rows"),
        (with_record(0x00FD, struct.pack("<HHH", 10, 0, 0), struct.pack("<HHH", 10, 65_000, 0)), "too_many_rows"),
        (with_record(0x00FD, struct.pack("<HHH", 10, 0, 0), struct.pack("<HHH", 10, 0, 250)), "too_many_columns"),
        (with_record(0x0085, struct.pack("<H", 12), struct.pack("<HI", 12, 7)), "damaged"),
    ],
    ids=["turned-dimensions", "long-dimensions", "far-row", "far-column", "sheet-inside-a-record"],
)
def test_old_workbook_that_would_take_all_memory_is_refused(content: bytes, code: str) -> None:
    assert refusal(content, "计划.xls").code == code


def test_header_of_an_old_workbook_that_counts_too_much_is_refused() -> None:
    content = bytearray(xls(ROWS))
    content[44:48] = struct.pack("<I", 0x0FFFFFFF)
    assert refusal(bytes(content), "计划.xls").params == {"reason": "sector_counts"}


def test_dimension_that_lies_takes_no_memory() -> None:
    content = in_sheet(b'<dimension ref="A1:C2"', b'<dimension ref="A1:XFD1048576"')
    assert len(read_sheet(content, filename="计划.xlsx").tasks) == 1


CALLING_HOME = {
    "external document type": with_parts(**{"docProps__custom.xml": b'<!DOCTYPE a SYSTEM "http://192.0.2.1/x"><a/>'}),
    "external entity": in_sheet(b"<sheetData>", b'<!DOCTYPE a [<!ENTITY b SYSTEM "http://192.0.2.1/">]><sheetData>'),
    "external link": with_parts(**{"xl__externalLinks__externalLink1.xml": b"<x/>"}),
    "good workbook": xlsx([["检查事项"], ["消防"]]),
    "page named workbook": b"<html><img src='http://192.0.2.1/x'></html>",
    "plain table": '检查事项\n=HYPERLINK("http://192.0.2.1/")\n'.encode(),
}


@pytest.mark.parametrize("content", CALLING_HOME.values(), ids=CALLING_HOME)
def test_reading_a_sheet_opens_no_connection(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """X-08. The border is the socket: whatever a library tries ends here; the control shows that it would be seen."""
    tried: list[object] = []

    def refuse(_socket: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    for filename in ("计划.xlsx", "计划.csv", "计划.xls"):
        with contextlib.suppress(SheetRefused):
            read_sheet(content, filename=filename, year=2026)
        with contextlib.suppress(SheetRefused):
            read_list(content, filename=filename, columns=(ListColumn(name="item", header="检查事项"),))
    assert tried == []

    with pytest.raises(OSError, match="no network here"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    assert tried == [("192.0.2.1", 80)]
