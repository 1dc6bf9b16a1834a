"""Readers of single cells: periods, figures, departments, methods and items, as people write them."""

from typing import Any

import pytest

from data.sheets.classes import class_parts
from data.sheets.departments import read_departments
from data.sheets.measures import Asked, Column, read_measure
from data.sheets.methods import read_methods
from data.sheets.periods import read_period, read_span
from data.sheets.texts import read_items

RATIO, QUANTITY, FREQUENCY, CAP = (
    Column(asked=kind) for kind in (Asked.RATIO, Asked.QUANTITY, Asked.FREQUENCY, Asked.CAP)
)
BOTH = Column(asked=Asked.RATIO | Asked.FREQUENCY)
PERCENT = Column(asked=Asked.RATIO, percent=True)
CLASSES = Column(asked=Asked.CLASSES)


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("1-12月", "2025-01-01", "2025-12-31", "months"),
        ("1月—12月", "2025-01-01", "2025-12-31", "months"),
        ("3-5月份", "2025-03-01", "2025-05-31", "months"),
        ("三月至五月", "2025-03-01", "2025-05-31", "months"),
        ("7-12", "2025-07-01", "2025-12-31", "months"),
        ("１—１２", "2025-01-01", "2025-12-31", "months"),
        ("2025年6-12月", "2025-06-01", "2025-12-31", "months"),
        ("2025年1月- 2025年11月", "2025-01-01", "2025-11-30", "months"),
        ("2025年6月至11", "2025-06-01", "2025-11-30", "months"),
        ("2025.4-2025.12", "2025-04-01", "2025-12-31", "months"),
        ("2025.6-9", "2025-06-01", "2025-09-30", "months"),
        ("9月、10月", "2025-09-01", "2025-10-31", "months"),
        ("上半年", "2025-01-01", "2025-06-30", "months"),
        ("4月至10月(雨季除外)", "2025-04-01", "2025-10-31", "months"),
        ("10月-次年3月", "2025-10-01", "2026-03-31", "months"),
        ("5-次年1", "2025-05-01", "2026-01-31", "months"),
        ("12月-次年2月", "2025-12-01", "2026-02-28", "months"),
        ("2025年2月24日 -2025年11月30日", "2025-02-24", "2025-11-30", "dates"),
        ("2025年9月1日至10月30日", "2025-09-01", "2025-10-30", "dates"),
        ("2025.01.01-2025.12.31", "2025-01-01", "2025-12-31", "dates"),
        ("2025/3/1-2025/11/30", "2025-03-01", "2025-11-30", "dates"),
        ("6月1日-30日", "2025-06-01", "2025-06-30", "dates"),
        ("3月上旬", "2025-03-01", "2025-03-10", "dates"),
        ("2025年第三季度", "2025-07-01", "2025-09-30", "quarter"),
        ("二、三季度", "2025-04-01", "2025-09-30", "quarter"),
        ("全年", "2025-01-01", "2025-12-31", "year"),
        ("2025", "2025-01-01", "2025-12-31", "year"),
        ("10月底", None, "2025-10-31", "deadline"),
        ("10月底前", None, "2025-10-31", "deadline"),
        ("12月前", None, "2025-11-30", "deadline"),
        ("11月30日前完成", None, "2025-11-30", "deadline"),
        ("第三季度末", None, "2025-09-30", "deadline"),
        ("年底", None, "2025-12-31", "deadline"),
        ("2025年3月起", "2025-03-01", None, "months"),
        ("每季度各抽查1次", None, None, "recurring"),
        ("春秋季开学、中高考等节点", None, None, "event"),
        ("中小学暑假期间", None, None, "event"),
        ("根据政策性粮食出库时间确定", None, None, "event"),
        ("春、秋季，根据上级监管要求确定", None, None, "event"),
        ("适时检查", None, None, "open"),
        ("局统一安排", None, None, "open"),
        ("本年度完成所有任务抽取工作", None, None, "open"),
    ],
)
def test_period_is_read_as_written(text: str, first: str | None, last: str | None, kind: str) -> None:
    reading = read_period(text, year=2025)
    assert reading.codes == ()
    assert reading.period.as_json() == {"first": first, "last": last, "kind": kind, "text": text}


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("20229", None, "period_damaged"),
        ("202210", None, "period_damaged"),
        ("1031日前", "deadline", "period_damaged"),
        ("3月10月", None, "period_damaged"),
        ("3月11", None, "period_damaged"),
        ("2025年2月30日", None, "period_damaged"),
        ("13月", None, "period_damaged"),
        ("10-3月", "months", "period_backwards"),
        ("4月、9月", "months", "period_several"),
        ("蓝天白云", None, "period_not_understood"),
    ],
)
def test_period_that_is_not_clear_is_a_fault_and_no_date(text: str, kind: str | None, code: str) -> None:
    reading = read_period(text, year=2025)
    assert reading.codes == (code,)
    assert reading.period.as_json() == {"first": None, "last": None, "kind": kind, "text": text}


