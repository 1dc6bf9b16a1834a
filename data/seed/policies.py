"""The rules and caps that every installation begins with: read from the tables beside this module."""

import csv
import json
from datetime import UTC, date, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from data.models.columns import UID_LENGTH

# 国办发〔2024〕54号 was published on 3 January 2025: no plan was judged by these rules before.
VALID_FROM: Final = date(2025, 1, 3)
WRITTEN_AT: Final = datetime(2025, 1, 3, tzinfo=UTC)


def default_rules() -> list[dict[str, Any]]:
    """Return the columns of the first version of each rule, by code."""
    return [
        {
            **row,
            "parameters": json.loads(row["parameters"]),
            "uid": _uid("rule", row["code"]),
            "version": 1,
            "valid_from": VALID_FROM,
            "active": True,
            "reason": "",
            "created_at": WRITTEN_AT,
        }
        for row in _rows("rules.csv")
    ]


def default_caps() -> list[dict[str, Any]]:
    """Return the columns of the cap policies, in the order of the table."""
    return [
        {
            **row,
            "uid": _uid("cap", "/".join(row.values())),
            "organisation_kind": row["organisation_kind"] or None,
            "credit_class": row["credit_class"] or None,
            "most": int(row["most"]) if row["most"] else None,
            "hard": row["hard"] == "1",
            "active": True,
        }
        for row in _rows("cap_policies.csv")
    ]


def default_exemptions() -> list[dict[str, Any]]:
    """Return the columns of the table of exemptions."""
    return [
        {**row, "counted": row["counted"] == "1", "capped": row["capped"] == "1"} for row in _rows("cap_exemptions.csv")
    ]


def _rows(name: str) -> list[dict[str, str]]:
    with files("data.seed").joinpath(name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _uid(kind: str, key: str) -> str:
    # Every installation has the same ids of what it begins with, so that documents can point at them.
    return sha256(f"{kind}:{key}".encode()).hexdigest()[:UID_LENGTH]
