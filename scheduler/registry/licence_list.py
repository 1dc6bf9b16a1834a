"""Lists of licences (许可证照): known by kind and number, held by an enterprise or one of its sites."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import RecordStatus
from data.models import Enterprise, Licence, Site
from data.sheets.cells import folded
from data.sheets.lists import ListReading
from scheduler.registry import cells
from scheduler.registry.comparison import CellReader, Comparison, ListContext, insert_rows, update_rows

LONGEST: Final = 60
FIELDS: Final = ("enterprise_id", "site_id", "valid_until")


def compare(session: Session, reading: ListReading, _: ListContext) -> Comparison:
    """Compare a list of licences; licences not listed stay as they are, one that changed hands moves to its holder."""
    comparison, firms, sites = Comparison(), _firms(session), _sites(session)
    known = {(row["kind"], row["number"]): row for row in _known(session)}
    seen: dict[tuple[str, str], int] = {}
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        kind = reader.read("licence", lambda text: cells.limited(folded(cells.required(text)), LONGEST), must=True)
        number = reader.read("licence_number", _number, must=True)
        before = known.get((kind, number))
        values = _read_holder(reader, firms, sites)
        values["valid_until"] = reader.read("until", cells.day, before["valid_until"] if before else None)
        if reader.faultless and (kind, number) in seen:
            reader.refuse("licence_number", "row_twice", row=seen[kind, number])
        if not reader.faultless:
            continue
        seen[kind, number] = row.row
        old = {name: before[name] for name in FIELDS} if before else None
        if not comparison.note(row.row, f"{kind} {number}", old, values):
            continue
        if before is None:
            new.append({"kind": kind, "number": number} | values)
        else:
            changed.append({"id": before["id"]} | values)
    comparison.writes += [
        lambda session: insert_rows(session, Licence, new),
        lambda session: update_rows(session, Licence, changed),
    ]
    return comparison


def _number(text: str) -> str:
    return cells.limited(folded(cells.required(text)).upper(), LONGEST)


def _read_holder(reader: CellReader, firms: dict[str, int], sites: dict[tuple[int, str], int]) -> dict[str, Any]:
    code = reader.read("credit_code", cells.credit_code, must=True)
    firm = firms.get(code)
    if code and firm is None:
        reader.refuse("credit_code", "unknown_enterprise", name=reader.texts.get("name", ""))
    site = None
    if firm is not None and reader.given("site"):
        site = sites.get((firm, reader.texts["site"]))
        if site is None:
            reader.refuse("site", "unknown_site", name=reader.texts["site"])
    return {"enterprise_id": firm, "site_id": site}


def _known(session: Session) -> list[dict[str, Any]]:
    columns = (col(Licence.id), col(Licence.kind), col(Licence.number), *(getattr(Licence, name) for name in FIELDS))
    return [dict(row) for row in session.execute(sa.select(*columns)).mappings()]


def _firms(session: Session) -> dict[str, int]:
    return dict(session.execute(sa.select(col(Enterprise.credit_code), col(Enterprise.id))).all())


def _sites(session: Session) -> dict[tuple[int, str], int]:
    rows = session.execute(
        sa.select(col(Site.enterprise_id), col(Site.name), col(Site.id))
        .where(col(Site.status) == RecordStatus.ACTIVE)
        .order_by(col(Site.id))
    )
    return {(firm, name): number for firm, name, number in rows}
