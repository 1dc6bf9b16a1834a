"""Words for what-if questions: sliders and their places, kinds of difference, kinds of editions, stages of a round."""

from typing import Final

Words = dict[str, tuple[str, str]]

SLIDERS: Final[Words] = {
    "fewer_visits": ("少进企业", "Fewer visits"),
    "shorter_trips": ("少跑路", "Shorter trips"),
    "risk_earlier": ("高风险早查", "High risk earlier"),
    "fewer_changes": ("少改现草案", "Fewer changes"),
}
SLIDER_HINTS: Final[Words] = {
    "fewer_visits": ("乘在每次入企的价格上", "Multiplies the price of every visit"),
    "shorter_trips": ("乘在每趟出车的价格上", "Multiplies the price of every trip"),
    "risk_earlier": (
        "乘在 C、D 类企业每推迟一天的价格上",
        "Multiplies the price of each day that classes C and D wait",
    ),
    "fewer_changes": (
        "乘在换日期的价格上；动了它，就从现草案的日期算起",
        "Multiplies the price of another day, counted from the present draft once it is moved",
    ),
}
PLACES: Final[Words] = {
    "-2": ("很不看重（×¼）", "Much less (×¼)"),
    "-1": ("不太看重（×½）", "Less (×½)"),
    "0": ("照常（×1）", "As usual (×1)"),
    "1": ("看重（×2）", "More (×2)"),
    "2": ("很看重（×4）", "Much more (×4)"),
    "3": ("特别看重（×8）", "Most of all (×8)"),
}
DIFFERENCES: Final[Words] = {
    "added": ("新增", "New"),
    "removed": ("取消", "Gone"),
    "day": ("改日期", "Other day"),
    "time": ("改时段", "Other time"),
    "members": ("改参加部门", "Other members"),
    "people": ("换人员", "Other people"),
}
GROUPINGS: Final[Words] = {
    "enterprise": ("企业", "Enterprise"),
    "department": ("部门", "Department"),
    "officer": ("执法人员", "Officer"),
    "town": ("镇街", "Township"),
}
EDITIONS: Final[Words] = {
    "draft": ("现草案", "Present draft"),
    "proposal": ("方案", "Proposal"),
    "release": ("发布版本", "Release"),
}
STAGES: Final[Words] = {
    "filing": ("申报", "Filing"),
    "drawing": ("抽取", "Draw"),
    "solving": ("求解", "Solve"),
    "proposals": ("方案", "Proposals"),
    "approval": ("批准", "Approval"),
    "publication": ("发布", "Publication"),
}
