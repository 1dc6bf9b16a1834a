"""What every page shows around its content: navigation by role, unread messages, missing browser files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from flask import Flask, g, request
from flask_babel import lazy_gettext as _l

from data.enums import Role
from scheduler import permissions as may
from scheduler.accounts import CODE_ACCOUNT
from scheduler.clock import DISTRICT_ZONE
from scheduler.looks import looked_at
from scheduler.permissions import Actor, Predicate
from scheduler.publishing.inbox import unread_count
from scheduler.vital_signs import vital_signs
from web import dates, db, i18n, phrases

HERE: Final = Path(__file__).parent
ASSETS: Final = HERE / "frontend" / "assets.json"
VENDOR: Final = HERE / "static" / "vendor"
_TOLD_OF_MISSING: Final = frozenset({Role.COORDINATOR, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the navigation: `area` is the blueprint that it stands for."""

    area: str
    endpoint: str
    label: Any
    predicate: Predicate


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Lines of the navigation under a heading; "" for the lines that come first."""

    heading: Any
    entries: tuple[Entry, ...]


def _anybody(_actor: Actor) -> bool:
    return True


MENU: Final = (
    Group(
        heading="",
        entries=(
            Entry(area="desk", endpoint="desk.show", label=_l("工作台"), predicate=may.is_signed_in),
            Entry(area="portal", endpoint="portal.show", label=_l("检查安排"), predicate=may.is_enterprise),
            Entry(area="asked", endpoint="portal.asked", label=_l("我的诉求"), predicate=may.is_enterprise),
            Entry(area="fieldwork", endpoint="fieldwork.index", label=_l("我的检查"), predicate=may.is_officer),
            Entry(area="off_plan", endpoint="off_plan.index", label=_l("计划外检查"), predicate=may.may_open_off_plan),
            Entry(area="duties", endpoint="duties.index", label=_l("请假与换人"), predicate=may.may_see_duties),
            Entry(area="orders", endpoint="orders.index", label=_l("整改跟踪"), predicate=may.may_follow_orders),
            Entry(area="inbox", endpoint="inbox.index", label=_l("消息"), predicate=may.is_signed_in),
        ),
    ),
    Group(
        heading=_l("计划与统筹"),
        entries=(
            Entry(area="plans", endpoint="plans.index", label=_l("检查计划"), predicate=may.may_see_plans),
            Entry(area="rounds", endpoint="rounds.index", label=_l("统筹轮次"), predicate=may.may_see_rounds),
            Entry(area="board", endpoint="board.show", label=_l("统筹看板"), predicate=may.may_see_all),
            Entry(area="calendar", endpoint="calendar.month", label=_l("检查日历"), predicate=may.may_see_calendar),
        ),
    ),
    Group(
        heading=_l("发布与通知"),
        entries=(
            Entry(area="releases", endpoint="releases.index", label=_l("发布版本"), predicate=may.may_see_calendar),
            Entry(area="outbox", endpoint="outbox.index", label=_l("通知发送"), predicate=may.may_see_all),
            Entry(area="documents", endpoint="documents.index", label=_l("打印文书"), predicate=may.may_see_calendar),
            Entry(area="exports", endpoint="exports.index", label=_l("数据交换"), predicate=may.may_export),
            Entry(area="feeds", endpoint="feeds.index", label=_l("日历订阅"), predicate=may.is_signed_in),
        ),
    ),
    Group(
        heading=_l("监督与统计"),
        entries=(
            Entry(area="appeals", endpoint="appeals.index", label=_l("企业诉求"), predicate=may.may_answer_appeals),
            Entry(area="ratings", endpoint="appeals.ratings_", label=_l("企业评价"), predicate=may.may_see_ratings),
            Entry(area="oversight", endpoint="oversight.index", label=_l("监督警示"), predicate=may.may_see_all),
            Entry(area="figures", endpoint="figures.index", label=_l("统计"), predicate=may.may_see_rounds),
            Entry(area="audit", endpoint="audit.index", label=_l("审计记录"), predicate=may.may_audit),
        ),
    ),
    Group(
        heading=_l("名录与规则"),
        entries=(
            Entry(
                area="registry", endpoint="registry.enterprises", label=_l("监管名录"), predicate=may.may_see_registry
            ),
            Entry(area="policies", endpoint="policies.index", label=_l("检查规则"), predicate=may.may_see_plans),
            Entry(area="workdays", endpoint="workdays.show", label=_l("工作日历"), predicate=may.may_administer),
        ),
    ),
    Group(
        heading=_l("系统与帮助"),
        entries=(
            Entry(area="accounts", endpoint="accounts.index", label=_l("账号"), predicate=may.may_administer),
            Entry(area="tokens", endpoint="tokens.index", label=_l("接口令牌"), predicate=may.may_issue_tokens),
            Entry(area="health", endpoint="health.jobs", label=_l("定时任务"), predicate=may.may_see_all),
            Entry(area="help", endpoint="help.index", label=_l("帮助"), predicate=may.is_signed_in),
        ),
    ),
)
STRANGERS: Final = (
    Group(
        heading=_l("公开信息"),
        entries=(
            Entry(area="results", endpoint="results.index", label=_l("检查结果公示"), predicate=_anybody),
            Entry(area="public_draws", endpoint="public_draws.index", label=_l("双随机抽取公示"), predicate=_anybody),
            Entry(area="changes", endpoint="changes.index", label=_l("发布动态"), predicate=_anybody),
        ),
    ),
    Group(
        heading="",
        entries=(Entry(area="sign_in", endpoint="sign_in.sign_in", label=_l("登录"), predicate=_anybody),),
    ),
)
"""The navigation of who is not signed in."""
# Areas that are reached from another one are marked under it.
_UNDER: Final = {
    "attachments": "plans",
    "uploads": "plans",
    "plan_steps": "plans",
    "plan_decisions": "plans",
    "findings": "plans",
    "board_moves": "board",
    "edits": "board",
    "runs": "rounds",
    "histories": "rounds",
    "confirmations": "rounds",
    "what_if": "rounds",
    "comparisons": "rounds",
    "draws": "rounds",
    "draw_parties": "rounds",
    "visits": "calendar",
    "corrections": "orders",
    "site_codes": "registry",
    "lists": "registry",
    "keeping": "registry",
    "caps": "policies",
    "registers": "policies",
    "contacts": "outbox",
    "prints": "documents",
    "destinations": "exports",
    "mappings": "exports",
    "access_codes": "registry",
}
# Harmful in a picture of the screen: addresses of people, ratings, the audit trail, drafts. What shows unannounced
# visits need not stand here: whoever reads those is remembered.
_SENSITIVE_AREAS: Final = frozenset(
    {"access_codes", "appeals", "audit", "board", "contacts", "edits", "histories", "outbox", "oversight", "visits"}
)
_SENSITIVE_PAGES: Final = frozenset({"calendar.day", "registry.officer", "rounds.brief"})
# Pages that are an entry of their own within an area.
_PAGES: Final = {
    "portal.asked": "asked",
    "appeals.ratings_": "ratings",
    "help.api": "tokens",
    "help.explore": "tokens",
}


def install(app: Flask) -> None:
    """Give every template what the frame of the page needs."""
    app.context_processor(frame)


def frame() -> dict[str, Any]:
    """Names that every template may use."""
    actor = g.get("actor")
    return {
        "actor": actor,
        "menu": _menu(actor) if actor is not None else STRANGERS,
        "area": _area(),
        "has_password": actor is not None and not actor.username.startswith(CODE_ACCOUNT),
        "may": may,
        "unread": _unread() if actor is not None else 0,
        "language": i18n.language(),
        "vendor": present_files(),
        "missing_files": missing_files() if actor is not None and actor.role in _TOLD_OF_MISSING else (),
        "troubled_jobs": _troubled_jobs() if actor is not None and actor.role in _TOLD_OF_MISSING else (),
        "now": db.clock().now(),
        "reader": _reader(actor) if actor is not None else "",
        "watermarked": _watermarked,
        "phrases": phrases,
        "period": dates.period,
        "request_id": g.get("request_id", "-"),
    }


def _menu(actor: Actor) -> list[Group]:
    """The groups of the navigation with the lines that the actor may follow; none is empty."""
    own = (
        Group(heading=one.heading, entries=tuple(entry for entry in one.entries if entry.predicate(actor)))
        for one in MENU
    )
    return [one for one in own if one.entries]


@cache
def present_files() -> frozenset[str]:
    """Names of the fetched browser files that are there; looked up once a process."""
    return frozenset(name for name in _wanted() if (VENDOR / name).is_file())


def missing_files() -> tuple[str, ...]:
    """Names of the browser files that set-up could not fetch."""
    return tuple(name for name in _wanted() if name not in present_files())


def _wanted() -> tuple[str, ...]:
    return tuple(json.loads(ASSETS.read_text(encoding="utf-8")).values())


def _reader(actor: Actor) -> str:
    """Who looks at the page, and when: on every print, and across the pages that hold what is not for everybody."""
    moment = db.clock().now().astimezone(DISTRICT_ZONE)
    return f"{actor.display_name} {actor.username} {moment:%Y-%m-%d %H:%M}"


def _watermarked() -> bool:
    """Whether the page shows what is not for everybody; asked at its end, when all that it shows has been read."""
    named = request.blueprint in _SENSITIVE_AREAS or request.endpoint in _SENSITIVE_PAGES
    return named or ("session" in g and bool(looked_at(g.session)))


def _area() -> str:
    area = request.blueprint or ""
    return _PAGES.get(request.endpoint or "", _UNDER.get(area, area))


def _troubled_jobs() -> tuple[str, ...]:
    """Jobs that are silent or fail again and again, for those who can do something about it."""
    with db.own_reading() as session:
        signs = vital_signs(session, db.clock(), db.settings())
    return tuple(dict.fromkeys([*signs.silent, *signs.failing]))


def _unread() -> int:
    with db.own_reading() as session:
        return unread_count(session, g.actor)
