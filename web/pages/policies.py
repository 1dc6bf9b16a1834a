"""The rules of filing: the table for everybody who files or supervises, new versions for administrators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import OrganisationKind
from data.queries.catalogue import scenarios_by_code
from scheduler.errors import InvalidError
from scheduler.filing import policies
from scheduler.filing.rule_parameters import parameters_of, read_parameters
from scheduler.permissions import may_administer, may_see_plans
from web import auth, db, phrases
from web.filters import own_name
from web.forms.base import options
from web.forms.policies import RuleForm
from web.rendering import after_post, faults_to, form_page, page

blueprint = Blueprint("policies", __name__, url_prefix="/policies")
PREFIX = "p-"


@blueprint.get("")
@auth.requires(may_see_plans)
@db.commits
def index() -> Any:
    """Show all rules with what they say, their sources, where they live and what proves them."""
    return page("policies/index.html", lines=policies.list_rules(db.session(), db.clock()))


@blueprint.route("/<uid>", methods=["GET", "POST"])
@auth.requires(may_administer)
@db.commits
def edit(uid: str) -> Any:
    """Change a rule: first look at what it would have stopped, then write the next version."""
    line = policies.get_rule(db.session(), uid)
    versions = policies.list_versions(db.session(), line.row.code)
    form, typed, faults, preview = _form(line, versions), _typed(), {}, None
    if form.validate_on_submit():
        with faults_to(form):
            try:
                fields = [one.code for one in scenarios_by_code(db.session())]
                change = form.change(read_parameters(line.row.parameters, typed, scenarios=fields))
            except InvalidError as error:
                faults = {one.field: phrases.fault(one.code, dict(one.params)) for one in error.faults}
                raise
            if "preview" not in request.form:
                made = policies.change_rule(
                    db.session(), db.clock(), auth.actor(), line.row, change, version=int(form.version.data or 0)
                )
                return after_post("policies.index", _("规则已保存为第 %(number)s 版。", number=made.version))
            preview = policies.preview_change(db.session(), db.clock(), line.row, change)
    shown = parameters_of(line.row.parameters, typed)
    return form_page(
        "policies/edit.html", form, line=line, versions=versions, shown=shown, faults=faults, preview=preview
    )


def _form(line: policies.RuleLine, versions: list[Any]) -> RuleForm:
    row = line.row
    scenarios = [(one.code, own_name(one)) for one in scenarios_by_code(db.session())]
    code = next((key for key, _name in scenarios if line.scenario_name == _name), "")
    form = RuleForm(
        data={
            "version": versions[0].version,
            "severity": row.severity.value,
            "active": row.active,
            "organisation_kind": row.organisation_kind.value if row.organisation_kind else "",
            "scenario_code": code,
        }
    )
    form.organisation_kind.choices = options([("", _("全部单位")), *phrases.words(OrganisationKind)])
    form.scenario_code.choices = options([("", _("全部领域")), *scenarios])
    return form


def _typed() -> dict[str, list[str]]:
    """The parameters as typed. Boxes that are not ticked are not sent, so an empty twin of each comes first."""
    return {name.removeprefix(PREFIX): request.form.getlist(name) for name in request.form if name.startswith(PREFIX)}
