"""The outbox: every message with its state and proof, and what can be done when one did not arrive."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, request
from flask_babel import gettext as _
from markupsafe import Markup

from data.enums import Channel, OutboxState, RecipientKind
from scheduler.clock import today
from scheduler.fieldwork.site_codes import qr_svg
from scheduler.permissions import may_deliver, may_see_all
from scheduler.publishing import dispatches
from scheduler.publishing.channels import open_ways
from scheduler.publishing.concerns import open_concerns
from scheduler.publishing.openings import paper_opening
from web import auth, db, phrases
from web.asked import asked_number
from web.forms.outbox import HandOverForm
from web.forms.rounds import ReasonForm
from web.rendering import after_post, faults_to, form_page, kept_arguments, page, page_number

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")
Kind = TypeVar("Kind", bound=StrEnum)


@blueprint.get("")
@auth.requires(may_see_all)
@db.commits
def index() -> Any:
    """List the messages; the filters are in the address."""
    session, actor, wanted = db.session(), auth.actor(), _wanted()
    return page(
        "outbox/index.html",
        found=dispatches.list_dispatches(session, actor, wanted, page_number()),
        counts=dispatches.count_dispatches(session, actor, wanted.release),
        wanted=wanted,
        kept=kept_arguments(),
        channels=list(Channel),
        states=list(OutboxState),
        choices={"channel": phrases.words(Channel), "state": phrases.words(OutboxState)}
        | {"recipient": phrases.words(RecipientKind)},
    )


@blueprint.get("/<uid>")
@auth.requires(may_see_all)
@db.commits
def show(uid: str) -> Any:
    """Show one message: what it says, to whom it goes, what became of it."""
    return _page(uid, ReasonForm(), HandOverForm(data={"on": today(db.clock())}))


@blueprint.post("/<uid>/retry")
@auth.requires(may_deliver)
@db.commits
def retry(uid: str) -> Any:
    """Let a failed message be tried again."""
    form, found = ReasonForm(), dispatches.get_dispatch(db.session(), auth.actor(), uid)
    if form.validate_on_submit():
        with faults_to(form):
            dispatches.retry(db.session(), db.clock(), auth.actor(), found.message, reason=form.reason.data)
            return after_post("outbox.show", _("将重新发送。"), uid=uid)
    return _page(uid, form, HandOverForm(formdata=None, data={"on": today(db.clock())}))


@blueprint.post("/<uid>/resend")
@auth.requires(may_deliver)
@db.commits
def resend(uid: str) -> Any:
    """Send a message once more."""
    form, found = ReasonForm(), dispatches.get_dispatch(db.session(), auth.actor(), uid)
    if form.validate_on_submit():
        with faults_to(form):
            copy = dispatches.resend(db.session(), db.clock(), auth.actor(), found.message, reason=form.reason.data)
            return after_post("outbox.show", _("已再次排队发送。"), uid=copy.uid)
    return _page(uid, form, HandOverForm(formdata=None, data={"on": today(db.clock())}))


@blueprint.post("/<uid>/hand-over")
@auth.requires(may_deliver)
@db.commits
def hand_over(uid: str) -> Any:
    """Note to whom a paper notice was handed, and when."""
    form, found = HandOverForm(), dispatches.get_dispatch(db.session(), auth.actor(), uid)
    if form.validate_on_submit():
        with faults_to(form):
            dispatches.hand_over(
                db.session(), db.clock(), auth.actor(), found.message, taken_by=form.taken_by.data, on=form.on.data
            )
            return after_post("outbox.show", _("已登记送达。"), uid=uid)
    return _page(uid, ReasonForm(formdata=None), form)


@blueprint.get("/concerns")
@auth.requires(may_see_all)
@db.commits
def concerns() -> Any:
    """List what has changed behind visits since they were released or drafted."""
    return page("outbox/concerns.html", concerns=open_concerns(db.session(), auth.actor()))


def _page(uid: str, reason: ReasonForm, handing: HandOverForm) -> Any:
    form = handing if handing.errors else reason
    found = dispatches.get_dispatch(db.session(), auth.actor(), uid)
    opening = paper_opening(db.session(), db.clock(), auth.actor(), found.message, open_ways(db.settings()))
    drawing = Markup(qr_svg(opening.link)) if opening else None  # noqa: S704 -- drawn by us from an address of ours
    return form_page(
        "outbox/show.html", form, one=found, reason=reason, handing=handing, opening=opening, drawing=drawing
    )


def _wanted() -> dispatches.Wanted:
    return dispatches.Wanted(
        state=_chosen(OutboxState, "state"),
        channel=_chosen(Channel, "channel"),
        recipient=_chosen(RecipientKind, "recipient"),
        release=asked_number("release"),
    )


def _chosen(kind: type[Kind], name: str) -> Kind | None:
    """A filter of the address; None for anything that is no such word."""
    given = request.args.get(name, "")
    return kind(given) if given in set(kind) else None
