"""Owns telling columns by what stands in them: no header, a missing word, a role column. Knows no tasks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from data.sheets.cells import folded, is_empty
from data.sheets.columns import Meaning, SheetColumn
from data.sheets.measures import Asked, Column
from data.sheets.methods import read_methods
from data.sheets.periods import read_period

ROLE_WORDS = re.compile(r"^(?:发起|配合|牵头|参与|联合|主办|协办|协助|响应)(?:部门|单位|方|科室|主体)?$")
_CLASS_WORDS = re.compile(
    r"^(?:定向|不定向|一般|重点|日常|专项|双随机|本部门|多部门|行政|部门|跨部门|内部|检查|抽查|事项|联合|随机|和|与|相结合|及|、|/|类|[\s]|"
    r"一公开|执法|综合|个案|常规|年度|监督|事|重大|较大|普通|单|其他|计划)+$"
)
_TICKS = frozenset("√✓✔●○◎■□VvYy是否☑×✗")
_TARGET = re.compile(
    r"(?:企业|单位|机构|学校|个人|场所|者|店|户|公司|对象|医院|卫生院|协会|人员|主体|基地|项目|部门|工地|市场|站|厂|园)(?:等)?(?:[(（].*[)）])?$"
)
_ITEM = re.compile(r"检查|抽查|监管|核查|情况|监督|执法|整治|治理")
_DEPARTMENT = re.compile(r"(?:局|部门|委|办|委员会|中心|机构|大队|支队|院)(?:[(（].*[)）])?$")
_SHARE = re.compile(r"\d%|全覆盖")
_TIMES = re.compile(r"\d次|[一二两三四]次|^每[年月季周天]")
_COUNT = re.compile(r"^约?\d+(?:\.\d+)?万?(?:家|户|个|人|所)?(?:次)?$")
_ENOUGH = 0.6


def settle_columns(columns: Sequence[SheetColumn], body: Sequence[tuple[str, ...]]) -> tuple[SheetColumn, ...]:
    """Correct what headers say by what the columns hold: roles, ticks, missing words, themes under a class header."""
    settled: list[SheetColumn] = []
    for column in columns:
        values = _values(body, column.index)
        settled.append(_settled(column, values, settled))
    return _themes(_scopes(_joint_items(_projects(settled))), body)


def guess_columns(body: Sequence[tuple[str, ...]]) -> tuple[SheetColumn, ...]:
    """Tell all columns of a table without header by what stands in them; () when that says too little."""
    width = max((len(row) for row in body), default=0)
    columns: list[SheetColumn] = []
    for index in range(width):
        values = _values(body, index)
        columns.append(_guessed(SheetColumn(index=index, header="", meaning=Meaning.OTHER), values, columns))
    known = {column.meaning for column in columns} & {Meaning.PERIOD, Meaning.MEASURE, Meaning.ITEM, Meaning.TARGET}
    return tuple(columns) if len(known) >= 2 else ()


def _values(body: Sequence[tuple[str, ...]], index: int) -> list[str]:
    return [row[index].strip() for row in body if index < len(row) and not is_empty(row[index])]


def _most(values: Sequence[str], test: Callable[[str], object]) -> bool:
    return bool(values) and sum(bool(test(value)) for value in values) >= _ENOUGH * len(values)


def _settled(column: SheetColumn, values: list[str], before: list[SheetColumn]) -> SheetColumn:
    departments = {Meaning.INSPECTOR, Meaning.INITIATOR, Meaning.PARTNER, Meaning.OTHER, Meaning.ROLE}
    if values and column.meaning in departments and all(ROLE_WORDS.match(folded(value)) for value in values):
        return replace(column, meaning=Meaning.ROLE, figures=None)
    if before and before[-1].meaning == Meaning.ROLE and _is_unnamed(column, before[-1]) and values:
        return replace(column, meaning=Meaning.INSPECTOR, header=column.header or before[-1].header)
    if values and column.meaning != Meaning.NUMBER and all(value in _TICKS for value in values):
        return replace(column, meaning=Meaning.OTHER, figures=None)
    if not column.header.strip() and values:
        return _guessed(column, values, before)
    return column


def _is_unnamed(column: SheetColumn, role: SheetColumn) -> bool:
    return not column.header.strip() or column.header == role.header


def _guessed(column: SheetColumn, values: list[str], before: Sequence[SheetColumn]) -> SheetColumn:
    taken = {other.meaning for other in before}
    if not values:
        return column
    if Meaning.NUMBER not in taken and column.index <= 1 and _most(values, _is_number):
        return replace(column, meaning=Meaning.NUMBER)
    asked = _guessed_figures(values)
    if Meaning.PERIOD not in taken and asked in {None, Asked.QUANTITY} and _most(values, _is_period):
        return replace(column, meaning=Meaning.PERIOD)
    if asked is not None:
        return replace(column, meaning=Meaning.MEASURE, figures=Column(asked=asked))
    return _guessed_text(column, values, taken)


def _guessed_figures(values: list[str]) -> Asked | None:
    if _most(values, _SHARE.search):
        return Asked.RATIO | Asked.FREQUENCY
    if _most(values, lambda v: _TIMES.search(folded(v))):
        return Asked.FREQUENCY
    return Asked.QUANTITY if _most(values, lambda v: _COUNT.match(folded(v))) else None


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"[(（]?\d{1,4}[)）.、号]?", value))


def _is_class(value: str) -> bool:
    return bool(_CLASS_WORDS.match(folded(value)))


def _is_period(value: str) -> bool:
    reading = read_period(value, year=2025)
    return (
        reading.period.kind is not None
        and "period_damaged" not in reading.codes
        and bool(re.search(r"\d|年|季|底", value))
    )


def _guessed_text(column: SheetColumn, values: list[str], taken: set[Meaning]) -> SheetColumn:
    tests: tuple[tuple[Meaning, Callable[[str], object]], ...] = (
        (Meaning.CLASS_KIND, _is_class),
        (
            Meaning.METHOD,
            lambda v: len(v) < 20 and all(len(m) < 7 for m in read_methods(v)[0]) and not read_methods(v)[1],
        ),
        (Meaning.INITIATOR, lambda v: len(v) < 40 and _DEPARTMENT.search(v)),
        (Meaning.ITEM, lambda v: _ITEM.search(v) and not _TARGET.search(v)),
        (Meaning.TARGET, _TARGET.search),
    )
    for meaning, test in tests:
        if meaning not in taken and _most(values, test):
            return replace(column, meaning=meaning)
    if _most(values, lambda v: len(v) < 40 and _DEPARTMENT.search(v)):
        return replace(column, meaning=Meaning.PARTNER)
    return replace(column, meaning=Meaning.OTHER)


def _projects(columns: Sequence[SheetColumn]) -> list[SheetColumn]:
    """Read 检查项目 as what is looked at, when the items have a column of their own (检查事项)."""
    named = [column for column in columns if column.meaning == Meaning.ITEM and "事项" in folded(column.header)]
    if not named:
        return list(columns)
    return [
        replace(column, meaning=Meaning.CONTENT) if column.meaning == Meaning.ITEM and column not in named else column
        for column in columns
    ]


def _joint_items(columns: Sequence[SheetColumn]) -> list[SheetColumn]:
    """Read 联合抽查事项 as the items where there is no other column of items, else as the task's name."""
    if any(column.meaning == Meaning.ITEM for column in columns):
        return list(columns)
    stand_in = next((kind for kind in (Meaning.JOINT_ITEM, Meaning.AUTHORITY) if _has(columns, kind)), None)
    return [replace(column, meaning=Meaning.ITEM) if column.meaning == stand_in else column for column in columns]


