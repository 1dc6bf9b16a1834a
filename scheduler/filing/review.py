"""The review of an upload: every row with its fields, faults and the task it would become. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from data.enums import Targeting
from scheduler.errors import InvalidError
from scheduler.filing.drafts import TaskDraft, read_draft
from scheduler.filing.field_figures import (
    read_classes,
    read_figure,
    read_typed_classes,
    read_typed_figure,
    read_typed_window,
    read_window,
)
from scheduler.filing.field_names import (
    read_initiators,
    read_items,
    read_partners,
    read_target,
    read_ways,
    split_departments,
    split_lines,
    split_methods,
)
from scheduler.filing.fields import FieldReview, Json, ReadField, ReadingContext, read_choice, read_plain
from scheduler.filing.tasks import fingerprint

FIELDS: Final = (
    "number", "name", "items", "target", "initiators", "partners", "period", "ratio", "quantity", "by_class",
    "frequency", "methods", "quarters", "inspectors", "priority", "notice_mode", "other",
)  # fmt: skip
LEAVE_OUT: Final = "leave_out"
# The plan does not use these; what is wrong with them is told, but stops nobody.
_ONLY_TOLD: Final = frozenset({"number", "frequency", "methods"})
_BY_CODE: Final = {
    "period": "period",
    "year": "period",
    "stale": "period",
    "ratio": "ratio",
    "class": "by_class",
    "quantity": "quantity",
    "count": "quantity",
    "frequency": "frequency",
    "cap": "frequency",
    "method": "methods",
    "item": "items",
    "target": "target",
    "number": "number",
    "task": "name",
}
_BY_HEADER: Final = (
    ("period", ("时间", "日期", "期限", "时限", "时段")),
    ("frequency", ("频次", "频率", "周期", "上限")),
    ("ratio", ("比例", "比列", "比率")),
    ("quantity", ("数量", "户数", "家数", "基数", "目标数", "对象数")),
    ("partners", ("配合", "联合", "联查", "参与", "参检")),
    ("initiators", ("牵头", "发起", "主体", "部门", "单位")),
    ("methods", ("方式",)),
    ("items", ("事项", "内容", "项目")),
    ("target", ("对象", "范围", "名单")),
    ("name", ("任务", "计划")),
    ("number", ("序号", "编号")),
)
_BY_DRAFT: Final = {
    "name": "name", "number": "number", "items": "items", "target_text": "target", "scenario_code": "target",
    "town_code": "target", "site_uids": "target", "first_date": "period", "last_date": "period", "ratio": "ratio",
    "quantity": "quantity", "ratio_by_class": "by_class", "partner_codes": "partners",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """A task of the sheet. `draft`: what it becomes, None while it has faults; `source`: as the reader gave it.

    `already_there`: the organisation has this very task in a plan; importing it adds nothing.
    """

    key: str
    sheet: str
    row: int
    title: str
    fields: dict[str, FieldReview]
    left_out: bool
    already_there: bool = False
    draft: TaskDraft | None = None
    source: dict[str, Any] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        return self.draft is not None

    @property
    def faults(self) -> int:
        """How many of its fields have a fault."""
        return sum(one.fault_code is not None for one in self.fields.values())


def review_rows(
    context: ReadingContext, tasks: Sequence[Json], mends: Mapping[str, Mapping[str, str]]
) -> list[ReviewRow]:
    """Read every task, with what was typed over it; the second of two equal rows is a fault."""
    seen: dict[str, ReviewRow] = {}
    rows = []
    for task in tasks:
        row = _read_row(context, task, mends.get(task["key"], {}))
        if row.draft is not None and not row.left_out:
            first = seen.setdefault(fingerprint(row.draft), row)
            if first is not row:
                row = _with_fault(row, "name", "duplicate_row", params=(("row", first.row),))
        rows.append(row)
    return rows


def texts_of_targets(tasks: Sequence[Json], mends: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Return everything that could name a site."""
    typed = [values["target"] for values in mends.values() if values.get("target")]
    return [*(task["target"] for task in tasks if task["target"]), *typed]


def _read_row(context: ReadingContext, task: Json, mends: Mapping[str, str]) -> ReviewRow:
    codes = _codes_by_field(task["faults"])
    read = {name: _read_field(context, name, task, mends, codes.get(name, ())) for name in FIELDS}
    read = {name: one for name, one in read.items() if one.review != FieldReview() or name not in {"other"}}
    row = ReviewRow(
        key=task["key"],
        sheet=task["sheet"],
        row=task["row"],
        title=read["name"].review.value or read["name"].review.text,
        fields={name: one.review for name, one in read.items()},
        left_out=mends.get(LEAVE_OUT) == "1",
        source={name: value for name, value in task.items() if name != "key"},
    )
    return _with_draft(row, read)


def _read_field(
    context: ReadingContext, name: str, task: Json, mends: Mapping[str, str], codes: Sequence[str]
) -> ReadField:
    if name in mends:
        read = _TYPED[name](context, mends[name], task, mends)
        return replace(read, review=replace(read.review, text=mends[name], mended=True))
    read = _WRITTEN[name](context, task, codes, mends)
    unread = [code for code in codes if code != read.review.fault_code]
    if not unread:
        return read
    if name in _ONLY_TOLD:
        return replace(read, review=replace(read.review, hint_code=read.review.hint_code or unread[0]))
    if read.review.fault_code is None:
        return ReadField(review=replace(read.review, fault_code=unread[0]))
    return read


Written = Callable[[ReadingContext, Json, Sequence[str], Mapping[str, str]], ReadField]
Typed = Callable[[ReadingContext, str, Json, Mapping[str, str]], ReadField]


def _beside(task: Json, mends: Mapping[str, str]) -> str:
    return " ".join([mends.get("name") or task["task"] or "", *task["items"]])