@pytest.mark.parametrize(
    ("text", "kind"), [("3-5月", "months"), ("10月底前", "deadline"), ("全年", "year"), ("第二季度", "quarter")]
)
def test_period_without_any_year_keeps_its_kind(text: str, kind: str) -> None:
    reading = read_period(text, year=None)
    assert (reading.codes, reading.period.kind, reading.period.first) == (("year_unknown",), kind, None)


def test_period_of_another_year_is_read_and_flagged() -> None:
    assert read_period("2023年6-12月", year=2024).codes == ("stale_year",)
    assert read_period("2025年6-12月", year=2024).codes == ("year_ahead",)
    assert read_period("2024年10月-2025年3月", year=2024).codes == ()


def test_batches_give_the_last_deadline_and_a_fault_for_the_others() -> None:
    reading = read_period("分两批次;第一批7月20日前完成,第二批10月15日前完成。", year=2024)
    assert (str(reading.period.last), reading.codes) == ("2024-10-15", ("period_batches",))


def test_month_in_a_column_of_deadlines_ends_there() -> None:
    reading = read_period("10月", year=2023, deadline=True)
    assert reading.period.as_json() == {"first": None, "last": "2023-10-31", "kind": "deadline", "text": "10月"}


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2021/5/20", "2021/12/20/", ("2021-05-20", "2021-12-20", "dates", ())),
        ("3月", "5月", ("2021-03-01", "2021-05-31", "months", ())),
        ("2021-03-01", "", ("2021-03-01", None, "dates", ())),
        ("2021-09-01", "2021-03-01", (None, None, "dates", ("period_backwards",))),
        ("20219", "202110", (None, None, None, ("period_damaged",))),
    ],
    ids=["stray-slash", "months", "open-end", "backwards", "damaged"],
)
def test_start_and_end_in_two_columns_are_one_period(first: str, last: str, expected: tuple[Any, ...]) -> None:
    reading = read_span(first, last, year=2021)
    said = reading.period.as_json()
    assert (said["first"], said["last"], said["kind"], reading.codes) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("第三季度检查20家", "检查20家"), ("3月检查4家", "检查4家"), ("4-6月", "")]
)
def test_number_beside_a_period_is_given_back(text: str, expected: str) -> None:
    assert read_period(text, year=2025).quantity_text == expected


