"""Shapes of sheets: titles, headers of two lines, merged cells, notes, cards, no header at all."""

from datetime import date
from typing import Any

import pytest

from data.sheets import SheetReading, SheetTask, read_sheet
from tests.data.sheets.books import csv_bytes, xls, xlsx

PLAIN = [
    ["序号", "检查事项", "检查对象", "发起部门", "配合部门", "抽查比例", "检查时间"],
    [1, "食品经营检查", "餐饮单位", "市场监管局", "公安、税务部门", "不低于５％", "３－６月"],
    [2, "消防检查", "宾馆", "消防救援大队", None, "10%", "10月底前"],
]


def rows_of(content: bytes, filename: str = "计划.xlsx", year: int | None = 2026) -> tuple[SheetTask, ...]:
    return read_sheet(content, filename=filename, year=year).tasks


def period(task: SheetTask) -> tuple[Any, ...] | None:
    part = task.as_json()["period"]
    return part and (part["first"], part["last"], part["kind"])


def ratio(task: SheetTask) -> tuple[Any, ...] | None:
    return task.ratio and (task.ratio.min, task.ratio.max)


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        ("计划.xlsx", xlsx(PLAIN)),
        ("计划.xls", xls(PLAIN)),
        ("计划.csv", csv_bytes(PLAIN)),
        ("计划.csv", csv_bytes(PLAIN, "utf-8-sig")),
        ("计划.csv", csv_bytes(PLAIN, "gb18030")),
        ("计划.csv", csv_bytes(PLAIN, "utf-16")),
    ],
    ids=["xlsx", "xls", "utf-8", "utf-8-with-mark", "gb18030", "utf-16"],
)
def test_same_table_reads_the_same_in_every_format(filename: str, content: bytes) -> None:
    tasks = rows_of(content, filename)
    assert [(task.row, task.number, task.items, task.target) for task in tasks] == [
        (2, "1", ("食品经营检查",), "餐饮单位"),
        (3, "2", ("消防检查",), "宾馆"),
    ]
    assert [period(task) for task in tasks] == [
        ("2026-03-01", "2026-06-30", "months"),
        (None, "2026-10-31", "deadline"),
    ]
    assert [ratio(task) for task in tasks] == [(0.05, None), (0.1, 0.1)]
    assert [task.partners for task in tasks] == [("公安部门", "税务部门"), ()]
    assert [task.faults for task in tasks] == [(), ()]


TWO_LEVELS = xlsx(
    [
        ["某某区2026年度双随机抽查计划"],
        ["填报单位：区市场监管局", None, None, None, "填报时间：2025年12月1日"],
        ["序号", "抽查项目", None, "检查对象", None, None, "发起部门", "检查时间"],
        [None, "抽查类别", "抽查事项", "对象范围", "抽查比例", "频次", None, None],
        ["一、部门联合抽查"],
        [1, "食品安全", "食品经营检查", "餐饮单位", 0.05, "1次/年", "市场监管局", "3-6月"],
        [2, None, "食品标签检查", "超市", 0.125, "2次/年", None, None],
        ["备注：1.以上比例为最低比例"],
        ["填报人：某某", None, "联系电话：0000-0000000"],
    ],
    merges=["A1:H1", "B3:C3", "D3:F3", "A3:A4", "G3:G4", "H3:H4", "A5:H5", "B6:B7", "G6:G7", "H6:H7"],
    formats={"E6": "0%", "E7": "0.00%"},
)


def test_header_of_two_lines_under_titles_gives_its_columns() -> None:
    result = read_sheet(TWO_LEVELS, filename="计划.xlsx")
    assert result.year == 2026
    assert [(task.row, task.task, task.items, task.target) for task in result.tasks] == [
        (6, "食品安全", ("食品经营检查",), "餐饮单位"),
        (7, "食品安全", ("食品标签检查",), "超市"),
    ]
    assert [ratio(task) for task in result.tasks] == [(0.05, 0.05), (0.125, 0.125)]
    assert [period(task) for task in result.tasks] == [("2026-03-01", "2026-06-30", "months")] * 2
    assert [task.initiators for task in result.tasks] == [("市场监管局",)] * 2


def test_titles_sections_and_notes_are_kept_beside_the_tasks() -> None:
    result = read_sheet(TWO_LEVELS, filename="计划.xlsx")
    assert [(note.row, note.kind) for note in result.notes] == [
        (1, "title"),
        (2, "title"),
        (5, "section"),
        (8, "note"),
        (9, "note"),
    ]


def test_header_over_role_and_department_makes_the_helper_a_partner() -> None:
    rows = [
        ["2025年度计划"],
        ["序号", "联合事项", "抽查检查部门", None, "抽查比例(%)", "抽查时间"],
        [1, "养老机构检查", "发起部门", "区民政局", 5, "4月"],
        [None, None, "配合部门", "区消防救援大队（防火科）", None, None],
        [2, "学校检查", "发起", "教育、卫生健康部门", "2-5", "10月-次年3月"],
    ]
    first, second = rows_of(xlsx(rows, merges=["C2:D2"]), year=None)
    assert (first.initiators, first.partners, first.rows) == (("区民政局",), ("区消防救援大队",), (3, 4))
    assert (second.initiators, ratio(second)) == (("教育部门", "卫生健康部门"), (0.02, 0.05))
    assert period(second) == ("2025-10-01", "2026-03-31", "months")


