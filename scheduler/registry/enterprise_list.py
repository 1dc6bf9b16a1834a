"""The list of enterprises and their sites (检查对象名录): one line a site, enterprises known by credit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import CreditClass
from data.models import Enterprise, Scenario, Site, Town
from data.models.columns import new_uid
from data.sheets.lists import ListReading, ListRow
from scheduler.registry import cells
from scheduler.registry.comparison import CellReader, Comparison, ListContext, insert_rows, update_rows

FIRM_FIELDS: Final = (
    "name", "industry_code", "contact_name", "contact_phone", "contact_email", "whitelisted", "established_on",
)  # fmt: skip
SITE_FIELDS: Final = ("address", "town_id", "scenario_id", "lon", "lat", "opens_minute", "closes_minute")
NEW_FIRM: Final[dict[str, Any]] = {
    "industry_code": "", "contact_name": "", "contact_phone": "", "contact_email": "", "whitelisted": False,
    "established_on": None,
}  # fmt: skip
OPENS, CLOSES = 480, 1080


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the database holds. `firms`: {credit code: row}; `sites`: {(credit code, name): row}."""

    firms: Mapping[str, dict[str, Any]]
    sites: Mapping[tuple[str, str], dict[str, Any]]
    towns: Mapping[str, tuple[int, float, float]]
    scenarios: Mapping[str, int]
    month: date


@dataclass(slots=True, kw_only=True)
class _Wanted:
    """What is to be written. `firms`, `sites`: what lines above said, so that a line that says otherwise is a fault."""

    comparison: Comparison
    known: _Known

    firms: dict[str, tuple[int, dict[str, Any]]]
    sites: dict[tuple[str, str], int]
    new_firms: list[dict[str, Any]]
    old_firms: list[dict[str, Any]]
    new_sites: list[dict[str, Any]]
    old_sites: list[dict[str, Any]]


def compare(session: Session, reading: ListReading, context: ListContext) -> Comparison:
    """Compare a list with the registry. Enterprises that are not listed stay as they are."""
    comparison = Comparison()
    wanted = _Wanted(
        comparison=comparison, known=_load(session, context.month), firms={}, sites={},
        new_firms=[], old_firms=[], new_sites=[], old_sites=[],
    )  # fmt: skip
    for row in reading.rows:
        _compare_row(wanted, row)
    comparison.writes.append(lambda session: _write(session, wanted))
    return comparison


def _compare_row(wanted: _Wanted, row: ListRow) -> None:
    known = wanted.known
    reader = CellReader(wanted.comparison, row.row, row.texts)
    code = reader.read("credit_code", cells.credit_code, must=True)
    if code is None:
        return
    firm = _read_firm(reader, known, known.firms.get(code))
    place = _read_site(reader, known, code, firm["name"])
    _same_as_above(reader, wanted, code, firm)
    key = (code, place["name"])
    if key in wanted.sites:
        reader.refuse("site", "row_twice", row=wanted.sites[key])
    if not reader.faultless:
        return
    wanted.sites[key] = row.row
    changed = _take_firm(wanted, row.row, code, firm)
    changed = _take_site(wanted, row.row, code, place) or changed
    wanted.comparison.same += not changed


def _read_firm(reader: CellReader, known: _Known, old: dict[str, Any] | None) -> dict[str, Any]:
    before = old or NEW_FIRM | {"name": "", "credit_class": None}
    letter = reader.read("credit_class", cells.letter)
    values = {
        "name": reader.read("name", lambda text: cells.limited(cells.required(text), 120), "", must=True),
        "industry_code": reader.read("industry", lambda text: cells.limited(text, 8), before["industry_code"]),
        "contact_name": reader.read("contact", lambda text: cells.limited(text, 40), before["contact_name"]),
        "contact_phone": reader.read("phone", lambda text: cells.limited(text, 24), before["contact_phone"]),
        "contact_email": reader.read("email", lambda text: cells.limited(text, 120), before["contact_email"]),
        "whitelisted": reader.read("whitelisted", cells.yes, before["whitelisted"]),
        "established_on": reader.read("established", cells.day, before["established_on"]),
    }
    if old is None:
        # The class of a known enterprise comes month by month from its own list (R40).
        values["credit_class"] = CreditClass(letter or "B")
        values["credit_month"] = known.month
    return values


