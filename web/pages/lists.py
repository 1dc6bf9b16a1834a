"""Lists of the registry: templates, upload, what taking over would do, taking over."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from data.enums import ListKind, ListStatus
from scheduler.permissions import may_keep_lists, may_see_registry
from scheduler.registry import effects, lists
from scheduler.registry.columns import header_of
from web import auth, db, phrases
from web.forms.base import options
from web.forms.registry import ListForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("lists", __name__, url_prefix="/registry/lists")
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@auth.requires(may_keep_lists)
@db.commits
def index() -> Any:
    """Offer templates and the form, and list what was sent."""
    return _index(_form())


@blueprint.post("")
@auth.requires(may_keep_lists)
@db.commits
def receive() -> Any:
    """Read a list; nothing in the registry changes yet."""
    form = _form()
    if form.validate_on_submit():
        with faults_to(form):
            upload = lists.receive_list(
                db.session(), db.clock(), auth.actor(), kind=ListKind(form.kind.data),
                filename=form.file.data.filename or "", content=form.file.data.read(), month=form.month.data,
            )  # fmt: skip
            return after_post("lists.show", _("已读取，请核对后生效。"), uid=upload.uid)
    return _index(form)


@blueprint.get("/template/<kind>.xlsx")
@auth.requires(may_see_registry)
@db.commits
def template(kind: str) -> Any:
    """Hand out the empty list of a kind."""
    if kind not in set(ListKind):
        return _index(_form())
    return _workbook(lists.template_of(ListKind(kind)), f"onedoor-{kind}.xlsx")


@blueprint.get("/<uid>")
@auth.requires(may_keep_lists)
@db.commits
def show(uid: str) -> Any:
    """Show what taking the list over would do, or did."""
    upload = lists.get_list(db.session(), auth.actor(), uid)
    touched = (
        effects.touched_by_classes(db.session(), upload.month)
        if upload.kind is ListKind.CREDIT_CLASSES and upload.status is ListStatus.APPLIED and upload.month
        else []
    )
    faults = [
        fault
        | {"header": header_of(upload.kind, fault["column"]), "words": phrases.fault(fault["code"], fault["params"])}
        for fault in upload.outcome["faults"]
    ]
    return page("lists/show.html", upload=upload, faults=faults, touched=touched, header_of=header_of)


@blueprint.get("/<uid>/faulty.xlsx")
@auth.requires(may_keep_lists)
@db.commits
def faulty(uid: str) -> Any:
    """Hand out the lines at fault, to be mended in a spreadsheet program."""
    upload = lists.get_list(db.session(), auth.actor(), uid)
    content = lists.faulty_list(db.session(), db.clock(), auth.actor(), upload, say=phrases.fault)
    return _workbook(content, f"onedoor-{upload.uid[:8]}-faulty.xlsx")


@blueprint.post("/<uid>/apply")
@auth.requires(may_keep_lists)
@db.commits
def apply(uid: str) -> Any:
    """Take the list over."""
    upload = lists.get_list(db.session(), auth.actor(), uid)
    done = lists.apply_list(
        db.session(), db.clock(), auth.actor(), upload, without_faulty=request.form.get("without_faulty") == "yes"
    )
    text = _(
        "名单已生效：新增 %(added)s，变更 %(changed)s，不变 %(same)s。",
        added=done.added,
        changed=done.changed,
        same=done.same,
    )
    return after_post("lists.show", text, uid=uid)


@blueprint.post("/<uid>/discard")
@auth.requires(may_keep_lists)
@db.commits
def discard(uid: str) -> Any:
    """Give the list up."""
    lists.discard_list(db.session(), db.clock(), auth.actor(), lists.get_list(db.session(), auth.actor(), uid))
    return after_post("lists.index", _("已放弃这份名单。"))


def _form() -> ListForm:
    form = ListForm()
    kinds = [(kind.value, phrases.word(kind)) for kind in lists.kinds_for(auth.actor())]
    form.kind.choices = options(kinds)
    if request.method == "GET" and request.args.get("kind") in {value for value, _word in kinds}:
        form.kind.data = request.args["kind"]
    return form


def _index(form: ListForm) -> Any:
    return form_page(
        "lists/index.html",
        form,
        kinds=lists.kinds_for(auth.actor()),
        sent=lists.list_lists(db.session(), auth.actor()),
    )


def _workbook(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype=WORKBOOK_TYPE, headers=headers)