@pytest.mark.parametrize(
    ("text", "column", "bounds"),
    [
        ("10%", RATIO, (0.1, 0.1)),
        ("０．５％", RATIO, (0.005, 0.005)),
        ("百分之五", RATIO, (0.05, 0.05)),
        ("10-20%", RATIO, (0.1, 0.2)),
        ("2%-5%", RATIO, (0.02, 0.05)),
        ("不低于5%", RATIO, (0.05, None)),
        ("不得低于总数的10%", RATIO, (0.1, None)),
        ("≥10%", RATIO, (0.1, None)),
        (">=10%", RATIO, (0.1, None)),
        ("30%以上", RATIO, (0.3, None)),
        ("总体比例不超过5%", RATIO, (None, 0.05)),
        ("原则上不高于10%,由各部门自行确定", RATIO, (None, 0.1)),
        ("全覆盖", RATIO, (1.0, 1.0)),
        ("100%,委托第三方机构实施", RATIO, (1.0, 1.0)),
        ("区级 30%", RATIO, (0.3, 0.3)),
        ("5", PERCENT, (0.05, 0.05)),
        ("2-5", PERCENT, (0.02, 0.05)),
        ("1次/年 100%", BOTH, (1.0, 1.0)),
        ("≥5%，≤10%", RATIO, (0.05, 0.1)),
        ("按10%比例抽取，不足1户按1户抽取", RATIO, (0.1, 0.1)),
    ],
)
def test_ratio_is_a_fraction_with_its_bounds(text: str, column: Column, bounds: tuple[Any, Any]) -> None:
    measure = read_measure(text, column)
    assert measure.codes == ()
    assert measure.ratio is not None
    assert (measure.ratio.min, measure.ratio.max) == bounds


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5", "ratio_unit_missing"),
        ("0.05", "ratio_unit_missing"),
        ("2-5", "ratio_unit_missing"),
        ("=50%", "ratio_damaged"),
        ("M50%", "ratio_damaged"),
        ("1:10", "ratio_is_staff"),
        ("150%", "ratio_over_100"),
        ("20-10%", "ratio_backwards"),
        ("每季度25%", "ratio_per_period"),
        ("9%/月", "ratio_per_period"),
        ("市级2% 区级10%", "ratio_by_level"),
        ("企业2%,个体工商户0.1%", "ratio_by_kind"),
        ("10所及以下的不少于2所,超过10所的不低于50%", "ratio_conditional"),
        ("按照市局要求比例开展检查", "ratio_by_reference"),
        ("蓝天白云", "ratio_not_understood"),
    ],
)
def test_ratio_that_is_not_clear_is_a_fault_that_keeps_its_text(text: str, code: str) -> None:
    measure = read_measure(text, RATIO)
    assert measure.codes == (code,)
    assert measure.ratio is not None
    assert measure.ratio.as_json() == {"min": None, "max": None, "text": text}


@pytest.mark.parametrize(
    ("text", "column", "bounds"),
    [
        ("1户", RATIO, (1, 1)),
        ("60-70家", RATIO, (60, 70)),
        ("10% (20户)", RATIO, (20, 20)),
        ("2%,共计95家;其中随机抽查47家", RATIO, (95, 95)),
        ("共14家抽了2家", BOTH, (2, 2)),
        ("2.8万户", QUANTITY, (28000, 28000)),
        ("1,200户", QUANTITY, (1200, 1200)),
        ("约27家", QUANTITY, (27, 27)),
        ("6(动态调整)", QUANTITY, (6, 6)),
        ("1户(实际以联合双随机牵头单位抽查数为准。)", QUANTITY, (1, 1)),
        ("不少于31家次", QUANTITY, (31, None)),
        ("企业、机构30家", QUANTITY, (30, 30)),
        ("3", Column(asked=Asked.QUANTITY, scale=10_000), (30000, 30000)),
    ],
)
def test_quantity_is_found_in_any_column(text: str, column: Column, bounds: tuple[Any, Any]) -> None:
    measure = read_measure(text, column)
    assert measure.codes == ()
    assert measure.quantity is not None
    assert (measure.quantity.min, measure.quantity.max) == bounds


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("1次", FREQUENCY, (1, 1, "once")),
        ("1", FREQUENCY, (1, 1, "once")),
        ("=1", FREQUENCY, (1, 1, "once")),
        (">=1", FREQUENCY, (1, None, "once")),
        ("1-2次", FREQUENCY, (1, 2, "once")),
        ("至少1次", FREQUENCY, (1, None, "once")),
        ("2次/年", FREQUENCY, (2, 2, "year")),
        ("1次/1年", FREQUENCY, (1, 1, "year")),
        ("1次/半年", FREQUENCY, (1, 1, "half")),
        ("1次/季度", FREQUENCY, (1, 1, "quarter")),
        ("每月一次", FREQUENCY, (1, 1, "month")),
        ("每月", FREQUENCY, (1, 1, "month")),
        ("每周", FREQUENCY, (1, 1, "week")),
        ("每天", FREQUENCY, (1, 1, "day")),
        ("每年检查两次", FREQUENCY, (2, 2, "year")),
        ("每年一次以上", FREQUENCY, (1, None, "year")),
        ("一年4次", FREQUENCY, (4, 4, "year")),
        ("年检查1次", FREQUENCY, (1, 1, "year")),
        ("2025年检查1次", FREQUENCY, (1, 1, "once")),
        ("半年", FREQUENCY, (1, 1, "half")),
        ("各检查对象年均1-2次", FREQUENCY, (1, 2, "year")),
        ("1次/年/单位", FREQUENCY, (1, 1, "year")),
        ("不少于5%;>=1次/年", BOTH, (1, None, "year")),
        ("抽查比例100%,每月不少于1次", BOTH, (1, None, "month")),
        ("不低于5%;2-3次每年", BOTH, (2, 3, "year")),
        ("根据监管需要确定", FREQUENCY, (None, None, None)),
        ("不超过2次/年", FREQUENCY, (None, 2, "year")),
    ],
)
def test_frequency_says_how_often_in_what(text: str, column: Column, expected: tuple[Any, Any, Any]) -> None:
    measure = read_measure(text, column)
    assert measure.codes == ()
    assert measure.frequency is not None
    said = measure.frequency.as_json()
    assert (said["min"], said["max"], said["per"]) == expected


