"""Owns the standard columns of a plan: their headers, order and the text that a task has in each of them."""

from dataclasses import dataclass

from data.sheets.cells import distinct
from data.sheets.model import SheetTask


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardColumn:
    """One column: `prefixes` begin the codes of the faults that belong to it."""

    name: str
    header: str
    width: int
    prefixes: tuple[str, ...] = ()


COLUMNS = (
    StandardColumn(name="number", header="序号", width=7),
    StandardColumn(name="task", header="任务名称", width=26),
    StandardColumn(name="items", header="检查事项", width=34),
    StandardColumn(name="target", header="检查对象", width=26, prefixes=("target_", "date_damaged", "wrong_column")),
    StandardColumn(name="initiators", header="发起部门", width=18, prefixes=("department_",)),
    StandardColumn(name="partners", header="配合部门", width=22, prefixes=("department_",)),
    StandardColumn(name="period", header="检查时间", width=18, prefixes=("period_", "year_", "stale_year")),
    StandardColumn(name="ratio", header="检查比例", width=14, prefixes=("ratio_", "figure_damaged", "sign_missing")),
    StandardColumn(name="quantity", header="检查数量", width=12, prefixes=("quantity_",)),
    StandardColumn(name="frequency", header="检查频次", width=14, prefixes=("frequency_",)),
    StandardColumn(name="cap", header="频次上限", width=14, prefixes=("cap_",)),
    StandardColumn(name="by_class", header="信用风险分类抽查比例", width=24, prefixes=("class_", "sign_missing")),
    StandardColumn(name="methods", header="检查方式", width=16, prefixes=("method_",)),
)
HEADERS = tuple(column.header for column in COLUMNS)


def standard_texts(task: SheetTask) -> dict[str, str]:
    """Write a task in the standard columns, each text as it was written, so that reading it gives the same task."""
    return {
        "number": task.number or "",
        "task": task.task or "",
        "items": _listed(task.items),
        "target": task.target or "",
        "initiators": "、".join(task.initiators),
        "partners": "、".join(task.partners),
        "period": task.period.text if task.period else "",
        "ratio": task.ratio.text if task.ratio else "",
        "quantity": task.quantity.text if task.quantity else "",
        "frequency": task.frequency.text if task.frequency else "",
        "cap": task.cap.text if task.cap else "",
        "by_class": "；".join(_class_texts(task)),
        "methods": "、".join(task.methods),
    }


def _listed(items: tuple[str, ...]) -> str:
    return items[0] if len(items) == 1 else "\n".join(f"{index}.{item}" for index, item in enumerate(items, start=1))


def _class_texts(task: SheetTask) -> tuple[str, ...]:
    texts = []
    for measure in task.by_class.values():
        figures = (measure.ratio, measure.quantity, measure.frequency, measure.cap)
        texts += [figure.text for figure in figures if figure is not None]
    return distinct(texts)
