"""A draw with parties: the coordinator fixes its rules, parties commit and reveal, the public value is entered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from data.enums import CancelReason, DrawFallback, DrawStatus
from scheduler.clock import DISTRICT_ZONE
from scheduler.filing.draws import cancellations, protocol
from scheduler.filing.draws.records import list_protocols
from scheduler.filing.draws.rules import repeated_tasks
from scheduler.filing.rounds import get_round
from scheduler.permissions import is_signed_in, may_coordinate, may_see_all
from scheduler.planning.withdrawals import withdraw_drawn
from web import auth, db
from web.forms.draws import CancelForm, CommitForm, RevealForm, RulesForm, ValueForm
from web.forms.rounds import ReasonForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("draw_parties", __name__, url_prefix="/draw-parties")
DEFAULT_FLOOR = "0.05"


@blueprint.route("/open/<round_uid>", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def create(round_uid: str) -> Any:
    """Fix the rules, publish the lists, call upon the parties."""
    session, actor = db.session(), auth.actor()
    round_ = get_round(session, actor, round_uid)
    form = RulesForm(data=_suggested())
    if form.validate_on_submit():
        with faults_to(form):
            made = protocol.open_draw(session, db.clock(), actor, round_, form.rules())
            return after_post("public_draws.show", _("名单已公布，请各方提交承诺。"), uid=made.uid)
    earlier = bool(list_protocols(session, round_) or repeated_tasks(session, round_))
    return form_page("draw_parties/form.html", form, round=round_, earlier=earlier)


@blueprint.get("/<uid>")
@auth.requires(is_signed_in)
@db.commits
def seat(uid: str) -> Any:
    """Show a party what it has to do."""
    return _seat_page(uid, CommitForm(), RevealForm())


@blueprint.post("/<uid>/commit")
@auth.requires(is_signed_in)
@db.commits
def commit(uid: str) -> Any:
    """Take a party's commitment."""
    form = CommitForm()
    party = protocol.get_party(db.session(), auth.actor(), uid)
    if form.validate_on_submit():
        with faults_to(form):
            protocol.pledge(db.session(), db.clock(), auth.actor(), party, form.commitment.data)
            return after_post("draw_parties.seat", _("承诺已记录并公开。请保管好密语和盐，稍后需要公开。"), uid=uid)
    return _seat_page(uid, form, RevealForm(formdata=None))


@blueprint.post("/<uid>/reveal")
@auth.requires(is_signed_in)
@db.commits
def reveal(uid: str) -> Any:
    """Take a party's secret; the last one draws."""
    form = RevealForm()
    party = protocol.get_party(db.session(), auth.actor(), uid)
    if form.validate_on_submit():
        with faults_to(form):
            secret, salt = form.secret.data, form.salt.data
            protocol.reveal(db.session(), db.clock(), auth.actor(), party, secret=secret, salt=salt)
            return after_post("draw_parties.seat", _("密语已公开。"), uid=uid)
    return _seat_page(uid, CommitForm(formdata=None), form)


@blueprint.post("/<uid>/settle")
@auth.requires(may_coordinate)
@db.commits
def settle(uid: str) -> Any:
    """Apply the rules to a deadline that has passed."""
    found = protocol.get_protocol(db.session(), uid)
    protocol.settle(db.session(), db.clock(), auth.actor(), found)
    return after_post("public_draws.show", _("已按事先公布的规则处理。"), uid=uid)


@blueprint.route("/<uid>/finish", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def finish(uid: str) -> Any:
    """Enter the public value and draw."""
    found = protocol.get_protocol(db.session(), uid)
    form = ValueForm()
    if form.validate_on_submit():
        with faults_to(form):
            value, origin = form.value.data, form.origin.data
            protocol.finish(db.session(), db.clock(), auth.actor(), found, value=value, origin=origin)
            return after_post("public_draws.show", _("已抽取。"), uid=uid)
    return form_page("draw_parties/value.html", form, protocol=found)


@blueprint.route("/<uid>/abort", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def abort(uid: str) -> Any:
    """Call a draw off before anybody may reveal."""
    found = protocol.get_protocol(db.session(), uid)
    form = ReasonForm()
    if form.validate_on_submit():
        with faults_to(form):
            protocol.abort(db.session(), db.clock(), auth.actor(), found, form.reason.data)
            return after_post("public_draws.show", _("抽取已中止，记录保留。"), uid=uid)
    return form_page("draw_parties/abort.html", form, protocol=found)


@blueprint.route("/cancel/<request_uid>", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def cancel(request_uid: str) -> Any:
    """Call a drawn inspection off, saying why."""
    session, actor = db.session(), auth.actor()
    asked = cancellations.get_drawn_request(session, actor, request_uid)
    form = CancelForm()
    if form.validate_on_submit():
        with faults_to(form):
            reason, detail = CancelReason(form.reason.data), form.detail.data
            withdraw_drawn(session, db.clock(), actor, asked, reason=reason, detail=detail)
            return after_post("draw_parties.rates", _("已取消，理由和次数会公开。"))
    return form_page("draw_parties/cancel.html", form, subject=cancellations.describe_request(session, asked))


@blueprint.get("/cancellations")
@auth.requires(may_see_all)
@db.commits
def rates() -> Any:
    """Show which enterprises were drawn and not visited after all."""
    return page("draw_parties/rates.html", rates=cancellations.cancellation_rates(db.session(), auth.actor()))


def _suggested() -> dict[str, Any]:
    now = db.clock().now().astimezone(DISTRICT_ZONE).replace(second=0, microsecond=0, tzinfo=None)
    return {
        "commit_until": now + timedelta(days=1),
        "reveal_until": now + timedelta(days=2),
        "fallback": str(DrawFallback.ABORT),
        "floor": DEFAULT_FLOOR,
    }


def _seat_page(uid: str, commit_form: CommitForm, reveal_form: RevealForm) -> Any:
    party = protocol.get_party(db.session(), auth.actor(), uid)
    found = protocol.get_protocol_of(db.session(), party)
    form = reveal_form if found.status is DrawStatus.REVEALING else commit_form
    return form_page("draw_parties/seat.html", form, party=party, protocol=found)
