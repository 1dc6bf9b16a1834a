"""Rounds: opening, freezing, drawing, solving, adopting, approving; where a round stands and what comes next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from data.enums import ApprovalStatus, RoundStatus
from scheduler import looks
from scheduler.clock import DISTRICT_ZONE
from scheduler.confirming.answering import still_open
from scheduler.confirming.views import RoundConfirmations, round_confirmations
from scheduler.filing import draws, rounds
from scheduler.filing.draws.records import LIVE, list_protocols
from scheduler.naming import name_subjects
from scheduler.permissions import may_approve, may_coordinate, may_see_all, may_see_rounds
from scheduler.planning import board, comparison, figures, proposals, reasons, runs, standing, taking
from scheduler.planning.editing.conflicts import list_conflicts
from scheduler.publishing import approvals
from scheduler.publishing.brief import decision_brief
from scheduler.publishing.channels import open_ways
from web import auth, db, phrases
from web.curves import progress_curve
from web.errors import typed_values
from web.forms.rounds import AdoptForm, ApproveForm, ReasonForm, RoundForm, SolveForm, local_instant
from web.pages.comparisons import unannounced_sites
from web.rendering import after_post, form_page, page, refusals_to

blueprint = Blueprint("rounds", __name__, url_prefix="/rounds")
MOST_DIFFERENCES = 100
WITH_A_DRAFT = frozenset({RoundStatus.PROPOSED, RoundStatus.APPROVED, RoundStatus.PUBLISHED, RoundStatus.CLOSED})


@blueprint.get("")
@auth.requires(may_see_rounds)
@db.commits
def index() -> Any:
    """List the rounds."""
    return page("rounds/index.html", rounds=rounds.list_rounds(db.session(), auth.actor()))


@blueprint.route("/new", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def create() -> Any:
    """Open a round for filing."""
    form = RoundForm()
    if form.validate_on_submit():
        with refusals_to(form):
            made = rounds.open_round(db.session(), db.clock(), auth.actor(), **form.values())
            return after_post("rounds.show", _("轮次已开启，各部门可以申报计划。"), uid=made.uid)
    return form_page("rounds/form.html", form)


@blueprint.get("/<uid>")
@auth.requires(may_see_rounds)
@db.commits
def show(uid: str) -> Any:
    """Show where a round stands."""
    session, actor = db.session(), auth.actor()
    round_ = rounds.get_round(session, actor, uid)
    own = None if may_see_all(actor) else actor.organisation_id
    counted = round_.status in WITH_A_DRAFT and may_see_all(actor)
    given = approvals.list_approvals(session, actor, round_)
    solving, asked = _solving(round_), round_confirmations(session, db.clock(), actor, round_)
    return page(
        "rounds/show.html",
        round=round_,
        live_draw=LIVE,
        summary=rounds.round_summary(session, round_, organisation_id=own),
        draws=[row for row in draws.list_draws(session, round_) if own is None or row[2].organisation_id == own],
        protocols=list_protocols(session, round_),
        **solving,
        proposals=proposals.list_proposals(session, actor, round_),
        approvals=given,
        blocked_by=_blocked_words(given[0].blocked_by) if given else (),
        figures=figures.round_figures(session, round_) if counted else None,
        confirmations=asked,
        answers=_answers(solving["standing"], asked),
        solve_form=SolveForm(seconds=int(db.settings().solve_seconds)),
    )


def _answers(stages: Sequence[standing.Stage], asked: RoundConfirmations) -> standing.StageState:
    """Whether the departments are still to answer: again, where the draft was edited after all had."""
    (state,) = (one.state for one in stages if one.name is standing.StageName.CONFIRMATION)
    return standing.StageState.NOW if state is standing.StageState.DONE and asked.edited else state


def _blocked_words(reasons: Sequence[Sequence[str]]) -> list[str]:
    """Why nothing was published, (rule, subject, figures) each, in words; each once."""
    names = name_subjects(db.session(), [subject for _rule, subject, _figures in reasons])
    told = (
        phrases.refusal(rule, {}) if rule == "draft_changed" else phrases.violation(rule, names.get(of, ""), figures)
        for rule, of, figures in reasons
    )
    return list(dict.fromkeys(told))


def _solving(round_: Any) -> dict[str, Any]:
    """The runs of a round: what each asked, and the one that is under way with its curve."""
    session, actor = db.session(), auth.actor()
    found = runs.list_runs(session, actor, round_)
    live = next((run for run in found if run.status in runs.LIVE), None)
    view = None if live is None else runs.run_view(session, live)
    return {
        "runs": found,
        "questions": {run.id: taking.question_of(run) for run in found},
        "live": None if view is None else {"run": live, "view": view, "curve": progress_curve(view.steps)},
        "standing": standing.round_standing(session, round_),
    }


@blueprint.post("/<uid>/freeze")
@auth.requires(may_coordinate)
@db.commits
def freeze(uid: str) -> Any:
    """End filing and take the filed plans."""
    round_ = rounds.get_round(db.session(), auth.actor(), uid)
    rounds.freeze_round(db.session(), db.clock(), auth.actor(), round_)
    return after_post("rounds.show", _("申报已截止，计划和名录已冻结。"), uid=uid)


@blueprint.route("/<uid>/refreeze", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def refreeze(uid: str) -> Any:
    """Freeze the registry anew before the draw, saying why."""
    round_ = rounds.get_round(db.session(), auth.actor(), uid)
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals_to(form):
            rounds.refreeze_round(db.session(), db.clock(), auth.actor(), round_, reason=form.reason.data)
            return after_post("rounds.show", _("名录已重新冻结。"), uid=uid)
    return form_page("rounds/refreeze.html", form, round=round_)


@blueprint.post("/<uid>/draw")
@auth.requires(may_coordinate)
@db.commits
def draw(uid: str) -> Any:
    """Draw the sites of all tasks."""
    round_ = rounds.get_round(db.session(), auth.actor(), uid)
    done = draws.draw_round(db.session(), db.clock(), auth.actor(), round_)
    text = _(
        "抽取完成：随机抽取任务 %(drawn)s 项，指定对象任务 %(named)s 项，共形成检查需求 %(requests)s 条。",
        drawn=done.drawn_tasks,
        named=done.named_tasks,
        requests=done.requests,
    )
    if done.called_off:
        text += _("其中 %(number)s 条超出检查次数上限（R30），已自动取消并公开理由。", number=done.called_off)
    return after_post("rounds.show", text, uid=uid)


@blueprint.post("/<uid>/solve")
@auth.requires(may_coordinate)
@db.commits
def solve(uid: str) -> Any:
    """Ask for a proposal."""
    round_ = rounds.get_round(db.session(), auth.actor(), uid)
    form = SolveForm()
    if form.validate_on_submit():
        with refusals_to(form):
            run = runs.request_run(
                db.session(), db.clock(), auth.actor(), round_, seed=form.seed.data or 0, seconds=form.seconds.data
            )
            return after_post("runs.show", uid=run.uid)
    return form_page("rounds/solve.html", form, round=round_)


@blueprint.get("/proposals/<uid>")
@auth.requires(may_see_all)
@db.commits
def proposal(uid: str) -> Any:
    """Show a proposal with its visits and what it leaves out."""
    return _proposal(AdoptForm(), proposals.get_proposal(db.session(), auth.actor(), uid))


def _proposal(form: AdoptForm, found: Any) -> Any:
    view = proposals.proposal_view(db.session(), found)
    round_ = next(one for one in rounds.list_rounds(db.session(), auth.actor()) if one.id == found.round_id)
    offer = taking.read_offer(db.session(), found)
    looks.remember_sites(db.session(), round_.id, unannounced_sites(offer.pairs[:MOST_DIFFERENCES]))
    groups = comparison.group_pairs(offer.pairs[:MOST_DIFFERENCES], comparison.GroupBy.ENTERPRISE)
    return form_page(
        "rounds/proposal.html",
        form,
        view=view,
        proposal=found,
        round=round_,
        offer=offer,
        groups=groups,
        by=comparison.GroupBy.ENTERPRISE,
        hidden=max(0, len(offer.pairs) - MOST_DIFFERENCES),
    )


@blueprint.post("/proposals/<uid>/adopt")
@auth.requires(may_coordinate)
@db.commits
def adopt(uid: str) -> Any:
    """Make a proposal the draft; what stands in the way is said on its page."""
    found, form = proposals.get_proposal(db.session(), auth.actor(), uid), AdoptForm()
    if form.validate_on_submit():
        with refusals_to(form):
            understood = bool(form.understood.data)
            taking.take_whole(db.session(), db.clock(), auth.actor(), found, understood=understood)
            return after_post("rounds.proposal", _("已采用这个方案作为草案。"), uid=uid)
    return _proposal(form, found)


@blueprint.route("/<uid>/approve", methods=["GET", "POST"])
@auth.requires(may_approve)
@db.commits
def approve(uid: str) -> Any:
    """Show what publishing would do, and give leave to it."""
    session = db.session()
    round_ = rounds.get_round(session, auth.actor(), uid)
    now = db.clock().now().astimezone(DISTRICT_ZONE).replace(second=0, microsecond=0, tzinfo=None)
    form = ApproveForm(data={"draft_hash": board.draft_hash(session, round_), "publish_at": now})
    if form.validate_on_submit():
        with refusals_to(form):
            approvals.approve_round(
                session, db.clock(), auth.actor(), round_, draft_hash=form.draft_hash.data,
                publish_at=local_instant(form.publish_at.data), comment=form.comment.data or "",
                reason=form.reason.data or "", confirmed=bool(form.confirmed.data),
            )  # fmt: skip
            return after_post("rounds.show", _("已批准，到时间自动发布。"), uid=uid)
        # The page shows the draft as it is now: whoever reads it and approves means that one, and checks it anew.
        if form.refusal is not None and form.refusal.code == "draft_changed":
            form.draft_hash.data, form.confirmed.data = board.draft_hash(session, round_), False
    return form_page("rounds/approve.html", form, round=round_, **_what_publishing_does(round_, form))


def _what_publishing_does(round_: Any, form: ApproveForm) -> dict[str, Any]:
    if round_.status is not RoundStatus.PROPOSED:
        given = approvals.list_approvals(db.session(), auth.actor(), round_)
        waiting = next((one for one in given if one.status is ApprovalStatus.WAITING), None)
        typed = typed_values() if form.errors else ()
        return {"preview": None, "brief": None, "conflicts": (), "waiting": waiting, "typed": typed}
    typed_at = form.publish_at.data
    # A time that is refused says nothing about what comes at short notice: then it is counted from now.
    publish_at = local_instant(typed_at) if form.errors and typed_at and not form.publish_at.errors else None
    return {
        "brief": decision_brief(db.session(), db.clock(), auth.actor(), round_),
        "conflicts": list_conflicts(db.session(), db.clock(), round_),
        "clauses": reasons.read_clauses(db.session(), db.clock()),
        "still_open": still_open(db.session(), round_),
        "preview": approvals.publication_preview(
            db.session(), db.clock(), round_, open_ways(db.settings()), publish_at=publish_at
        ),
    }


@blueprint.get("/<uid>/brief")
@auth.requires(may_see_all)
@db.commits
def brief(uid: str) -> Any:
    """Show the decision brief alone, to be printed."""
    session, actor = db.session(), auth.actor()
    round_ = rounds.get_round(session, actor, uid)
    there = round_.status in WITH_A_DRAFT
    return page(
        "briefs/show.html", round=round_, brief=decision_brief(session, db.clock(), actor, round_) if there else None
    )


@blueprint.post("/approvals/<uid>/cancel")
@auth.requires(may_approve)
@db.commits
def cancel_approval(uid: str) -> Any:
    """Take leave back before its time comes."""
    found = approvals.get_approval(db.session(), auth.actor(), uid)
    approvals.cancel_approval(db.session(), db.clock(), auth.actor(), found)
    round_ = next(one for one in rounds.list_rounds(db.session(), auth.actor()) if one.id == found.round_id)
    return after_post("rounds.show", _("批准已取消，不会发布。"), uid=round_.uid)
