"""Results of inspections: those to be published by a department, and the public ones for everybody."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext as _

from scheduler.errors import InvalidError
from scheduler.fieldwork.photos import get_photo
from scheduler.fieldwork.publication import due_results, open_data, open_data_csv, public_results, publish_result
from scheduler.fieldwork.withdrawals import ask_withdrawal, decide_withdrawal, own_publications, withdrawn_results
from scheduler.permissions import may_publish_results, may_see_photos
from web import auth, db, phrases
from web.rendering import after_post, page, page_number, search_text, slice_of

blueprint = Blueprint("results", __name__)


@blueprint.get("/results")
@auth.public
@db.commits
def index() -> Any:
    """List the public results; search by the enterprise's name."""
    text = search_text()
    found = slice_of(public_results(db.session(), text=text), page_number())
    # Asked for by name, a trace would tell whose publication was taken back.
    withdrawn = [] if text else withdrawn_results(db.session())
    return page("results/index.html", found=found, text=text, withdrawn=withdrawn, title=_("检查结果公示"))


@blueprint.get("/results.csv")
@auth.public
@db.commits
def table() -> Any:
    """Hand out the public results as a table."""
    headers = [
        _("公示编号"),
        _("检查日期"),
        _("企业"),
        _("统一社会信用代码"),
        _("部门"),
        _("检查事项"),
        _("结果"),
        _("公示时间"),
        _("更正前的结果"),
        _("更正时间"),
    ]
    content = open_data_csv(public_results(db.session()), headers)
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="results.csv"'})


@blueprint.get("/results.json")
@auth.public
@db.commits
def document() -> Any:
    """Hand out the public results for programs."""
    withdrawn = [
        {
            "number": str(one.number),
            "body": one.body,
            "reason": one.reason,
            "published_at": one.published_at.isoformat(),
            "withdrawn_at": one.withdrawn_at.isoformat(),
        }
        for one in withdrawn_results(db.session())
    ]
    return jsonify(results=list(open_data(public_results(db.session()))), withdrawn=withdrawn)


@blueprint.get("/own-results")
@auth.requires(may_publish_results)
@db.commits
def due() -> Any:
    """List what the own department has to publish, with the days for it, and what it has published."""
    return _due_page()


@blueprint.post("/own-results/<uid>")
@auth.requires(may_publish_results)
@db.commits
def publish(uid: str) -> Any:
    """Publish the own part of a visit."""
    publish_result(db.session(), db.clock(), auth.actor(), uid)
    return after_post("results.due", _("结果已公示。"))


@blueprint.post("/own-results/<uid>/ask-withdrawal")
@auth.requires(may_publish_results)
@db.commits
def ask(uid: str) -> Any:
    """Ask that a publication be taken back."""
    reason = request.form.get("reason", "").replace("\x00", "")
    try:
        ask_withdrawal(db.session(), db.clock(), auth.actor(), uid, reason=reason)
    except InvalidError as error:
        faults = [phrases.fault(one.code, dict(one.params)) for one in error.faults]
        return _due_page(refused=uid, reason=reason, faults=faults), HTTPStatus.UNPROCESSABLE_ENTITY
    return after_post("results.due", _("已提出撤回，由本部门另一人审核。"))


@blueprint.post("/own-results/<uid>/withdraw")
@auth.requires(may_publish_results)
@db.commits
def withdraw(uid: str) -> Any:
    """Take a publication back, or leave it standing, as the second person."""
    agrees = request.form.get("agrees") == "1"
    decide_withdrawal(db.session(), db.clock(), auth.actor(), uid, agrees=agrees)
    return after_post("results.due", _("已撤回公示，只保留编号、理由和时间。") if agrees else _("公示保留不变。"))


@blueprint.get("/result-photos/<uid>")
@auth.requires(may_see_photos)
@db.commits
def photo(uid: str) -> Any:
    """Hand a photo out to those of its visit."""
    found = get_photo(db.session(), auth.actor(), uid)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store"}
    return Response(found.content, mimetype=found.media_type, headers=headers)


def _due_page(*, refused: str = "", reason: str = "", faults: list[str] | None = None) -> str:
    session, actor = db.session(), auth.actor()
    return page(
        "results/due.html",
        rows=due_results(session, db.clock(), actor),
        published=slice_of(own_publications(session, actor), page_number()),
        now=db.clock().now(),
        refused=refused,
        reason=reason,
        faults=faults or [],
    )
