"""Releases: the list, and one release with its figures, differences and notices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from scheduler.filing.rounds import list_rounds
from scheduler.permissions import may_coordinate, may_see_calendar
from scheduler.publishing.dispatches import count_dispatches
from scheduler.publishing.release_views import get_release, list_releases, release_view, round_names
from scheduler.publishing.restoring import restore_release
from web import auth, db
from web.forms.rounds import ReasonForm
from web.rendering import after_post, form_page, page, refusals_to

blueprint = Blueprint("releases", __name__, url_prefix="/releases")


@blueprint.get("")
@auth.requires(may_see_calendar)
@db.commits
def index() -> Any:
    """List the releases."""
    releases = list_releases(db.session(), auth.actor())
    return page("releases/index.html", releases=releases, rounds=round_names(db.session(), releases))


@blueprint.get("/<int:number>")
@auth.requires(may_see_calendar)
@db.commits
def show(number: int) -> Any:
    """Show one release as the person may see it."""
    release = get_release(db.session(), auth.actor(), number)
    return page(
        "releases/show.html",
        release=release,
        view=release_view(db.session(), auth.actor(), release),
        sent=count_dispatches(db.session(), auth.actor(), release.number),
    )


@blueprint.route("/<int:number>/restore", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def restore(number: int) -> Any:
    """Make the draft of the round what this release was."""
    session, actor = db.session(), auth.actor()
    release = get_release(session, actor, number)
    form = ReasonForm()
    if form.validate_on_submit():
        with refusals_to(form):
            round_ = next(one for one in list_rounds(session, actor) if one.id == release.round_id)
            done = restore_release(session, db.clock(), actor, round_, release, reason=form.reason.data)
            text = _(
                "已恢复 %(visits)s 次检查为草案，%(missing)s 次无法恢复。请核对后送批准。",
                visits=done.visits,
                missing=done.missing,
            )
            return after_post("rounds.show", text, uid=round_.uid)
    return form_page("releases/restore.html", form, release=release)
