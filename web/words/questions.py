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
    "confirmation": ("部门确认", "Departments"),
    "approval": ("批准", "Approval"),
    "publication": ("发布", "Publication"),
}
STAGE_HELP: Final[Words] = {
    "filing": (
        "各部门把检查计划备案到本轮（规则 R22：无计划不检查）；截止后冻结计划和企业名录。",
        "Departments file their plans for the round (rule R22: no plan, no visit); then plans and registry are frozen.",
    ),
    "drawing": (
        "从冻结的名录随机抽取检查对象，每轮只抽一次，过程公示（规则 R57）。",
        "Sites are drawn at random from the frozen registry, once a round and in public (rule R57).",
    ),
    "solving": (
        "把同一场所的检查合并到同一天，排定人员，满足全部硬性规则，总代价尽量低。",
        "Visits to the same site are merged on one day and staffed, under all hard rules, at the least cost.",
    ),
    "proposals": (
        "求解得出的方案，可以并排比较；采用一个，它就成为草案。",
        "What solving came to; compare proposals side by side, and adopt one as the draft.",
    ),
    "confirmation": (
        "草案涉及的部门三个工作日内答复，不答复视为同意；垂直管理单位是受邀参加（规则 R62）。",
        "Departments answer within three working days, silence is consent; vertical bodies are invited (rule R62).",
    ),
    "approval": (
        "没有经手过草案的领导看决策单后批准，并定下发布时间；草案再改，批准作废。",
        "Somebody who had no hand in the draft approves it by the decision brief and sets its time; an edit voids it.",
    ),
    "publication": (
        "到时间自动核对并发布，企业、部门、执法人员各收到一条通知。之后修改草案，原版本继续有效，直到下一版发布。",
        "At its time it is checked and published, one notice each. Edits leave it in force until the next version.",
    ),
}
