"""A solve run: its progress while it lasts, and how it ended."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request
from flask_babel import gettext as _

from scheduler.filing.rounds import list_rounds
from scheduler.permissions import may_coordinate, may_see_all
from scheduler.planning import proposals, runs, taking
from scheduler.planning.collisions import name_collisions
from web import auth, db
from web.curves import progress_curve
from web.rendering import after_post, page

blueprint = Blueprint("runs", __name__, url_prefix="/runs")


@blueprint.get("/<uid>")
@auth.requires(may_see_all)
@db.commits
def show(uid: str) -> Any:
    """Show a run; the page renews itself while the run lasts."""
    return page("runs/show.html", **_context(uid))


@blueprint.get("/<uid>/progress")
@auth.requires(may_see_all)
@db.commits
def progress(uid: str) -> Any:
    """The part of the page that changes; once the run has ended the whole page is asked for."""
    context = _context(uid)
    response = make_response(page("runs/progress.html", **context))
    if not context["view"].live and request.headers.get("HX-Request"):
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/<uid>/cancel")
@auth.requires(may_coordinate)
@db.commits
def cancel(uid: str) -> Any:
    """Call a run off."""
    run = runs.get_run(db.session(), auth.actor(), uid)
    runs.cancel_run(db.session(), db.clock(), auth.actor(), run)
    return after_post("runs.show", _("已请求取消，求解进程很快会停下。"), uid=uid)


def _context(uid: str) -> dict[str, Any]:
    run = runs.get_run(db.session(), auth.actor(), uid)
    view = runs.run_view(db.session(), run)
    round_ = next(one for one in list_rounds(db.session(), auth.actor()) if one.id == run.round_id)
    offered = proposals.list_proposals(db.session(), auth.actor(), round_)
    made = next((one for one in offered if one.run_id == run.id), None)
    return {
        "run": run,
        "view": view,
        "round": round_,
        "curve": progress_curve(view.steps),
        "proposal": made,
        "question": taking.question_of(run),
        "collisions": name_collisions(db.session(), view.collisions),
    }
