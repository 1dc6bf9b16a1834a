"""R67: there is no field for a target of visits or fines."""

from __future__ import annotations

import re
from pathlib import Path

from sqlmodel import SQLModel

import data.models  # noqa: F401 -- fills the metadata

ROOT = Path(__file__).resolve().parents[4]
TARGET = re.compile(
    r"(quota|goal|kpi|least|min|minimum|target)_(of_)?(visits|inspections|fines|penalties)|(visits|inspections|fines|penalties)_(quota|goal|kpi|target|minimum)|require_legal_rep"
)


def test_no_column_holds_a_target_of_visits_or_fines() -> None:
    columns = [f"{table.name}.{column.name}" for table in SQLModel.metadata.sorted_tables for column in table.columns]

    assert [name for name in columns if TARGET.search(name)] == []
    assert "plan.title" in columns


def test_no_form_asks_for_a_target_of_visits_or_fines() -> None:
    forms = sorted((ROOT / "web" / "forms").glob("*.py")) + sorted((ROOT / "scheduler" / "filing").glob("*.py"))

    assert [path.name for path in forms if TARGET.search(path.read_text(encoding="utf-8"))] == []


def test_pattern_sees_a_planted_target() -> None:
    assert TARGET.search("quota_of_visits")
    assert TARGET.search("fines_target")
