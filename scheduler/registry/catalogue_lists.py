"""Lists of inspection items (检查事项清单, R10, R11, R15) and of days on which sites are left in peace (R60)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import ClosureKind, ItemList, RecordStatus
from data.models import Closure, Enterprise, InspectionItem, Scenario, Site
from data.models.columns import new_uid
from data.sheets.lists import ListReading, ListRow
from scheduler.registry import cells
from scheduler.registry.comparison import CellReader, Comparison, ListContext, insert_rows, update_rows
from scheduler.registry.people_lists import (
    STATUSES,
    organisation_keys,
    organisation_of,
    read_days,
    skill_keys,
    skills_of,
)

LISTS: Final = {
    "无事不扰": ItemList.UNDISTURBED, "undisturbed": ItemList.UNDISTURBED, "重点监管": ItemList.FOCUS,
    "重点": ItemList.FOCUS, "focus": ItemList.FOCUS, "双随机": ItemList.RANDOM, "随机抽查": ItemList.RANDOM,
    "random": ItemList.RANDOM,
}  # fmt: skip
CLOSURES: Final = {
    "安静期": ClosureKind.QUIET, "宁静日": ClosureKind.QUIET, "quiet": ClosureKind.QUIET,
    "经营高峰": ClosureKind.PEAK, "peak": ClosureKind.PEAK, "停产停业": ClosureKind.SHUTDOWN,
    "停产": ClosureKind.SHUTDOWN, "停业": ClosureKind.SHUTDOWN, "shutdown": ClosureKind.SHUTDOWN,
    "考试期间": ClosureKind.EXAMINATION, "考试": ClosureKind.EXAMINATION, "examination": ClosureKind.EXAMINATION,
}  # fmt: skip
ITEM_FIELDS: Final = (
    "name", "organisation_id", "scenario_id", "target", "legal_basis", "listed", "quarters", "inspectors", "skill_id",
    "offsite", "published_on", "status",
)  # fmt: skip
QUARTERS: Final = {"1": 1, "2": 2, "4": 4}
MOST_PEOPLE: Final = 16
_NEW: Final[dict[str, Any]] = {
    "scenario_id": None, "target": "", "listed": ItemList.RANDOM, "quarters": 1, "inspectors": 2, "skill_id": None,
    "offsite": False, "published_on": None, "status": RecordStatus.ACTIVE,
}  # fmt: skip
Names = Mapping[str, Mapping[str, int]]


def compare_items(session: Session, reading: ListReading, _: ListContext) -> Comparison:
    """Compare a list of items, known by their codes; items not listed stay as they are."""
    comparison = Comparison()
    rows = session.execute(
        sa.select(col(InspectionItem.id), col(InspectionItem.code), *(getattr(InspectionItem, n) for n in ITEM_FIELDS))
    ).mappings()
    known = {row["code"]: dict(row) for row in rows}
    names = {
        "organisation": organisation_keys(session),
        "skill": skill_keys(session),
        "scenario": {n.lower(): i for n, i in session.execute(sa.select(col(Scenario.name), col(Scenario.id)))},
    }
    seen: dict[str, int] = {}
    new, old = [], []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        code = reader.read("code", lambda text: cells.limited(cells.required(text), 24), must=True)
        if code in seen:
            reader.refuse("code", "row_twice", row=seen[code])
        before = known.get(code)
        values = _read_item(reader, names, before or _NEW)
        if not reader.faultless:
            continue
        seen[code] = row.row
        if comparison.note(row.row, f"{code} {values['name']}", before, values):
            if before is None:
                new.append({"uid": new_uid(), "code": code} | values)
            else:
                old.append({"id": before["id"]} | values)
    comparison.writes += [
        lambda session: insert_rows(session, InspectionItem, new),
        lambda session: update_rows(session, InspectionItem, old),
    ]
    return comparison


def compare_closures(session: Session, reading: ListReading, _: ListContext) -> Comparison:
    """Compare days on which sites are not visited; without a site's name all sites of the enterprise are meant."""
    comparison = Comparison()
    sites = _sites_by_code(session)
    known = {
        tuple(row)
        for row in session.execute(
            sa.select(col(Closure.site_id), col(Closure.first_date), col(Closure.last_date), col(Closure.kind))
        )
    }
    new: list[dict[str, Any]] = []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        code = reader.read("credit_code", cells.credit_code, must=True)
        places = _places(reader, sites, code, row) if code else {}
        first, last = read_days(reader)
        kind = reader.read("closure", lambda text: cells.chosen(cells.required(text), CLOSURES), must=True)
        if not reader.faultless:
            continue
        fresh = [site for site in places.values() if (site, first, last, kind) not in known]
        known |= {(site, first, last, kind) for site in fresh}
        label = f"{'、'.join(places)} {first} – {last}"
        comparison.note(row.row, label, None if fresh else {"there": True}, {"there": True})
        new += [{"site_id": site, "first_date": first, "last_date": last, "kind": kind} for site in fresh]
    comparison.writes.append(lambda session: insert_rows(session, Closure, new))
    return comparison


def _read_item(reader: CellReader, names: Names, before: Mapping[str, Any]) -> dict[str, Any]:
    skills = reader.read("skills", lambda text: skills_of(text, names["skill"]), ())
    if len(skills) > 1:
        reader.refuse("skills", "one_skill_only")
    return {
        "name": reader.read("item", lambda text: cells.limited(cells.required(text), 200), must=True),
        "organisation_id": reader.read(
            "organisation", lambda text: organisation_of(cells.required(text), names["organisation"]), must=True
        ),
        "scenario_id": reader.read(
            "scenario", lambda text: cells.chosen(text, names["scenario"]), before["scenario_id"]
        ),
        "target": reader.read("target", lambda text: cells.limited(text, 200), before["target"]),
        "legal_basis": reader.read("basis", cells.required, must=True),
        "listed": reader.read("listed", lambda text: cells.chosen(text, LISTS), before["listed"]),
        "quarters": reader.read("quarters", lambda text: cells.chosen(text, QUARTERS), before["quarters"]),
        "inspectors": reader.read(
            "inspectors", lambda text: cells.whole(text, least=2, most=MOST_PEOPLE), before["inspectors"]
        ),
        "skill_id": skills[0] if skills else before["skill_id"],
        "offsite": reader.read("offsite", cells.yes, before["offsite"]),
        "published_on": reader.read("published", cells.day, before["published_on"]),
        "status": reader.read("status", lambda text: cells.chosen(text, STATUSES), before["status"]),
    }


def _sites_by_code(session: Session) -> dict[str, dict[str, int]]:
    rows = session.execute(
        sa.select(col(Enterprise.credit_code), col(Site.name), col(Site.id))
        .join(Site, col(Site.enterprise_id) == col(Enterprise.id))
        .where(col(Site.status) == RecordStatus.ACTIVE)
        .order_by(col(Site.id))
    )
    sites: dict[str, dict[str, int]] = {}
    for code, name, number in rows:
        sites.setdefault(code, {})[name] = number
    return sites


def _places(reader: CellReader, sites: Mapping[str, dict[str, int]], code: str, row: ListRow) -> dict[str, int]:
    places = sites.get(code, {})
    name = row.texts.get("site", "")
    if not places:
        reader.refuse("credit_code", "unknown_enterprise", name=row.texts.get("name", ""))
    elif name and name not in places:
        reader.refuse("site", "unknown_word", known="、".join(list(places)[:6]))
    return {name: places[name]} if name in places else places
