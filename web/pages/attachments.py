"""Documents beside plans: adding, handing out, taking away."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response
from flask_babel import gettext as _

from data.enums import AttachmentKind
from scheduler.filing import attachments
from scheduler.filing.plans import get_plan
from scheduler.permissions import may_keep_officers, may_see_plans
from web import auth, db
from web.forms.attachments import AttachmentForm
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("attachments", __name__, url_prefix="/attachments")


@blueprint.route("/plans/<uid>", methods=["GET", "POST"])
@auth.requires(may_see_plans)
@db.commits
def index(uid: str) -> Any:
    """Show the documents of a plan, and take another in."""
    session, actor = db.session(), auth.actor()
    plan = get_plan(session, actor, uid)
    form = AttachmentForm()
    if form.validate_on_submit():
        with faults_to(form):
            kind, file = AttachmentKind(form.kind.data), form.file.data
            attachments.attach(
                session, db.clock(), actor, plan, kind=kind, filename=file.filename or "", content=file.read()
            )
            return after_post("attachments.index", _("材料已保存。"), uid=uid)
    return form_page(
        "plans/attachments.html",
        form,
        plan=plan,
        rows=attachments.list_attachments(session, plan),
        writer=attachments.may_attach(actor, plan),
    )


@blueprint.get("/<uid>")
@auth.requires(may_see_plans)
@db.commits
def download(uid: str) -> Any:
    """Hand a document out, always as a file: what somebody uploaded is never shown as a page of ours."""
    found = attachments.get_attachment(db.session(), auth.actor(), uid)
    headers = {
        "Content-Disposition": f"attachment; filename=\"document\"; filename*=UTF-8''{quote(found.filename, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return Response(found.content, mimetype=found.media_type, headers=headers)


@blueprint.post("/<uid>/remove")
@auth.requires(may_keep_officers)
@db.commits
def remove(uid: str) -> Any:
    """Take a document away."""
    found = attachments.get_attachment(db.session(), auth.actor(), uid)
    plan = attachments.plan_of(db.session(), found)
    attachments.remove(db.session(), db.clock(), auth.actor(), found)
    return after_post("attachments.index", _("材料已移除，仍留存备查。"), uid=plan.uid)
