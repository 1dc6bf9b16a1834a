"""Destinations of pushes: list, set up, look at batches, and settle those that were refused."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import ExportKind
from scheduler.exports import destinations
from scheduler.exports.mappings import get_mapping, list_mappings
from scheduler.permissions import may_administer, may_export
from web import auth, db
from web.forms.destinations import DestinationForm, SettleForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("destinations", __name__, url_prefix="/destinations")


@blueprint.get("")
@auth.requires(may_export)
@db.commits
def index() -> Any:
    """List the destinations."""
    rows = destinations.list_destinations(db.session(), auth.actor())
    return page("destinations/index.html", rows=rows, hosts=db.settings().push_hosts)


@blueprint.route("/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create() -> Any:
    """Set up a destination."""
    return _saved(DestinationForm(), None)


@blueprint.route("/<uid>/edit", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def edit(uid: str) -> Any:
    """Change a destination."""
    found = destinations.get_destination(db.session(), auth.actor(), uid).row
    form = DestinationForm(obj=found)
    if request.method == "GET":
        form.mapping.data = next((one.uid for one in _mappings() if one.id == found.mapping_id), "")
    return _saved(form, found)


@blueprint.get("/<uid>")
@auth.requires(may_export)
@db.commits
def show(uid: str) -> Any:
    """Show a destination with its batches."""
    return _page(uid, SettleForm())


@blueprint.post("/<uid>/settle")
@auth.requires(may_administer)
@db.commits
def settle(uid: str) -> Any:
    """Do something about a refused batch."""
    form, row = SettleForm(), destinations.get_destination(db.session(), auth.actor(), uid).row
    if form.validate_on_submit():
        destinations.settle_dead(db.session(), db.clock(), auth.actor(), row, form.event.data, reason=form.reason.data)
        return after_post("destinations.show", _("已处理，将继续推送。"), uid=uid)
    return _page(uid, form)


@blueprint.post("/<uid>/start")
@auth.requires(may_administer)
@db.commits
def start(uid: str) -> Any:
    """Push now: what changed, or everything again."""
    row = destinations.get_destination(db.session(), auth.actor(), uid).row
    whole = request.form.get("whole") == "1"
    destinations.start_pass(db.session(), db.clock(), auth.actor(), row, whole=whole)
    return after_post("destinations.show", _("将马上推送。"), uid=uid)


@blueprint.post("/<uid>/secret")
@auth.requires(may_administer)
@db.commits
def secret(uid: str) -> Any:
    """Show the secret, after changing it when that is asked for."""
    row = destinations.get_destination(db.session(), auth.actor(), uid).row
    rotate = request.form.get("rotate") == "1"
    shown = destinations.show_secret(
        db.session(), db.clock(), auth.actor(), row, key=db.settings().secret_key, rotate=rotate
    )
    return page("destinations/secret.html", row=row, secret=shown)


def _saved(form: DestinationForm, found: Any) -> Any:
    form.offer(_mappings())
    if form.validate_on_submit():
        with faults_to(form):
            aim = destinations.Aim(
                name=form.name.data,
                url=form.url.data,
                kind=ExportKind(form.kind.data),
                mapping=get_mapping(db.session(), auth.actor(), form.mapping.data) if form.mapping.data else None,
                every_minutes=form.every_minutes.data,
                active=bool(form.active.data),
            )
            row = destinations.save_destination(
                db.session(), db.clock(), auth.actor(), found, aim, hosts=db.settings().push_hosts,
                version=request.form.get("version", type=int),
            )  # fmt: skip
            return after_post("destinations.show", _("推送目的地已保存。"), uid=row.uid)
    return form_page("destinations/form.html", form, destination=found, hosts=db.settings().push_hosts)


def _mappings() -> Any:
    return list_mappings(db.session(), auth.actor())


def _page(uid: str, form: SettleForm) -> Any:
    found = destinations.get_destination(db.session(), auth.actor(), uid)
    batches = destinations.list_batches(db.session(), found.row)
    return form_page("destinations/show.html", form, view=found, batches=batches)
