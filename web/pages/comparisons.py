"""Plans of a round side by side, by figures and visit by visit; taking a part of a proposal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from scheduler import looks
from scheduler.filing.rounds import get_round, list_rounds
from scheduler.permissions import may_coordinate, may_see_all
from scheduler.planning import appraisal, comparison, editions, proposals, taking
from scheduler.planning.proofs import draft_proof
from web import auth, db
from web.rendering import after_post, page

blueprint = Blueprint("comparisons", __name__, url_prefix="/rounds")
MOST_SHOWN = 400
"""Differences on one page: a month that was turned over is judged by its figures."""


@blueprint.get("/<uid>/compare")
@auth.requires(may_see_all)
@db.commits
def show(uid: str) -> Any:
    """Compare two to four editions; `with` names them, `against` which one the first is held against, `by` the list."""
    session, actor = db.session(), auth.actor()
    round_ = get_round(session, actor, uid)
    columns = appraisal.appraise(session, actor, round_, [key for key in request.args.getlist("with") if key])
    keys = [column.edition.key for column in columns]
    against = request.args.get("against", "")
    place = keys.index(against) if against in keys[1:] else min(1, len(keys) - 1)
    by = _grouping()
    pairs = comparison.compare(columns[0].edition.visits, columns[place].edition.visits)
    looks.remember_sites(session, round_.id, unannounced_sites(pairs[:MOST_SHOWN]))
    return page(
        "rounds/compare.html",
        round=round_,
        columns=columns,
        proof=draft_proof(session, round_),
        keys=keys,
        place=place,
        by=by,
        groupings=tuple(comparison.GroupBy),
        editions=editions.list_edition_keys(session, actor, round_),
        groups=comparison.group_pairs(pairs[:MOST_SHOWN], by),
        changes=comparison.count_changes(pairs),
        hidden=max(0, len(pairs) - MOST_SHOWN),
        offer=_offer(columns, place),
    )


def unannounced_sites(pairs: Iterable[comparison.Pair]) -> set[str]:
    """The sites of the unannounced visits among differences that are shown."""
    sides = (side for pair in pairs for side in (pair.before, pair.after) if side is not None)
    return {side.site_uid for side in sides if side.unannounced}


def _grouping() -> comparison.GroupBy:
    try:
        return comparison.GroupBy(request.args.get("by", ""))
    except ValueError:
        return comparison.GroupBy.ENTERPRISE


def _offer(columns: Any, place: int) -> taking.Offer | None:
    """The proposal on offer that the draft is held against, where there is one."""
    source = columns[place].edition.source
    if columns[0].edition.key != editions.DRAFT_KEY or columns[place].edition.kind is not editions.EditionKind.PROPOSAL:
        return None
    return taking.read_offer(db.session(), source)


@blueprint.post("/proposals/<uid>/adopt-part")
@auth.requires(may_coordinate)
@db.commits
def adopt_part(uid: str) -> Any:
    """Take the chosen townships, departments and enterprises of a proposal into the draft."""
    session, actor = db.session(), auth.actor()
    found = proposals.get_proposal(session, actor, uid)
    choice = taking.Choice(
        towns=tuple(request.form.getlist("towns")),
        bodies=tuple(request.form.getlist("bodies")),
        enterprises=tuple(request.form.getlist("enterprises")),
        untouched=request.form.get("untouched") == "yes",
    )
    understood = request.form.get("understood") == "yes"
    taken = taking.take_part(session, db.clock(), actor, found, choice, understood=understood)
    round_ = next(one for one in list_rounds(session, actor) if one.id == found.round_id)
    text = _("已采用 %(sites)s 个场所的安排，草案改动 %(changes)s 次检查。", sites=taken.sites, changes=taken.changes)
    if taken.restaffed:
        text += _("其中 %(count)s 次的人员已有别的检查，按抽取顺序另派了有空的人。", count=taken.restaffed)
    return after_post("rounds.show", text, uid=round_.uid)