def test_role_labels_under_one_header_name_initiator_and_partner() -> None:
    rows = [
        ["序号", "检查事项", "检查对象", "抽查部门", None, "检查时间", None, "抽查比例", None],
        [None, None, None, "发起", "配合", "自", "至", "A类", "B类"],
        [1, "甲检查", "店", "市监局", "公安局", "3月", "5月", "3%", "5%"],
    ]
    (task,) = rows_of(xlsx(rows, merges=["D1:E1", "F1:G1", "H1:I1"]))
    assert (task.initiators, task.partners) == (("市监局",), ("公安局",))
    assert period(task) == ("2026-03-01", "2026-05-31", "months")
    assert {name: (m.ratio.min, m.ratio.text) for name, m in task.by_class.items() if m.ratio} == {
        "A": (0.03, "A:3%"),
        "B": (0.05, "B:5%"),
    }


def test_lines_with_the_same_number_are_one_task() -> None:
    rows = [
        ["序号", "抽查领域", "抽查事项", "检查对象", "发起部门", "抽查比例", "检查时间"],
        ["1", "学校", "食堂检查", "中小学", "教育局", "5%", "3-5月"],
        ["1", "学校", "消防检查", "中小学", "教育局", "5%", "3-5月"],
    ]
    (task,) = rows_of(xlsx(rows))
    assert (task.items, task.rows, task.faults) == (("食堂检查", "消防检查"), (2, 3), ())


def test_unnumbered_line_with_its_own_period_is_a_task_of_its_own() -> None:
    rows = [
        ["序号", "任务名称", "检查对象", "检查时间"],
        [1, "校外培训治理", "培训机构", "3月"],
        [None, None, None, "9月"],
    ]
    tasks = rows_of(xlsx(rows))
    assert [(task.row, task.number, task.task, period(task)) for task in tasks] == [
        (2, "1", "校外培训治理", ("2026-03-01", "2026-03-31", "months")),
        (3, "1", "校外培训治理", ("2026-09-01", "2026-09-30", "months")),
    ]


@pytest.mark.parametrize(
    "headers",
    [
        ["序 号", "抽 查 事 项", "检查\n对象", "发起 部门", "联合检查\n单  位", "抽查比列", "抽查 时间"],
        ["编号", "检査事项", "检查对像", "发起部们", "参检单位", "抽取比率", "检查时闻"],
    ],
    ids=["blanks-and-breaks", "misspelt"],
)
def test_damaged_header_words_are_understood(headers: list[str]) -> None:
    task = rows_of(xlsx([headers, PLAIN[1]]))[0]
    assert (task.number, task.items, task.target) == ("1", ("食品经营检查",), "餐饮单位")
    assert (task.initiators, task.partners) == (("市场监管局",), ("公安部门", "税务部门"))
    assert (ratio(task), period(task)) == ((0.05, None), ("2026-03-01", "2026-06-30", "months"))


def test_table_without_header_is_read_by_what_stands_in_it_and_says_so() -> None:
    rows = [
        [1, "烟草专卖许可检查", "卷烟零售户", "5%", "1次/年", "3-6月", "县烟草专卖局"],
        [2, "物流寄递检查", "物流企业", "10%", "1次/年", "7-9月", "县烟草专卖局"],
    ]
    result = read_sheet(xlsx(rows), filename="计划.xlsx", year=2025)
    assert [fault.code for fault in result.faults] == ["header_missing"]
    assert [(task.row, task.items, task.target, ratio(task)) for task in result.tasks] == [
        (1, ("烟草专卖许可检查",), "卷烟零售户", (0.05, 0.05)),
        (2, ("物流寄递检查",), "物流企业", (0.1, 0.1)),
    ]
    assert [task.initiators for task in result.tasks] == [("县烟草专卖局",)] * 2


@pytest.mark.parametrize(
    "rows",
    [
        [["2025年检查计划"], ["检查事项", "消防检查"], ["检查对象", "宾馆"], ["检查比例", "5%"], ["检查时间", "6-9月"]],
        [["2025年检查计划"], ["1.检查事项：消防检查"], ["2.检查对象：宾馆"], ["3.检查比例：5%"], ["4.检查时间：6-9月"]],
        [["2025年检查计划"], ["检查事项", "消防检查", "检查对象", "宾馆"], ["检查比例", "5%", "检查时间", "6-9月"]],
    ],
    ids=["two-cells", "one-cell", "four-cells"],
)
def test_card_of_keys_and_values_is_one_task(rows: list[list[str]]) -> None:
    (task,) = rows_of(xlsx(rows), year=None)
    assert (task.row, task.items, task.target) == (2, ("消防检查",), "宾馆")
    assert (ratio(task), period(task)) == ((0.05, 0.05), ("2025-06-01", "2025-09-30", "months"))


