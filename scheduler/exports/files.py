"""Tables as files: CSV, xlsx and JSON in which no text can run, packed with a manifest of hashes. Knows no row."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Final

from data.enums import ExportKind, FileForm
from data.sheets.export import Imprint, rows_as_csv, rows_as_xlsx
from scheduler.clock import DISTRICT_ZONE
from scheduler.exports.mapping import Mapped
from scheduler.exports.readers import Record
from scheduler.exports.tables import Table
from scheduler.provenance import Provenance

_FIXED_TIME: Final = (2000, 1, 1, 0, 0, 0)
FAULT_FIELDS: Final = ("row", "key", "field", "code", "value")


def write_rows(
    fields: Sequence[str], rows: Sequence[Record], form: FileForm, *, imprint: Imprint | None = None
) -> bytes:
    """Write rows in the order of `fields`. Only a workbook has room for an imprint beside the rows."""
    if form is FileForm.JSON:
        plain = [{name: row[name] for name in fields} for row in rows]
        return (json.dumps(plain, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    cells = [[row[name] for name in fields] for row in rows]
    return rows_as_csv(fields, cells) if form is FileForm.CSV else rows_as_xlsx(fields, cells, imprint=imprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a file holds. `name`: of the table over there; `faults`: why rows are left out, by FAULT_FIELDS."""

    kind: ExportKind
    name: str
    fields: tuple[str, ...]
    rows: Sequence[Record]
    faults: Sequence[Record]
    left_out: int
    since: str
    cursor: str


def content_of(table: Table, mapped: Mapped | None) -> Content:
    """A table as it goes out: in our names, or in those of a mapping."""
    return Content(
        kind=table.kind,
        name=mapped.name if mapped else str(table.kind),
        fields=mapped.fields if mapped else table.fields,
        rows=mapped.rows if mapped else table.rows,
        faults=[asdict(one) for one in mapped.faults] if mapped else [],
        left_out=len(table.rows) - len(mapped.rows) if mapped else 0,
        since=table.since,
        cursor=table.cursor,
    )


def pack(content: Content, form: FileForm, origin: Provenance) -> bytes:
    """A zip with the table, the rows that did not fit, and manifest.json: counts, cursor, SHA-256 of each file.

    Manifest and workbook also say of when the table is, for which role, and after which release.
    """
    said = {
        "made_at": origin.made_at.astimezone(DISTRICT_ZONE).isoformat(timespec="seconds"),
        "made_for_role": str(origin.role),
        "release": origin.release,
        "release_sha256": origin.release_hash,
    }
    imprint = _imprint(content, said)
    files = {f"{content.kind}.{form}": write_rows(content.fields, content.rows, form, imprint=imprint)}
    if content.faults:
        files["faults.csv"] = write_rows(FAULT_FIELDS, content.faults, FileForm.CSV)
    manifest: dict[str, Any] = {
        "kind": str(content.kind),
        "name": content.name,
        "fields": list(content.fields),
        "rows": len(content.rows),
        "left_out": content.left_out,
        "since": content.since,
        "cursor": content.cursor,
        **said,
        "files": {name: sha256(written).hexdigest() for name, written in sorted(files.items())},
    }
    files["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, written in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _FIXED_TIME), written, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def _imprint(content: Content, said: dict[str, Any]) -> Imprint:
    counts = {"rows": len(content.rows), "left_out": content.left_out, "since": content.since, "cursor": content.cursor}
    known = {"kind": str(content.kind), "name": content.name, **counts, **said}
    lines = tuple((name, "" if value is None else str(value)) for name, value in known.items())
    return Imprint(sheet="imprint", title=content.name, lines=lines)
