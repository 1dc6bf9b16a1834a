"""What the board's pages show beside the visits: columns, names of columns, words for the scripts. Knows no row."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from flask_babel import gettext as _

from scheduler.board.card import Card
from scheduler.board.cards import Board
from scheduler.board.lanes import Lane
from scheduler.planning.days import QUARTER_MINUTES, QUARTER_STARTS
from scheduler.workdays import WorkCalendar
from web import dates

_HALF_PAST: Final = 60
LINES_OF_A_SHEET: Final = 18
CUT_LINES_OF_A_SHEET: Final = 30
SMALL_LINES_OF_A_SHEET: Final = 41
"""Lines that an A4 sheet across takes below its head: of visits with their whole text, of visits on one line each,
and of two small ones each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A day or a quarter of a day. `key`: as the scripts name it; `off`: no working day; `mark`: one sign why."""

    key: str
    value: date | int
    label: str
    under: str
    title: str
    off: bool
    mark: str
    now: bool
    count: int


def day_columns(first: date, last: date, calendar: WorkCalendar, board: Board, now: date) -> tuple[Column, ...]:
    """The working days, and whatever other day has a visit on it."""
    counts = _counts(card.day for card in board.cards)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return tuple(
        _day_column(day, calendar, counts.get(day, 0), now=day == now)
        for day in days
        if calendar.is_workday(day) or counts.get(day)
    )


def quarter_columns(board: Board) -> tuple[Column, ...]:
    """The four quarters of a working day."""
    counts = _counts(card.start_quarter for card in board.cards)
    return tuple(
        Column(
            key=str(quarter),
            value=quarter,
            label=dates.start_time(quarter),
            under=_("至 %(end)s", end=end_time(quarter, 1)),
            title=f"{dates.start_time(quarter)}–{end_time(quarter, 1)}",
            off=False,
            mark="",
            now=False,
            count=counts.get(quarter, 0),
        )
        for quarter in range(len(QUARTER_STARTS))
    )


def _day_column(day: date, calendar: WorkCalendar, count: int, *, now: bool) -> Column:
    off = not calendar.is_workday(day)
    return Column(
        key=day.isoformat(),
        value=day,
        label=str(day.day),
        under=dates.weekday(day),
        title=dates.day(day),
        off=off,
        mark=_("休") if off else _("暂定") if calendar.is_provisional(day) else "",
        now=now,
        count=count,
    )


def _counts(values: Any) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return counts


def end_time(quarter: int, quarters: int) -> str:
    """When something of `quarters` ends that began in `quarter`; the noon break lies in between where it must."""
    hour, minute = QUARTER_STARTS[min(quarter + quarters, len(QUARTER_STARTS)) - 1]
    total = hour * _HALF_PAST + minute + QUARTER_MINUTES
    return f"{total // _HALF_PAST:02d}:{total % _HALF_PAST:02d}"


def crowding(lanes: Iterable[Lane]) -> str:
    """How a week has to be printed to stay on one sheet: as it is, "close", "crowded", or in "figures" like a month."""
    busiest = [max(lane.counts.values(), default=1) for lane in lanes]
    if sum(busiest) <= LINES_OF_A_SHEET:
        return ""
    if sum(busiest) <= CUT_LINES_OF_A_SHEET:
        return "close"
    return "crowded" if sum(-(-count // 2) for count in busiest) <= SMALL_LINES_OF_A_SHEET else "figures"


def by_day(cards: Collection[Card]) -> dict[date, list[Card]]:
    """The cards of each day, in their order."""
    found: dict[date, list[Card]] = {}
    for card in cards:
        found.setdefault(card.day, []).append(card)
    return found


def state_words() -> dict[str, tuple[str, str]]:
    """State -> sign and words: two ways to tell states apart, neither of them a colour."""
    return {
        "draft": ("○", _("草案，未发布")),
        "published": ("●", _("已发布")),
        "changed": ("◆", _("发布后有改动")),
        "cancelled": ("✕", _("将取消")),
    }


def script_words() -> dict[str, Any]:
    """Every text that the scripts show, in the language of the page."""
    return {
        "states": state_words(),
        "and": _("、"),
        "comma": _("，"),
        "joint": _("联%(count)s", count="{count}"),
        "hidden": _("密"),
        "hidden_long": _("突击检查，不得外传"),
        "pinned": _("日期已固定"),
        "credit": _("%(name)s 类", name="{name}"),
        "conflict": _("有冲突"),
        "undo_move": _("撤销：改期"),
        "more": _("还有 %(count)s 次", count="{count}"),
        "selected": _("已选 %(count)s 次", count="{count}"),
        "load_failed": _("没有读到检查安排，请重新打开这一页。"),
        "asking_days": _("正在核对可选的日期…"),
        "can": _("可以"),
        "cannot": _("不可以"),
        "score": _("得分 %(change)s", change="{change}"),
        "score_same": _("得分不变"),
        "saving": _("正在保存…"),
        "saved": _("已改期：%(site)s，%(when)s。", site="{site}", when="{when}"),
        "taken_back": _("没有改期，已放回原处。"),
        "unsaved": _("未保存"),
        "unsaved_long": _("没有连上服务器，改期尚未保存。"),
        "again": _("重试"),
        "put_back": _("放回原处"),
        "reason": _("请写明理由"),
        "close": _("关闭"),
        "stopped": _("已取消拖动。"),
        "newer": _("其他人刚改过这次检查，页面上的是旧的。"),
        "warnings": _("请留意："),
        "held": _("已抓起 %(site)s。拖到亮起的日期放下，Esc 取消。", site="{site}"),
    }