def _read_site(reader: CellReader, known: _Known, code: str, firm_name: str) -> dict[str, Any]:
    name = reader.read("site", lambda text: cells.limited(text, 140), firm_name)
    town = reader.read("town", lambda text: cells.chosen(cells.required(text), known.towns), must=True)
    old = known.sites.get((code, name))
    town_id, lon, lat = town or (0, 0.0, 0.0)
    moved = old is None or old["town_id"] != town_id
    before = old or {"address": "", "scenario_id": None, "opens_minute": OPENS, "closes_minute": CLOSES}
    opens = reader.read("opens", cells.minute, before["opens_minute"])
    closes = reader.read("closes", cells.minute, before["closes_minute"])
    if opens >= closes:
        reader.refuse("closes", "closes_before_opens")
    return {
        "name": name,
        "address": reader.read("address", lambda text: cells.limited(text, 160), before["address"]),
        "town_id": town_id,
        "scenario_id": reader.read("scenario", lambda text: cells.chosen(text, known.scenarios), before["scenario_id"]),
        "lon": reader.read("lon", lambda text: cells.degrees(text, most=180), lon if moved else before["lon"]),
        "lat": reader.read("lat", lambda text: cells.degrees(text, most=90), lat if moved else before["lat"]),
        "opens_minute": opens,
        "closes_minute": closes,
    }


def _same_as_above(reader: CellReader, wanted: _Wanted, code: str, firm: dict[str, Any]) -> None:
    """Two lines of one enterprise must agree in its name: one of them is a slip of the code."""
    above = wanted.firms.get(code)
    if above is not None and above[1]["name"] != firm["name"]:
        reader.refuse("name", "name_differs_above", row=above[0], name=above[1]["name"])


def _take_firm(wanted: _Wanted, row: int, code: str, firm: dict[str, Any]) -> bool:
    if code in wanted.firms:
        return False
    wanted.firms[code] = (row, firm)
    old = wanted.known.firms.get(code)
    if old is None:
        wanted.new_firms.append({"uid": new_uid(), "credit_code": code} | firm)
        return _noted(wanted.comparison, row, firm["name"], None, {"credit_code": code, "name": firm["name"]})
    if not _noted(wanted.comparison, row, firm["name"], old, {name: firm[name] for name in FIRM_FIELDS}):
        return False
    wanted.old_firms.append({"id": old["id"]} | {name: firm[name] for name in FIRM_FIELDS})
    return True


def _take_site(wanted: _Wanted, row: int, code: str, place: dict[str, Any]) -> bool:
    old = wanted.known.sites.get((code, place["name"]))
    if old is None:
        wanted.new_sites.append({"uid": new_uid(), "credit_code": code} | place)
        return _noted(wanted.comparison, row, place["name"], None, {"site": place["name"], "address": place["address"]})
    values = {name: place[name] for name in SITE_FIELDS}
    if not _noted(wanted.comparison, row, place["name"], old, values):
        return False
    wanted.old_sites.append({"id": old["id"]} | values)
    return True


def _noted(comparison: Comparison, row: int, label: str, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> bool:
    """Note a change; what is the same is counted by line, not once for the enterprise and once for the site."""
    if comparison.note(row, label, old, new):
        return True
    comparison.same -= 1
    return False


def _load(session: Session, month: date) -> _Known:
    firms = session.execute(
        sa.select(col(Enterprise.id), col(Enterprise.credit_code), *(getattr(Enterprise, name) for name in FIRM_FIELDS))
    ).mappings()
    by_code = {row["credit_code"]: dict(row) for row in firms}
    sites = session.execute(
        sa.select(col(Site.id), col(Site.name), col(Enterprise.credit_code), *(getattr(Site, n) for n in SITE_FIELDS))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
    ).mappings()  # fmt: skip
    towns = session.execute(sa.select(col(Town.name), col(Town.id), col(Town.lon), col(Town.lat)))
    scenarios = session.execute(sa.select(col(Scenario.name), col(Scenario.id)))
    return _Known(
        firms=by_code,
        sites={(row["credit_code"], row["name"]): dict(row) for row in sites},
        towns={name.lower(): (number, lon, lat) for name, number, lon, lat in towns},
        scenarios={name.lower(): number for name, number in scenarios},
        month=month,
    )


def _write(session: Session, wanted: _Wanted) -> None:
    insert_rows(session, Enterprise, wanted.new_firms)
    update_rows(session, Enterprise, wanted.old_firms)
    session.flush()
    ids = dict(session.execute(sa.select(col(Enterprise.credit_code), col(Enterprise.id))).all())
    places = [
        {"enterprise_id": ids[site["credit_code"]]} | {k: v for k, v in site.items() if k != "credit_code"}
        for site in wanted.new_sites
    ]
    insert_rows(session, Site, places)
    update_rows(session, Site, wanted.old_sites)