def test_second_card_begins_where_the_first_key_comes_again() -> None:
    keys = ("检查事项", "检查对象", "检查比例")
    rows = [
        [key, value]
        for values in (("甲检查", "店", "5%"), ("乙检查", "厂", "10%"))
        for key, value in zip(keys, values, strict=True)
    ]
    assert [(task.row, task.items) for task in rows_of(xlsx(rows))] == [(1, ("甲检查",)), (4, ("乙检查",))]


def test_dates_and_months_of_a_spreadsheet_are_read_as_it_shows_them() -> None:
    rows = [
        ["序号", "任务名称", "检查对象", "开始时间", "结束时间"],
        [1, "甲", "企业", date(2025, 3, 1), date(2025, 9, 30)],
        [2, "乙", "企业", date(2025, 4, 1), date(2025, 10, 1)],
    ]
    months = 'yyyy"年"m"月"'
    tasks = rows_of(xlsx(rows, formats={"D3": months, "E3": months}), year=None)
    assert [period(task) for task in tasks] == [
        ("2025-03-01", "2025-09-30", "dates"),
        ("2025-04-01", "2025-10-31", "months"),
    ]


def test_caps_by_level_count_where_they_agree_and_are_a_fault_where_not() -> None:
    rows = [
        ["序号", "检查事项", "年度频次上限", None],
        [None, None, "市级", "区级"],
        [1, "农药检查", 3, 3],
        [2, "种子检查", 4, "5次"],
    ]
    first, second = rows_of(xlsx(rows, merges=["C1:D1"]))
    assert first.as_json()["cap"] == {"max": 3, "per": "year", "text": "3"}
    assert second.as_json()["cap"] == {"max": None, "per": None, "text": "市级4；区级5次"}
    assert [fault.code for fault in second.faults] == ["cap_by_level"]


def test_class_of_items_is_no_name_of_a_task_but_a_theme_is() -> None:
    header = ["序号", "抽查类别", "抽查事项", "检查对象", "检查时间"]
    classes = rows_of(xlsx([header, [1, "定向抽查", "甲检查", "店", "4月"]]))
    themes = rows_of(xlsx([header, [1, "学校卫生的检查", "甲检查", "店", "4月"]]))
    assert [task.task for task in (*classes, *themes)] == [None, "学校卫生的检查"]


def test_repeated_header_and_second_table_are_no_tasks() -> None:
    rows = [*PLAIN, PLAIN[0], [3, "丙检查", "店", "城管局", None, "5%", "4月"]]
    assert [task.number for task in rows_of(xlsx(rows))] == ["1", "2", "3"]


def test_hidden_sheet_is_told_and_not_read() -> None:
    result: SheetReading = read_sheet(xlsx(PLAIN, hidden_sheet="旧表"), filename="计划.xlsx", year=2026)
    assert [(fault.code, fault.text) for fault in result.faults] == [("hidden_sheet", "旧表")]
    assert len(result.tasks) == 2


@pytest.mark.parametrize(
    ("filename", "content"),
    [("计划.xlsx", xlsx(PLAIN, hidden_rows=[3])), ("计划.xls", xls(PLAIN, hidden_rows=[3]))],
    ids=["xlsx", "xls"],
)
def test_hidden_row_is_a_fault_of_its_task(filename: str, content: bytes) -> None:
    first, second = rows_of(content, filename)
    assert first.faults == ()
    assert [(fault.code, fault.row) for fault in second.faults] == [("hidden_row", 3)]


def test_fault_names_its_header_and_cell() -> None:
    rows = [["标题2026年度"], ["序号", "检查事项", "检查\n比例"], [1, "甲检查", "5"]]
    (task,) = rows_of(xlsx(rows))
    (fault,) = task.faults
    assert (fault.column, fault.code, fault.text, fault.cell, fault.row) == (
        "检查比例",
        "ratio_unit_missing",
        "5",
        "C3",
        3,
    )


def test_sheet_without_table_gives_a_fault_and_no_task() -> None:
    result = read_sheet(xlsx([["今天天气很好"]]), filename="计划.xlsx")
    assert (result.tasks, [fault.code for fault in result.faults]) == ((), ["no_table"])


@pytest.mark.parametrize(
    ("title", "sheet", "filename", "year"),
    [
        ("某区2026年度计划（2025年修订）", "2024", "2023.xlsx", 2026),
        ("检查计划", "2024年", "2023.xlsx", 2024),
        ("检查计划", "计划", "plan_2023.xlsx", 2023),
        ("检查计划", "计划", "plan.xlsx", None),
    ],
    ids=["title", "sheet-name", "file-name", "unknown"],
)
def test_year_is_looked_for_in_title_sheet_and_file_name(
    title: str, sheet: str, filename: str, year: int | None
) -> None:
    rows = [[title], ["序号", "检查事项", "检查时间"], [1, "甲检查", "3-4月"]]
    result = read_sheet(xlsx(rows, name=sheet), filename=filename)
    codes = [fault.code for fault in result.tasks[0].faults]
    assert (result.year, codes) == (year, [] if year else ["year_unknown"])
