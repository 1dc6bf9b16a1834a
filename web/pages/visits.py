"""One visit as officials see it, and its notice on paper."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from scheduler.clock import today
from scheduler.errors import NotFoundError
from scheduler.fieldwork.off_plan import find_plan
from scheduler.permissions import may_hand_over, may_see_calendar
from scheduler.publishing import dispatches
from scheduler.publishing.paper_notices import GoneVisit, find_gone_visit, readable_letter
from scheduler.publishing.visits_in_force import visit_details
from web import auth, db
from web.forms.outbox import HandOverForm
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("visits", __name__, url_prefix="/visits")


@blueprint.get("/<uid>")
@auth.requires(may_see_calendar)
@db.commits
def show(uid: str) -> Any:
    """Show a visit with everything in it."""
    return _page(uid, HandOverForm(data={"on": today(db.clock())}))


@blueprint.post("/<uid>/hand-over")
@auth.requires(may_hand_over)
@db.commits
def hand_over(uid: str) -> Any:
    """Note to whom the paper notice of a visit was handed, and when."""
    form, paper = HandOverForm(), dispatches.get_paper_notice(db.session(), auth.actor(), uid)
    if form.validate_on_submit():
        with faults_to(form):
            dispatches.hand_over(
                db.session(), db.clock(), auth.actor(), paper, taken_by=form.taken_by.data, on=form.on.data
            )
            return after_post("visits.show", _("已登记送达。"), uid=uid)
    return _page(uid, form)


def _page(uid: str, form: HandOverForm) -> Any:
    if gone := find_gone_visit(db.session(), auth.actor(), uid):
        return _gone(gone, form)
    details = visit_details(db.session(), auth.actor(), uid)
    papers = dispatches.paper_notices(db.session(), auth.actor(), uid)
    return form_page(
        "visits/show.html",
        form,
        details=details,
        visit=details.row,
        papers=papers,
        filed_after=find_plan(db.session(), uid),
        today=today(db.clock()),
    )


def _gone(visit: GoneVisit, form: HandOverForm) -> Any:
    """What is left of a cancelled visit: the paper that says so. Nothing at all without one."""
    papers = dispatches.paper_notices(db.session(), auth.actor(), visit.uid)
    if not papers:
        raise NotFoundError("visit", visit.uid)
    letters = {one.uid: readable_letter(db.session(), auth.actor(), one) for one in papers}
    return form_page("visits/gone.html", form, visit=visit, papers=papers, letters=letters, today=today(db.clock()))
