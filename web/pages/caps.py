"""The tables of caps and exemptions: read by the coordinator, kept by administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.queries.catalogue import scenarios_by_code
from data.queries.organisations import list_organisations
from scheduler.filing.policy_tables import caps, exemptions
from scheduler.permissions import may_administer, may_read_policies
from web import auth, db
from web.filters import own_name
from web.forms.policy_tables import CapForm, ExemptionForm, offer_scopes, offer_triggers
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("caps", __name__, url_prefix="/policies")


@blueprint.get("/caps")
@auth.requires(may_read_policies)
@db.commits
def index() -> Any:
    """Show the caps in force and those that were ended."""
    return page(
        "caps/index.html", rows=caps.list_caps(db.session()), ended=caps.list_caps(db.session(), ended=True)
    )  # fmt: skip


@blueprint.route("/caps/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create() -> Any:
    """Add a cap, after a look at how often enterprises were visited in fact."""
    form, preview = _cap_form(None), None
    if form.validate_on_submit():
        with faults_to(form):
            if "preview" not in request.form:
                caps.add_cap(db.session(), db.clock(), auth.actor(), form.draft())
                return after_post("caps.index", _("频次上限已新增。"))
            preview = caps.preview_cap(db.session(), db.clock(), form.draft())
    return form_page("caps/cap.html", form, found=None, before=(), preview=preview)


@blueprint.route("/caps/<uid>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def edit(uid: str) -> Any:
    """Replace a cap or end it, after a look at how a change would have told."""
    found = caps.get_cap(db.session(), uid)
    form, preview = _cap_form(found), None
    if form.validate_on_submit():
        with faults_to(form):
            if "end" in request.form:
                caps.end_cap(db.session(), db.clock(), auth.actor(), found.row, reason=form.reason.data or "")
                return after_post("caps.index", _("频次上限已停用。"))
            if "preview" not in request.form:
                caps.change_cap(db.session(), db.clock(), auth.actor(), found.row, form.draft())
                return after_post("caps.index", _("频次上限已修改，原来的一条已停用。"))
            preview = caps.preview_cap(db.session(), db.clock(), form.draft(), present=found.row)
    before = caps.list_before(db.session(), found.row)
    return form_page("caps/cap.html", form, found=found, before=before, preview=preview)


@blueprint.get("/exemptions")
@auth.requires(may_read_policies)
@db.commits
def exemption_list() -> Any:
    """Show which inspections are counted and which are capped."""
    return page("caps/exemptions.html", rows=exemptions.list_exemptions(db.session()))


@blueprint.route("/exemptions/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create_exemption() -> Any:
    """Add a line to the table of exemptions."""
    form = ExemptionForm(data={"counted": True}) if request.method == "GET" else ExemptionForm()
    offer_triggers(form)
    if form.validate_on_submit():
        with faults_to(form):
            exemptions.add_exemption(db.session(), db.clock(), auth.actor(), form.draft())
            return after_post("caps.exemption_list", _("豁免规定已新增。"))
    return form_page("caps/exemption.html", form, found=None)


@blueprint.route("/exemptions/<int:number>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def exemption(number: int) -> Any:
    """Change or strike a line of the table of exemptions."""
    found = exemptions.get_exemption(db.session(), number)
    form = ExemptionForm(obj=found) if request.method == "GET" else ExemptionForm()
    offer_triggers(form)
    if request.method == "GET":
        form.kind.data = found.kind.value
    if form.validate_on_submit():
        with faults_to(form):
            doing = (db.session(), db.clock(), auth.actor(), found)
            if "end" in request.form:
                exemptions.remove_exemption(*doing, reason=form.reason.data or "")
                return after_post("caps.exemption_list", _("豁免规定已删除。"))
            exemptions.change_exemption(*doing, form.draft())
            return after_post("caps.exemption_list", _("豁免规定已修改。"))
    return form_page("caps/exemption.html", form, found=found)


def _cap_form(found: caps.CapRow | None) -> CapForm:
    if request.method == "POST":
        form = CapForm()
    elif found is None:
        form = CapForm(data={"hard": True})
    else:
        form = CapForm(data=_shown(found))
    bodies = [(one.organisation.code, own_name(one.organisation)) for one in list_organisations(db.session())]
    fields = [(one.code, own_name(one)) for one in scenarios_by_code(db.session())]
    offer_scopes(form, bodies, fields)
    return form


def _shown(found: caps.CapRow) -> dict[str, Any]:
    row = found.row
    names = ("most", "hard", "first_year", "last_year", "source")
    return {name: getattr(row, name) for name in names} | {
        "holder": row.holder.value,
        "subject": row.subject.value,
        "credit_class": row.credit_class.value if row.credit_class else "",
        "organisation_kind": row.organisation_kind.value if row.organisation_kind else "",
        "organisation_code": found.organisation.code if found.organisation else "",
        "scenario_code": found.scenario.code if found.scenario else "",
        "item_code": found.item.code if found.item else "",
    }