def _name(task: Json, mends: Mapping[str, str]) -> str:
    return task["task"] or next(iter(task["items"]), "") or mends.get("target") or task["target"] or ""


def _partners(task: Json, mends: Mapping[str, str]) -> list[str]:
    return split_departments(mends["partners"]) if "partners" in mends else task["partners"]


def _other(task: Json, codes: Sequence[str]) -> ReadField:
    texts = [fault["text"] for fault in task["faults"] if _field_of(fault) == "other"]
    return ReadField(review=FieldReview(text="；".join(texts), fault_code=next(iter(codes), None)))


def _frequency(task: Json) -> ReadField:
    parts = [part["text"] for part in (task["frequency"], task["cap"]) if part]
    text = "；".join(dict.fromkeys(parts))
    return ReadField(review=FieldReview(text=text, value=text))


_WRITTEN: Final[dict[str, Written]] = {
    "number": lambda _c, task, _f, _m: read_plain("number", task["number"] or ""),
    "name": lambda _c, task, _f, mends: read_plain("name", _name(task, mends), required=True),
    "items": lambda context, task, _f, _m: read_items(context, task["items"]),
    "target": lambda context, task, _f, mends: read_target(context, task["target"] or "", beside=_beside(task, mends)),
    "initiators": lambda context, task, _f, mends: read_initiators(context, task["initiators"], _partners(task, mends)),
    "partners": lambda context, task, _f, _m: read_partners(context, task["partners"]),
    "period": lambda context, task, codes, _m: read_window(context, task["period"], codes),
    "ratio": lambda _c, task, codes, _m: read_figure("ratio", task["ratio"], codes),
    "quantity": lambda _c, task, codes, _m: read_figure("quantity", task["quantity"], codes),
    "by_class": lambda _c, task, codes, _m: read_classes(task["by_class"], codes),
    "frequency": lambda _c, task, _f, _m: _frequency(task),
    "methods": lambda _c, task, _f, _m: read_ways(task["methods"]),
    "quarters": lambda _c, _t, _f, _m: ReadField(review=FieldReview()),
    "inspectors": lambda _c, _t, _f, _m: ReadField(review=FieldReview()),
    "priority": lambda _c, _t, _f, _m: ReadField(review=FieldReview()),
    "notice_mode": lambda _c, _t, _f, _m: ReadField(review=FieldReview()),
    "other": lambda _c, task, codes, _m: _other(task, codes),
}
_TYPED: Final[dict[str, Typed]] = {
    "number": lambda _c, text, _t, _m: read_plain("number", text),
    "name": lambda _c, text, _t, _m: read_plain("name", text, required=True),
    "items": lambda context, text, _t, _m: read_items(context, split_lines(text)),
    "target": lambda context, text, task, mends: read_target(context, text, beside=_beside(task, mends)),
    "initiators": lambda context, text, task, mends: read_initiators(
        context, split_departments(text), _partners(task, mends)
    ),
    "partners": lambda context, text, _t, _m: read_partners(context, split_departments(text)),
    "period": lambda context, text, _t, _m: read_typed_window(context, text),
    "ratio": lambda _c, text, _t, _m: read_typed_figure("ratio", text),
    "quantity": lambda _c, text, _t, _m: read_typed_figure("quantity", text),
    "by_class": lambda _c, text, _t, _m: read_typed_classes(text),
    "frequency": lambda _c, text, _t, _m: ReadField(review=FieldReview(text=text, value=text)),
    "methods": lambda _c, text, _t, _m: read_ways(split_methods(text)),
    "quarters": lambda _c, text, _t, _m: read_choice("quarters", text),
    "inspectors": lambda _c, text, _t, _m: read_choice("inspectors", text),
    "priority": lambda _c, text, _t, _m: read_choice("priority", text),
    "notice_mode": lambda _c, text, _t, _m: read_choice("notice_mode", text),
    "other": lambda _c, text, _t, _m: ReadField(review=FieldReview(text=text, value=text)),
}


def _codes_by_field(faults: Sequence[Json]) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for fault in faults:
        codes.setdefault(_field_of(fault), []).append(fault["code"])
    return codes


def _field_of(fault: Json) -> str:
    by_code = _BY_CODE.get(fault["code"].split("_", 1)[0])
    if by_code:
        return by_code
    header = "".join(fault["column"].split())
    return next((name for name, words in _BY_HEADER if any(word in header for word in words)), "other")


def _with_draft(row: ReviewRow, read: Mapping[str, ReadField]) -> ReviewRow:
    if row.faults:
        return row
    values: dict[str, Any] = {}
    partners: list[str] = []
    for one in read.values():
        partners += one.draft.get("partner_codes", ())
        values |= one.draft
    values["partner_codes"] = list(dict.fromkeys(partners))
    named = values.get("targeting") is Targeting.NAMED
    if not named and not values.keys() & {"ratio", "quantity", "ratio_by_class"}:
        # R52: the local rules know no smaller share than a twentieth.
        return _with_fault(row, "ratio", "ratio_missing", proposal="5%")
    try:
        return replace(row, draft=read_draft(TaskDraft, values))
    except InvalidError as error:
        for fault in error.faults:
            row = _with_fault(
                row, _BY_DRAFT.get(fault.field.split(".", 1)[0], "other"), fault.code, params=fault.params
            )
        return row


def _with_fault(
    row: ReviewRow, name: str, code: str, *, params: tuple[tuple[str, object], ...] = (), proposal: str | None = None
) -> ReviewRow:
    faulty = replace(row.fields.get(name, FieldReview()), fault_code=code, params=params, proposal=proposal)
    return replace(row, fields={**row.fields, name: faulty}, draft=None)
