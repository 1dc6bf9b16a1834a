"""Sentences for what a plan sheet can have wrong: refusals of the whole file, and faults of cells."""

from typing import Final

SHEET_REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "list_header_missing": (
        "没有找到标题行。前 12 行里要有这些列：{headers}。请对照模板。",
        "No header line found. The first 12 lines must hold these columns: {headers}. Compare with the template.",
    ),
    "list_column_twice": ("列“{header}”出现了两次，请删去一列。", "Column “{header}” is there twice; remove one."),
    "list_empty": ("标题行下面没有内容。", "There is nothing below the header line."),
    "too_large": ("文件超过 10 MB，请拆分后上传。", "The file has more than 10 MB; split it."),
    "too_large_unpacked": ("文件展开后过大，可能已损坏。", "The file is too large when unpacked; it may be damaged."),
    "ratio_too_high": ("文件压缩比异常，拒绝读取。", "The file is packed suspiciously tightly and is not read."),
    "too_many_members": ("文件内部的部件过多，拒绝读取。", "The file has too many parts and is not read."),
    "nested_archive": ("文件里套着压缩包，拒绝读取。", "There is an archive inside the file; it is not read."),
    "member_path": ("文件内部结构异常，拒绝读取。", "The file is built strangely and is not read."),
    "member_size": ("文件内部大小不符，可能已损坏。", "Sizes inside the file disagree; it may be damaged."),
    "too_many_rows": ("行数超过 {most}，请拆分后上传。", "More than {most} rows; split the file."),
    "too_many_columns": ("列数过多，请删去多余的列。", "There are too many columns."),
    "too_many_cells": ("单元格过多，请拆分后上传。", "There are too many cells; split the file."),
    "type_not_allowed": ("只接受 .xlsx、.xls 和 .csv 文件。", "Only .xlsx, .xls and .csv files are taken."),
    "not_a_workbook": ("文件内容不是表格，请用表格软件另存后上传。", "This is not a spreadsheet; save it as one."),
    "damaged": ("文件已损坏，请重新导出。", "The file is damaged; export it again."),
    "encrypted": ("文件加了密码，请去掉密码后上传。", "The file has a password; remove it."),
    "macros": ("文件含有宏，请另存为不含宏的 .xlsx。", "The file has macros; save it as .xlsx without them."),
    "external_link": ("文件引用了外部文件，请粘贴为数值后上传。", "The file links to others; paste values instead."),
    "embedded_object": ("文件里嵌入了其他对象，请删去后上传。", "The file has embedded objects; remove them."),
    "formula_cells": (
        "单元格 {sheet}!{cell} 是公式，请粘贴为数值后上传。",
        "Cell {sheet}!{cell} is a formula; paste values instead.",
    ),
    "xml_declaration": ("文件含有不允许的声明，拒绝读取。", "The file has forbidden declarations and is not read."),
    "encoding_unknown": ("认不出文字编码，请另存为 UTF-8。", "The encoding is unknown; save it as UTF-8."),
    "empty_file": ("文件是空的。", "The file is empty."),
}

_MEASURES: Final = {
    "ratio": ("比例", "The share"),
    "quantity": ("数量", "The number"),
    "frequency": ("频次", "The frequency"),
    "cap": ("次数上限", "The cap"),
    "class": ("分类比例", "The share by class"),
    "period": ("时间", "The period"),
    "count": ("数量", "The number"),
}
_TROUBLES: Final = {
    "damaged": ("数字写坏了，请改写", "is damaged: write it again"),
    "not_understood": ("没有看懂，请改写", "is not understood: write it differently"),
    "by_reference": ("写在别的文件里，请直接填写", "stands in another document: write it here"),
    "range": ("超出合理范围，请核对", "is out of range: check it"),
    "unit_missing": ("缺少单位，请补上", "lacks its unit"),
    "zero": ("是零，请核对", "is zero: check it"),
    "by_kind": ("按对象种类不同，请拆成几行", "differs by kind of object: split the row"),
    "by_level": ("按层级不同，只取本区的", "differs by level: give the district's"),
    "backwards": ("前后颠倒，请改写", "runs backwards"),
    "conditional": ("带有条件，请写成确定的数", "has conditions: give one figure"),
    "per_period": ("按时段分别写，请写明本期的", "is given for several periods: give that of this one"),
}

