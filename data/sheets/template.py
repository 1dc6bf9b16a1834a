"""Owns the empty sheet for filing plans: what to fill in, an example, and how each thing may be written."""

from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from data.sheets.export import workbook_bytes, write_title
from data.sheets.standard import COLUMNS

EMPTY_ROWS = 200
"""Rows kept as text beforehand, so that a spreadsheet does not make a date of `3-6`."""

_NOTES = (
    "填写说明：每行一项任务，标题行以下填写；示例行可以删除，留着也不会导入。",
    "检查时间可写 3月-6月、2026年第二季度、3月1日至4月15日、10月底前；跨年写 10月-次年3月。",
    "检查比例带百分号，如 5%、不低于5%、2%-5%；只写户数的填在检查数量。频次如 1次/年、每季度1次。",
    "部门之间用顿号分开；按信用风险分类抽查的写 A:3%；B:5%；C:20%；D:100%。",
    "One task a line. Periods, shares (with %), numbers and frequencies may be written as in the example.",
)
_EXAMPLE = {
    "number": "示例",
    "task": "餐饮服务单位联合检查",
    "items": "1.食品经营许可情况检查\n2.消防安全检查",
    "target": "辖区餐饮服务单位",
    "initiators": "区市场监督管理局",
    "partners": "区消防救援大队、区卫生健康委员会",
    "period": "3月-6月",
    "ratio": "不低于5%",
    "quantity": "",
    "frequency": "1次/年",
    "cap": "2次/年",
    "by_class": "A:3%；B:5%；C:20%；D:100%",
    "methods": "现场检查",
}


def template_workbook(*, year: int | None = None) -> bytes:
    """Make the empty sheet: title (with the year where it is known), notes, header, an example that is not read."""

    def fill(book: Workbook) -> None:
        page = book.add_worksheet("检查计划")
        title = f"{year}年度涉企行政检查计划填报表" if year else "涉企行政检查计划填报表"
        row = write_title(book, page, title, len(COLUMNS))
        row = _write_notes(book, page, row)
        _write_body(book, page, row)
        page.freeze_panes(row + 1, 2)

    return workbook_bytes(fill)


def _write_notes(book: Workbook, page: Worksheet, row: int) -> int:
    style = book.add_format({"font_color": "#555555", "text_wrap": True, "num_format": "@"})
    for note in _NOTES:
        page.merge_range(row, 0, row, len(COLUMNS) - 1, "", style)
        page.write_string(row, 0, note, style)
        row += 1
    return row


def _write_body(book: Workbook, page: Worksheet, row: int) -> None:
    head = book.add_format({"bold": True, "bg_color": "#DDE7F3", "border": 1, "text_wrap": True})
    example = book.add_format(
        {"italic": True, "font_color": "#777777", "border": 1, "text_wrap": True, "num_format": "@"}
    )
    empty = book.add_format({"border": 1, "text_wrap": True, "num_format": "@"})
    for column, standard in enumerate(COLUMNS):
        page.set_column(column, column, standard.width)
        page.write_string(row, column, standard.header, head)
        page.write_string(row + 1, column, _EXAMPLE[standard.name], example)
        for below in range(row + 2, row + 2 + EMPTY_ROWS):
            page.write_blank(below, column, None, empty)
