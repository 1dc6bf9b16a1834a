"""A random draw as a record that anybody can repeat."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from scheduler.errors import NotFoundError
from scheduler.filing.draws import document_faults, get_draw, list_draws, repeat_draw
from scheduler.filing.draws.cancellations import drawn_requests
from scheduler.filing.draws.crews import crews_for
from scheduler.filing.draws.records import find_drawn
from scheduler.filing.rounds import get_round, list_rounds
from scheduler.permissions import may_see_all, may_see_rounds
from web import auth, db
from web.rendering import page, page_number, slice_of

blueprint = Blueprint("draws", __name__, url_prefix="/draws")


@blueprint.get("/<uid>")
@auth.requires(may_see_rounds)
@db.commits
def show(uid: str) -> Any:
    """Show a draw, and whether its document still yields the same result."""
    draw, task, plan, round_ = _visible_draw(uid)
    drawn = set(repeat_draw(draw.document))
    return page(
        "draws/show.html",
        draw=draw,
        task=task,
        plan=plan,
        round=round_,
        document=json.loads(draw.document),
        drawn=drawn,
        requests=drawn_requests(db.session(), draw),
        faults=document_faults(draw.document),
        title=_("随机抽取记录"),
    )


@blueprint.get("/<uid>/document")
@auth.requires(may_see_rounds)
@db.commits
def document(uid: str) -> Any:
    """Hand the document over, byte for byte, for checking elsewhere."""
    draw, *_rest = _visible_draw(uid)
    headers = {"Content-Disposition": f'attachment; filename="draw-{draw.uid[:12]}.json"'}
    return Response(draw.document, mimetype="application/json", headers=headers)


@blueprint.get("/officers/<round_uid>")
@auth.requires(may_see_rounds)
@db.commits
def crews(round_uid: str) -> Any:
    """Show officials the officers' draw of a round as soon as it is released."""
    round_ = get_round(db.session(), auth.actor(), round_uid)
    protocol = find_drawn(db.session(), round_.id or 0)
    lines = crews_for(db.session(), auth.actor(), protocol) if protocol is not None else []
    return page("draws/crews.html", round=round_, protocol=protocol, found=slice_of(lines, page_number()))


def _visible_draw(uid: str) -> tuple[Any, Any, Any, Any]:
    draw = get_draw(db.session(), auth.actor(), uid)
    round_ = next(one for one in list_rounds(db.session(), auth.actor()) if one.id == draw.round_id)
    found, task, plan = next(row for row in list_draws(db.session(), round_) if row[0].id == draw.id)
    if not may_see_all(auth.actor()) and plan.organisation_id != auth.actor().organisation_id:
        raise NotFoundError("draw", uid)
    return found, task, plan, round_
