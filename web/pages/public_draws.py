"""Draws for everybody, without signing in: hashes, parties, results, and the documents to check them by."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _

from scheduler.filing.draws import disclosure
from web import auth, db
from web.rendering import page, page_number, slice_of

blueprint = Blueprint("public_draws", __name__, url_prefix="/public/draws")


@blueprint.get("")
@auth.public
@db.commits
def index() -> Any:
    """List all draws; aborted ones stay."""
    return page("public_draws/index.html", draws=disclosure.public_draws(db.session()), title=_("双随机抽取公示"))


@blueprint.get("/<uid>")
@auth.public
@db.commits
def show(uid: str) -> Any:
    """Show a draw."""
    return page("public_draws/show.html", draw=disclosure.public_draw(db.session(), db.clock(), uid))


@blueprint.get("/<uid>/officers")
@auth.public
@db.commits
def crews(uid: str) -> Any:
    """Show who went where by the officers' draw, and why whoever was ranked before did not."""
    draw, lines = disclosure.public_crews(db.session(), db.clock(), uid)
    return page("public_draws/crews.html", draw=draw, found=slice_of(lines, page_number()), uid=uid)


@blueprint.get("/<uid>/<list_hash>.json")
@auth.public
@db.commits
def document(uid: str, list_hash: str) -> Any:
    """Hand out a list, and after the draw its result, byte for byte."""
    text = disclosure.public_document(db.session(), db.clock(), uid, list_hash)
    headers = {"Content-Disposition": f'attachment; filename="draw-{list_hash[:12]}.json"'}
    return Response(text, mimetype="application/json", headers=headers)