SHEET_FAULTS: Final[dict[str, tuple[str, str]]] = {
    **{
        f"{measure}_{trouble}": (f"{subject[0]}{words[0]}。", f"{subject[1]} {words[1]}.")
        for measure, subject in _MEASURES.items()
        for trouble, words in _TROUBLES.items()
    },
    # --- the whole table
    "hidden_sheet": ("工作表“{text}”是隐藏的，没有读取。", "The sheet “{text}” is hidden and was not read."),
    "hidden_row": ("第 {text} 行是隐藏的，请确认是否需要。", "Row {text} is hidden: is it meant?"),
    "no_table": ("没有找到任务表格。", "No table of tasks was found."),
    "header_missing": (
        "没有表头，列的含义是推断的，请核对。",
        "There is no header; columns were inferred: check them.",
    ),
    "stale_year": ("表头年度与所选年度不同，请核对。", "The year in the title is another one: check it."),
    "year_unknown": ("不知道是哪一年，请填写计划年度后重新上传。", "The year is unknown: give it and upload again."),
    "year_ahead": ("年份在很久以后，请核对。", "The year lies far ahead: check it."),
    # --- periods
    "date_damaged": ("日期写坏了，请改写。", "The date is damaged: write it again."),
    "period_missing": ("没有写时间，请填写。", "No period is given."),
    "period_open": ("没有写结束时间，请填写。", "The end of the period is missing."),
    "period_several": ("写了几个时间段，请拆成几行或选一个。", "Several periods: split the row or choose one."),
    "period_batches": ("分批进行，请拆成几行或选一个。", "In batches: split the row or choose one."),
    "period_cut": ("只取落在本轮期限内的部分。", "Only the part inside the round's period counts."),
    "outside_period": ("不在计划期限内，请核对。", "Outside the period of the plan: check it."),
    # --- figures
    "ratio_is_staff": ("这是人员比例，不是抽查比例。", "This is a share of staff, not of objects."),
    "figure_damaged": ("数字写坏了，请改写。", "The figure is damaged: write it again."),
    "class_order_doubtful": ("分类顺序可疑，请核对。", "The order of classes is doubtful: check it."),
    "level_cap": ("次数上限按层级不同，请核对。", "The cap differs by level: check it."),
    "value_differs": (
        "与上面同一任务的内容不同，以第一行为准，请核对。",
        "Differs from the task's first line, which counts.",
    ),
    # --- names
    "department_unclear": ("没有看懂部门名称，请改写。", "The department is not understood."),
    "unknown_initiator": ("没有找到发起部门“{names}”。", "The initiator “{names}” is unknown."),
    "foreign_initiator": ("发起部门不是本部门，请核对。", "The initiator is another body: check it."),
    "unknown_partner": ("没有找到配合部门“{names}”。", "The partner “{names}” is unknown."),
    "partner_unknown": ("没有找到配合部门“{names}”。", "The partner “{names}” is unknown."),
    "method_not_understood": ("没有看懂检查方式。", "The method is not understood."),
    "item_not_listed": ("不在本部门已公布的清单里，请核对名称。", "Not on the body's published list: check the name."),
    "target_missing": ("没有写检查对象，请填写。", "The target is missing."),
    "target_unknown": (
        "不知道指哪一类企业，请选择监管场景或写企业全称。",
        "Unclear whom this means: choose a scenario.",
    ),
    "target_ambiguous": ("可能指几类企业，请选择。", "This could mean several classes: choose one."),
    "target_differs": ("与上面同一任务的对象不同，请核对。", "The target differs from the task's first line."),
    "target_scope": ("对象范围没有看懂，请改写。", "The scope is not understood."),
    "which_site": ("这家企业有几个场所，请选择。", "The enterprise has several sites: choose one."),
    "site_unknown": ("没有找到企业“{names}”。", "The enterprise “{names}” was not found."),
    "duplicate_row": ("与第 {row} 行相同。", "The same as row {row}."),
    "wrong_column": ("内容像是填错了列。", "This looks like another column's."),
    "not_understood": ("没有看懂，请改写。", "This is not understood."),
    "sign_missing": ("缺少符号，请核对。", "A sign is missing: check it."),
}
