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
    "repeat_soon": (
        "同一企业 {days} 天内重复入企：{day} 与 {other} 相隔 {apart} 天（R37）",
        "The enterprise is seen again within {days} days: {day} and {other} are {apart} days apart (R37)",
    ),
    "joint_lost": (
        "可以联合的检查被分开：{day} 与 {other}（R36）",
        "Checks that could go together come apart: {day} and {other} (R36)",
    ),
    "other_month": (
        "不在部门计划的月份：计划 {planned}，现在 {day}",
        "Not in the month that the department planned: {planned}, now {day}",
    ),
    "short_notice": (
        "已告知企业的检查在 {earliest} 之前变动，不足 {days} 个工作日（R27）：{day}",
        "The enterprise was told, and it changes before {earliest}, within {days} working days (R27): {day}",
    ),
    "quiet_day": (
        "{day} 在每月 {first} 日至 {last} 日的安静期内（R60）",
        "{day} lies in the quiet days, {first} to {last} of each month (R60)",
    ),
}
