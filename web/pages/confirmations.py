"""Confirmations: a department's page to answer on, and who is awaited as the coordinator sees it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from scheduler.confirming import answering, asking
from scheduler.confirming.records import get_confirmation, get_counter, question_of
from scheduler.confirming.views import QuestionView, question_view, round_confirmations
from scheduler.errors import InvalidError
from scheduler.filing.rounds import get_round
from scheduler.permissions import may_confirm, may_coordinate, may_see_rounds
from web import auth, db, phrases
from web.forms.confirmations import COUNTER, REFUSE, AnswerForm, DeclineForm, WithdrawForm, typed_days
from web.rendering import after_post, form_page, page, refusals_to

blueprint = Blueprint("confirmations", __name__)


@blueprint.get("/rounds/<uid>/confirmations")
@auth.requires(may_see_rounds)
@db.commits
def index(uid: str) -> Any:
    """Show who is asked and who has answered what."""
    round_ = get_round(db.session(), auth.actor(), uid)
    found = round_confirmations(db.session(), db.clock(), auth.actor(), round_)
    return page("confirmations/index.html", round=round_, found=found)


@blueprint.post("/rounds/<uid>/confirmations")
@auth.requires(may_coordinate)
@db.commits
def ask(uid: str) -> Any:
    """Ask every department with a visit in the draft, or those whose part was edited."""
    round_ = get_round(db.session(), auth.actor(), uid)
    done = asking.ask_departments(db.session(), db.clock(), auth.actor(), round_)
    text = _("已向 %(asked)s 个部门征求意见，三个工作日内答复。", asked=done.asked)
    return after_post("confirmations.index", text if done.asked else _("各部门都已按现在的草案征求过意见。"), uid=uid)


@blueprint.route("/rounds/<uid>/confirmations/withdraw", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def withdraw(uid: str) -> Any:
    """Take the question back, saying why."""
    round_ = get_round(db.session(), auth.actor(), uid)
    form = WithdrawForm()
    if form.validate_on_submit():
        with refusals_to(form):
            asking.withdraw(db.session(), db.clock(), auth.actor(), round_, reason=form.reason.data)
            return after_post("confirmations.index", _("征求意见已撤回。"), uid=uid)
    return form_page("confirmations/withdraw.html", form, round=round_)


@blueprint.get("/confirmations/<uid>")
@auth.requires(may_see_rounds)
@db.commits
def show(uid: str) -> Any:
    """Show a department its part."""
    return _question(AnswerForm(), _view(uid), {})


@blueprint.post("/confirmations/<uid>")
@auth.requires(may_confirm)
@db.commits
def answer(uid: str) -> Any:
    """Take the department's answer."""
    form, view = AnswerForm(), _view(uid)
    days, wrong = typed_days(request.form, view.confirmation.part)
    if form.validate_on_submit() and not wrong:
        with refusals_to(form):
            try:
                _give(form, view, days)
            except InvalidError as error:
                wrong = _beside_their_days(form, error)
            else:
                return after_post("confirmations.show", _("答复已记录。"), uid=uid)
    return _question(form, view, wrong)


@blueprint.route("/confirmations/counters/<uid>/decline", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def decline(uid: str) -> Any:
    """Leave a visit on its day, saying why."""
    counter = get_counter(db.session(), auth.actor(), uid)
    asked = question_view(db.session(), db.clock(), auth.actor(), question_of(db.session(), counter))
    form = DeclineForm()
    if form.validate_on_submit():
        with refusals_to(form):
            answering.decline_counter(db.session(), db.clock(), auth.actor(), counter, reason=form.reason.data)
            return after_post("confirmations.index", _("已记录不采纳的理由。"), uid=asked.round.uid)
    visit = next(one for one in asked.visits if one.uid == counter.visit_uid)
    return form_page("confirmations/decline.html", form, counter=counter, view=asked, visit=visit)


def _view(uid: str) -> QuestionView:
    session = db.session()
    return question_view(session, db.clock(), auth.actor(), get_confirmation(session, auth.actor(), uid))


def _give(form: AnswerForm, view: QuestionView, days: dict[str, answering.AnotherDay]) -> None:
    session, clock, actor, asked = db.session(), db.clock(), auth.actor(), view.confirmation
    if form.answer.data == COUNTER:
        answering.propose_days(session, clock, actor, asked, days=days, reason=form.reason.data)
    elif form.answer.data == REFUSE:
        answering.refuse(session, clock, actor, asked, reason=form.reason.data)
    else:
        answering.consent(session, clock, actor, asked, reason=form.reason.data)


def _beside_their_days(form: AnswerForm, error: InvalidError) -> dict[str, str]:
    """Faults of days stand beside them: {visit uid: text}; all others go to the form."""
    wrong = {}
    for fault in error.faults:
        text = phrases.fault(fault.code, dict(fault.params))
        name = fault.field.removeprefix("day_")
        if name != fault.field:
            wrong[name] = text
        else:
            form.add_fault(fault.field, text)
    return wrong


def _question(form: AnswerForm, view: QuestionView, wrong: dict[str, str]) -> Any:
    for visit in view.visits:
        if visit.uid in wrong:
            form.add_fault("days", _("%(site)s：%(fault)s", site=visit.site, fault=wrong[visit.uid]))
    return form_page("confirmations/show.html", form, view=view, wrong=wrong, typed=request.form)
