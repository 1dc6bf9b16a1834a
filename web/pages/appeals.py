"""What enterprises ask for, for those who answer: the coordinator's requests, the supervisor's complaints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from data.enums import AppealKind
from data.models import Appeal
from scheduler.errors import RuleError
from scheduler.permissions import may_answer_appeals, may_coordinate, may_see_ratings, may_supervise
from scheduler.portal import answers, appeals, ratings
from web import auth, db
from web.board_moving import findings_lines, refusal_lines, refusal_status
from web.forms.portal import AnswerForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("appeals", __name__, url_prefix="/appeals")


@blueprint.get("")
@auth.requires(may_answer_appeals)
@db.commits
def index() -> Any:
    """List what waits, by when it is due, and what is done."""
    return page("appeals/index.html", lines=appeals.list_appeals(db.session(), auth.actor()))


@blueprint.route("/<uid>", methods=["GET", "POST"])
@auth.requires(may_answer_appeals)
@db.commits
def show(uid: str) -> Any:
    """Show one, and take the answer to a question or a complaint, or a refusal with its reason."""
    appeal = appeals.get_appeal(db.session(), auth.actor(), uid)
    form = AnswerForm()
    if form.validate_on_submit():
        with faults_to(form):
            give = answers.answer_appeal if appeal.kind in _ANSWERED else answers.decline_appeal
            give(db.session(), db.clock(), auth.actor(), appeal, text=form.text.data)
            return after_post("appeals.index", _("答复已发给企业。"))
    return _page(appeal, form)


@blueprint.post("/<uid>/take")
@auth.requires(may_coordinate)
@db.commits
def take(uid: str) -> Any:
    """Grant another day or a recusal: the draft changes, the enterprise is told."""
    appeal = appeals.get_appeal(db.session(), auth.actor(), uid)
    if appeal.kind is AppealKind.RECUSAL:
        found = answers.take_recusal(db.session(), db.clock(), auth.actor(), appeal)
        text = _("已同意回避，草案已换人。") if found else _("已同意回避，但没有可以替换的人员，请在草案中另行安排。")
        return after_post("appeals.index", text)
    try:
        outcome = answers.take_reschedule(db.session(), db.clock(), auth.actor(), appeal)
    except RuleError as error:
        return _page(appeal, AnswerForm(formdata=None), against=refusal_lines(error)), refusal_status(error).value
    told = [_("已同意改期，草案已更新；重新批准发布后生效。"), *findings_lines(outcome.warnings)]
    return after_post("appeals.index", " ".join(map(str, told)))


@blueprint.get("/ratings")
@auth.requires(may_see_ratings)
@db.commits
def ratings_() -> Any:
    """Show what the ratings say: figures from five answers on, and to the supervisor what was written."""
    actor = auth.actor()
    return page(
        "appeals/ratings.html",
        figures=ratings.rating_figures(db.session(), db.clock(), actor),
        texts=ratings.rating_texts(db.session(), actor) if may_supervise(actor) else [],
        fewest=ratings.FEWEST_SHOWN,
    )


def _page(appeal: Appeal, form: AnswerForm, *, against: Sequence[str] = ()) -> Any:
    """`against`: why the draft cannot be changed as asked, a sentence a rule."""
    line = next(one for one in appeals.list_appeals(db.session(), auth.actor()) if one.appeal.uid == appeal.uid)
    answered = appeal.kind in _ANSWERED
    return form_page("appeals/show.html", form, line=line, appeal=appeal, answered=answered, against=against)


_ANSWERED = frozenset({AppealKind.GUIDANCE, AppealKind.COMPLAINT})
