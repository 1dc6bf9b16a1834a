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
from web.forms.rounds import AdoptForm
from web.rendering import after_post, form_page, refusals_to

blueprint = Blueprint("comparisons", __name__, url_prefix="/rounds")
MOST_SHOWN = 400
"""Differences on one page: a month that was turned over is judged by its figures."""
PARTS = {
    comparison.GroupBy.ENTERPRISE: "enterprises",
    comparison.GroupBy.DEPARTMENT: "bodies",
    comparison.GroupBy.TOWN: "towns",
}
"""What the boxes beside the groups of differences are called, where a part can be taken by them."""


@blueprint.get("/<uid>/compare")
@auth.requires(may_see_all)
@db.commits
def show(uid: str) -> Any:
    """Compare two to four editions; `with` names them, `against` which one the first is held against, `by` the list."""
    keys = [key for key in request.args.getlist("with") if key]
    return _comparison(AdoptForm(), get_round(db.session(), auth.actor(), uid), keys)


def _comparison(form: AdoptForm, round_: Any, wanted: list[str]) -> Any:
    session, actor = db.session(), auth.actor()
    columns = appraisal.appraise(session, actor, round_, wanted)
    keys = [column.edition.key for column in columns]
    against = request.args.get("against", "")
    place = keys.index(against) if against in keys[1:] else min(1, len(keys) - 1)
    by = _grouping()
    pairs = comparison.compare(columns[0].edition.visits, columns[place].edition.visits)
    looks.remember_sites(session, round_.id, unannounced_sites(pairs[:MOST_SHOWN]))
    return form_page(
        "rounds/compare.html",
        form,
        ticked=frozenset(request.form.getlist(PARTS[by])) if by in PARTS else frozenset(),
        untouched=request.form.get("untouched") == "yes",
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
        parts=PARTS,
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
    """Take the chosen townships, departments and enterprises of a proposal into the draft.

    What stands in the way is said where the choice was made, with its boxes as they were ticked.
    """
    session, actor, form = db.session(), auth.actor(), AdoptForm()
    found = proposals.get_proposal(session, actor, uid)
    round_ = next(one for one in list_rounds(session, actor) if one.id == found.round_id)
    if form.validate_on_submit():
        with refusals_to(form):
            taken = taking.take_part(
                session, db.clock(), actor, found, _choice(), understood=bool(form.understood.data)
            )
            return after_post("rounds.show", _taken_words(taken), uid=round_.uid)
    keys = [key for key in request.args.getlist("with") if key]
    return _comparison(form, round_, keys or [editions.DRAFT_KEY, f"{editions.PROPOSAL_MARK}{found.uid}"])


def _choice() -> taking.Choice:
    return taking.Choice(
        towns=tuple(request.form.getlist("towns")),
        bodies=tuple(request.form.getlist("bodies")),
        enterprises=tuple(request.form.getlist("enterprises")),
        untouched=request.form.get("untouched") == "yes",
    )


def _taken_words(taken: taking.Taken) -> str:
    text = _("已采用 %(sites)s 个场所的安排，草案改动 %(changes)s 次检查。", sites=taken.sites, changes=taken.changes)
    if taken.restaffed:
        text += _("其中 %(count)s 次的人员已有别的检查，按抽取顺序另派了有空的人。", count=taken.restaffed)
    return text
