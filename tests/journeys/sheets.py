"""Plan sheets as clerks hand them in: a title above, notes below, and now and then a damaged cell."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook

HEADER = ("序号", "抽查任务名称", "抽查事项", "检查对象", "抽查比例", "检查时间", "发起部门", "配合部门", "检查方式")
DAMAGED_PERIOD = "1215日前"
MENDED_PERIOD = "12月15日前"


def clerk_sheet(rows: Sequence[Sequence[str]] | None = None, *, department: str = "市场监管局") -> bytes:
    """Return a workbook with the given task rows, by default three clean tasks of the market regulator."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([f"{department}2026年12月“双随机、一公开”抽查计划"])
    sheet.append([f"填表单位：{department}", None, None, "填报时间：2026年11月20日"])
    sheet.append(HEADER)
    for row in rows if rows is not None else market_rows():
        sheet.append(list(row))
    sheet.append(["备注：检查对象从监管名录中抽取。"])
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def market_rows() -> list[tuple[str, ...]]:
    return [
        (
            "1",
            "餐饮服务抽查",
            "餐饮服务食品安全监督检查",
            "餐饮服务提供者",
            "20%",
            "12月",
            "市场监管局",
            "",
            "现场检查",
        ),
        (
            "2",
            "加油站计量抽查",
            "加油机在用计量器具监督检查",
            "加油站",
            "50%",
            "2026年12月",
            "市场监管局",
            "",
            "实地核查",
        ),
        (
            "3",
            "养老机构食堂抽查",
            "养老机构食堂食品安全检查",
            "养老机构",
            "不低于30%",
            "12月1日至12月31日",
            "市场监管局",
            "",
            "现场检查",
        ),
    ]


def visit_row(item: str, target: str, period: str, department: str) -> tuple[str, ...]:
    """One task that checks an item of the catalogue at the target it names, seen whole."""
    return ("1", item, item, target, "100%", period, department, "", "现场检查")
