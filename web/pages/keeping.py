"""Keeping the registry by hand: what happens to an enterprise, scenarios, items, officers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, request
from flask_babel import gettext as _

from data.queries import catalogue, officers, registry
from data.queries.organisations import organisation_names
from scheduler.permissions import may_keep_lists, may_keep_registry
from scheduler.registry import dictionaries, maintenance
from scheduler.registry.effects import touched_by_closing
from web import auth, db
from web.forms.base import Form, options
from web.forms.registry import (
    AbsenceForm,
    ItemForm,
    MergeForm,
    OfficerForm,
    ReasonForm,
    RecusalForm,
    RenameForm,
    ScenarioForm,
    SplitForm,
)
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("keeping", __name__, url_prefix="/registry")
_FORMS: Final[dict[str, type[ReasonForm]]] = {
    "rename": RenameForm, "merge": MergeForm, "split": SplitForm, "close": ReasonForm, "reopen": ReasonForm,
}  # fmt: skip
_DEEDS: Final[dict[str, Callable[..., Any]]] = {
    "rename": maintenance.rename, "merge": maintenance.merge, "split": maintenance.split,
    "close": maintenance.close, "reopen": maintenance.reopen,
}  # fmt: skip


@blueprint.route("/enterprises/<uid>/<any(rename, merge, split, close, reopen):deed>", methods=["GET", "POST"])
@auth.requires(may_keep_registry)
@db.commits
def enterprise(uid: str, deed: str) -> Any:
    """Rename, merge, split, close or open an enterprise."""
    firm = registry.get_enterprise(db.session(), uid)
    details = registry.enterprise_details(db.session(), firm)
    form = _FORMS[deed]()
    if isinstance(form, SplitForm):
        form.sites.choices = options((place.site.uid, place.site.name) for place in details.sites)
    if form.validate_on_submit():
        with faults_to(form):
            version = int(form.version.data) if str(form.version.data).isdecimal() else firm.version
            _DEEDS[deed](db.session(), db.clock(), auth.actor(), firm, version=version, **form.values())
            return after_post("registry.enterprise", _("已登记，历史记录保留。"), uid=uid)
    if request.method == "GET":
        form.version.data = firm.version
    touched = touched_by_closing(db.session(), [firm.id or 0])
    return form_page("keeping/enterprise.html", form, firm=firm, deed=deed, touched=touched)


@blueprint.route("/scenarios/<code>/edit", methods=["GET", "POST"])
@auth.requires(may_keep_registry)
@db.commits
def scenario(code: str) -> Any:
    """Edit a scenario: who leads, who joins, which industries."""
    found = catalogue.get_scenario(db.session(), code)
    names = sorted(organisation_names(db.session()).items(), key=lambda pair: pair[1])
    form = ScenarioForm(obj=found) if request.method == "GET" else ScenarioForm()
    form.lead_id.choices = options([("", _("无")), *((str(key), name) for key, name in names)])
    form.partner_ids.choices = options((str(key), name) for key, name in names)
    if request.method == "GET":
        _fill_members(form, code)
    if form.validate_on_submit():
        with faults_to(form):
            draft = dictionaries.ScenarioDraft(
                name=form.name.data, name_en=form.name_en.data, industry_codes=form.industry_codes.data,
                words=form.words.data, notice_mode=form.notice_mode.data,
                lead_id=_number(form.lead_id.data), partner_ids=_numbers(form.partner_ids.data),
            )  # fmt: skip
            dictionaries.edit_scenario(db.session(), db.clock(), auth.actor(), found, draft)
            return after_post("registry.scenarios", _("场景已保存。"))
    return form_page("keeping/scenario.html", form, scenario=found)


@blueprint.route("/items/<uid>/edit", methods=["GET", "POST"])
@auth.requires(may_keep_registry)
@db.commits
def item(uid: str) -> Any:
    """Edit an inspection item."""
    found = catalogue.get_item(db.session(), uid)
    form = ItemForm(obj=found) if request.method == "GET" else ItemForm()
    if request.method == "GET":
        form.quarters.data = str(found.quarters)
    if form.validate_on_submit():
        with faults_to(form):
            values = {name: form[name].data for name in dictionaries.ItemDraft.__dataclass_fields__}
            draft = dictionaries.ItemDraft(**values | {"quarters": int(form.quarters.data)})
            dictionaries.edit_item(db.session(), db.clock(), auth.actor(), found, draft)
            return after_post("registry.items", _("事项已保存。"))
    return form_page("keeping/item.html", form, item=found)


@blueprint.route("/officers/<uid>/edit", methods=["GET", "POST"])
@auth.requires(may_keep_lists)
@db.commits
def officer(uid: str) -> Any:
    """Edit certificate, training, skills and status of an officer."""
    details = _officer(uid)
    form = OfficerForm(obj=details.officer) if request.method == "GET" else OfficerForm()
    form.skill_ids.choices = options((str(skill.id), skill.name) for skill in officers.list_skills(db.session()))
    if request.method == "GET":
        form.skill_ids.data = [str(skill.id) for skill in details.skills]
    if form.validate_on_submit():
        with faults_to(form):
            draft = dictionaries.OfficerDraft(
                certificate_until=form.certificate_until.data, reviewed=form.reviewed.data,
                training_hours=form.training_hours.data, skill_ids=_numbers(form.skill_ids.data),
                status=form.status.data,
            )  # fmt: skip
            dictionaries.edit_officer(db.session(), db.clock(), auth.actor(), details.officer, draft)
            return after_post("registry.officer", _("已保存。"), uid=uid)
    return _officer_page(details, form, AbsenceForm(), RecusalForm())


@blueprint.post("/officers/<uid>/absences")
@auth.requires(may_keep_lists)
@db.commits
def add_absence(uid: str) -> Any:
    """Note days of absence."""
    details, form = _officer(uid), AbsenceForm()
    if form.validate_on_submit():
        with faults_to(form):
            dictionaries.add_absence(
                db.session(), db.clock(), auth.actor(), details.officer, first=form.first.data, last=form.last.data
            )
            return after_post("keeping.officer", _("已登记不在岗。"), uid=uid)
    return _officer_page(details, OfficerForm(obj=details.officer), form, RecusalForm())


@blueprint.post("/officers/<uid>/absences/<int:number>/remove")
@auth.requires(may_keep_lists)
@db.commits
def remove_absence(uid: str, number: int) -> Any:
    """Take noted days back."""
    dictionaries.remove_absence(db.session(), db.clock(), auth.actor(), _officer(uid).officer, number)
    return after_post("keeping.officer", _("已删除。"), uid=uid)


@blueprint.post("/officers/<uid>/recusals")
@auth.requires(may_keep_lists)
@db.commits
def add_recusal(uid: str) -> Any:
    """Note an enterprise that the officer must not inspect."""
    details, form = _officer(uid), RecusalForm()
    if form.validate_on_submit():
        with faults_to(form):
            dictionaries.add_recusal(db.session(), db.clock(), auth.actor(), details.officer, form.credit_code.data)
            return after_post("keeping.officer", _("已登记回避。"), uid=uid)
    return _officer_page(details, OfficerForm(obj=details.officer), AbsenceForm(), form)


def _officer(uid: str) -> officers.OfficerDetails:
    found = officers.get_officer(db.session(), uid)
    dictionaries.require_officer(auth.actor(), found)
    return officers.officer_details(db.session(), found)


def _officer_page(details: officers.OfficerDetails, form: OfficerForm, absence: Form, recusal: Form) -> Any:
    form.skill_ids.choices = options((str(skill.id), skill.name) for skill in officers.list_skills(db.session()))
    if request.endpoint != "keeping.officer":
        form.skill_ids.data = [str(skill.id) for skill in details.skills]
    refused = next((one for one in (form, absence, recusal) if one.errors), form)
    return form_page(
        "keeping/officer.html", refused, details=details, officer_form=form, absence=absence, recusal=recusal
    )


def _fill_members(form: ScenarioForm, code: str) -> None:
    row = next(row for row in catalogue.list_scenarios(db.session()) if row.scenario.code == code)
    form.lead_id.data = str(row.lead.id) if row.lead else ""
    form.partner_ids.data = [str(partner.id) for partner in row.partners]


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _numbers(texts: list[str] | None) -> list[int]:
    return [int(text) for text in texts or () if text.isdecimal()]
