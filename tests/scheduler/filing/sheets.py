"""Sheets for the tests of uploads, as CSV: one row a task, the columns of a plan."""

from __future__ import annotations

import csv
import io
from typing import Final

HEADERS: Final = {
    "number": "序号",
    "name": "任务名称",
    "items": "检查事项",
    "target": "检查对象",
    "initiators": "发起部门",
    "partners": "配合部门",
    "period": "检查时间",
    "ratio": "抽查比例",
    "methods": "检查方式",
}
RIGHT: Final = {
    "number": "1",
    "name": "餐饮服务单位检查",
    "items": "食品经营许可情况的检查",
    "target": "餐饮服务单位",
    "initiators": "市场监管局",
    "partners": "消防大队",
    "period": "2026年3月",
    "ratio": "10%",
    "methods": "现场检查",
}


def sheet(*changes: dict[str, str]) -> bytes:
    """A sheet of right rows, numbered from 1, each with its changes."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(HEADERS.values())
    for number, change in enumerate(changes or ({},), start=1):
        row = RIGHT | {"number": str(number)} | change
        writer.writerow([row[name] for name in HEADERS])
    return lines.getvalue().encode("utf-8-sig")
