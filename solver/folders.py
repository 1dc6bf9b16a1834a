"""Planning problems as folders of tables: read with every fault named, written so that they read back the same.

Owns the problem folder as a whole: ids to indices, what tables must say about each other. Knows no plan's rules,
no model and no text for people. `read_answer` and `write_answer` are here for callers; they live in answer_folders.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from solver.answer_folders import read_answer, write_answer
from solver.folder_faults import BadFolder, Fault, FaultLog, FaultRule
from solver.folder_relations import check_locks, check_problem_rows
from solver.folder_schema import PROBLEM_TABLES
from solver.folder_settings import PROBLEM_JSON, read_settings, settings_document
from solver.folder_swap import replaced_folder
from solver.folder_tables import SUFFIXES, Table, read_table, refuse_unknown_tables, write_table
from solver.problem import (
    CREDIT_CLASSES,
    NONE,
    Departments,
    Enterprises,
    Ids,
    Inspectors,
    Ints,
    Problem,
    Requests,
)

__all__ = ["BadFolder", "Fault", "read_answer", "read_problem", "write_answer", "write_problem"]

SKILL_SEPARATOR = "|"


def read_problem(folder: Path) -> Problem:
    """Read a problem folder, CSV or Parquet, in time linear in its size.

    Raises BadFolder with every fault found: in the files, in cells, between tables, and locks that cannot all hold.
    """
    folder = Path(folder)
    log = FaultLog()
    if not folder.is_dir():
        log.add(FaultRule.FOLDER_MISSING, table="", value=folder.name)
        log.raise_if_any()
    name, weights, limits = read_settings(folder, log)
    refuse_unknown_tables(folder, PROBLEM_TABLES, log)
    tables = {spec.name: read_table(folder, spec, log) for spec in PROBLEM_TABLES}
    check_problem_rows(tables, log)
    log.raise_if_any()
    problem = _problem({key: table for key, table in tables.items() if table is not None}, name, weights, limits)
    check_locks(problem, tables["requests"], log)
    log.raise_if_any()
    tables.clear()
    pa.default_memory_pool().release_unused()
    return problem


def _problem(tables: dict[str, Table], name: str, weights: Any, limits: Any) -> Problem:
    days, departments, enterprises = tables["days"], tables["departments"], tables["enterprises"]
    requests, officers = tables["requests"], tables.get("inspectors")
    skill_ids = _skill_ids(requests, officers)
    places = {
        "department": departments.text("department"),
        "enterprise": enterprises.text("enterprise"),
        "request": requests.text("request"),
    }
    if officers is not None:
        places["inspector"] = officers.text("inspector")
    return Problem(
        name=name,
        dates=tuple(days.ids("date")[np.argsort(days.numbers("day"), kind="stable")]),
        departments=Departments(
            ids=departments.ids("department"),
            inspectors=departments.numbers("inspectors"),
            lon=departments.numbers("lon"),
            lat=departments.numbers("lat"),
        ),
        enterprises=_enterprises(enterprises),
        requests=_requests(requests, places, skill_ids),
        weights=weights,
        limits=limits,
        skill_ids=skill_ids,
        inspectors=None if officers is None else _inspectors(officers, places, skill_ids),
        capacity=_facts(tables, places, "capacity", "department", "day", "inspectors"),
        closures=_facts(tables, places, "closures", "enterprise", "first_day", "last_day"),
        conflicts=_facts(tables, places, "conflicts", "request_a", "request_b"),
        sequences=_facts(tables, places, "sequences", "before", "after", "min_days"),
        absences=_facts(tables, places, "absences", "inspector", "day"),
        recusals=_facts(tables, places, "recusals", "inspector", "enterprise"),
    )


def _indices(values: Any, ids: Any) -> Ints:
    return np.asarray(pc.index_in(values, value_set=ids).to_numpy(zero_copy_only=False), dtype=np.int64)


def _facts(tables: dict[str, Table], places: dict[str, Any], name: str, *columns: str) -> Ints:
    """A small table as an integer array, [rows, columns]: ids become indices, numbers stay."""
    if name not in tables:
        return np.empty((0, len(columns)), dtype=np.int64)
    table = tables[name]
    keys = {"request_a": "request", "request_b": "request", "before": "request", "after": "request"}
    found = []
    for column in columns:
        key = keys.get(column, column)
        found.append(_indices(table.text(column), places[key]) if key in places else table.numbers(column))
    return np.column_stack(found).astype(np.int64)


def _enterprises(table: Table) -> Enterprises:
    town = table.text("town").dictionary_encode()
    return Enterprises(
        ids=table.ids("enterprise"),
        credit_class=_indices(table.text("credit_class"), pa.array(CREDIT_CLASSES)),
        town=town.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        town_ids=np.asarray(town.dictionary.to_numpy(zero_copy_only=False), dtype=object),
        lon=table.numbers("lon"),
        lat=table.numbers("lat"),
        max_visits=table.numbers("max_visits"),
    )


def _skill_ids(requests: Table, officers: Table | None) -> tuple[str, ...]:
    found = set(pc.unique(requests.text("skill")).to_pylist())
    if officers is not None:
        for skills in pc.unique(officers.text("skills")).to_pylist():
            found.update(skills.split(SKILL_SEPARATOR))
    return tuple(sorted(found - {""}))


def _requests(table: Table, places: dict[str, Any], skill_ids: tuple[str, ...]) -> Requests:
    skill = pc.fill_null(pc.index_in(table.text("skill"), value_set=pa.array(skill_ids, pa.string())), NONE)
    return Requests(
        ids=table.ids("request"),
        department=_indices(table.text("department"), places["department"]),
        enterprise=_indices(table.text("enterprise"), places["enterprise"]),
        first_day=table.numbers("first_day"),
        last_day=table.numbers("last_day"),
        quarters=table.numbers("quarters"),
        inspectors=table.numbers("inspectors"),
        priority=table.numbers("priority"),
        joint=table.numbers("joint") == 1,
        unannounced=_indices(table.text("notice"), pa.array(["announced", "unannounced"])) == 1,
        skill=np.asarray(skill.to_numpy(zero_copy_only=False), dtype=np.int64),
        planned_day=table.numbers("planned_day"),
        locked=table.numbers("locked") == 1,
    )


def _inspectors(table: Table, places: dict[str, Any], skill_ids: tuple[str, ...]) -> Inspectors:
    index = {skill: i for i, skill in enumerate(skill_ids)}
    held = np.zeros((table.rows, len(skill_ids)), dtype=np.bool_)
    for row, skills in enumerate(table.ids("skills")):
        for skill in skills.split(SKILL_SEPARATOR):
            if skill:
                held[row, index[skill]] = True
    return Inspectors(
        ids=table.ids("inspector"),
        department=_indices(table.text("department"), places["department"]),
        skills=held,
        valid_until_day=table.numbers("valid_until_day"),
    )


def write_problem(problem: Problem, folder: Path, *, parquet: bool = False) -> None:
    """Write a problem as a folder that `read_problem` reads back the same; replaces an earlier one in one step."""
    own = {PROBLEM_JSON} | {f"{spec.name}{suffix}" for spec in PROBLEM_TABLES for suffix in SUFFIXES}
    with replaced_folder(Path(folder), own) as fresh:
        document = settings_document(problem.name, problem.weights, problem.limits)
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        (fresh / PROBLEM_JSON).write_text(text, encoding="utf-8")
        for name, columns in _problem_columns(problem).items():
            write_table(fresh, name, columns, parquet=parquet)


def _taken(ids: Ids | tuple[str, ...], index: Ints) -> Any:
    """Ids at the indices as a pyarrow array; null where the index is NONE."""
    return pa.array(ids, pa.string()).take(_blank(index))


def _blank(values: Ints) -> Any:
    return pa.array(values, pa.int64(), mask=values == NONE)


def _problem_columns(problem: Problem) -> dict[str, dict[str, Any]]:
    """Columns of every table that has something to say, in the order of the format."""
    departments, enterprises = problem.departments, problem.enterprises
    tables: dict[str, dict[str, Any]] = {
        "days": {"day": np.arange(problem.days), "date": pa.array(problem.dates, pa.string())},
        "departments": {
            "department": pa.array(departments.ids, pa.string()),
            "inspectors": departments.inspectors,
            "lon": departments.lon,
            "lat": departments.lat,
        },
        "enterprises": {
            "enterprise": pa.array(enterprises.ids, pa.string()),
            "credit_class": _taken(CREDIT_CLASSES, enterprises.credit_class),
            "town": _taken(enterprises.town_ids, enterprises.town),
            "lon": enterprises.lon,
            "lat": enterprises.lat,
            "max_visits": _blank(enterprises.max_visits),
        },
        "requests": _request_columns(problem),
    }
    tables |= _fact_columns(problem)
    if problem.inspectors is not None:
        tables["inspectors"] = _inspector_columns(problem, problem.inspectors)
    return tables


def _request_columns(problem: Problem) -> dict[str, Any]:
    requests = problem.requests
    return {
        "request": pa.array(requests.ids, pa.string()),
        "department": _taken(problem.departments.ids, requests.department),
        "enterprise": _taken(problem.enterprises.ids, requests.enterprise),
        "first_day": requests.first_day,
        "last_day": requests.last_day,
        "quarters": requests.quarters,
        "inspectors": requests.inspectors,
        "priority": requests.priority,
        "joint": requests.joint.astype(np.int64),
        "notice": _taken(("announced", "unannounced"), requests.unannounced.astype(np.int64)),
        "skill": _taken(problem.skill_ids, requests.skill),
        "planned_day": _blank(requests.planned_day),
        "locked": requests.locked.astype(np.int64),
    }


def _inspector_columns(problem: Problem, officers: Inspectors) -> dict[str, Any]:
    skills = [SKILL_SEPARATOR.join(problem.skill_ids[i] for i in np.flatnonzero(row)) for row in officers.skills]
    return {
        "inspector": pa.array(officers.ids, pa.string()),
        "department": _taken(problem.departments.ids, officers.department),
        "skills": pa.array(skills, pa.string()),
        "valid_until_day": _blank(officers.valid_until_day),
    }


def _fact_columns(problem: Problem) -> dict[str, dict[str, Any]]:
    """The small tables with rows; empty ones are left out."""
    ids: dict[str, Ids] = {
        "department": problem.departments.ids,
        "enterprise": problem.enterprises.ids,
        "request_a": problem.requests.ids,
        "request_b": problem.requests.ids,
        "before": problem.requests.ids,
        "after": problem.requests.ids,
        "inspector": np.empty(0, dtype=object) if problem.inspectors is None else problem.inspectors.ids,
    }
    facts = {
        "capacity": (problem.capacity, ("department", "day", "inspectors")),
        "closures": (problem.closures, ("enterprise", "first_day", "last_day")),
        "conflicts": (problem.conflicts, ("request_a", "request_b")),
        "sequences": (problem.sequences, ("before", "after", "min_days")),
        "absences": (problem.absences, ("inspector", "day")),
        "recusals": (problem.recusals, ("inspector", "enterprise")),
    }
    written: dict[str, dict[str, Any]] = {}
    for name, (rows, columns) in facts.items():
        if not len(rows):
            continue
        written[name] = {
            column: _taken(ids[column], rows[:, i]) if column in ids else np.ascontiguousarray(rows[:, i])
            for i, column in enumerate(columns)
        }
    return written
