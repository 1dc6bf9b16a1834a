"""Orders to mend: those that are to be followed, the draft of a re-inspection, and papers that show enough."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from scheduler.clock import today
from scheduler.errors import InvalidError
from scheduler.fieldwork.orders import Order, arrange_review, confirm_mended, list_orders
from scheduler.permissions import may_follow_orders, may_write_plans
from web import auth, db, phrases
from web.rendering import after_post, page

blueprint = Blueprint("orders", __name__, url_prefix="/orders")


@blueprint.get("/")
@auth.requires(may_follow_orders)
@db.commits
def index() -> Any:
    """List the orders that are open, by visit, or those that have ended."""
    return _page()


@blueprint.post("/visits/<uid>/review")
@auth.requires(may_write_plans)
@db.commits
def arrange(uid: str) -> Any:
    """Write the draft of a re-inspection; it goes the way of every plan from there."""
    # The title is kept and read by all: it is Chinese, whatever the page of its writer speaks.
    site = next((one.site for one in list_orders(db.session(), auth.actor()) if one.visit_uid == uid), "")
    plan, new = arrange_review(db.session(), db.clock(), auth.actor(), uid, title=f"整改复查：{site}")
    words = _("已生成复查计划草稿，请核对后提交。") if new else _("复查已经安排，就是这份计划。")
    return after_post("plans.show", words, uid=plan.uid)


@blueprint.post("/<uid>/mended")
@auth.requires(may_follow_orders)
@db.commits
def confirm(uid: str) -> Any:
    """End an order by the papers that were looked at."""
    note = request.form.get("note", "").replace("\x00", "")
    try:
        confirm_mended(db.session(), db.clock(), auth.actor(), uid, note=note)
    except InvalidError as error:
        faults = [phrases.fault(one.code, dict(one.params)) for one in error.faults]
        return _page(refused=uid, note=note, faults=faults), HTTPStatus.UNPROCESSABLE_ENTITY
    return after_post("orders.index", _("已登记整改完成。"))


def _page(*, refused: str = "", note: str = "", faults: list[str] | None = None) -> str:
    ended = request.args.get("ended") == "1"
    by_visit: dict[str, list[Order]] = {}
    for one in list_orders(db.session(), auth.actor(), ended=ended):
        by_visit.setdefault(one.visit_uid, []).append(one)
    return page(
        "orders/index.html",
        visits=by_visit,
        ended=ended,
        today=today(db.clock()),
        refused=refused,
        note=note,
        faults=faults or [],
    )