@pytest.mark.parametrize(
    ("text", "column", "code"),
    [
        ("3%;1/", BOTH, "frequency_damaged"),
        ("抽查比例不低于10%;抽查1", BOTH, "frequency_damaged"),
        ("每三年至少覆盖一次", FREQUENCY, "frequency_cycle"),
        ("每学期1次", FREQUENCY, "frequency_cycle"),
        ("两年一次", FREQUENCY, "frequency_cycle"),
        ("“四四制”", FREQUENCY, "frequency_not_understood"),
        ("重点检查企业2次/年;其他客运企业1次/年", FREQUENCY, "frequency_by_kind"),
        ("每月不少于80家次", QUANTITY, "quantity_per_period"),
        ("确定11家重点企业,“双随机”3家", QUANTITY, "quantity_by_kind"),
    ],
)
def test_figure_that_is_not_clear_is_a_fault(text: str, column: Column, code: str) -> None:
    assert read_measure(text, column).codes == (code,)


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("不超过2次", CAP, (2, "year")),
        ("1次/年", CAP, (1, "year")),
        ("5", CAP, (5, "year")),
        ("每月不超过1次", CAP, (1, "month")),
        ("检查频次:1次/年/单位\n上限:2次/年/单位", Column(asked=Asked.FREQUENCY | Asked.CAP), (2, "year")),
    ],
)
def test_cap_is_the_most_in_a_year_unless_it_says_otherwise(
    text: str, column: Column, expected: tuple[int, str]
) -> None:
    measure = read_measure(text, column)
    assert measure.codes == ()
    assert measure.cap is not None
    assert (measure.cap.max, measure.cap.per) == expected


def test_figures_by_class_stand_under_their_letters() -> None:
    measure = read_measure("A≤5%,1次/年;B 5-20%,1次/年;C21-60%,2次/年;D61-100%", CLASSES)
    assert measure.codes == ()
    assert {name: (m.ratio.min, m.ratio.max) for name, m in measure.by_class.items() if m.ratio} == {
        "A": (None, 0.05),
        "B": (0.05, 0.2),
        "C": (0.21, 0.6),
        "D": (0.61, 1.0),
    }


def test_names_of_credit_classes_are_written_as_letters() -> None:
    measure = read_measure("守信1%,警示10%,失信50%,严重失信80%;总体不超过5%", RATIO)
    assert {name: m.ratio.min for name, m in measure.by_class.items() if m.ratio} == {
        "A": 0.01,
        "B": 0.1,
        "C": 0.5,
        "D": 0.8,
    }
    assert measure.ratio is not None
    assert (measure.ratio.min, measure.ratio.max) == (None, 0.05)


def test_classes_named_without_figures_say_nothing() -> None:
    measure = read_measure("对低风险、一般风险、较高风险、高风险企业分别递加抽查比例", CLASSES)
    assert measure.is_empty
    assert [part.label for part in class_parts("低风险、较高风险、高风险")] == ["A", "C", "D"]


