"""The columns of every list: what they are called, which must be there, how their texts may be written."""

from __future__ import annotations

from typing import Final

from data.enums import ListKind
from data.sheets.lists import ListColumn

_CODE: Final = ListColumn(
    name="credit_code", header="统一社会信用代码", aliases=("信用代码", "社会信用代码", "credit code"), required=True,
    example="91320904MA0000000X", note="18 位，含校验码", width=22,
)  # fmt: skip
_ENTERPRISE: Final = ListColumn(
    name="name", header="企业名称", aliases=("单位名称", "名称", "市场主体名称", "enterprise"),
    example="示例餐饮有限公司", width=28,
)  # fmt: skip
_CERTIFICATE: Final = ListColumn(
    name="certificate_number", header="执法证号", aliases=("证件号码", "执法证编号", "证号", "certificate"),
    required=True, example="JS10230001", width=18,
)  # fmt: skip
_OFFICER: Final = ListColumn(name="officer", header="姓名", aliases=("执法人员", "name"), example="张三（示例）")
_ORGANISATION: Final = ListColumn(
    name="organisation", header="部门", aliases=("单位", "所属部门", "实施主体", "department"),
    example="区市场监督管理局", width=22,
)  # fmt: skip
_FIRST: Final = ListColumn(
    name="first", header="开始日期", aliases=("起始日期", "从", "from"), required=True, example="2026-03-02",
    note="写成 2026-03-02 或 2026年3月2日",
)  # fmt: skip
_LAST: Final = ListColumn(
    name="last", header="结束日期", aliases=("截止日期", "至", "to"), required=True, example="2026-03-06"
)
_SITE: Final = ListColumn(name="site", header="场所名称", aliases=("经营场所", "门店", "site"), width=28)
_STATUS: Final = ListColumn(name="status", header="状态", aliases=("status",), example="在用", note="在用 或 已停用")
_SKILL: Final = ListColumn(name="skills", header="专业资格", aliases=("资质", "专业", "skills"), note="多项用顿号分开")

