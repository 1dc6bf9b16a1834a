"""Registers that the rules read: field classes, mandates of bodies, requirement conflicts, days without visits."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.queries.catalogue import scenarios_by_code
from data.queries.organisations import get_organisation, list_organisations, organisation_names
from scheduler.clock import today
from scheduler.filing import policies
from scheduler.filing.policy_tables import classes, closures, conflicts, mandates
from scheduler.permissions import may_administer, may_read_policies
from web import auth, db
from web.filters import own_name
from web.forms.base import options
from web.forms.policy_tables import ClassForm, ClosureForm, ConflictForm, MandateForm
from web.rendering import after_post, faults_to, form_page, kept_arguments, page, page_number, search_text

blueprint = Blueprint("registers", __name__, url_prefix="/policies")


@blueprint.get("/classes")
@auth.requires(may_read_policies)
@db.commits
def class_list() -> Any:
    """Show which enterprises have a class of a field's own."""
    found = classes.list_classes(db.session(), text=search_text(), page=page_number())
    return page("registers/classes.html", found=found, arguments=kept_arguments())


@blueprint.route("/classes/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create_class() -> Any:
    """Give an enterprise a class in a field."""
    return _class_page(None)


@blueprint.route("/classes/<int:number>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def field_class(number: int) -> Any:
    """Change the class of an enterprise in a field, or take it back."""
    return _class_page(classes.get_class(db.session(), number))


@blueprint.get("/mandates")
@auth.requires(may_read_policies)
@db.commits
def mandate_list() -> Any:
    """Show on what ground each body inspects."""
    return page(
        "registers/mandates.html", rows=list_organisations(db.session()), names=organisation_names(db.session())
    )  # fmt: skip


@blueprint.route("/mandates/<code>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def mandate(code: str) -> Any:
    """Change the ground on which a body inspects."""
    body = get_organisation(db.session(), code)
    bodies = [one.organisation for one in list_organisations(db.session())]
    giver = next((one.code for one in bodies if one.id == body.entrusted_by_id), "")
    values = {"mandate": body.mandate.value, "announced_on": body.announced_on, "entrusted_by_code": giver}
    form = MandateForm(data=values | {"entrusted_on": body.entrusted_on})
    others = [(one.code, own_name(one)) for one in bodies if one.id != body.id]
    form.entrusted_by_code.choices = options([("", _("无")), *others])
    if form.validate_on_submit():
        with faults_to(form):
            mandates.change_mandate(db.session(), db.clock(), auth.actor(), body, form.draft())
            return after_post("registers.mandate_list", _("检查主体资格已保存。"))
    return form_page("registers/mandate.html", form, body=body)


@blueprint.get("/conflicts")
@auth.requires(may_read_policies)
@db.commits
def conflict_list() -> Any:
    """Show which items ask for opposite things, and how that was settled."""
    return page("registers/conflicts.html", rows=conflicts.list_conflicts(db.session()))


@blueprint.route("/conflicts/new", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def create_conflict() -> Any:
    """Note that two items ask for opposite things."""
    form = ConflictForm()
    if form.validate_on_submit():
        with faults_to(form):
            conflicts.add_conflict(db.session(), db.clock(), auth.actor(), form.draft())
            return after_post("registers.conflict_list", _("冲突已登记。"))
    return form_page("registers/conflict.html", form, found=None)


@blueprint.route("/conflicts/<int:number>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def conflict(number: int) -> Any:
    """Write down how a conflict was settled, change it or strike it."""
    found = conflicts.get_conflict(db.session(), number)
    form = ConflictForm(obj=found.row)
    if request.method == "GET":
        form.first_code.data, form.second_code.data = found.first.code, found.second.code
    if form.validate_on_submit():
        with faults_to(form):
            doing = (db.session(), db.clock(), auth.actor(), found.row)
            if "end" in request.form:
                conflicts.remove_conflict(*doing, reason=form.reason.data or "")
                return after_post("registers.conflict_list", _("冲突已删除。"))
            conflicts.change_conflict(*doing, form.draft())
            return after_post("registers.conflict_list", _("冲突已保存。"))
    return form_page("registers/conflict.html", form, found=found)


@blueprint.route("/closures", methods=["GET", "POST"])
@auth.requires(may_read_policies)
@db.commits
def closure_list() -> Any:
    """Show the quiet days of all and the days on which single sites are not visited; add such days."""
    form = ClosureForm()
    if form.validate_on_submit():
        with faults_to(form):
            count = closures.add_closures(db.session(), db.clock(), auth.actor(), form.draft())
            return after_post("registers.closure_list", _("已登记 %(count)s 处场所。", count=count))
    found = closures.list_closures(
        db.session(), since=today(db.clock()), text=search_text(), page=page_number()
    )  # fmt: skip
    quiet = [line.row for line in policies.list_rules(db.session(), db.clock()) if line.row.code in {"R60", "R61"}]
    return form_page("registers/closures.html", form, found=found, arguments=kept_arguments(), quiet=quiet)


@blueprint.post("/closures/<int:number>/remove")
@auth.requires(may_read_policies)
@db.commits
def remove_closure(number: int) -> Any:
    """Strike days on which a site is not visited."""
    closures.remove_closure(db.session(), db.clock(), auth.actor(), number)
    return after_post("registers.closure_list", _("已删除。"))


def _class_page(found: classes.ClassRow | None) -> Any:
    values = {} if found is None else _class_values(found)
    form = ClassForm(data={"month": today(db.clock()), **values})
    fields = [(one.code, own_name(one)) for one in scenarios_by_code(db.session())]
    form.scenario_code.choices = options(fields)
    if form.validate_on_submit():
        with faults_to(form):
            doing = (db.session(), db.clock(), auth.actor())
            if found is not None and "end" in request.form:
                classes.remove_class(*doing, found.row, reason=form.reason.data or "")
                return after_post("registers.class_list", _("专业分类已取消。"))
            classes.give_class(*doing, form.draft())
            return after_post("registers.class_list", _("专业分类已登记。"))
    return form_page("registers/class.html", form, found=found)


def _class_values(found: classes.ClassRow) -> dict[str, Any]:
    return {
        "credit_code": found.enterprise.credit_code,
        "scenario_code": found.scenario.code,
        "credit_class": found.row.credit_class.value,
        "month": found.row.month,
    }
