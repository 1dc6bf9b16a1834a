"""Headings of the papers that officials print for themselves, in Chinese and in English. Knows no visit."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class PaperLanguage(StrEnum):
    CHINESE = "zh"
    ENGLISH = "en"


WHOLE_DISTRICT: Final = ("全区", "Whole district")
ROSTER: Final[Mapping[str, tuple[str, str]]] = {
    "no": ("序号", "No."),
    "time": ("时间", "Time"),
    "site": ("场所", "Site"),
    "address": ("地址", "Address"),
    "crew": ("检查人员（证号）", "Crew (certificate)"),
    "items": ("事项", "Items"),
    "secret": ("含突击检查，到场前不得告知企业", "Holds unannounced visits: tell no enterprise before arrival"),
    "nothing": ("当天没有检查。", "No visits on this day."),
}
CHECKLIST: Final[Mapping[str, Any]] = {
    "no": ("序号", "No."),
    "item": ("检查事项", "Item"),
    "basis": ("依据", "Legal basis"),
    "found": ("检查情况", "Found"),
    "measure": ("问题和处置", "Problem and measure"),
    "officers": ("检查人员", "Officers"),
    "methods": ("核查方式", "How checked"),
    "outcome": ("检查结果", "Result"),
    "signed-firm": ("企业人员签字", "For the enterprise"),
    "signed-crew": ("检查人员签字", "Officers"),
    "arrived": ("到场时间", "Arrived"),
    "left": ("离场时间", "Left"),
    "secret": ("突击检查，到场前不得告知企业", "Unannounced: tell nobody before arrival"),
    "colon": ("：", ": "),
    "comma": ("，", ", "),
    "findings": (("符合", "不符合", "未检查"), ("met", "not met", "not checked")),
}
METHODS: Final = (
    ("实地检查", "书面检查", "检验检测", "网络监测", "委托专业机构辅助", "其他部门结果"),
    ("on site", "on paper", "tests", "online", "by an agency", "results of others"),
)
OUTCOMES: Final = (
    (
        "未发现问题",
        "发现问题已责令改正",
        "发现问题待后续处理",
        "未开展相关经营活动",
        "停业或清算",
        "不配合检查情节严重",
        "注销、吊销、迁出",
    ),
    (
        "no problem",
        "problem, set right",
        "problem, to be followed up",
        "no such business here",
        "closed or in liquidation",
        "grave lack of cooperation",
        "struck off or moved away",
    ),
)
BRIEF: Final[Mapping[str, tuple[str, str]]] = {
    "figures": ("一、统筹成效", "What coordination saves"),
    "by-department": ("二、各部门", "Departments"),
    "visits-ahead": ("三、检查安排", "Visits"),
    "department": ("部门", "Department"),
    "visits": ("参加次数", "Visits"),
    "joint": ("其中联合", "Joint"),
    "officers": ("派出人员", "Officers"),
    "day": ("日期", "Date"),
    "time": ("时间", "Time"),
    "site": ("场所", "Site"),
    "departments": ("部门", "Departments"),
}
FIGURES: Final[Mapping[str, tuple[str, str]]] = {
    "visits_without": ("各自检查需要入企（次）", "Visits without coordination"),
    "visits_with": ("统筹后入企（次）", "Visits with coordination"),
    "notices_without": ("各自检查需要通知（份）", "Notices without coordination"),
    "notices_with": ("统筹后通知（份）", "Notices with coordination"),
    "trips_without": ("各自检查需要出车（趟）", "Trips without coordination"),
    "trips_with": ("统筹后出车（趟）", "Trips with coordination"),
    "joint_visits": ("联合检查（次）", "Joint visits"),
    "left_out": ("未排入的需求（项）", "Requests left out"),
}


def in_language(words: Mapping[str, Any], language: PaperLanguage) -> dict[str, Any]:
    """Pick one language of each heading."""
    place = 0 if language is PaperLanguage.CHINESE else 1
    return {name: pair[place] for name, pair in words.items()}


def pick(pair: tuple[Any, Any], language: PaperLanguage) -> Any:
    """Pick one language of one pair."""
    return pair[0 if language is PaperLanguage.CHINESE else 1]
