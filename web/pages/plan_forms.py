"""The forms of plans and tasks with their choices filled in, for the pages that write them. Knows no route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from data.enums import PlanTrigger, RoundStatus
from data.queries.catalogue import list_items, list_scenarios
from data.queries.officers import list_skills
from data.queries.organisations import list_organisations
from data.queries.registry import list_towns
from data.queries.sites import list_site_rows
from scheduler.errors import InvalidError
from scheduler.filing.drafts import TaskDraft, read_draft
from scheduler.filing.plan_views import TaskDetails, list_earlier
from scheduler.filing.rounds import list_rounds
from scheduler.filing.tasks import find_parts
from web import auth, db, phrases
from web.filters import own_name
from web.forms.base import options
from web.forms.plans import STEP_FIELDS, PlanForm, TaskForm
from web.sites import find_sites

MOST_ITEMS_OFFERED = 200
_SAME = (
    "number", "name", "target_text", "first_date", "last_date", "priority", "quantity", "inspectors",
    "separate_reason", "explanation", "offsite", "onsite_reason", "minimum_yearly", "cap_clause", "equipment",
    "assistants", "together", "lead_wish", "sequence_note",
)  # fmt: skip


def seen_version(present: int) -> int:
    """The version that the person saw; a form that does not say is taken for the present one."""
    return request.form.get("version", default=present, type=int)


def plan_form(plan: Any = None) -> PlanForm:
    """The form of a plan's head."""
    form = PlanForm(obj=plan)
    rounds = [one for one in list_rounds(db.session(), auth.actor()) if one.status is RoundStatus.OPEN]
    form.round_uid.choices = options([("", _("暂不指定")), *((one.uid, one.name) for one in rounds)])
    form.trigger.choices = options([("", _("请选择")), *phrases.words(PlanTrigger)])
    earlier = list_earlier(db.session(), auth.actor())
    form.review_of.choices = options([("", _("请选择")), *((one.key, one.label) for one in earlier)])
    if plan is not None and request.method == "GET":
        form.version.data = plan.version
        form.round_uid.data = next(
            (r.uid for r in list_rounds(db.session(), auth.actor()) if r.id == plan.round_id), ""
        )
        wanted = {plan.reviewed_plan_id, plan.reviewed_visit_uid or None} - {None}
        form.review_of.data = next((one.key for one in earlier if one.ident in wanted), "")
    return form


def task_form(data: Mapping[str, Any] | None = None, *, typed: Mapping[str, Sequence[str]] | None = None) -> TaskForm:
    """The form of a task; `typed`: what was kept of an unfinished one, instead of what came with the request."""
    session, own = db.session(), auth.actor().organisation_id
    if typed is None:
        form = TaskForm(data=data)
    else:
        pairs = [(name, value) for name, values in typed.items() for value in values]
        form = TaskForm(formdata=MultiDict(pairs) if pairs else None, data=data, meta={"csrf": False})
    scenarios = [(row.scenario.code, own_name(row.scenario)) for row in list_scenarios(session)]
    form.scenario_code.choices = options([("", _("不限场景")), *scenarios])
    form.town_code.choices = options([("", _("全区")), *((town.code, own_name(town)) for town in list_towns(session))])
    items = list_items(session, organisation_id=own, per_page=MOST_ITEMS_OFFERED).rows
    form.items.choices = options((row.item.uid, row.item.name) for row in items)
    bodies = [row.organisation for row in list_organisations(session) if row.officers and row.organisation.id != own]
    form.partner_codes.choices = options((body.code, body.short_name) for body in bodies)
    skills = [(skill.code, own_name(skill)) for skill in list_skills(session)]
    form.skill_code.choices = options([("", _("按事项清单")), *skills])
    return form


def task_data(one: TaskDetails) -> dict[str, Any]:
    """What a stored task puts into the form."""
    task = one.task
    shares = {f"ratio_{name.lower()}": share * 100 for name, share in (task.ratio_by_class or {}).items()}
    return {
        **{name: getattr(task, name) for name in _SAME},
        **shares,
        "targeting": task.targeting.value,
        "notice_mode": task.notice_mode.value,
        "hours": task.hours.value,
        "scenario_code": one.scenario.code if one.scenario else "",
        "town_code": one.town.code if one.town else "",
        "skill_code": one.skill.code if one.skill else "",
        "ratio": task.ratio * 100 if task.ratio is not None else None,
        "quarters": str(task.quarters),
        "separate": not task.joint,
        "site_uids": "\n".join(_site_lines(one)),
        "items": [written.item.uid for written in one.items if written.item],
        "written_items": "\n".join(written.text for written in one.items if not written.item),
        "partner_codes": [body.code for body in one.partners],
    }


def _site_lines(one: TaskDetails) -> list[str]:
    """A line for each named site that means exactly this one: its enterprise's code, or its own id among several."""
    uids = [named.site.uid for named in one.targets]
    alone = {row.uid for row in list_site_rows(db.session(), uids) if row.alone}
    return [named.enterprise.credit_code if named.site.uid in alone else named.site.uid for named in one.targets]


def judge(plan: Any, form: TaskForm) -> TaskDraft | None:
    """Put everything that is wrong with a typed task beside its fields; return the draft when nothing is."""
    form.validate()
    draft = None
    try:
        draft = read_draft(TaskDraft, form.values(find_sites(db.session(), form)))
        find_parts(db.session(), plan, draft)
    except InvalidError as error:
        for one in error.faults:
            form.add_fault(one.field, phrases.fault(one.code, dict(one.params)))
    return None if form.errors else draft


def faulty_step(form: TaskForm) -> str | None:
    """The first step at which something is to be mended; what belongs to no field is told at the last."""
    for step, names in STEP_FIELDS.items():
        if any(form[name].errors for name in names):
            return step
    return "when" if form.errors else None


def keep_faults_of(form: TaskForm, step: str) -> None:
    """Forget the faults of the other steps: nobody is told of what was not asked yet."""
    for name, field in form._fields.items():
        if name not in STEP_FIELDS[step]:
            field.errors = []
