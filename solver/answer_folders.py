"""Answers as folders of tables: a plan and its figures, written in one step, read with every fault named.

Owns the answer folder. Knows the ids of the problem, not whether the plan is any good.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from solver.folder_faults import FaultLog, FaultRule
from solver.folder_relations import refuse_repeated_keys, refuse_unknown_ids
from solver.folder_schema import ANSWER_TABLES
from solver.folder_settings import read_json
from solver.folder_swap import replaced_folder, settle
from solver.folder_tables import SUFFIXES, Table, read_table, write_table
from solver.plan import Plan, Roster, SolveResult
from solver.problem import NONE, Bools, Ids, Ints, Problem

RESULT_JSON: Final = "result.json"
ANSWER_FILES: Final = frozenset(
    {RESULT_JSON} | {f"{spec.name}{suffix}" for spec in ANSWER_TABLES for suffix in SUFFIXES}
)
"""Every file name that an answer may have; other files in its folder are not ours."""
_VISIT_DIGITS: Final = 7
_EMPTY: Final = np.empty(0, dtype=np.int64)


def write_answer(problem: Problem, result: SolveResult, folder: Path) -> None:
    """Write an answer folder; a solve killed on the way leaves the previous answer or this one, complete.

    An answer without a plan is its result.json alone. Raises OSError where the folder cannot be written.
    """
    with replaced_folder(Path(folder), ANSWER_FILES) as fresh:
        if result.plan is not None:
            for name, columns in _plan_columns(problem, result.plan).items():
                write_table(fresh, name, columns)
        text = json.dumps(result_document(result), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        (fresh / RESULT_JSON).write_text(text, encoding="utf-8")


def result_document(result: SolveResult) -> dict[str, Any]:
    """What result.json holds; figures that are not finite, such as the bound of an unknown problem, become null."""
    document: dict[str, Any] = {
        "status": str(result.status),
        "score": _finite(result.score),
        "parts": {key: _finite(value) for key, value in result.parts.items()},
        "bound": _finite(result.bound),
        "gap": _finite(result.gap),
        "seconds": result.seconds,
        "seed": result.seed,
    }
    if result.collisions:
        document["collisions"] = [{"request": request, "rule": rule} for request, rule in result.collisions]
    return document


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _visit_names(visits: int) -> Any:
    numbers = pa.array(np.arange(1, visits + 1)).cast(pa.string())
    return pc.binary_join_element_wise("V", pc.utf8_lpad(numbers, _VISIT_DIGITS, "0"), "")


def _plan_columns(problem: Problem, plan: Plan) -> dict[str, dict[str, Any]]:
    names = _visit_names(plan.visits)
    requests = pa.array(problem.requests.ids, pa.string())
    placed = np.flatnonzero(plan.request_visit >= 0)
    # by visit, so that a reader finds together what goes together
    placed = placed[np.argsort(plan.request_visit[placed], kind="stable")]
    left_out = sorted(plan.reasons)
    tables: dict[str, dict[str, Any]] = {
        "visits": {
            "visit": names,
            "enterprise": pa.array(problem.enterprises.ids, pa.string()).take(pa.array(plan.visit_enterprise)),
            "day": plan.visit_day,
            "start_quarter": plan.visit_start_quarter,
        },
        "visit_requests": {
            "visit": names.take(pa.array(plan.request_visit[placed])),
            "request": requests.take(pa.array(placed)),
        },
        "unscheduled": {
            "request": requests.take(pa.array(left_out, pa.int64())),
            "reason": pa.array([str(plan.reasons[request][0]) for request in left_out], pa.string()),
            "detail": pa.array([plan.reasons[request][1] for request in left_out], pa.string()),
        },
    }
    if plan.roster is not None and problem.inspectors is not None:
        visit = plan.request_visit[plan.roster.request]
        tables["roster"] = {
            "visit": names.take(pa.array(visit, pa.int64(), mask=visit < 0)),
            "request": requests.take(pa.array(plan.roster.request)),
            "inspector": pa.array(problem.inspectors.ids, pa.string()).take(pa.array(plan.roster.inspector)),
            "lead": plan.roster.lead,
        }
    return tables


def read_answer(problem: Problem, folder: Path) -> Plan:
    """Read the plan of an answer folder. Raises BadFolder with every fault, also for an answer without a plan."""
    log = FaultLog()
    plan, _ = load_answer(problem, Path(folder), log)
    log.raise_if_any()
    return plan


def load_answer(problem: Problem, folder: Path, log: FaultLog) -> tuple[Plan, dict[str, Any] | None]:
    """The plan as far as it can be made out, and result.json; everything wrong with the files goes to `log`.

    Rows with unknown ids are left out of the plan; of two rows that contradict each other the first one counts.
    """
    settle(folder.resolve())
    if not folder.is_dir():
        log.add(FaultRule.FOLDER_MISSING, table="", value=folder.name)
        return _plan(problem, {}), None
    document = read_json(folder / RESULT_JSON, log)
    if _without_plan(folder, document):
        log.add(FaultRule.PLAN_MISSING, table=RESULT_JSON, column="status", value=str((document or {})["status"]))
        return _plan(problem, {}), document
    tables = {spec.name: read_table(folder, spec, log) for spec in ANSWER_TABLES}
    found = {name: table for name, table in tables.items() if table is not None}
    for table in found.values():
        refuse_repeated_keys(table)
    visits = tables["visits"]
    for name in ("visit_requests", "roster"):
        refuse_unknown_ids(tables[name], "visit", visits, "visit")
    return _plan(problem, found), document


def _without_plan(folder: Path, document: dict[str, Any] | None) -> bool:
    if document is None or document.get("status") not in ("infeasible", "unknown"):
        return False
    return not any((folder / f"visits{suffix}").exists() for suffix in SUFFIXES)


def _plan(problem: Problem, tables: dict[str, Table]) -> Plan:
    visits = tables.get("visits")
    request_visit, visit_ids = _members(problem, tables.get("visit_requests"), visits)
    kept = np.zeros(0, dtype=np.bool_) if visits is None else visits.sound("visit", "day", "start_quarter")
    enterprise = _EMPTY if visits is None else _looked_up(visits, "enterprise", problem.enterprises.ids)
    return Plan(
        request_visit=request_visit,
        visit_enterprise=enterprise,
        visit_day=np.where(kept, visits.numbers("day"), NONE) if visits is not None else _EMPTY,
        visit_start_quarter=_EMPTY if visits is None else visits.numbers("start_quarter"),
        reasons=_reasons(problem, tables.get("unscheduled"), request_visit),
        roster=_roster(problem, tables.get("roster"), request_visit, visit_ids),
    )


def _looked_up(table: Table, column: str, ids: Ids) -> Ints:
    """Index of each cell among `ids`, NONE where unknown (reported), [rows]."""
    found = pc.fill_null(pc.index_in(table.text(column), value_set=pa.array(ids, pa.string())), NONE)
    index = np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)
    table.refuse(FaultRule.UNKNOWN_ID, column, (index == NONE) & table.sound(column))
    return index


def _members(problem: Problem, rows: Table | None, visits: Table | None) -> tuple[Ints, Any]:
    """(visit of each request [R], pyarrow array of the distinct visit ids in the order of the visits table)."""
    request_visit = np.full(len(problem.requests), NONE, dtype=np.int64)
    visit_ids = pa.array([], pa.string()) if visits is None else visits.text("visit")
    if rows is None:
        return request_visit, visit_ids
    request = _looked_up(rows, "request", problem.requests.ids)
    visit = _visit_index(rows.text("visit"), visit_ids)
    known = np.flatnonzero(request != NONE)
    _, first = np.unique(request[known], return_index=True)
    again = np.zeros(rows.rows, dtype=np.bool_)
    again[np.delete(known, first)] = True
    rows.refuse(FaultRule.REQUEST_TWICE, "request", again)
    request_visit[request[known[first]]] = visit[known[first]]
    return request_visit, visit_ids


def _visit_index(texts: Any, visit_ids: Any) -> Ints:
    """Row of each visit id in the visits table, the first one where an id is there twice; NONE where unknown."""
    coded = visit_ids.dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    codes = np.asarray(coded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)
    first = np.zeros(len(coded.dictionary) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    first[-1] = NONE
    found = pc.fill_null(pc.index_in(texts, value_set=coded.dictionary), NONE)
    return first[np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)]


def _reasons(problem: Problem, table: Table | None, request_visit: Ints) -> dict[int, tuple[str, str]]:
    if table is None:
        return {}
    index = _looked_up(table, "request", problem.requests.ids)
    both = (index != NONE) & (request_visit[index] != NONE)
    table.refuse(FaultRule.REQUEST_BOTH, "request", both)
    reasons, details = table.ids("reason"), table.ids("detail")
    return {
        int(request): (str(reasons[row]), str(details[row])) for row, request in enumerate(index) if request != NONE
    }


def _roster(problem: Problem, table: Table | None, request_visit: Ints, visit_ids: Any) -> Roster | None:
    if table is None or problem.inspectors is None:
        return None
    request = _looked_up(table, "request", problem.requests.ids)
    inspector = _looked_up(table, "inspector", problem.inspectors.ids)
    visit = _visit_index(table.text("visit"), visit_ids)
    known: Bools = (request != NONE) & (inspector != NONE)
    table.refuse(FaultRule.VISIT_MISMATCH, "visit", known & (visit != NONE) & (request_visit[request] != visit))
    return Roster(request=request[known], inspector=inspector[known], lead=table.numbers("lead")[known])
