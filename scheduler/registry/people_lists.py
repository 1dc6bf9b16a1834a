"""Lists about officers: who they are (执法检查人员名录), when they are away, from whom they withdraw (回避, R06)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import RecordStatus
from data.models import Absence, Enterprise, Officer, OfficerSkill, Organisation, OrganisationAlias, Recusal, Skill
from data.models.columns import new_uid
from data.sheets.cells import folded
from data.sheets.lists import ListReading, ListRow
from scheduler.registry import cells
from scheduler.registry.cells import CellFault
from scheduler.registry.comparison import CellReader, Comparison, ListContext, insert_rows, update_rows

STATUSES = {"在用": RecordStatus.ACTIVE, "在岗": RecordStatus.ACTIVE, "active": RecordStatus.ACTIVE,
            "已停用": RecordStatus.CLOSED, "停用": RecordStatus.CLOSED, "离岗": RecordStatus.CLOSED,
            "closed": RecordStatus.CLOSED}  # fmt: skip
OFFICER_FIELDS = ("name", "organisation_id", "certificate_until", "reviewed", "training_hours", "status")
MOST_HOURS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class _People:
    """`officers`: {certificate: row with "skills"}; `own`: the only organisation whose officers may be touched."""

    officers: Mapping[str, dict[str, Any]]
    organisations: Mapping[str, int]
    skills: Mapping[str, int]
    own: int | None


def compare_officers(session: Session, reading: ListReading, context: ListContext) -> Comparison:
    """Compare a list of officers, known by their certificates; officers not listed stay as they are."""
    comparison, people = Comparison(), _load_people(session, context.own)
    seen: dict[str, int] = {}
    new, old, skills = [], [], []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        number = _certificate(reader, seen)
        before = people.officers.get(number or "")
        values, named = _read_officer(reader, people, before)
        if number is None or not reader.faultless:
            continue
        seen[number] = row.row
        shown = {**values, "skills": named}
        if not comparison.note(row.row, f"{values['name']} {number}", before, shown):
            continue
        if before is None:
            new.append({"uid": new_uid(), "certificate_number": number} | values)
        else:
            old.append({"id": before["id"]} | values)
        if before is None or before["skills"] != named:
            skills.append((number, named))
    comparison.writes += [
        lambda session: insert_rows(session, Officer, new),
        lambda session: update_rows(session, Officer, old),
        lambda session: _write_skills(session, people, skills),
    ]
    return comparison


def compare_absences(session: Session, reading: ListReading, context: ListContext) -> Comparison:
    """Compare days of absence; the cause is neither asked for nor kept."""
    comparison, people = Comparison(), _load_people(session, context.own)
    known = {
        tuple(row)
        for row in session.execute(sa.select(col(Absence.officer_id), col(Absence.first_date), col(Absence.last_date)))
    }
    new: list[dict[str, Any]] = []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        officer = _known_officer(reader, people)
        first, last = read_days(reader)
        if officer is None or not reader.faultless:
            continue
        key = (officer["id"], first, last)
        fresh = key not in known
        known.add(key)
        _note_new(comparison, row, f"{officer['name']} {first} – {last}", fresh)
        if fresh:
            new.append({"officer_id": officer["id"], "first_date": first, "last_date": last})
    comparison.writes.append(lambda session: insert_rows(session, Absence, new))
    return comparison


def compare_recusals(session: Session, reading: ListReading, context: ListContext) -> Comparison:
    """Compare pairs of officer and enterprise that must be kept apart."""
    comparison, people = Comparison(), _load_people(session, context.own)
    firms = {code: (number, name) for code, number, name in session.execute(
        sa.select(col(Enterprise.credit_code), col(Enterprise.id), col(Enterprise.name)))}  # fmt: skip
    known = {tuple(row) for row in session.execute(sa.select(col(Recusal.officer_id), col(Recusal.enterprise_id)))}
    new: list[dict[str, Any]] = []
    for row in reading.rows:
        reader = CellReader(comparison, row.row, row.texts)
        officer = _known_officer(reader, people)
        code = reader.read("credit_code", cells.credit_code, must=True)
        firm = firms.get(code)
        if code and firm is None:
            reader.refuse("credit_code", "unknown_enterprise", name=row.texts.get("name", ""))
        if officer is None or firm is None or not reader.faultless:
            continue
        key = (officer["id"], firm[0])
        fresh = key not in known
        known.add(key)
        _note_new(comparison, row, f"{officer['name']} – {firm[1]}", fresh)
        if fresh:
            new.append({"officer_id": officer["id"], "enterprise_id": firm[0], "noted_on": context.today})
    comparison.writes.append(lambda session: insert_rows(session, Recusal, new))
    return comparison


def read_days(reader: CellReader) -> tuple[date | None, date | None]:
    """Return first and last day of a row; a fault where they are missing or the wrong way round."""
    first = reader.read("first", cells.day, must=True)
    last = reader.read("last", cells.day, must=True)
    if first and last and last < first:
        reader.refuse("last", "period_backwards")
    return first, last


def organisation_keys(session: Session) -> dict[str, int]:
    """Return every name of every organisation, as cells are compared: full, short, and others people write."""
    names: dict[str, int] = {}
    for row in session.execute(
        sa.select(col(Organisation.id), col(Organisation.name), col(Organisation.short_name), col(Organisation.code))
    ):
        names |= {folded(name).lower(): row.id for name in (row.name, row.short_name, row.code)}
    for name, number in session.execute(sa.select(col(OrganisationAlias.name), col(OrganisationAlias.organisation_id))):
        names.setdefault(folded(name).lower(), number)
    return names


def skill_keys(session: Session) -> dict[str, int]:
    """Return names and codes of skills with their ids."""
    rows = session.execute(sa.select(col(Skill.id), col(Skill.name), col(Skill.code)))
    return {folded(name).lower(): number for number, *both in rows for name in both}


def organisation_of(text: str, known: Mapping[str, int]) -> int:
    """Return the organisation of a name. Raises CellFault("unknown_organisation")."""
    number = known.get(folded(text).lower())
    if number is None:
        raise CellFault("unknown_organisation")
    return number


def skills_of(text: str, known: Mapping[str, int]) -> tuple[int, ...]:
    """Return the skills of a cell, sorted. Raises CellFault("unknown_skill") with the name."""
    found = []
    for name in folded(text).replace(",", "、").replace(";", "、").split("、"):
        if name and name.lower() not in known:
            raise CellFault("unknown_skill", name=name)
        if name:
            found.append(known[name.lower()])
    return tuple(sorted(set(found)))


def _note_new(comparison: Comparison, row: ListRow, label: str, fresh: bool) -> None:
    comparison.note(row.row, label, None if fresh else {"there": True}, {"there": True})


def _certificate(reader: CellReader, seen: Mapping[str, int]) -> str | None:
    number = reader.read("certificate_number", lambda text: cells.limited(folded(text).upper(), 32), must=True)
    if not number:
        reader.refuse("certificate_number", "required")
        return None
    if number in seen:
        reader.refuse("certificate_number", "row_twice", row=seen[number])
    return str(number)


def _known_officer(reader: CellReader, people: _People) -> dict[str, Any] | None:
    number = _certificate(reader, {})
    officer = people.officers.get(number or "")
    if number and officer is None:
        reader.refuse("certificate_number", "unknown_officer")
    elif officer and people.own not in (None, officer["organisation_id"]):
        reader.refuse("certificate_number", "foreign_officer")
    elif officer and reader.given("officer") and folded(reader.texts["officer"]) != folded(officer["name"]):
        reader.refuse("officer", "name_differs", name=officer["name"])
    return officer


def _read_officer(
    reader: CellReader, people: _People, before: Mapping[str, Any] | None
) -> tuple[dict[str, Any], tuple[int, ...]]:
    old = before or {"reviewed": True, "training_hours": 0, "status": RecordStatus.ACTIVE, "skills": ()}
    owner = old.get("organisation_id", people.own)
    values = {
        "name": reader.read("officer", lambda text: cells.limited(cells.required(text), 40), must=True),
        "organisation_id": reader.read(
            "organisation", lambda text: organisation_of(text, people.organisations), owner, must=owner is None
        ),
        "certificate_until": reader.read("until", cells.day, must=True),
        "reviewed": reader.read("reviewed", cells.yes, old["reviewed"]),
        "training_hours": reader.read(
            "training", lambda text: cells.whole(text, least=0, most=MOST_HOURS), old["training_hours"]
        ),
        "status": reader.read("status", lambda text: cells.chosen(text, STATUSES), old["status"]),
    }
    if people.own is not None and {people.own} != {values["organisation_id"], old.get("organisation_id", people.own)}:
        reader.refuse("organisation", "foreign_officer")
    return values, reader.read("skills", lambda text: skills_of(text, people.skills), old["skills"])


def _load_people(session: Session, own: int | None) -> _People:
    rows = session.execute(
        sa.select(col(Officer.id), col(Officer.certificate_number), *(getattr(Officer, n) for n in OFFICER_FIELDS))
    ).mappings()
    officers = {row["certificate_number"]: dict(row) | {"skills": ()} for row in rows}
    by_id = {officer["id"]: officer for officer in officers.values()}
    held: dict[int, list[int]] = {}
    for officer_id, skill_id in session.execute(sa.select(col(OfficerSkill.officer_id), col(OfficerSkill.skill_id))):
        held.setdefault(officer_id, []).append(skill_id)
    for officer_id, skills in held.items():
        by_id[officer_id]["skills"] = tuple(sorted(skills))
    return _People(officers=officers, organisations=organisation_keys(session), skills=skill_keys(session), own=own)


def _write_skills(session: Session, people: _People, wanted: list[tuple[str, tuple[int, ...]]]) -> None:
    ids = dict(session.execute(sa.select(col(Officer.certificate_number), col(Officer.id))).all())
    for number, skills in wanted:
        if number in people.officers:
            session.execute(sa.delete(OfficerSkill).where(col(OfficerSkill.officer_id) == ids[number]))
        insert_rows(session, OfficerSkill, [{"officer_id": ids[number], "skill_id": skill} for skill in skills])
