"""Words for edits of the draft: what was done, and what is against it."""

from typing import Final

EDITS: Final[dict[str, tuple[str, str]]] = {
    "move": ("改期", "Move"),
    "pin": ("固定", "Pin"),
    "split": ("拆分", "Split"),
    "join": ("合并", "Join"),
    "place": ("排入", "Place"),
    "take_out": ("暂缓", "Set aside"),
    "exclude": ("剔除", "Exclude"),
    "set_crew": ("换人", "Change the crew"),
    "set_lead": ("换牵头", "Change the lead"),
}

EDIT_FINDINGS: Final[dict[str, tuple[str, str]]] = {
    "cap_exception": (
        "{body}申报时的理由（{rule}）：{reason}",
        "{body} gave a reason when filing ({rule}): {reason}",
    ),
    "repeat_soon": (
        "同一企业 {days} 天内重复入企：{day} 与 {other} 相隔 {apart} 天（R37）",
        "The enterprise is visited twice within {days} days: {day} and {other} are {apart} [day|days] apart (R37)",
    ),
    "repeat_on_one_day": (
        "同一企业 {day} 一天之内重复入企（R37）",
        "The enterprise is visited twice on {day} (R37)",
    ),
    "joint_lost": (
        "可以联合的检查被分开：{day} 与 {other}（R36）",
        "Checks that could be made together are apart: {day} and {other} (R36)",
    ),
    "other_month": (
        "不在部门计划的月份：计划 {planned}，现在 {day}",
        "Outside the month that the department planned: planned {planned}, now {day}",
    ),
    "short_notice": (
        "已告知企业的检查在 {earliest} 之前变动，不足 {days} 个工作日（R27）：{day}",
        "The enterprise has been told; the change is before {earliest}, less than {days} working days off (R27): {day}",
    ),
    "crew_off_draw": (
        "{need} 名人员中有 {off} 名不是按抽取名次应去的（R51）",
        "Of {need} people, {off} would not go by the officers' draw (R51)",
    ),
    "quiet_day": (
        "{day} 在每月 {first} 日至 {last} 日的安静期内（R60）",
        "{day} is one of the quiet days, {first} to {last} of each month (R60)",
    ),
}

QUANTITIES: Final[dict[str, tuple[str, str]]] = {
    "day": ("日期", "day"),
    "quarter": ("时段", "at"),
    "start_quarter": ("开始时段", "begins at"),
    "quarters": ("时长（时段）", "length"),
    "first_day": ("最早", "earliest"),
    "last_day": ("最晚", "latest"),
    "other_first_day": ("对方最早", "the other's earliest"),
    "planned_day": ("锁定在", "locked to"),
    "window": ("时间窗口", "window"),
    "closed": ("关闭", "closed"),
    "planned": ("计划日期", "planned"),
    "load": ("需要人时段", "needed"),
    "used": ("已用人时段", "used"),
    "capacity": ("可用人时段", "available"),
    "need": ("需要人数", "needed"),
    "needed": ("需要人数", "needed"),
    "have": ("可去人数", "free"),
    "inspectors": ("人数", "people"),
    "departments": ("部门数", "departments"),
    "visits": ("次数", "visits"),
    "most": ("上限", "limit"),
    "km": ("公里", "km"),
    "others": ("同次其他需求", "others in the visit"),
    "skill": ("资质", "skill"),
    "min_days": ("至少间隔天数", "least days apart"),
    "leads": ("带队人数", "leads"),
    "free": ("空余人时段", "spare"),
    "limit": ("上限", "limit"),
    "max_visits": ("上限", "limit"),
    "open_days": ("可去天数", "open days"),
    "days_without_crew": ("无人可去的天数", "days without people"),
    "skilled": ("有资质人数", "with the skill"),
    "conflicting": ("不能同去的需求数", "requests it may not join"),
    "locked_load": ("已锁定人时段", "locked"),
    "quiet": ("安静期（日）", "quiet days of the month"),
    "first": ("最早", "earliest"),
    "last": ("最晚", "latest"),
    "rows": ("名单行数", "rows"),
}

SKILLS: Final[dict[str, tuple[str, str]]] = {
    "food": ("食品安全", "Food safety"),
    "special_equipment": ("特种设备", "Special equipment"),
    "metrology": ("计量", "Metrology"),
    "drugs": ("药品医疗器械", "Drugs and medical devices"),
    "hazardous_chemicals": ("危险化学品", "Hazardous chemicals"),
    "environment": ("环境监测", "Environmental monitoring"),
    "radiation": ("辐射安全", "Radiation safety"),
    "health": ("卫生监督", "Health supervision"),
    "fire": ("消防技术", "Fire engineering"),
    "construction": ("工程质量安全", "Construction quality and safety"),
    "gas": ("燃气安全", "Gas safety"),
    "agriculture": ("农产品与投入品", "Farm produce and inputs"),
    "labour": ("劳动保障", "Labour protection"),
    "port": ("港口与船舶", "Ports and ships"),
}
"""Skills that come with the house; one that a district adds has no words here and stays a code."""