def test_classes_whose_order_looks_turned_are_doubted() -> None:
    assert read_measure("A类100%、B类70%、C类50%", CLASSES).codes == ("class_order_doubtful",)


@pytest.mark.parametrize(
    ("text", "leads", "helps"),
    [
        ("教育、卫生健康部门", ("教育部门", "卫生健康部门"), ()),
        (
            "公安、卫生健康、市场监管部门、消防救援机构",
            ("公安部门", "卫生健康部门", "市场监管部门", "消防救援机构"),
            (),
        ),
        ("城乡建设、市场监管部门 消防救援机构", ("城乡建设部门", "市场监管部门", "消防救援机构"), ()),
        ("市商务局(流通科)", ("市商务局",), ()),
        ("市商务局（流通\n业务科）、市公安局", ("市商务局", "市公安局"), ()),
        ("市场监管局\n市税务局", ("市场监管局", "市税务局"), ()),
        ("卫生 健康 部门", ("卫生健康部门",), ()),
        ("市、县级教育行政部门部门", ("市、县级教育行政部门",), ()),
        ("教育、公安、消防救援等部门", ("教育部门", "公安部门", "消防救援部门"), ()),
        ("省、市、县级林业主管部门", ("省、市、县级林业主管部门",), ()),
        ("县(市、区)级市场监管部门", ("县(市、区)级市场监管部门",), ()),
        ("人力资源和社会保障、税务部门", ("人力资源和社会保障部门", "税务部门"), ()),
        ("市场监管局和公安局", ("市场监管局", "公安局"), ()),
        ("公安部门或市场监管部门", ("公安部门", "市场监管部门"), ()),
        ("市教育局(县市场监管局配合)", ("市教育局",), ("县市场监管局",)),
        ("市教育局牵头,市场监管局配合", ("市教育局",), ("市场监管局",)),
        ("是,牵头部门:市应急局;配合部门:市公安局、市消防支队", ("市应急局",), ("市公安局", "市消防支队")),
        ("******局、****管理局", ("******局", "****管理局"), ()),
        ("-", (), ()),
    ],
)
def test_departments_are_split_and_completed(text: str, leads: tuple[str, ...], helps: tuple[str, ...]) -> None:
    names = read_departments(text)
    assert (names.leads, names.helps, names.unclear) == (leads, helps, ())


def test_words_that_name_no_department_are_given_back() -> None:
    assert read_departments("根据需要").unclear == ("根据需要",)


@pytest.mark.parametrize(
    ("text", "methods", "strange"),
    [
        ("现场检查、非现场检查", ("现场检查", "非现场检查"), ()),
        ("现场  检查", ("现场检查",), ()),
        ("现场检查书面检查", ("现场检查", "书面检查"), ()),
        ("现场检查与网络检查相结合", ("现场检查", "网络检查"), ()),
        ("内业资料/现将检查", ("内业资料", "现将检查"), ()),
        ("现场检查,防护保护科", ("现场检查",), ("防护保护科",)),
    ],
)
def test_methods_are_split_and_cleaned(text: str, methods: tuple[str, ...], strange: tuple[str, ...]) -> None:
    assert read_methods(text) == (methods, strange)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1、经营资格的检查\n2、登记事项检查", ("经营资格的检查", "登记事项检查")),
        ("1.教学环境卫生。2.传染病防控。", ("教学环境卫生", "传染病防控")),
        ("10.开展监测情况的检查", ("开展监测情况的检查",)),
        ("收购活动检查;储备检查。", ("收购活动检查", "储备检查")),
        ("登记事项检查\n公示信息检查", ("登记事项检查", "公示信息检查")),
        ("对教育经费的\n监督管理", ("对教育经费的监督管理",)),
        ("名称、期限、经营范围等检查", ("名称、期限、经营范围等检查",)),
        ("3C认证检查", ("3C认证检查",)),
    ],
)
def test_items_are_split_at_numbers_lines_and_semicolons(text: str, items: tuple[str, ...]) -> None:
    assert read_items(text) == items
