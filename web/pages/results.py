"""Results of inspections: those to be published by a department, and the public ones for everybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify
from flask_babel import gettext as _

from scheduler.fieldwork.publication import due_results, open_data, open_data_csv, public_results, publish_result
from scheduler.permissions import may_publish_results
from web import auth, db
from web.rendering import after_post, page, page_number, search_text, slice_of

blueprint = Blueprint("results", __name__)


@blueprint.get("/results")
@auth.public
@db.commits
def index() -> Any:
    """List the public results; search by the enterprise's name."""
    text = search_text()
    found = slice_of(public_results(db.session(), text=text), page_number())
    return page("results/index.html", found=found, text=text, title=_("检查结果公示"))


@blueprint.get("/results.csv")
@auth.public
@db.commits
def table() -> Any:
    """Hand out the public results as a table."""
    headers = [_("检查日期"), _("企业"), _("统一社会信用代码"), _("部门"), _("检查事项"), _("结果"), _("公示时间")]
    content = open_data_csv(public_results(db.session()), headers)
    return Response(content, mimetype="text/csv", headers={"Content-Disposition": 'attachment; filename="results.csv"'})


@blueprint.get("/results.json")
@auth.public
@db.commits
def document() -> Any:
    """Hand out the public results for programs."""
    return jsonify(results=list(open_data(public_results(db.session()))))


@blueprint.get("/own-results")
@auth.requires(may_publish_results)
@db.commits
def due() -> Any:
    """List what the own department has to publish, with the days for it."""
    return page("results/due.html", rows=due_results(db.session(), db.clock(), auth.actor()), now=db.clock().now())


@blueprint.post("/own-results/<uid>")
@auth.requires(may_publish_results)
@db.commits
def publish(uid: str) -> Any:
    """Publish the own part of a visit."""
    publish_result(db.session(), db.clock(), auth.actor(), uid)
    return after_post("results.due", _("结果已公示。"))
