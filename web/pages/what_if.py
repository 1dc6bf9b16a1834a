"""Questions to the solver: what if, and a new solve with few changes. What is asked is stored with the run."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from scheduler.errors import Fault, InvalidError
from scheduler.filing.rounds import get_round
from scheduler.permissions import may_coordinate
from scheduler.planning import runs
from scheduler.planning.meaning import question_choices, sites_meant
from scheduler.planning.questions import resolve_of, what_if_of
from web import auth, db
from web.forms.questions import ResolveForm, WhatIfForm
from web.rendering import after_post, form_page, refusals_to

blueprint = Blueprint("what_if", __name__, url_prefix="/rounds")
PLACE_OF_FIELD = {"first": "quiet_first", "last": "quiet_last", "sites": "quiet_sites"}


@blueprint.route("/<uid>/what-if", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def ask(uid: str) -> Any:
    """Ask what if; the draft is not touched."""
    session = db.session()
    round_ = get_round(session, auth.actor(), uid)
    form = WhatIfForm()
    choices = question_choices(session)
    form.offer(choices.towns, choices.scenarios, choices.bodies)
    if form.validate_on_submit():
        with refusals_to(form):
            question = _question(form, round_)
            run = runs.request_run(
                session, db.clock(), auth.actor(), round_, seed=form.seed.data or 0, seconds=form.seconds.data,
                question=question,
            )  # fmt: skip
            return after_post("runs.show", uid=run.uid)
    return form_page("rounds/what_if.html", form, round=round_)


def _question(form: WhatIfForm, round_: Any) -> Any:
    """Read the question; faults of its closures stand beside the fields that they came from."""
    sites = sites_meant(db.session(), round_, form.quiet_sites.data or "", field="quiet_sites")
    if sites and not (form.quiet_first.data or form.quiet_last.data):
        raise InvalidError(Fault(field="quiet_first", code="required"))
    try:
        return what_if_of(form.values(sites))
    except InvalidError as error:
        raise InvalidError(*(_beside(one) for one in error.faults)) from error


def _beside(fault: Fault) -> Fault:
    place = fault.field.split(".")
    if place[0] != "quiet_days":
        return fault
    return Fault(field=PLACE_OF_FIELD.get(place[-1], "quiet_last"), code=fault.code, params=fault.params)


@blueprint.route("/<uid>/re-solve", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def resolve(uid: str) -> Any:
    """Solve again around the draft with a budget of changes; what would change is shown before it is taken."""
    session = db.session()
    round_ = get_round(session, auth.actor(), uid)
    form = ResolveForm()
    if form.validate_on_submit():
        with refusals_to(form):
            run = runs.request_run(
                session, db.clock(), auth.actor(), round_, seed=form.seed.data or 0, seconds=form.seconds.data,
                question=resolve_of({"budget": form.budget.data}),
            )  # fmt: skip
            return after_post("runs.show", uid=run.uid)
    return form_page("rounds/resolve.html", form, round=round_)
