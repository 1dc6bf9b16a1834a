"""An enterprise's own view. Everything here comes from what the enterprise may see, and from nothing else."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask_babel import gettext as _

from data.enums import Ban
from scheduler.clock import today
from scheduler.permissions import is_enterprise
from scheduler.portal import appeals, ratings, receipts
from scheduler.publishing.enterprise_view import (
    counted_visits,
    enterprise_counts,
    enterprise_visits,
    get_enterprise_row,
    get_enterprise_visit,
)
from web import auth, db
from web.forms.portal import ComplaintForm, DayForm, QuestionForm, RecusalForm
from web.rendering import after_post, conflicts_to, faults_to, form_page, page

blueprint = Blueprint("portal", __name__, url_prefix="/my-enterprise")


@blueprint.get("")
@auth.requires(is_enterprise)
@db.commits
def show() -> Any:
    """Show the visits to come, those of the past, and how often this year."""
    visits = enterprise_visits(db.session(), auth.actor())
    now = today(db.clock())
    coming = [visit for visit in visits if visit.day >= now]
    return page(
        "portal/show.html",
        counts=enterprise_counts(db.session(), db.clock(), auth.actor()),
        counted=counted_visits(db.session(), db.clock(), auth.actor()),
        today=now,
        following=next((visit for visit in coming if not visit.cancelled and not visit.arrived), None),
        coming=coming,
        past=[visit for visit in reversed(visits) if visit.day < now],
    )


@blueprint.get("/visits/<uid>")
@auth.requires(is_enterprise)
@db.commits
def visit(uid: str) -> Any:
    """Show one visit: who comes, what is checked, what to prepare, which rights there are."""
    session, actor = db.session(), auth.actor()
    found = get_enterprise_visit(session, actor, uid)
    # Nobody confirms a visit off plan: it began before it could be told of.
    receipt = None if found.off_plan else receipts.find_receipt(session, get_enterprise_row(session, actor, uid))
    return page(
        "portal/visit.html",
        visit=found,
        receipt=receipt,
        asked=appeals.own_appeals(session, actor, uid=uid),
        may_rate=ratings.may_rate(session, found),
        today=today(db.clock()),
        bans=list(Ban),
    )


@blueprint.post("/visits/<uid>/confirm")
@auth.requires(is_enterprise)
@db.commits
def confirm(uid: str) -> Any:
    """Confirm that the visit is known."""
    receipts.confirm_visit(db.session(), db.clock(), auth.actor(), uid)
    return after_post("portal.visit", _("已确认收到。"), uid=uid)


@blueprint.route("/visits/<uid>/another-day", methods=["GET", "POST"])
@auth.requires(is_enterprise)
@db.commits
def another_day(uid: str) -> Any:
    """Ask for another of the free days."""
    session, clock, actor = db.session(), db.clock(), auth.actor()
    found, days = get_enterprise_visit(session, actor, uid), appeals.days_to_offer(session, clock, actor, uid)
    form = DayForm()
    form.offer(days)
    if form.validate_on_submit():
        with faults_to(form), conflicts_to(form):
            wanted = form.wanted() or found.day
            appeals.ask_for_another_day(session, clock, actor, uid, day=wanted, text=form.text.data)
            return after_post("portal.visit", _("申请已提交，答复会发到“消息”。"), uid=uid)
    why = "" if days else appeals.why_no_day(session, clock, actor, uid)
    return form_page("portal/another_day.html", form, visit=found, days=days, why=why)


@blueprint.route("/visits/<uid>/recusal", methods=["GET", "POST"])
@auth.requires(is_enterprise)
@db.commits
def recusal(uid: str) -> Any:
    """Ask that somebody of the team stays away."""
    found = get_enterprise_visit(db.session(), auth.actor(), uid)
    form = RecusalForm()
    form.name_officers(found.public)
    if form.validate_on_submit():
        with faults_to(form), conflicts_to(form):
            who, text = form.certificate.data, form.text.data
            appeals.ask_for_recusal(db.session(), db.clock(), auth.actor(), uid, certificate=who, text=text)
            return after_post("portal.visit", _("申请已提交，答复会发到“消息”。"), uid=uid)
    return form_page("portal/recusal.html", form, visit=found)


@blueprint.route("/ask", methods=["GET", "POST"])
@auth.requires(is_enterprise)
@db.commits
def ask() -> Any:
    """Ask how to comply."""
    form = QuestionForm()
    about = _about()
    if form.validate_on_submit():
        with faults_to(form):
            appeals.ask_for_guidance(db.session(), db.clock(), auth.actor(), text=form.text.data, uid=_uid())
            return after_post("portal.asked", _("问题已提交，两个工作日内答复。"))
    return form_page("portal/ask.html", form, visit=about)


@blueprint.route("/complain", methods=["GET", "POST"])
@auth.requires(is_enterprise)
@db.commits
def complain() -> Any:
    """Complain to the supervisor."""
    form = ComplaintForm()
    about = _about()
    if form.validate_on_submit():
        with faults_to(form):
            ban = Ban(form.ban.data) if form.ban.data else None
            appeals.complain(db.session(), db.clock(), auth.actor(), text=form.text.data, ban=ban, uid=_uid())
            return after_post("portal.asked", _("投诉已送达行政执法监督，检查部门看不到。"))
    return form_page("portal/complain.html", form, visit=about)


@blueprint.get("/asked")
@auth.requires(is_enterprise)
@db.commits
def asked() -> Any:
    """List what the enterprise has asked for, with the answers."""
    return page("portal/asked.html", asked=appeals.own_appeals(db.session(), auth.actor()))


@blueprint.post("/asked/<uid>/withdraw")
@auth.requires(is_enterprise)
@db.commits
def withdraw(uid: str) -> Any:
    """Take something back that is not answered yet."""
    appeal = appeals.get_own_appeal(db.session(), auth.actor(), uid)
    appeals.withdraw_appeal(db.session(), db.clock(), auth.actor(), appeal)
    return after_post("portal.asked", _("已撤回。"))


@blueprint.post("/visits/<uid>/rating-slip")
@auth.requires(is_enterprise)
@db.commits
def take_slip(uid: str) -> Any:
    """Take the slip of a visit and go on to the rating, which no longer knows who is there."""
    token = ratings.take_slip(db.session(), db.clock(), auth.actor(), uid)
    return redirect(url_for("rate.rate", token=token), code=303)


def _uid() -> str:
    return request.args.get("visit", "")[:32]


def _about() -> Any:
    """The visit that the address names, if it names one."""
    return get_enterprise_visit(db.session(), auth.actor(), _uid()) if _uid() else None
