"""Rounds and what coordination saves in them. Reads only."""

from __future__ import annotations

from flask import Response

from data.enums import ApiScope
from scheduler.filing import rounds
from scheduler.permissions import may_see_all, may_see_rounds
from scheduler.planning.figures import round_figures
from web import auth, db
from web.api.answers import cut, document, listing, problems
from web.api.door import allows
from web.api.inputs import PageQuery, UidPath
from web.api.schemas import FiguresOut, RoundOut, RoundPage
from web.api.wiring import resource

blueprint = resource("rounds", "/rounds", "rounds 统筹轮次")


@blueprint.get("", responses={200: RoundPage}, summary="列出轮次 List rounds")
@allows(ApiScope.ROUNDS_READ, may_see_rounds)
@db.commits
def index(query: PageQuery) -> Response:
    found = cut(rounds.list_rounds(db.session(), auth.actor()), query)
    return listing(RoundPage, found, [RoundOut.model_validate(row) for row in found.rows])


@blueprint.get("/<uid>", responses={200: RoundOut, **problems(404)}, summary="读取轮次 Read a round")
@allows(ApiScope.ROUNDS_READ, may_see_rounds)
@db.commits
def show(path: UidPath) -> Response:
    return document(RoundOut.model_validate(rounds.get_round(db.session(), auth.actor(), path.uid)))


@blueprint.get("/<uid>/figures", responses={200: FiguresOut, **problems(404)}, summary="统筹成效 Figures of a round")
@allows(ApiScope.ROUNDS_READ, may_see_all)
@db.commits
def figures(path: UidPath) -> Response:
    round_ = rounds.get_round(db.session(), auth.actor(), path.uid)
    return document(FiguresOut.model_validate(round_figures(db.session(), round_)))
