"""What audit events and releases hold, as a reader of a history expects it: days, times, names, words.

Knows the names of the fields and the shapes of their values, not who wrote them. What it does not know is shown as it
is stored, never dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from flask_babel import gettext as _

from data.enums import (
    ArrivalMethod,
    ConfirmationStatus,
    CounterStatus,
    DrawMode,
    ItemOutcome,
    NoticeMode,
    RoundStatus,
    RunKind,
    RunStatus,
    VisitStatus,
)
from web import dates, filters, phrases
from web.words.questions import SLIDERS
from web.words.trail import TRAIL_FIELDS, UNTOLD

MOST_NAMES: Final = 6
"""Names of a list that are told; of a longer one its length is told as well."""
QUARTER_HOURS: Final = 1.5
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_ORDER: Final = {name: place for place, name in enumerate(TRAIL_FIELDS)}
_STATUSES: Final[dict[str, type[StrEnum]]] = {
    "visit": VisitStatus,
    "round": RoundStatus,
    "run": RunStatus,
    "confirmation": ConfirmationStatus,
    "counter_proposal": CounterStatus,
}
_KINDS: Final[dict[str, type[StrEnum]]] = {
    "notice_mode": NoticeMode,
    "kind": RunKind,
    "method": ArrivalMethod,
    "mode": DrawMode,
}

Names = Mapping[str, str]


def told_changes(changes: Iterable[tuple[str, Any, Any]], entity: str, names: Names) -> list[tuple[str, str, str]]:
    """(field, before, after) in words, in the order of the fields; "" where there was nothing."""
    told = sorted((one for one in changes if one[0] not in UNTOLD), key=lambda one: (_ORDER.get(one[0], 999), one[0]))
    lines = (
        (phrases.trail_field(name), told_value(name, before, entity, names), told_value(name, after, entity, names))
        for name, before, after in told
    )
    return [line for line in lines if line[1] or line[2]]


def told_value(name: str, value: Any, entity: str, names: Names) -> str:
    """One value of a field in words; "" for nothing."""
    if value is None or value in ("", [], {}):
        return ""
    kind = _STATUSES.get(entity) if name == "status" else _KINDS.get(name)
    if kind is not None and value in set(kind):
        return phrases.word(kind(value))
    if name in _SHAPES and isinstance(value, _SHAPES[name][0]):
        return _SHAPES[name][1](value, names)
    return _plain(value, names)


def _plain(value: Any, names: Names) -> str:
    """A value that tells its shape by itself."""
    if isinstance(value, bool):
        return filters.shown(value)
    if isinstance(value, int | float):
        return filters.number(value)
    if isinstance(value, str):
        return _text(value, names)
    if isinstance(value, Mapping):
        return filters.joined(
            f"{names.get(str(key)) or phrases.trail_field(str(key))} {_plain(one, names)}"
            for key, one in value.items()
            if one not in (None, "", [], {})
        )
    if isinstance(value, list | tuple):
        return _listed([_plain(one, names) for one in value if one not in (None, "")])
    return ""


def _text(value: str, names: Names) -> str:
    if value in names:
        return names[value]
    if _HASH.fullmatch(value):
        return f"{filters.short_hash(value)}…"
    if _MOMENT.match(value):
        return dates.moment(datetime.fromisoformat(value))
    if _DAY.fullmatch(value):
        return dates.day(date.fromisoformat(value))
    return phrases.word(ItemOutcome(value)) if value in set(ItemOutcome) else value


def _listed(words: list[str]) -> str:
    if len(words) <= MOST_NAMES:
        return filters.joined(words)
    return str(_("%(names)s 等 %(count)s 项", names=filters.joined(words[:MOST_NAMES]), count=len(words)))


def _question(value: Mapping[str, Any], names: Names) -> str:
    """What a run was asked, without what it left as it is."""
    as_usual = {**dict.fromkeys(SLIDERS, 0), "officers_percent": 100}
    told = []
    for key, one in value.items():
        if one in (None, "", [], {}) or one == as_usual.get(key):
            continue
        if key in SLIDERS:
            told.append(f"{phrases.slider(key)}{_('：')}{phrases.place(one)}")
        else:
            told.append(f"{phrases.trail_field(key)}{_('：')}{_plain(one, names)}")
    return filters.joined(told)


def _hours(value: float) -> str:
    return str(_("%(hours)s 小时", hours=filters.number(value)))


def _members(value: Mapping[str, Iterable[str]], names: Names) -> str:
    """`{request: officers}` as 市场监管局（张三、李四）."""
    told = []
    for request, officers in value.items():
        people = filters.joined(names.get(one, one[:8]) for one in officers)
        body = names.get(request, request[:8])
        told.append(str(_("%(body)s（%(people)s）", body=body, people=people)) if people else body)
    return _listed(sorted(told))


def _departments(value: Iterable[Any], names: Names) -> str:
    """Rows of a release, `{short, name_en, leads}`; who leads comes first and is marked."""
    told = []
    for one in value:
        name = names.get(one["code"], one["short"])
        told.append(str(_("%(name)s（牵头）", name=name)) if one["leads"] else name)
    return _listed(told)


def _of_department(field: str) -> Callable[[Any, Names], str]:
    """Rows of a release that belong to a department, each told by one field."""

    def told(value: Any, names: Names) -> str:
        lines = []
        for one in value:
            body = names.get(one.get("department", ""), "")
            lines.append(f"{one.get(field, '')}{_('（')}{body}{_('）')}" if body else str(one.get(field, "")))
        return _listed(lines)

    return told


def _items(value: Any, names: Names) -> str:
    """Items of a visit (`text`, `department`), or of published results (`item`, `outcome`)."""
    if value and "outcome" in value[0]:
        return _listed([f"{one['item']} {_text(one['outcome'], names)}" for one in value])
    return _of_department("text")(value, names)


def _contacts(value: Any, names: Names) -> str:
    return _listed([f"{names.get(one['department'], '')} {one['name']} {one['phone']}".strip() for one in value])


_SHAPES: Final[dict[str, tuple[type | tuple[type, ...], Callable[[Any, Names], str]]]] = {
    "start_quarter": (int, lambda value, _names: dates.start_time(value)),
    "quarters": (int, lambda value, _names: _hours(value * QUARTER_HOURS)),
    "minutes": (int, lambda value, _names: _hours(value / 60)),
    "draft_version": (int, lambda value, _names: str(_("第 %(version)s 稿", version=value))),
    "number": (int, lambda value, _names: str(_("第 %(number)s 版", number=value))),
    "release": (int, lambda value, _names: str(_("第 %(number)s 版", number=value))),
    "question": (dict, _question),
    "members": (dict, _members),
    "departments": (list, _departments),
    "officers": (list, _of_department("name")),
    "items": (list, _items),
    "contacts": (list, _contacts),
    "materials": (list, lambda value, _names: _listed([one["text"] for one in value])),
    "prepare": (list, lambda value, _names: _listed([phrases.prepare(one) for one in value])),
    "plans": (list, lambda value, _names: str(_("%(count)s 份", count=len(value)))),
    "list_hashes": (list, lambda value, _names: str(_("%(count)s 份", count=len(value)))),
    "reasons": (list, lambda value, names: _listed([_reason(one, names) for one in value])),
}


def _reason(value: Any, names: Mapping[str, str]) -> str:
    """Why a release was blocked: a code, or (rule, subject, figures)."""
    if isinstance(value, str):
        return phrases.refusal(value, {})
    code, subject, detail = (*value, "", "")[:3]
    if code == "draft_changed":
        return phrases.refusal(code, {})
    return phrases.violation(code, names.get(subject, subject), detail)
