"""Owns the meaning of headers: which column holds what. Knows header words, not how cells are read."""

import difflib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from data.sheets.cells import folded
from data.sheets.measures import Asked, Column
from data.sheets.model import Per


class Meaning(StrEnum):
    """What a column holds. OTHER is kept with the task but has no place in the published object."""

    NUMBER = "number"
    PLAN_NUMBER = "plan_number"
    PLAN = "plan"
    TASK = "task"
    JOINT_ITEM = "joint_item"
    FIELD = "field"
    AUTHORITY = "authority"
    ITEM = "item"
    CONTENT = "content"
    TARGET = "target"
    TARGET_SCOPE = "target_scope"
    INITIATOR = "initiator"
    INSPECTOR = "inspector"
    LEVEL_INSPECTOR = "level_inspector"
    PARTNER = "partner"
    ROLE = "role"
    JOINT_FLAG = "joint_flag"
    DUTY = "duty"
    PERIOD = "period"
    PERIOD_FIRST = "period_first"
    PERIOD_LAST = "period_last"
    DEADLINE = "deadline"
    DRAW = "draw"
    DRAW_FIRST = "draw_first"
    DRAW_LAST = "draw_last"
    MEASURE = "measure"
    LEVEL_CAP = "level_cap"
    METHOD = "method"
    CLASS_KIND = "class_kind"
    REMARK = "remark"
    IDENTITY = "identity"
    PROBLEM = "problem"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetColumn:
    """One column: where it stands (from 0), its header as written, what it holds, what its figures mean.

    `label`: the credit class whose figures stand under it (a header `抽查比例` over `A类`, `B类`), else "".
    """

    index: int
    header: str
    meaning: Meaning
    figures: Column | None = None
    has_methods: bool = False
    is_target: bool = False
    rank: int = 0
    label: str = ""