ENTERPRISES: Final = (
    _CODE,
    ListColumn(
        name="name", header="企业名称", aliases=_ENTERPRISE.aliases, required=True, example="示例餐饮有限公司", width=28
    ),
    ListColumn(name="industry", header="行业代码", aliases=("国民经济行业代码", "industry"), example="6210"),
    ListColumn(name="credit_class", header="信用风险分类", aliases=("信用分类", "分类", "class"), example="B"),
    ListColumn(
        name="site", header="场所名称", aliases=_SITE.aliases, example="示例餐饮有限公司总店", width=28,
        note="一家企业有几处场所就写几行；留空则与企业名称相同",
    ),
    ListColumn(name="address", header="地址", aliases=("经营地址", "住所", "address"), example="示例路 1 号", width=28),
    ListColumn(name="town", header="镇街", aliases=("所属镇街", "属地", "town"), required=True, example="大中街道"),
    ListColumn(name="scenario", header="监管场景", aliases=("场景", "scenario"), example="餐饮服务"),
    ListColumn(name="lon", header="经度", aliases=("lon", "longitude"), example="120.46", note="留空用镇街的中心点"),
    ListColumn(name="lat", header="纬度", aliases=("lat", "latitude"), example="33.20"),
    ListColumn(name="opens", header="营业开始", aliases=("opens",), example="8:00"),
    ListColumn(name="closes", header="营业结束", aliases=("closes",), example="18:00"),
    ListColumn(name="contact", header="联系人", aliases=("contact",)),
    ListColumn(name="phone", header="联系电话", aliases=("电话", "phone")),
    ListColumn(name="email", header="电子邮箱", aliases=("邮箱", "email")),
    ListColumn(name="whitelisted", header="白名单", aliases=("无事不扰", "whitelist"), example="否", note="是 或 否"),
    ListColumn(name="established", header="成立日期", aliases=("established",), example="2019-05-20"),
)  # fmt: skip
CREDIT_CLASSES: Final = (
    _CODE,
    _ENTERPRISE,
    ListColumn(
        name="credit_class", header="信用风险分类", aliases=("信用分类", "分类", "class"), required=True, example="B",
        note="A、B、C 或 D",
    ),
)  # fmt: skip
ITEMS: Final = (
    ListColumn(name="code", header="事项编码", aliases=("编码", "事项代码", "code"), required=True, example="SJ-0001"),
    ListColumn(name="item", header="事项名称", aliases=("检查事项", "抽查事项", "item"), required=True, width=36),
    ListColumn(
        name="organisation", header="部门", aliases=_ORGANISATION.aliases, required=True, example="区市场监督管理局",
        width=22,
    ),
    ListColumn(name="scenario", header="监管场景", aliases=("场景", "scenario")),
    ListColumn(name="target", header="检查对象", aliases=("target",), width=24),
    ListColumn(name="basis", header="检查依据", aliases=("法律依据", "设定依据", "basis"), required=True, width=40),
    ListColumn(
        name="listed", header="清单类别", aliases=("类别",), example="双随机", note="无事不扰、重点监管 或 双随机"
    ),
    ListColumn(
        name="quarters", header="时长", aliases=("时长（刻）", "quarters"), example="1", note="1、2 或 4，每刻 90 分钟"
    ),
    ListColumn(name="inspectors", header="人数", aliases=("执法人数", "inspectors"), example="2", note="至少 2"),
    _SKILL,
    ListColumn(name="offsite", header="可非现场", aliases=("非现场", "offsite"), example="否", note="是 或 否"),
    ListColumn(
        name="published", header="公布日期", aliases=("公布时间",), example="2026-01-10", note="未公布的留空"
    ),
    _STATUS,
)  # fmt: skip
OFFICERS: Final = (
    _CERTIFICATE,
    ListColumn(name="officer", header="姓名", aliases=_OFFICER.aliases, required=True, example="张三（示例）"),
    _ORGANISATION,
    ListColumn(name="until", header="有效期至", aliases=("证件有效期", "until"), required=True, example="2028-12-31"),
    ListColumn(name="reviewed", header="年度审验", aliases=("审验", "reviewed"), example="是", note="是 或 否"),
    ListColumn(name="training", header="培训学时", aliases=("学时", "training hours"), example="60"),
    _SKILL,
    _STATUS,
)
ABSENCES: Final = (_CERTIFICATE, _OFFICER, _FIRST, _LAST)
RECUSALS: Final = (_CERTIFICATE, _OFFICER, _CODE, _ENTERPRISE)
CLOSURES: Final = (
    _CODE,
    _ENTERPRISE,
    ListColumn(name="site", header="场所名称", aliases=_SITE.aliases, width=28, note="留空表示该企业的全部场所"),
    _FIRST,
    _LAST,
    ListColumn(
        name="closure", header="类型", aliases=("原因", "kind"), required=True, example="安静期",
        note="安静期、经营高峰、停产停业 或 考试期间",
    ),
)  # fmt: skip
LICENCES: Final = (
    _CODE,
    _ENTERPRISE,
    ListColumn(name="site", header="场所名称", aliases=_SITE.aliases, width=28, note="留空表示属于整个企业"),
    ListColumn(
        name="licence", header="证照类型", aliases=("许可证类型", "证照名称", "许可类型"), required=True,
        example="食品经营许可证", width=22,
    ),
    ListColumn(
        name="licence_number", header="证照编号", aliases=("许可证编号", "许可证号", "证号", "number"), required=True,
        example="JY23209820000001", width=24,
    ),
    ListColumn(
        name="until", header="有效期至", aliases=("有效期", "until"), example="2028-12-31", note="长期有效的留空"
    ),
)  # fmt: skip

COLUMNS: Final[dict[ListKind, tuple[ListColumn, ...]]] = {
    ListKind.ENTERPRISES: ENTERPRISES,
    ListKind.CREDIT_CLASSES: CREDIT_CLASSES,
    ListKind.ITEMS: ITEMS,
    ListKind.OFFICERS: OFFICERS,
    ListKind.ABSENCES: ABSENCES,
    ListKind.RECUSALS: RECUSALS,
    ListKind.CLOSURES: CLOSURES,
    ListKind.LICENCES: LICENCES,
}
TITLES: Final[dict[ListKind, str]] = {
    ListKind.ENTERPRISES: "检查对象名录",
    ListKind.CREDIT_CLASSES: "信用风险分类结果",
    ListKind.ITEMS: "检查事项清单",
    ListKind.OFFICERS: "执法检查人员名录",
    ListKind.ABSENCES: "执法人员不在岗",
    ListKind.RECUSALS: "执法人员回避",
    ListKind.CLOSURES: "不宜入企日期",
    ListKind.LICENCES: "许可证照",
}


def header_of(kind: ListKind, name: str) -> str:
    """Return what a column of a list is called on the template."""
    return next((column.header for column in COLUMNS[kind] if column.name == name), name)
