"""The people of a planning problem: officers, their skills, absences and recusals. Writes nothing.

A body without officers in the registry sends people we do not know by name: they stand in the problem as
`CODE#1`…`CODE#n`, as many as the body says are present, with every skill. They never become rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from sqlmodel import Session, col, select

from data.enums import RecordStatus
from data.models import Absence, CrewSlot, Officer, OfficerSkill, Organisation, Recusal, Round, Site, Skill, Visit
from scheduler.filing.draws.pools import pooled_officers
from scheduler.filing.draws.records import find_drawn
from scheduler.planning.days import Days
from solver.problem import NONE, Bools, Inspectors, Ints

UNNAMED: Final = "#"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """`inspectors`, `absences`, `recusals` as in Problem; `skill_ids`: codes in the order of the skill columns."""

    inspectors: Inspectors
    absences: Ints
    recusals: Ints
    skill_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    id: str
    officer_id: int | None
    department: int
    skills: Bools
    valid_until_day: int


def is_unnamed(inspector: str) -> bool:
    """Whether an id stands for a person we do not know by name."""
    return UNNAMED in inspector


def read_people(
    session: Session,
    round_: Round,
    days: Days,
    organisations: Sequence[Organisation],
    sites: Sequence[Site],
    *,
    alone: bool = False,
) -> People:
    """Read everybody who could go; department and enterprise numbers are places in the two sequences.

    `alone`: as if no other round took anybody.
    """
    skill_ids = tuple(session.exec(select(Skill.code).order_by(col(Skill.code))))
    officers = _named(session, round_, days, organisations, skill_ids)
    known = {person.department for person in officers}
    unnamed = [
        person
        for department, organisation in enumerate(organisations)
        if department not in known
        for person in _unnamed(department, organisation, len(skill_ids))
    ]
    people = sorted([*officers, *unnamed], key=lambda person: person.id)
    place = {person.officer_id: number for number, person in enumerate(people) if person.officer_id is not None}
    return People(
        inspectors=_columns(people, len(skill_ids)),
        absences=_pairs(_absences(session, round_, days, place, alone=alone)),
        recusals=_pairs(_recusals(session, sites, place)),
        skill_ids=skill_ids,
    )


def _named(
    session: Session, round_: Round, days: Days, organisations: Sequence[Organisation], skill_ids: Sequence[str]
) -> list[_Person]:
    """Officers in service whose certificate holds on the first day at least.

    Once a round is drawn these are the officers of the draw: who came later was not in the published list.
    """
    drawn = find_drawn(session, round_.id or 0)
    pooled = pooled_officers(session, drawn) if drawn is not None else None
    department = {organisation.id: number for number, organisation in enumerate(organisations)}
    columns = {code: number for number, code in enumerate(skill_ids)}
    owned: dict[int, list[int]] = {}
    for officer_id, code in session.exec(
        select(col(OfficerSkill.officer_id), col(Skill.code)).join(Skill, col(OfficerSkill.skill_id) == col(Skill.id))
    ):
        owned.setdefault(officer_id, []).append(columns[code])
    rows = session.exec(
        select(Officer).where(
            col(Officer.organisation_id).in_(department),
            Officer.status == RecordStatus.ACTIVE,
            col(Officer.reviewed),
            Officer.certificate_until >= days.dates[0],
        )
    )
    return [
        _person(row, department[row.organisation_id], owned.get(row.id or 0, []), len(skill_ids), days)
        for row in rows
        if pooled is None or row.uid in pooled
    ]


def _person(row: Officer, department: int, owned: list[int], skills: int, days: Days) -> _Person:
    has = np.zeros(skills, dtype=np.bool_)
    has[owned] = True
    until = days.last_until(row.certificate_until)
    return _Person(
        id=row.uid,
        officer_id=row.id,
        department=department,
        skills=has,
        valid_until_day=NONE if until == len(days) - 1 else until,
    )


def _unnamed(department: int, organisation: Organisation, skills: int) -> Iterable[_Person]:
    for number in range(1, organisation.inspectors + 1):
        yield _Person(
            id=f"{organisation.code}{UNNAMED}{number}",
            officer_id=None,
            department=department,
            skills=np.ones(skills, dtype=np.bool_),
            valid_until_day=NONE,
        )


def _columns(people: Sequence[_Person], skills: int) -> Inspectors:
    return Inspectors(
        ids=np.array([person.id for person in people], dtype=object),
        department=np.array([person.department for person in people], dtype=np.int64),
        skills=np.array([person.skills for person in people], dtype=np.bool_).reshape(len(people), skills),
        valid_until_day=np.array([person.valid_until_day for person in people], dtype=np.int64),
    )


def _absences(
    session: Session, round_: Round, days: Days, place: Mapping[int, int], *, alone: bool
) -> set[tuple[int, int]]:
    """(inspector, day) of leave, and of days on which another round has taken the officer already."""
    found: set[tuple[int, int]] = set()
    rows = session.exec(select(Absence).where(Absence.last_date >= days.dates[0], Absence.first_date <= days.dates[-1]))
    for row in rows:
        span = days.span(row.first_date, row.last_date)
        if row.officer_id in place and span is not None:
            found.update((place[row.officer_id], day) for day in range(span[0], span[1] + 1))
    for officer_id, day in () if alone else _taken_elsewhere(session, round_, days):
        if officer_id in place and days.number(day) != NONE:
            found.add((place[officer_id], days.number(day)))
    return found


def _taken_elsewhere(session: Session, round_: Round, days: Days) -> Iterable[tuple[int, date]]:
    statement = (
        select(col(CrewSlot.officer_id), col(CrewSlot.day))
        .join(Visit, col(CrewSlot.visit_id) == col(Visit.id))
        .where(Visit.round_id != round_.id, CrewSlot.day >= days.dates[0], CrewSlot.day <= days.dates[-1])
    )
    return session.exec(statement).all()


def _recusals(session: Session, sites: Sequence[Site], place: Mapping[int, int]) -> set[tuple[int, int]]:
    owned: dict[int, list[int]] = {}
    for number, site in enumerate(sites):
        owned.setdefault(site.enterprise_id, []).append(number)
    rows = session.exec(select(Recusal)).all()
    return {
        (place[row.officer_id], site)
        for row in rows
        if row.officer_id in place
        for site in owned.get(row.enterprise_id, [])
    }


def _pairs(found: Iterable[tuple[int, int]]) -> Ints:
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