_M = Meaning
_BODY = r"(?:部门|单位|主体|处室|股室|科室|机构|局|处|科|股|方)"
_RULES: tuple[tuple[str, Meaning], ...] = (
    (r"^(?:序号?|编号|No\.?|NO\.?|号|任务编号|抽查任务编号|任务序号|项目编号)$", _M.NUMBER),
    (r"^(?:抽查)?(?:年度)?计划(?:编号|序号|代码)$", _M.PLAN_NUMBER),
    (r"^行标识", _M.IDENTITY),
    (r"^(?:问题|存在问题|需改正的问题)$", _M.PROBLEM),
    (r"备注\(.*(?:部门|单位)\)", _M.PARTNER),
    (r"发起方式|组织方式|组织形式|组织发起", _M.OTHER),
    (r"责任分工|职责分工|部门分工|任务分工", _M.DUTY),
    (r"^二级领域$", _M.OTHER),
    (r"情形", _M.CONTENT),
    (r"^备注|^说明$|^其他说明", _M.REMARK),
    (r"跨部门联合检查\(|是否.*牵头部门", _M.JOINT_FLAG),
    (r"是否|综合查一次", _M.OTHER),
    (r"依据", _M.OTHER),
    (r"人员", _M.OTHER),
    (r"(?:抽取|摇号)(?:时间|日期)(?:自|从|起|开始)$|抽取开始", _M.DRAW_FIRST),
    (r"(?:抽取|摇号)(?:时间|日期)(?:至|到|止|结束)$|抽取结束", _M.DRAW_LAST),
    (r"(?:抽取|摇号)(?:时间|日期|月份)|新建任务时间", _M.DRAW),
    (r"周期", _M.MEASURE),
    (r"起止|起讫", _M.PERIOD),
    (r"(?:时限|期限|截止|完成时间|完成日期)", _M.DEADLINE),
    (
        r"(?:开始|起始|启动).*(?:时间|日期)|(?:时间|日期|实施日期)(?:自|从|起)$|^(?:开始|起始)$|(?:时间|日期)(?:开始|起始)",
        _M.PERIOD_FIRST,
    ),
    (
        r"(?:结束|终止).*(?:时间|日期)|(?:时间|日期)(?:至|到|止)$|^(?:结束|终止)$|(?:时间|日期)(?:结束|终止)",
        _M.PERIOD_LAST,
    ),
    (r"时间|日期|时段|月份|期间|何时", _M.PERIOD),
    (r"^(?:省|市|县|区|县区|区县)级$|上限[(]?(?:省|市|县|区|县区|区县)级", _M.LEVEL_CAP),
    (r"分类监管|风险等级|信用等级|信用风险|风险分类", _M.MEASURE),
    (r"名单$", _M.OTHER),
    (r"比例|比列|比率|频次|频率|次数|上限|基数|户数|家数|目标数|对象总?数|数量|抽取数|计划数", _M.MEASURE),
    (rf"(?:配合|参与|响应|参检|参加|协助|协同|会同)(?:联合抽查|抽查|检查)?{_BODY}", _M.PARTNER),
    (rf"联[合查](?:检查|抽查)?(?:部门|{_BODY})(?!.*方式)", _M.PARTNER),
    (r"(?:检查|抽查)(?:部门|单位|主体)(?:角色|类型|性质)|^角色$|^职责$", _M.ROLE),
    (rf"(?:发起|牵头|主办|组织)(?:实施)?(?:局/科室|{_BODY})", _M.INITIATOR),
    (r"(?:检查|抽查|实施)(?:部门|主体|单位)及?(?:实施)?层级", _M.LEVEL_INSPECTOR),
    (r"(?:抽查|检查|实施|执法)主体\((?:层级|级别)\)", _M.LEVEL_INSPECTOR),
    (r"层级|模式|分工|级别", _M.OTHER),
    (r"(?:检查|抽查|执法|实施|行政执法|执行|填报)(?:检查)?(?:主体|部门|单位|机关|机构)", _M.INSPECTOR),
    (r"^(?:部门|单位|主体|局)(?:名称)?$|^组织实施$|具体实施.*(?:处室|单位)", _M.INSPECTOR),
    (r"(?:科|股|处)室|股站|承办|责任|经办|联络|处\(科\)", _M.OTHER),
    (r"对象(?:说明|划分|类型|类别|分类|性质)|区域|地域|^地市$|^地区$", _M.OTHER),
    (r"对象范围|抽查范围|检查范围|对范围|范围$", _M.TARGET_SCOPE),
    (r"对象|被检查单位|受检单位|企业名称|市场主体|检查企业|抽查企业", _M.TARGET),
    (r"类别|类型|性质|划分|情形", _M.CLASS_KIND),
    (r"方式|方法|手段", _M.METHOD),
    (r"任务(?:名称)?$|任务名称|工作名称|随机抽查事项名称", _M.TASK),
    (r"计划名称|^年度计划|^计划$|方案名称", _M.PLAN),
    (r"权责清单|权力清单|权力事项", _M.AUTHORITY),
    (r"^联合(?:监管|抽查|检查)事项|跨部门.*事项", _M.JOINT_ITEM),
    (r"领域|行业|条线|主题|场景", _M.FIELD),
    (r"事项|^抽查项目$", _M.ITEM),
    (r"内容|要点|标准|重点|子项|项目|要求", _M.CONTENT),
)
_COMPILED = tuple((re.compile(pattern), meaning) for pattern, meaning in _RULES)
_KNOWN_HEADERS = {
    "序号": _M.NUMBER,
    "任务名称": _M.TASK,
    "抽查任务名称": _M.TASK,
    "计划名称": _M.PLAN,
    "抽查事项": _M.ITEM,
    "检查事项": _M.ITEM,
    "抽查内容": _M.CONTENT,
    "检查内容": _M.CONTENT,
    "抽查对象": _M.TARGET,
    "检查对象": _M.TARGET,
    "抽查比例": _M.MEASURE,
    "检查比例": _M.MEASURE,
    "抽查频次": _M.MEASURE,
    "检查频次": _M.MEASURE,
    "抽查时间": _M.PERIOD,
    "检查时间": _M.PERIOD,
    "实施时间": _M.PERIOD,
    "时间安排": _M.PERIOD,
    "发起部门": _M.INITIATOR,
    "牵头部门": _M.INITIATOR,
    "配合部门": _M.PARTNER,
    "参与部门": _M.PARTNER,
    "检查方式": _M.METHOD,
    "抽查方式": _M.METHOD,
    "检查主体": _M.INSPECTOR,
    "抽查主体": _M.INSPECTOR,
    "完成时限": _M.DEADLINE,
}
_LONGEST_HEADER = 45
_YEARLY, _MONTHLY, _QUARTERLY = re.compile(r"年度|每年|年均|/年"), re.compile(r"每?月度?"), re.compile(r"季度")


