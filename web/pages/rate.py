"""Rating without a name: whoever holds a slip rates; who is signed in is never looked at."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort

from scheduler.portal import ratings
from web import auth, db
from web.forms.portal import RatingForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("rate", __name__, url_prefix="/rate")


@blueprint.route("/<token>", methods=["GET", "POST"])
@auth.public
@db.commits
def rate(token: str) -> Any:
    """Show the questions, or take the answers. A used and an unknown slip are answered alike."""
    if not ratings.is_slip(db.session(), token):
        abort(404)
    form = RatingForm()
    if form.validate_on_submit():
        with faults_to(form):
            ratings.give_rating(db.session(), db.clock(), token, stars=form.stars(), text=form.text.data)
            return after_post("rate.thanks")
    return form_page("rate/rate.html", form)


@blueprint.get("")
@auth.public
@db.commits
def thanks() -> Any:
    """Say thank you."""
    return page("rate/thanks.html")
