"""Plan sheets: handing one in, its review, mending rows, the import, giving it up. The same calls as the pages make."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, url_for

from data.enums import ApiScope
from scheduler.errors import Fault
from scheduler.filing import uploads
from scheduler.filing.fields import FieldReview
from scheduler.filing.review import ReviewRow
from scheduler.permissions import may_see_plans, may_write_plans
from web import auth, db, phrases
from web.api.answers import CHANGING, SENDING, cut, document, listing, nothing, problems, required_version
from web.api.door import allows
from web.api.inputs import IfMatchHeader, ImportWish, OnceHeader, PageQuery, RowMend, SheetForm, UidPath, UploadQuery
from web.api.once import commits_once
from web.api.schemas import (
    CandidateOut,
    FieldOut,
    FileFaultOut,
    ImportOut,
    ProblemPart,
    RowOut,
    UploadLine,
    UploadOut,
    UploadPage,
)
from web.api.wiring import resource
from web.errors import RequestError, fault_document

blueprint = resource("uploads", "/uploads", "uploads 计划表")
FORM = "multipart/form-data"


@blueprint.get("", responses={200: UploadPage}, summary="列出上传的计划表 List uploaded sheets")
@allows(ApiScope.PLANS_READ, may_see_plans)
@db.commits
def index(query: PageQuery) -> Response:
    found = cut(uploads.list_uploads(db.session(), auth.actor()), query)
    return listing(UploadPage, found, [UploadLine.model_validate(row) for row in found.rows])


@blueprint.post("", responses={201: UploadOut, **SENDING}, summary="上传计划表 Hand a sheet in")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@commits_once
def receive(header: OnceHeader, form: SheetForm) -> Response:  # noqa: ARG001 -- the key is read where it is needed
    if not hasattr(form.file, "read"):
        raise RequestError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_form")
    upload = uploads.receive_upload(
        db.session(), db.clock(), auth.actor(), filename=form.file.filename or "", content=form.file.read(),
        year=form.year, round_uid=form.round_uid or None,
    )  # fmt: skip
    address = url_for("api_uploads.show", uid=upload.uid)
    return document(_shown(upload, UploadQuery()), HTTPStatus.CREATED, location=address)


@blueprint.get("/<uid>", responses={200: UploadOut, **problems(404)}, summary="读取核对结果 Read the review of a sheet")
@allows(ApiScope.PLANS_READ, may_see_plans)
@db.commits
def show(path: UidPath, query: UploadQuery) -> Response:
    return document(_shown(uploads.get_upload(db.session(), auth.actor(), path.uid), query))


@blueprint.patch("/<uid>", responses={200: UploadOut, **CHANGING}, summary="改正一行 Mend a row")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@db.commits
def mend(path: UidPath, header: IfMatchHeader, body: RowMend) -> Response:  # noqa: ARG001 -- read by the door
    upload = uploads.get_upload(db.session(), auth.actor(), path.uid)
    version = required_version(upload.version, entity="upload")
    with_values = (db.session(), db.clock(), auth.actor(), upload)
    uploads.mend_row(*with_values, row_key=body.row_key, values=body.values, version=version)
    if body.leave_out is not None:
        uploads.leave_out_row(*with_values, row_key=body.row_key, leave_out=body.leave_out)
    return document(_shown(upload, UploadQuery()))


@blueprint.delete("/<uid>", responses={204: None, **CHANGING}, summary="放弃上传 Give a sheet up")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@db.commits
def discard(path: UidPath, header: IfMatchHeader) -> Response:  # noqa: ARG001 -- read by the door
    upload = uploads.get_upload(db.session(), auth.actor(), path.uid)
    required_version(upload.version, entity="upload")
    uploads.discard_upload(db.session(), db.clock(), auth.actor(), upload)
    return nothing()


@blueprint.post("/<uid>/import", responses={200: ImportOut, **SENDING}, summary="导入为计划 Make a plan of a sheet")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@commits_once
def take_in(path: UidPath, header: OnceHeader, body: ImportWish) -> Response:  # noqa: ARG001 -- read where needed
    upload = uploads.get_upload(db.session(), auth.actor(), path.uid)
    done = uploads.import_upload(
        db.session(), db.clock(), auth.actor(), upload, kind=body.kind, title=body.title
    )  # fmt: skip
    plan_uid = done.plan.uid if done.plan else None
    outcome = ImportOut(
        plan_uid=plan_uid, added=done.added, already_there=done.already_there, left_out=done.left_out
    )  # fmt: skip
    return document(outcome)


def _shown(upload: Any, query: UploadQuery) -> UploadOut:
    review = uploads.review_upload(db.session(), upload)
    rows = [row for row in review.rows if not query.faulty_only or not (row.ready or row.left_out)]
    found = cut(rows, query)
    own = {name: getattr(upload, name) for name in UploadLine.model_fields}
    return UploadOut(
        **own,
        period_first=review.period_first,
        period_last=review.period_last,
        rows_total=review.total,
        rows_faulty=review.faulty,
        rows_left_out=review.left_out,
        rows_already_there=review.already_there,
        ready=review.ready,
        file_faults=[_file_fault(one) for one in review.file_faults],
        page=found.page,
        per_page=found.per_page,
        total=found.total,
        rows=[_row(row) for row in found.rows],
    )


def _file_fault(one: uploads.FileFault) -> FileFaultOut:
    detail = phrases.fault(one.code, {"text": one.text or ""})
    return FileFaultOut(code=one.code, detail=detail, text=one.text, sheet=one.sheet, row=one.row, cell=one.cell)


def _row(row: ReviewRow) -> RowOut:
    own = {name: getattr(row, name) for name in RowOut.model_fields if name != "fields"}
    return RowOut(**own, fields={name: _field(name, one) for name, one in row.fields.items()})


def _field(name: str, one: FieldReview) -> FieldOut:
    fault = None
    if one.fault_code:
        fault = ProblemPart(**fault_document(Fault(field=name, code=one.fault_code, params=one.params)))
    return FieldOut(
        text=one.text,
        value=one.value,
        fault=fault,
        hint=one.hint_code,
        proposal=one.proposal,
        candidates=[CandidateOut(text=text, name=label) for text, label in one.candidates],
        mended=one.mended,
    )
