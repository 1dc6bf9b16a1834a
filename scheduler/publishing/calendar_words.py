"""The words of calendar entries, Chinese first and English beside them: a calendar app cannot switch languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from data.enums import FeedScope

CALENDAR_NAMES: Final[Mapping[FeedScope, str]] = {
    FeedScope.ORGANISATION: "一门·部门检查日程 OneDoor: department",
    FeedScope.OFFICER: "一门·我的检查日程 OneDoor: my visits",
    FeedScope.ENTERPRISE: "一门·入企检查日程 OneDoor: visits to us",
    FeedScope.DISTRICT: "一门·全区检查日程 OneDoor: district",
}
PREPARE: Final[Mapping[str, str]] = {
    "licences": "相关证照 licences",
    "contact_person": "了解情况的联系人 a person who knows the site",
    "records_of_items": "检查事项的台账资料 records on the items below",
}


def summary(public: Mapping[str, Any], *, hidden: bool, cancelled: bool) -> str:
    """One line: what kind of visit, where."""
    marks = ("【已取消】" if cancelled else "") + ("【突击检查·保密】" if hidden else "")
    number = len(public["departments"])
    kind = f"联合检查（{number}个部门） Joint inspection" if number > 1 else "行政检查 Inspection"
    return f"{marks}{kind} · {public['site']}"


def description(public: Mapping[str, Any]) -> str:
    """Several lines: who comes, what is checked, what to prepare, how often this year."""
    names = {body["code"]: body["short"] for body in public["departments"]}
    frequency = public["frequency"]
    lines = [
        "部门 Departments: " + "、".join(body["name"] for body in public["departments"]),
        "人员 Officers: " + "；".join(_officer(officer, names) for officer in public["officers"]),
        "事项 Items: " + "；".join(f"{names[item['department']]}：{item['text']}" for item in public["items"]),
        "准备 Please prepare: " + "；".join(PREPARE[code] for code in public["prepare"]),
        f"{frequency['year']}年已检查 Visits so far in {frequency['year']}: {frequency['visits']}",
    ]
    return "\n".join(lines)


def _officer(officer: Mapping[str, Any], names: Mapping[str, str]) -> str:
    return f"{officer['name']}（{names[officer['department']]}，{officer['certificate']}）"


def one_line(parts: Sequence[str]) -> str:
    """Join names into one line without control characters: what a person typed must not become a second property."""
    return clean(" ".join(part for part in parts if part)).replace("\n", " ")


def clean(text: str) -> str:
    """Turn carriage returns and other control characters into blanks; line feeds stay and are escaped by the writer."""
    return "".join(sign if sign == "\n" or sign.isprintable() else " " for sign in text)
