"""Plan sheets: uploading, checking row by row, mending, importing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from data.enums import PlanKind, RoundStatus, UploadStatus
from scheduler.clock import today
from scheduler.filing import uploads
from scheduler.filing.review import FIELDS
from scheduler.filing.rounds import list_rounds
from scheduler.filing.workbooks import template_workbook
from scheduler.permissions import may_see_plans, may_write_plans
from web import auth, db, phrases
from web.asked import asked_number
from web.forms.base import options
from web.forms.uploads import UploadForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("uploads", __name__, url_prefix="/uploads")
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# The most rows that are shown at once; the others follow on the next page.
ROWS_SHOWN = 50


@blueprint.get("")
@auth.requires(may_see_plans)
@db.commits
def index() -> Any:
    """List the uploads, and offer the form to clerks."""
    return form_page("uploads/index.html", _form(), uploads=uploads.list_uploads(db.session(), auth.actor()))


@blueprint.post("")
@auth.requires(may_write_plans)
@db.commits
def receive() -> Any:
    """Read a sheet; nothing becomes a plan yet."""
    form = _form()
    if form.validate_on_submit():
        with faults_to(form):
            upload = uploads.receive_upload(
                db.session(), db.clock(), auth.actor(), filename=form.file.data.filename or "",
                content=form.file.data.read(), year=form.year.data, round_uid=form.round_uid.data,
            )  # fmt: skip
            return after_post("uploads.show", _("已读取，请核对后导入。"), uid=upload.uid)
    return form_page("uploads/index.html", form, uploads=uploads.list_uploads(db.session(), auth.actor()))


@blueprint.get("/template.xlsx")
@auth.requires(may_see_plans)
@db.commits
def template() -> Any:
    """Hand out an empty sheet with the headers that are read best."""
    return _workbook(template_workbook(today(db.clock()).year), "onedoor-template.xlsx")


@blueprint.get("/<uid>")
@auth.requires(may_see_plans)
@db.commits
def show(uid: str) -> Any:
    """Show every row with its faults at their cells."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    review = uploads.review_upload(db.session(), upload)
    only_faulty = request.args.get("show") == "faulty"
    rows = [row for row in review.rows if not only_faulty or (not row.ready and not row.left_out)]
    first = asked_number("from") or 0
    writer = may_write_plans(auth.actor()) and auth.actor().organisation_id == upload.organisation_id
    return page(
        "uploads/show.html",
        upload=upload,
        review=review,
        rows=rows[first : first + ROWS_SHOWN],
        total=len(rows),
        first=first,
        step=ROWS_SHOWN,
        only_faulty=only_faulty,
        editable=writer and upload.status is UploadStatus.READ,
        edited=request.args.get("edit", ""),
        fields=[(name, phrases.field(name)) for name in FIELDS],
        kinds=phrases.words(PlanKind),
    )


@blueprint.post("/<uid>/mend")
@auth.requires(may_write_plans)
@db.commits
def mend(uid: str) -> Any:
    """Lay a typed or chosen text over one field, in one row or in all rows with the same fault."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    name, key, version = request.form.get("field", ""), request.form.get("row_key", ""), _version(upload.version)
    value = request.form.get("chosen") or request.form.get("value", "")
    if request.form.get("alike"):
        uploads.mend_alike(
            db.session(), db.clock(), auth.actor(), upload, field=name, text=request.form.get("text", ""),
            value=value, version=version,
        )  # fmt: skip
    else:
        uploads.mend_row(
            db.session(), db.clock(), auth.actor(), upload, row_key=key, values={name: value}, version=version
        )
    return _back(uid, key)


@blueprint.post("/<uid>/row")
@auth.requires(may_write_plans)
@db.commits
def mend_row(uid: str) -> Any:
    """Lay typed texts over several fields of a row."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    key = request.form.get("row_key", "")
    values = {name: request.form[name] for name in FIELDS if name in request.form}
    uploads.mend_row(
        db.session(), db.clock(), auth.actor(), upload, row_key=key, values=values, version=_version(upload.version)
    )
    return _back(uid, key)


@blueprint.post("/<uid>/leave-out")
@auth.requires(may_write_plans)
@db.commits
def leave_out(uid: str) -> Any:
    """Leave a row out of the import, or take it in again."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    key = request.form.get("row_key", "")
    uploads.leave_out_row(
        db.session(), db.clock(), auth.actor(), upload, row_key=key, leave_out=request.form.get("leave_out") == "yes"
    )
    return _back(uid, key)


@blueprint.post("/<uid>/import")
@auth.requires(may_write_plans)
@db.commits
def take_in(uid: str) -> Any:
    """Make a plan of the rows, all or none."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    kind = request.form.get("kind", "")
    done = uploads.import_upload(
        db.session(), db.clock(), auth.actor(), upload,
        kind=PlanKind(kind) if kind in set(PlanKind) else PlanKind.RANDOM,
    )  # fmt: skip
    text = _(
        "已导入：新增任务 %(added)s 项，已有 %(there)s 项，不导入 %(left)s 行。",
        added=done.added,
        there=done.already_there,
        left=done.left_out,
    )
    if done.plan is None:
        return after_post("uploads.show", text, uid=uid)
    return after_post("plans.show", text, uid=done.plan.uid)


@blueprint.post("/<uid>/discard")
@auth.requires(may_write_plans)
@db.commits
def discard(uid: str) -> Any:
    """Give an upload up."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    uploads.discard_upload(db.session(), db.clock(), auth.actor(), upload)
    return after_post("uploads.index", _("已放弃这次上传。"))


@blueprint.get("/<uid>/faulty.xlsx")
@auth.requires(may_see_plans)
@db.commits
def faulty(uid: str) -> Any:
    """Hand out the rows that are at fault or left out, to be mended in a spreadsheet program."""
    upload = uploads.get_upload(db.session(), auth.actor(), uid)
    content = uploads.faulty_workbook(db.session(), upload, say=_say)
    return _workbook(content, f"onedoor-{upload.uid[:8]}-faulty.xlsx")


def _say(one: uploads.FieldReview) -> str:
    return phrases.fault(one.fault_code or "", dict(one.params))


def _back(uid: str, key: str) -> Any:
    kept = {name: request.form[name] for name in ("show", "from") if request.form.get(name)}
    return after_post("uploads.show", uid=uid, _anchor=f"row-{key}", **kept)


def _version(present: int) -> int:
    return request.form.get("version", default=present, type=int)


def _workbook(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=WORKBOOK_TYPE, headers=headers)


def _form() -> UploadForm:
    form = UploadForm()
    rounds = [one for one in list_rounds(db.session(), auth.actor()) if one.status is RoundStatus.OPEN]
    form.round_uid.choices = options([("", _("暂不指定")), *((one.uid, one.name) for one in rounds)])
    if request.method == "GET" and rounds:
        form.round_uid.data = rounds[0].uid
    return form
