"""Tables as files: CSV, xlsx and JSON in which no text can run, packed with a manifest of hashes. Knows no row."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any, Final

from data.enums import FileForm
from data.sheets.export import rows_as_csv, rows_as_xlsx
from scheduler.exports.mapping import Mapped
from scheduler.exports.readers import Record
from scheduler.exports.tables import Table

_FIXED_TIME: Final = (2000, 1, 1, 0, 0, 0)
FAULT_FIELDS: Final = ("row", "key", "field", "code", "value")


def write_rows(fields: Sequence[str], rows: Sequence[Record], form: FileForm) -> bytes:
    """Write rows in the order of `fields`."""
    if form is FileForm.JSON:
        plain = [{name: row[name] for name in fields} for row in rows]
        return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    cells = [[row[name] for name in fields] for row in rows]
    return rows_as_csv(fields, cells) if form is FileForm.CSV else rows_as_xlsx(fields, cells)


def pack(table: Table, form: FileForm, mapped: Mapped | None = None) -> bytes:
    """A zip with the table, the rows that did not fit, and manifest.json: counts, cursor, SHA-256 of each file."""
    fields, rows = (mapped.fields, mapped.rows) if mapped else (table.fields, table.rows)
    files = {f"{table.kind}.{form}": write_rows(fields, rows, form)}
    if mapped and mapped.faults:
        files["faults.csv"] = write_rows(FAULT_FIELDS, [asdict(one) for one in mapped.faults], FileForm.CSV)
    manifest: dict[str, Any] = {
        "kind": str(table.kind),
        "name": mapped.name if mapped else str(table.kind),
        "fields": list(fields),
        "rows": len(rows),
        "left_out": len(table.rows) - len(rows),
        "since": table.since,
        "cursor": table.cursor,
        "files": {name: sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    files["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()