def _scopes(columns: Sequence[SheetColumn]) -> list[SheetColumn]:
    """Read 对象范围 as the target only where no column says 对象 itself."""
    kind = Meaning.OTHER if _has(columns, Meaning.TARGET) or any(c.is_target for c in columns) else Meaning.TARGET
    return [replace(column, meaning=kind) if column.meaning == Meaning.TARGET_SCOPE else column for column in columns]


def _has(columns: Sequence[SheetColumn], meaning: Meaning) -> bool:
    return any(column.meaning == meaning for column in columns)


def _themes(columns: Sequence[SheetColumn], body: Sequence[tuple[str, ...]]) -> tuple[SheetColumn, ...]:
    """Read 抽查类别 as the theme of the task where it holds names (`学校卫生的检查`) and not classes (`定向`)."""
    naming = (Meaning.TASK, Meaning.PLAN, Meaning.JOINT_ITEM, Meaning.FIELD, Meaning.AUTHORITY)
    named = any(_has(columns, meaning) for meaning in naming)
    settled = []
    for column in columns:
        if column.meaning == Meaning.CLASS_KIND:
            values = _values(body, column.index)
            theme = not named and bool(values) and not _most(values, _is_class)
            named = named or theme
            column = replace(column, meaning=Meaning.FIELD if theme else Meaning.OTHER)  # noqa: PLW2901 -- one column after another
        settled.append(column)
    return tuple(settled)
