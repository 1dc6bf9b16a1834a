"""The words of letters that leave the house: Chinese first, English below, short enough for a message on a phone.

An unannounced visit is never described in a letter: letters are read over shoulders and lie in foreign systems.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from data.enums import NoticeKind, RecipientKind
from scheduler.publishing.calendar_words import PREPARE, clean, one_line
from scheduler.publishing.differences import Change

Line = Mapping[str, Any]
LINES_IN_A_LETTER: Final = 40
"""A department may have hundreds of visits; its letter names the first ones and leads to the page."""
CHANGES: Final[Mapping[str, tuple[str, str]]] = {
    Change.NEW: ("安排检查", "New visit"),
    Change.MOVED: ("检查改期", "Moved"),
    Change.CHANGED: ("检查内容变更", "Changed"),
    Change.CANCELLED: ("检查取消", "Cancelled"),
}
SUBJECTS: Final[Mapping[NoticeKind, tuple[str, str]]] = {
    NoticeKind.RELEASE: ("行政检查安排通知", "Notice of visits"),
    NoticeKind.CHECK_IN: ("行政检查到场告知", "Notice on arrival"),
    NoticeKind.REMINDER: ("行政检查提醒", "Reminder of a visit"),
}
ARRIVED: Final = ("检查人员已到场", "Officers have arrived")
"""Instead of the change, where a visit becomes known by its beginning."""
SECRET: Final = "另有保密安排，请登录系统查看。 There is a confidential matter; please sign in."  # noqa: S105 -- words


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterWords:
    """What a letter says. `subject`: one line without names; `text`: several lines."""

    subject: str
    text: str


def letter_words(kind: NoticeKind, recipient: RecipientKind, name: str, lines: Sequence[Line], url: str) -> LetterWords:
    """Write a letter about visits to one recipient, called `name`."""
    chinese, english = SUBJECTS[kind]
    shown = [line for line in lines if not line["shown"].get("hidden")]
    parts = [f"{one_line([name])}："]
    parts += [_line(kind, line, recipient) for line in shown[:LINES_IN_A_LETTER]]
    if len(shown) > LINES_IN_A_LETTER:
        rest = len(shown) - LINES_IN_A_LETTER
        parts.append(f"另有 {rest} 次，请登录查看。 {rest} more: please sign in.")
    if len(shown) < len(lines):
        parts.append(SECRET)
    parts.append(f"详情 Details: {url}")
    return LetterWords(subject=f"{chinese} {english}", text="\n".join(clean(part) for part in parts))


def _line(kind: NoticeKind, line: Line, recipient: RecipientKind) -> str:
    shown = line["shown"]
    change = ARRIVED if kind is NoticeKind.CHECK_IN else CHANGES[line["change"]]
    before = line.get("before")
    text = f"【{change[0]} {change[1]}】{_when(shown)} {one_line([shown['site']])}"
    if before is not None and line["change"] == Change.MOVED:
        text += f"（原定 was {_when(before)}）"
    reference = line.get("reference")
    if reference is not None:
        text += f"（{reference_words(reference)}）"
    if recipient is not RecipientKind.ENTERPRISE or line["change"] == Change.CANCELLED:
        return text
    bodies = "、".join(body["short"] for body in shown["departments"])
    wanted = "；".join(PREPARE[code] for code in shown["prepare"])
    return f"{text}\n　部门 Departments: {bodies}\n　准备 Please prepare: {wanted}"


def reference_words(reference: Mapping[str, str]) -> str:
    """Say what a visit was merged into, or which one it was split from."""
    when = f"{reference['date']} {reference['starts']}"
    if reference["relation"] == "merged_into":
        return f"并入 {when} 的检查 merged into the visit of {when}"
    return f"由 {when} 的检查分出 split from the visit of {when}"


def _when(shown: Line) -> str:
    day = date.fromisoformat(shown["date"])
    return f"{day.month}月{day.day}日 {shown['starts']}"