@lru_cache(maxsize=4096)
def header_meaning(header: str) -> Meaning | None:
    """Say what a header means; None when it is no header word. Misspelt headers are matched to the nearest one."""
    plain = folded(header)
    if not plain or len(plain) > _LONGEST_HEADER:
        return None
    base = re.sub(r"\([^()]*\)", "", plain) or plain
    for text in (plain, base):
        for pattern, meaning in _COMPILED:
            if pattern.search(text):
                return meaning
    near = difflib.get_close_matches(base, _KNOWN_HEADERS, n=1, cutoff=0.74) if 2 < len(base) < 8 else []
    return _KNOWN_HEADERS[near[0]] if near else None


def read_column(index: int, header: str) -> SheetColumn:
    """Read one header into a column; a header that means nothing known is OTHER."""
    meaning = header_meaning(header) or Meaning.OTHER
    column = SheetColumn(index=index, header=header, meaning=meaning)
    if meaning in {Meaning.MEASURE, Meaning.LEVEL_CAP}:
        return measure_column(column)
    return column


def measure_column(column: SheetColumn) -> SheetColumn:
    """Say what the figures under a header are: share, number, frequency, cap, by class; a base is no figure."""
    plain = folded(column.header)
    base = re.sub(r"\([^()]*\)", "", plain) or plain
    asked = _asked(plain)
    if column.meaning == Meaning.LEVEL_CAP:
        asked = Asked.CAP
    if asked is None:
        return replace(column, meaning=Meaning.OTHER)
    figures = Column(asked=asked, percent="%" in plain or "百分" in plain, scale=_scale(plain), per=_header_per(plain))
    return replace(
        column,
        figures=figures,
        has_methods="方式" in base,
        is_target="检查对象(" in plain or base.startswith(("具体检查对象", "检查对象及", "抽查对象及")),
        rank=_rank(plain),
        label=_class_label(plain),
    )


def _asked(plain: str) -> Asked | None:
    asked = Asked(0)
    if re.search(r"比例|比列|比率", plain):
        asked |= Asked.RATIO
    if re.search(r"频次|频率|周期|次数", plain):
        asked |= Asked.CAP if re.search(r"(?:频次|次数|频率)上限", plain) else Asked.FREQUENCY
    if "上限" in plain:
        asked |= Asked.CAP
    if re.search(r"数量|户数|家数|目标数|对象总?数|抽取数|计划数", plain):
        asked |= Asked.QUANTITY
    if re.search(r"信用|风险", plain):
        return Asked.CLASSES
    if "基数" in plain and not asked:
        return None
    return asked or None


def _class_label(plain: str) -> str:
    match = re.search(r"(?:比例|数量|户数|频次|上限)[(]?([A-D])类?(?:企业|对象)?[)]?$", plain)
    return match.group(1) if match else ""


def _scale(plain: str) -> int:
    return 10_000 if re.search(r"\(万|万[户家个人]", plain) else 1


def _header_per(plain: str) -> Per | None:
    if _YEARLY.search(plain):
        return Per.YEAR
    if _QUARTERLY.search(plain):
        return Per.QUARTER
    return Per.MONTH if _MONTHLY.search(plain) else None


def _rank(plain: str) -> int:
    """Put columns on joint checks behind the department's own when both give figures."""
    return 1 if plain.startswith("联合") else 0
