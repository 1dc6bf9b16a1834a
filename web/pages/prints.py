"""Big print jobs: all notices of a release. Asked for here, printed by the timed jobs, fetched here."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, request, send_file
from flask_babel import gettext as _

from data.enums import PrintKind
from scheduler.errors import NotFoundError
from scheduler.permissions import may_see_calendar
from scheduler.publishing.documents import orders
from scheduler.publishing.release_views import get_release
from web import auth, db
from web.rendering import after_post, page

blueprint = Blueprint("prints", __name__, url_prefix="/prints")


@blueprint.post("/releases/<int:number>/<kind>")
@auth.requires(may_see_calendar)
@db.commits
def ask(number: int, kind: str) -> Any:
    """Queue an order."""
    if kind not in set(PrintKind):
        raise NotFoundError("paper", kind)
    session, actor, english = db.session(), auth.actor(), request.form.get("english") == "y"
    release = get_release(session, actor, number)
    order = orders.request_print(session, db.clock(), actor, release, PrintKind(kind), english=english)
    return after_post("prints.show", _("打印任务已提交。"), uid=order.uid)


@blueprint.get("/<uid>")
@auth.requires(may_see_calendar)
@db.commits
def show(uid: str) -> Any:
    """Show how far an order is; the page renews itself while it is being printed."""
    return page("prints/show.html", **_context(uid))


@blueprint.get("/<uid>/progress")
@auth.requires(may_see_calendar)
@db.commits
def progress(uid: str) -> Any:
    """The part of the page that changes; once the order has ended the whole page is asked for."""
    context = _context(uid)
    response = make_response(page("prints/progress.html", **context))
    if not context["live"] and request.headers.get("HX-Request"):
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<uid>/cancel")
@auth.requires(may_see_calendar)
@db.commits
def cancel(uid: str) -> Any:
    """Call an order off."""
    orders.cancel_print(db.session(), db.clock(), auth.actor(), orders.get_print(db.session(), auth.actor(), uid))
    return after_post("prints.show", _("打印任务已取消。"), uid=uid)


@blueprint.get("/<uid>/file")
@auth.requires(may_see_calendar)
@db.commits
def file(uid: str) -> Any:
    """Hand out the finished file; no browser or proxy keeps a copy of its own."""
    order = orders.get_print(db.session(), auth.actor(), uid)
    place = orders.file_of(db.settings(), order).resolve()
    number = orders.release_number(db.session(), order)
    answer: Response = send_file(
        place, as_attachment=True, download_name=f"onedoor-{order.kind}-{number}{place.suffix}", max_age=None
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _context(uid: str) -> dict[str, Any]:
    order = orders.get_print(db.session(), auth.actor(), uid)
    return {
        "order": order,
        "live": orders.may_cancel(order),
        "number": orders.release_number(db.session(), order),
        "kept_hours": int(orders.KEPT_FOR.total_seconds() // 3600),
    }
