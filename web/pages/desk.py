"""The desk: what waits for the person now, and the ways to the places most used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, current_app, url_for
from flask_babel import gettext as _

from scheduler import permissions as may
from scheduler.clock import today
from scheduler.filing.desk import desk
from scheduler.filing.todos import Todo
from scheduler.permissions import Actor, is_signed_in
from web import auth, db, phrases
from web.rendering import page

blueprint = Blueprint("desk", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the desk in words, with where it leads. `counted`: it is about a number of things, not about one."""

    count: int
    counted: bool
    text: str
    url: str
    due: datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A way to a page that the person uses often."""

    title: str
    text: str
    url: str


@blueprint.get("/")
@auth.requires(is_signed_in)
@db.commits
def show() -> Any:
    """Show the desk."""
    found = desk(db.session(), db.clock(), auth.actor())
    return page(
        "desk/show.html",
        todos=[_line(todo) for todo in found.todos if not todo.watched],
        watched=[_line(todo) for todo in found.todos if todo.watched],
        places=_places(auth.actor()),
        today=today(db.clock()),
    )


def _line(todo: Todo) -> Line:
    values: dict[str, Any] = todo.narrowed | ({"uid": todo.uid} if todo.uid is not None else {})
    endpoint = todo.route_name if todo.route_name in current_app.view_functions else "desk.show"
    return Line(
        count=todo.count,
        counted=not todo.params,
        text=phrases.todo(todo.kind, {"count": todo.count, **todo.params}),
        url=url_for(endpoint, **values),
        due=todo.due,
        late=todo.due is not None and todo.due < db.clock().now(),
    )


def _places(actor: Actor) -> list[Place]:
    """The places of a role, most used first."""
    offered = (
        (may.may_write_plans, "uploads.index", _("导入计划表"), _("上传 Excel 或 CSV，逐行核对后导入。")),
        (may.may_write_plans, "plans.index", _("检查计划"), _("查看、填报和提交计划。")),
        (_reads_plans, "plans.index", _("检查计划"), _("谁申报了什么，办到哪一步。")),
        (may.may_see_rounds, "rounds.index", _("统筹轮次"), _("看本月的轮次进行到哪一步。")),
        (may.may_coordinate, "board.show", _("统筹看板"), _("拖动改期、换人、合并拆分，随时撤销。")),
        (may.is_officer, "fieldwork.index", _("我的检查"), _("今天和接下来要去哪里，到场签到。")),
        (may.is_enterprise, "portal.show", _("检查安排"), _("谁要来、什么时候来、查什么。")),
        (may.is_enterprise, "portal.asked", _("我的诉求"), _("申请改期、回避，投诉和意见，看答复。")),
        (may.may_see_calendar, "calendar.month", _("检查日历"), _("按月查看检查安排。")),
        (may.may_supervise, "oversight.index", _("监督警示"), _("超频次、重复入企、可合未合，逐条过问。")),
        (may.may_see_rounds, "figures.index", _("统计"), _("少进了多少次企业，算法可核对。")),
        (may.may_see_registry, "registry.enterprises", _("监管名录"), _("企业、执法人员、检查事项和场景。")),
        (may.may_administer, "accounts.index", _("账号"), _("新建、停用账号，重置密码。")),
        (may.may_audit, "audit.index", _("审计记录"), _("谁在什么时候改了什么。")),
        (is_signed_in, "feeds.index", _("日历订阅"), _("把检查安排订阅到手机日历。")),
        (is_signed_in, "help.index", _("帮助"), _("本岗位怎么用，一页讲完。")),
    )
    return [Place(title=title, text=text, url=url_for(to)) for allows, to, title, text in offered if allows(actor)]


def _reads_plans(actor: Actor) -> bool:
    return may.may_see_plans(actor) and not may.may_write_plans(actor)
