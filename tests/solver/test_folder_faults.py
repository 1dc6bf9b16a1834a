"""Bad folders: each kind of fault is named by table, line, column, rule and value, and nothing else is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from solver.folder_faults import MOST_PER_KIND
from solver.folder_schema import MOST_BYTES, MOST_JSON_BYTES
from solver.folders import BadFolder, read_problem, write_problem
from solver.problem import Problem
from tests.solver.builders import Ask, Officer, make_problem

Spoil = Callable[[Path], object]
Found = tuple[str, int, str, str, str]


def full() -> Problem:
    """A problem with every table; R1 is on line 2 of `requests`, R2 on line 3, R3 on line 4."""
    return make_problem(
        requests=(
            Ask("R1"),
            Ask("R2", department="D2", enterprise="E2", skill="lift", planned=4),
            Ask("R3", enterprise="E2"),
        ),
        officers=(Officer("I1"), Officer("I2", skills=("lift",))),
        capacity=[("D1", 2, 3), ("D2", 2, 0)],
        closures=[("E1", 7, 8)],
        conflicts=[("R2", "R3")],
        sequences=[("R1", "R2", 1), ("R2", "R3", 0)],
        absences=[("I1", 4)],
        recusals=[("I2", "E1")],
    )  # fmt: skip


def faults_of(folder: Path) -> list[Found]:
    with pytest.raises(BadFolder) as caught:
        read_problem(folder)
    return [(fault.table, fault.line, fault.column, fault.rule, fault.value) for fault in caught.value.faults]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_problem(full(), tmp_path / "p")
    return tmp_path / "p"


def cell(table: str, line: int, column: str, value: str) -> Spoil:
    """Put a value into a cell of a CSV table."""

    def spoil(folder: Path) -> None:
        path = folder / f"{table}.csv"
        lines = [text.split(",") for text in path.read_text(encoding="utf-8").splitlines()]
        lines[line - 1][lines[0].index(column)] = value
        path.write_text("\n".join(",".join(row) for row in lines) + "\n", encoding="utf-8")

    return spoil


def text(table: str, old: str, new: str) -> Spoil:
    """Replace a text in a file once."""

    def spoil(folder: Path) -> None:
        path = folder / table
        before = path.read_text(encoding="utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), encoding="utf-8")

    return spoil


def appended(table: str, line: str) -> Spoil:
    """Add a line at the end of a CSV table."""
    return extended(f"{table}.csv", (line + "\n").encode())


def extended(name: str, data: bytes) -> Spoil:
    """Add bytes at the end of a file."""
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + data)


def settings(**changed: object) -> Spoil:
    """Overwrite keys of problem.json."""

    def spoil(folder: Path) -> None:
        path = folder / "problem.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changed))

    return spoil


def all_of(*spoils: Spoil) -> Spoil:
    return lambda folder: [spoil(folder) for spoil in spoils]


def removed(name: str) -> Spoil:
    return lambda folder: (folder / name).unlink()


def contents(name: str, data: bytes) -> Spoil:
    return lambda folder: (folder / name).write_bytes(data)


CELLS = {
    "unknown-department": (cell("requests", 3, "department", "D9"), ("requests", 3, "department", "unknown_id", "D9")),
    "unknown-enterprise": (cell("requests", 4, "enterprise", "E9"), ("requests", 4, "enterprise", "unknown_id", "E9")),
    "unknown-request-in-conflict": (
        cell("conflicts", 2, "request_b", "R9"),
        ("conflicts", 2, "request_b", "unknown_id", "R9"),
    ),
    "unknown-inspector": (cell("absences", 2, "inspector", "I9"), ("absences", 2, "inspector", "unknown_id", "I9")),
    "empty-id": (cell("requests", 3, "department", ""), ("requests", 3, "department", "value_missing", "")),
    "id-too-long": (
        cell("recusals", 2, "enterprise", "E" * 201),
        ("recusals", 2, "enterprise", "value_too_long", "E" * 80),
    ),
    "reversed-window": (
        all_of(cell("requests", 3, "first_day", "6"), cell("requests", 3, "last_day", "5")),
        ("requests", 3, "last_day", "window_order", "6..5"),
    ),
    "reversed-closure": (cell("closures", 2, "last_day", "6"), ("closures", 2, "last_day", "window_order", "7..6")),
    "window-beyond-horizon": (
        cell("requests", 2, "last_day", "10"),
        ("requests", 2, "last_day", "day_in_horizon", "10"),
    ),
    "window-before-horizon": (
        cell("requests", 2, "first_day", "-1"),
        ("requests", 2, "first_day", "day_in_horizon", "-1"),
    ),
    "closure-beyond-horizon": (
        cell("closures", 2, "last_day", "12"),
        ("closures", 2, "last_day", "day_in_horizon", "12"),
    ),
    "capacity-beyond-horizon": (cell("capacity", 3, "day", "99"), ("capacity", 3, "day", "day_in_horizon", "99")),
    "absence-beyond-horizon": (cell("absences", 2, "day", "10"), ("absences", 2, "day", "day_in_horizon", "10")),
    "planned-beyond-horizon": (
        cell("requests", 3, "planned_day", "10"),
        ("requests", 3, "planned_day", "day_in_horizon", "10"),
    ),
    "text-in-number": (cell("requests", 2, "quarters", "two"), ("requests", 2, "quarters", "value_not_number", "two")),
    "empty-number": (cell("requests", 2, "priority", ""), ("requests", 2, "priority", "value_missing", "")),
    "full-width-number": (cell("requests", 2, "priority", "５"), ("requests", 2, "priority", "value_not_number", "５")),
    "hexadecimal": (cell("requests", 2, "first_day", "0x1"), ("requests", 2, "first_day", "value_not_number", "0x1")),
    "nan": (cell("requests", 2, "inspectors", "NaN"), ("requests", 2, "inspectors", "value_not_finite", "NaN")),
    "infinite": (cell("enterprises", 3, "lat", "-inf"), ("enterprises", 3, "lat", "value_not_finite", "-inf")),
    "too-big-for-a-float": (
        cell("enterprises", 3, "lat", "1e999"),
        ("enterprises", 3, "lat", "value_not_finite", "1e999"),
    ),
    "fraction": (cell("requests", 4, "last_day", "7.5"), ("requests", 4, "last_day", "value_not_whole", "7.5")),
    "negative": (cell("departments", 2, "inspectors", "-4"), ("departments", 2, "inspectors", "value_range", "-4")),
    "huge": (
        cell("departments", 2, "inspectors", "99999999999999999999"),
        ("departments", 2, "inspectors", "value_range", "99999999999999999999"),
    ),
    "three-quarters": (cell("requests", 2, "quarters", "3"), ("requests", 2, "quarters", "value_choice", "3")),
    "one-inspector": (cell("requests", 2, "inspectors", "1"), ("requests", 2, "inspectors", "value_range", "1")),
    "priority-ten": (cell("requests", 2, "priority", "10"), ("requests", 2, "priority", "value_range", "10")),
    "priority-zero": (cell("requests", 2, "priority", "0"), ("requests", 2, "priority", "value_range", "0")),
    "class-e": (cell("enterprises", 2, "credit_class", "E"), ("enterprises", 2, "credit_class", "value_choice", "E")),
    "flag-of-two": (cell("requests", 2, "joint", "2"), ("requests", 2, "joint", "value_choice", "2")),
    "notice": (cell("requests", 2, "notice", "maybe"), ("requests", 2, "notice", "value_choice", "maybe")),
    "longitude": (cell("enterprises", 2, "lon", "181"), ("enterprises", 2, "lon", "value_range", "181")),
    "negative-max-visits": (
        cell("enterprises", 2, "max_visits", "-1"),
        ("enterprises", 2, "max_visits", "value_range", "-1"),
    ),
    "negative-gap": (cell("sequences", 2, "min_days", "-1"), ("sequences", 2, "min_days", "value_range", "-1")),
    "negative-planned-day": (
        cell("requests", 2, "planned_day", "-1"),
        ("requests", 2, "planned_day", "value_range", "-1"),
    ),
    "locked-without-day": (
        cell("requests", 2, "locked", "1"),
        ("requests", 2, "planned_day", "planned_day_missing", ""),
    ),
    "locked-outside-window": (
        all_of(cell("requests", 3, "locked", "1"), cell("requests", 3, "last_day", "3")),
        ("requests", 3, "planned_day", "planned_day_in_window", "4"),
    ),
    "conflict-with-itself": (
        cell("conflicts", 2, "request_b", "R2"),
        ("conflicts", 2, "request_b", "conflict_with_itself", "R2"),
    ),
    "date": (cell("days", 3, "date", "6.1.2026"), ("days", 3, "date", "value_not_date", "6.1.2026")),
    "date-without-dashes": (cell("days", 3, "date", "20260106"), ("days", 3, "date", "value_not_date", "20260106")),
    "dates-backwards": (cell("days", 3, "date", "2026-01-04"), ("days", 3, "date", "date_order", "2026-01-04")),
    "days-with-a-hole": (cell("days", 11, "day", "10"), ("days", 11, "day", "days_numbered", "10")),
}

TABLES = {
    "duplicate-request": (
        appended("requests", "R1,D1,E1,0,9,1,2,5,1,announced,,,0"),
        ("requests", 5, "request", "key_twice", "R1"),
    ),
    "duplicate-day": (appended("days", "3,2026-02-02"), ("days", 12, "day", "key_twice", "3")),
    "capacity-contradicts": (appended("capacity", "D1,2,5"), ("capacity", 4, "day", "key_twice", "D1 2")),
    "missing-table": (removed("enterprises.csv"), ("enterprises", 0, "", "table_missing", "")),
    "missing-column": (text("closures.csv", "last_day", "until"), ("closures", 1, "last_day", "column_missing", "")),
    "misspelt-optional-column": (
        text("enterprises.csv", "max_visits", "max_visit"),
        ("enterprises", 1, "max_visit", "column_unknown", ""),
    ),
    "broken-row": (appended("conflicts", "R1,R2,R3"), ("conflicts", 3, "", "row_width", "fields=3 header=2")),
    "short-row": (appended("recusals", "I1"), ("recusals", 3, "", "row_width", "fields=1 header=2")),
    "gb18030": (
        extended("recusals.csv", "企业,E1\n".encode("gb18030")),
        ("recusals", 3, "", "encoding_utf8", "c6 f3 d2 b5 2c 45 31 0a"),
    ),
    "two-kinds": (
        contents("recusals.parquet", b""),
        ("recusals", 0, "", "table_twice", "recusals.csv recusals.parquet"),
    ),
    "misspelt-table": (
        lambda folder: (folder / "recusals.csv").rename(folder / "recusal.csv"),
        ("recusal", 0, "", "table_unknown", "recusal.csv ~ recusals"),
    ),
    "not-parquet": (
        all_of(removed("recusals.csv"), contents("recusals.parquet", b"PAR1 or not")),
        ("recusals", 0, "", "table_unreadable", "ArrowInvalid"),
    ),
    "cycle": (
        appended("sequences", "R3,R1,2"),
        ("sequences", 2, "after", "sequence_cycle", "R1 > R2 > R3 > R1"),
    ),
    "cycle-of-one": (appended("sequences", "R3,R3,0"), ("sequences", 4, "after", "sequence_cycle", "R3 > R3")),
    "colliding-lock": (
        all_of(cell("requests", 3, "locked", "1"), appended("closures", "E2,4,4")),
        ("requests", 3, "locked", "locks_collide", "visit_enterprise_open: R2"),
    ),
}

SETTINGS = {
    "no-settings": (removed("problem.json"), ("problem.json", 0, "", "table_missing", "")),
    "broken-json": (
        contents("problem.json", b'{"format": 1,\n "name": }'),
        ("problem.json", 2, "", "json_broken", "column=10 Expecting value"),
    ),
    "json-list": (contents("problem.json", b"[1]"), ("problem.json", 1, "", "json_broken", "list")),
    "json-null": (contents("problem.json", b"null"), ("problem.json", 1, "", "json_broken", "str")),
    "deep-json": (contents("problem.json", b"[" * 100_000), ("problem.json", 0, "", "json_broken", "RecursionError")),
    "key-twice": (
        contents("problem.json", b'{"format": 1, "format": 2}'),
        ("problem.json", 0, "format", "key_twice", ""),
    ),
    "wrong-format": (settings(format=2), ("problem.json", 0, "format", "format_unknown", "2")),
    "format-text": (settings(format="1"), ("problem.json", 0, "format", "format_unknown", "'1'")),
    "format-true": (settings(format=True), ("problem.json", 0, "format", "format_unknown", "True")),
    "unknown-key": (settings(weigths={}), ("problem.json", 0, "weigths", "key_unknown", "{}")),
    "unknown-weight": (settings(weights={"visits": 1}), ("problem.json", 0, "weights.visits", "key_unknown", "1")),
    "unknown-class": (
        settings(weights={"visit": {"E": 1}}),
        ("problem.json", 0, "weights.visit.E", "key_unknown", "1"),
    ),
    "unknown-limit": (settings(limits={"max_hops": 1}), ("problem.json", 0, "limits.max_hops", "key_unknown", "1")),
    "weights-of-text": (settings(weights="high"), ("problem.json", 0, "weights", "json_broken", "'high'")),
    "negative-weight": (settings(weights={"trip": -1}), ("problem.json", 0, "weights.trip", "value_range", "-1")),
    "weight-of-text": (settings(weights={"trip": "1"}), ("problem.json", 0, "weights.trip", "value_not_number", "'1'")),
    "infinite-weight": (
        settings(weights={"trip": float("inf")}),
        ("problem.json", 0, "weights.trip", "value_not_finite", "inf"),
    ),
    "reserve-above-one": (
        settings(limits={"reserve": 1.5}),
        ("problem.json", 0, "limits.reserve", "value_range", "1.5"),
    ),
    "limit-of-zero": (
        settings(limits={"max_departments_per_visit": 0}),
        ("problem.json", 0, "limits.max_departments_per_visit", "value_range", "0"),
    ),
    "limit-with-fraction": (
        settings(limits={"repeat_days": 2.5}),
        ("problem.json", 0, "limits.repeat_days", "value_not_whole", "2.5"),
    ),
    "half-a-surrogate": (settings(name="\ud800"), ("problem.json", 0, "name", "encoding_utf8", "'\\ud800'")),
}


@pytest.mark.parametrize(
    ("spoil", "found"), [pytest.param(*case, id=name) for name, case in (CELLS | TABLES | SETTINGS).items()]
)
def test_fault_is_named_exactly(folder: Path, spoil: Spoil, found: Found) -> None:
    spoil(folder)

    assert faults_of(folder) == [found]


def test_full_problem_has_no_fault(folder: Path) -> None:
    assert len(read_problem(folder).requests) == 3


def test_unlocked_request_may_be_planned_outside_its_window(folder: Path) -> None:
    cell("requests", 3, "last_day", "3")(folder)

    assert read_problem(folder).requests.planned_day.tolist() == [-1, 4, -1]


def test_duplicate_columns_are_named(folder: Path) -> None:
    text("recusals.csv", "inspector,enterprise\nI2,E1", "inspector,enterprise,inspector\nI2,E1,I2")(folder)

    assert faults_of(folder) == [("recusals", 1, "inspector", "column_twice", "")]


@pytest.mark.parametrize("name", ["days", "departments", "enterprises", "requests", "inspectors"])
@pytest.mark.parametrize("size", ["no-bytes", "header-only"])
def test_empty_tables_are_named(folder: Path, name: str, size: str) -> None:
    path = folder / f"{name}.csv"
    path.write_text("" if size == "no-bytes" else path.read_text().splitlines()[0] + "\n")

    assert (name, 0, "", "table_empty", "") in faults_of(folder)


def test_optional_tables_may_be_empty(folder: Path) -> None:
    for name in ("capacity", "closures", "conflicts", "sequences", "absences", "recusals"):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().splitlines()[0] + "\n")

    assert read_problem(folder).closures.shape == (0, 3)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "nowhere") == [("", 0, "", "folder_missing", "nowhere")]


def test_absences_without_officers_speak_of_nobody(folder: Path) -> None:
    for name in ("inspectors", "recusals"):
        (folder / f"{name}.csv").unlink()

    assert faults_of(folder) == [("absences", 2, "inspector", "unknown_id", "I1")]


def test_all_faults_are_listed_not_only_the_first(folder: Path) -> None:
    for spoil in (
        cell("requests", 2, "quarters", "3"),
        cell("requests", 3, "department", "D9"),
        cell("requests", 4, "first_day", "x"),
        cell("enterprises", 2, "lon", "nan"),
        settings(format=3),
    ):
        spoil(folder)

    assert [fault[:4] for fault in faults_of(folder)] == [
        ("problem.json", 0, "format", "format_unknown"),
        ("enterprises", 2, "lon", "value_not_finite"),
        ("requests", 2, "quarters", "value_choice"),
        ("requests", 3, "department", "unknown_id"),
        ("requests", 4, "first_day", "value_not_number"),
    ]


def test_many_faults_of_a_kind_are_counted(folder: Path) -> None:
    (folder / "recusals.csv").write_text("inspector,enterprise\n" + "I9,E1\n" * (MOST_PER_KIND + 7))

    faults = faults_of(folder)

    assert [fault[1] for fault in faults[:-1]] == list(range(2, MOST_PER_KIND + 2))
    assert faults[-1] == ("recusals", 0, "inspector", "faults_omitted", "unknown_id=7")


def test_line_is_that_of_an_editor_with_blank_lines_and_line_breaks_in_cells(folder: Path) -> None:
    (folder / "recusals.csv").write_text('enterprise,note,inspector\n\nE1,"two\nlines",I1\n\nE1,,I9\n')

    assert faults_of(folder) == [("recusals", 6, "inspector", "unknown_id", "I9")]


def test_line_of_parquet_is_row_number_plus_two(folder: Path) -> None:
    (folder / "recusals.csv").unlink()
    pq.write_table(pa.table({"inspector": ["I1", "I9"], "enterprise": ["E1", "E1"]}), folder / "recusals.parquet")

    assert faults_of(folder) == [("recusals", 3, "inspector", "unknown_id", "I9")]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        pytest.param(pa.array([1.5, 2.0]), (2, "value_not_whole", "1.5"), id="fraction"),
        pytest.param(pa.array([1.0, float("nan")]), (3, "value_not_finite", "nan"), id="nan"),
        pytest.param(pa.array([1, None]), (3, "value_missing", ""), id="null"),
        pytest.param(pa.array([1, 2**63], pa.uint64()), (3, "value_range", "9223372036854775808"), id="huge"),
        pytest.param(pa.array([[1], [2]]), (2, "value_not_number", "[1]"), id="lists"),
        pytest.param(pa.array(["1", "one"]), (3, "value_not_number", "one"), id="text"),
    ],
)
def test_parquet_columns_of_the_wrong_type_are_named(
    folder: Path, values: pa.Array, found: tuple[int, str, str]
) -> None:
    (folder / "absences.csv").unlink()
    pq.write_table(pa.table({"inspector": ["I1", "I2"], "day": values}), folder / "absences.parquet")

    line, rule, value = found
    assert ("absences", line, "day", rule, value) in faults_of(folder)


def test_parquet_ids_that_are_no_text_are_named(folder: Path) -> None:
    (folder / "absences.csv").unlink()
    pq.write_table(pa.table({"inspector": [1.5], "day": [1]}), folder / "absences.parquet")

    assert faults_of(folder) == [("absences", 2, "inspector", "value_not_text", "1.5")]


def test_table_of_a_gigabyte_is_refused_unread(folder: Path) -> None:
    os.truncate(folder / "recusals.csv", 1024**3)  # sparse: takes no room on the disk

    assert faults_of(folder) == [("recusals", 0, "", "table_too_large", f"bytes={1024**3} most={MOST_BYTES}")]


def test_settings_of_a_gigabyte_are_refused_unread(folder: Path) -> None:
    os.truncate(folder / "problem.json", 1024**3)

    assert faults_of(folder) == [("problem.json", 0, "", "table_too_large", f"bytes={1024**3} most={MOST_JSON_BYTES}")]


def test_unclosed_quote_is_a_fault(folder: Path) -> None:
    appended("recusals", '"I1,E1')(folder)

    faults = faults_of(folder)

    assert [fault[0] for fault in faults] == ["recusals"]
