"""Data for others (数据交换): choose a table, look at what would go out, let it be written, fetch it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from data.enums import ExportKind, FileForm
from scheduler.exports import runs
from scheduler.exports.mappings import get_mapping, list_mappings
from scheduler.exports.tables import Extract
from scheduler.permissions import may_coordinate, may_export
from web import auth, db
from web.forms.exports import ExportForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("exports", __name__, url_prefix="/exports")


@blueprint.get("")
@auth.requires(may_export)
@db.commits
def index() -> Any:
    """Show the form, what it would give, and the exports before."""
    asked = "kind" in request.args
    form = _form(ExportForm(formdata=request.args if asked else None, meta={"csrf": False}))
    shown = None
    if asked and form.validate():
        with faults_to(form):
            extract = _extract(form)
            shown = runs.preview(db.session(), auth.actor(), extract, _mapping(form))
    return _page(form, shown)


@blueprint.post("")
@auth.requires(may_export)
@db.commits
def create() -> Any:
    """Let an export be written."""
    form = _form(ExportForm())
    if form.validate_on_submit():
        with faults_to(form):
            run = runs.request_export(
                db.session(),
                db.clock(),
                auth.actor(),
                _extract(form),
                form=FileForm(form.form.data),
                mapping=_mapping(form),
            )
            return after_post("exports.show", uid=run.uid)
    return _page(form, None)


@blueprint.get("/<uid>")
@auth.requires(may_export)
@db.commits
def show(uid: str) -> Any:
    """Show one export; the page renews itself while it is written."""
    return page("exports/show.html", view=runs.get_run(db.session(), auth.actor(), uid))


@blueprint.post("/<uid>/file")
@auth.requires(may_export)
@db.commits
def take(uid: str) -> Any:
    """Hand out the file. A post, because it leaves a line in the trail."""
    run = runs.get_run(db.session(), auth.actor(), uid).run
    content = runs.take_file(db.session(), db.clock(), auth.actor(), run)
    headers = {"Content-Disposition": f'attachment; filename="onedoor-{run.kind}-{run.uid[:8]}.zip"'}
    return Response(content, mimetype="application/zip", headers=headers | {"Cache-Control": "no-store"})


@blueprint.post("/<uid>/retry")
@auth.requires(may_export)
@db.commits
def retry(uid: str) -> Any:
    """Let a failed export go on where it stopped."""
    runs.retry(db.session(), db.clock(), auth.actor(), runs.get_run(db.session(), auth.actor(), uid).run)
    return after_post("exports.show", _("将从上次停下的地方继续。"), uid=uid)


def _form(form: ExportForm) -> ExportForm:
    form.offer(list_mappings(db.session(), auth.actor()), may_hide=may_coordinate(auth.actor()))
    return form


def _extract(form: ExportForm) -> Extract:
    given = Extract(kind=ExportKind(form.kind.data), since=form.since.data, hidden=form.with_hidden)
    return runs.chosen_since(db.session(), given, form.span.data)


def _mapping(form: ExportForm) -> Any:
    return get_mapping(db.session(), auth.actor(), form.mapping.data) if form.mapping.data else None


def _page(form: ExportForm, shown: runs.Preview | None) -> Any:
    return form_page("exports/index.html", form, shown=shown, rows=runs.list_runs(db.session(), auth.actor()))
