"""Rating without a name: whoever holds a slip rates; who is signed in is never looked at."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint

from scheduler.errors import NotFoundError
from scheduler.portal import ratings
from web import auth, db
from web.forms.portal import RatingForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("rate", __name__, url_prefix="/rate")


@blueprint.route("/<token>", methods=["GET", "POST"])
@auth.public
@db.commits
def rate(token: str) -> Any:
    """Show the questions, or take the answers. A used and an unknown slip are answered alike.

    Who pressed twice is told that the rating has arrived, and not that there is no such page.
    """
    if not ratings.is_slip(db.session(), token):
        return page("rate/used.html"), HTTPStatus.NOT_FOUND
    form = RatingForm()
    if form.validate_on_submit():
        try:
            with faults_to(form):
                ratings.give_rating(db.session(), db.clock(), token, stars=form.stars(), text=form.text.data)
                return after_post("rate.thanks")
        except NotFoundError:
            return page("rate/used.html"), HTTPStatus.NOT_FOUND
    return form_page("rate/rate.html", form)


@blueprint.get("")
@auth.public
@db.commits
def thanks() -> Any:
    """Say thank you."""
    return page("rate/thanks.html")
