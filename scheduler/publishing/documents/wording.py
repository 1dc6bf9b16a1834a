"""Sentences that stand on every notice, in Chinese and English: the eight bans, the rights, what to prepare (R65, R67).

The Chinese text is the one that counts; offices word more of their own in the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

BANS: Final = (
    "不得接受企业的馈赠、报酬、福利待遇等。",
    "不得参加企业提供的宴请、娱乐、旅游等活动。",
    "不得由企业支付检查费用，不得向企业转嫁检查费用。",
    "不得为企业指定检测、评价、咨询等中介机构。",
    "不得刻意要求法定代表人到场。",
    "不得随意查封、扣押、冻结，不得动辄责令停产停业。",
    "不得下达检查指标，不得将考核与检查频次、罚没数额挂钩。",
    "不得以观摩、督导、考察等名义变相检查。",
)
BANS_EN: Final = (
    "Take no gifts, payments or benefits from the enterprise.",
    "Accept no banquets, entertainment or travel.",
    "Let the enterprise pay no cost of the inspection, directly or indirectly.",
    "Name no agency that the enterprise has to hire for tests, appraisals or advice.",
    "Do not insist on the presence of the legal representative.",
    "Do not seal, seize, freeze or stop production without cause.",
    "Follow no quota of inspections; no appraisal depends on their number or on fines.",
    "Make no inspection under the name of a study tour, guidance or survey.",
)
RIGHTS: Final = (
    "执法人员应当主动出示执法证件和本通知书；不出示的，可以拒绝检查。",
    "认为检查人员与本单位有利害关系的，可以申请其回避。",
    "可以陈述意见、进行申辩，有权核对检查记录并签字。",
    "对检查结果不服的，可以依法申请行政复议或者提起行政诉讼。",
    "发现检查人员违反上述纪律的，可以扫码投诉，投诉直接送执法监督机构，被检查部门看不到。",
    "检查结束后可以匿名评价。",
)
RIGHTS_EN: Final = (
    "Inspectors show their certificates and this notice; if they do not, you may refuse the inspection.",
    "You may ask for an inspector to be replaced who has an interest in the matter.",
    "You may state your case, and check the record before you sign it.",
    "You may apply for administrative review or bring a suit against the result.",
    "Complaints about the bans above go straight to the supervisor; the departments do not see them.",
    "Afterwards you may rate the visit anonymously.",
)
PREPARE: Final[Mapping[str, tuple[str, str]]] = {
    "licences": ("营业执照和相关许可证照", "Business licence and permits"),
    "contact_person": ("一名了解现场情况的联系人", "One person who knows the site"),
    "records_of_items": ("与检查事项有关的台账、记录", "Records on the items below"),
}
KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "daily": ("日常检查", "Routine inspection"),
    "special": ("专项检查", "Special campaign"),
    "case": ("个案检查", "Single case"),
    "review": ("复查", "Follow-up"),
    "random": ("双随机抽查", "Random draw"),
}
TRIGGERS: Final[Mapping[str, tuple[str, str]]] = {
    "complaint": ("投诉举报", "Complaint"),
    "assigned": ("转办交办", "Assigned case"),
    "monitoring": ("数据监测", "Monitoring data"),
    "application": ("企业申请", "Request of the enterprise"),
    "licence": ("许可现场核查", "Licence check"),
    "rectification": ("整改复查", "Check of remedies"),
    "media": ("媒体曝光", "Press report"),
    "audit": ("稽查", "Audit"),
    "superior": ("配合上级", "For a superior"),
    "": ("年度计划", "Plan"),
}
_WEEKDAYS: Final = ("一", "二", "三", "四", "五", "六", "日")
_WEEKDAYS_EN: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def chinese_day(day: date, *, weekday: bool = False) -> str:
    """A date in words, as documents write it: Arabic figures without leading zeros."""
    text = f"{day.year}年{day.month}月{day.day}日"
    return f"{text}（星期{_WEEKDAYS[day.weekday()]}）" if weekday else text


def english_day(day: date) -> str:
    """A date with its weekday."""
    return f"{_WEEKDAYS_EN[day.weekday()]}, {day.isoformat()}"


def chinese_time(starts: datetime, ends: datetime) -> str:
    """From when to when, with the day."""
    return f"{chinese_day(starts.date(), weekday=True)}{starts:%H:%M}至{ends:%H:%M}"


def cap_words(cap: int | None, *, capped: bool = True) -> tuple[str, str]:
    """The yearly cap in words (R30); a visit that a clue set off may lie outside it (R32)."""
    if cap is None:
        return "未设上限", "none set"
    if not capped:
        return f"{cap}次（本次依规不计入）", f"{cap} (this visit is exempt)"
    return f"{cap}次", str(cap)
