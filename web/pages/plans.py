"""Plans: the list, one plan with its tasks, writing, submitting, filing and returning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import PlanStatus, RoundStatus
from data.queries.catalogue import list_items, list_scenarios
from data.queries.organisations import list_organisations, organisation_names
from data.queries.registry import list_towns
from scheduler.filing import plans, tasks
from scheduler.filing.drafts import PlanDraft, TaskDraft, read_draft
from scheduler.filing.judging import plan_check
from scheduler.filing.plan_views import list_plans, plan_details
from scheduler.filing.rounds import list_rounds
from scheduler.permissions import may_decide_plans, may_see_all, may_see_plans, may_write_plans
from scheduler.transitions import PLAN, can_step
from web import auth, db, phrases
from web.filters import own_name
from web.forms.base import options
from web.forms.plans import PlanForm, ReturnForm, TaskForm
from web.rendering import after_post, faults_to, form_page, kept_arguments, page, page_number, search_text
from web.sites import find_sites

blueprint = Blueprint("plans", __name__, url_prefix="/plans")
MOST_ITEMS_OFFERED = 200


@blueprint.get("")
@auth.requires(may_see_plans)
@db.commits
def index() -> Any:
    """List the plans that the person may see."""
    wanted = request.args.get("status", "")
    status = PlanStatus(wanted) if wanted in set(PlanStatus) else None
    found = list_plans(
        db.session(),
        auth.actor(),
        status=status,
        round_uid=request.args.get("round") or None,
        organisation_id=request.args.get("organisation", type=int),
        text=search_text(),
        page=page_number(),
    )
    return page(
        "plans/index.html",
        found=found,
        arguments=kept_arguments(),
        statuses=phrases.words(PlanStatus),
        rounds=list_rounds(db.session(), auth.actor()),
        organisations=organisation_names(db.session()) if may_see_all(auth.actor()) else {},
    )


@blueprint.route("/new", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def create() -> Any:
    """Write the head of a new plan."""
    form = _plan_form()
    if form.validate_on_submit():
        with faults_to(form):
            plan = plans.create_plan(db.session(), db.clock(), auth.actor(), read_draft(PlanDraft, form.values()))
            return after_post("plans.show", _("计划已保存为草稿，请添加检查任务。"), uid=plan.uid)
    return form_page("plans/form.html", form, plan=None)


@blueprint.get("/<uid>")
@auth.requires(may_see_plans)
@db.commits
def show(uid: str) -> Any:
    """Show one plan with everything in it and what can be done now."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    writer = may_write_plans(auth.actor()) and auth.actor().organisation_id == plan.organisation_id
    events = ("submit", "withdraw", "discard") if writer else ()
    faults = plans.submission_faults(db.session(), db.clock(), plan) if writer else ()
    return page(
        "plans/show.html",
        details=plan_details(db.session(), plan),
        plan=plan,
        can={event for event in events if can_step(PLAN, plan.status, event)},
        editable=writer and can_step(PLAN, plan.status, "submit"),
        decides=may_decide_plans(auth.actor()) and can_step(PLAN, plan.status, "file"),
        faults=[phrases.fault(one.code, dict(one.params)) for one in faults],
        check=plan_check(db.session(), db.clock(), plan),
    )


@blueprint.route("/<uid>/edit", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def edit(uid: str) -> Any:
    """Change the head of a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = _plan_form(obj=plan)
    if form.validate_on_submit():
        with faults_to(form):
            draft = read_draft(PlanDraft, form.values())
            plans.edit_plan(db.session(), db.clock(), auth.actor(), plan, draft, version=_version(plan.version))
            return after_post("plans.show", _("计划已保存。"), uid=uid)
    elif request.method == "GET":
        form.version.data = plan.version
        form.round_uid.data = next(
            (r.uid for r in list_rounds(db.session(), auth.actor()) if r.id == plan.round_id), ""
        )
    return form_page("plans/form.html", form, plan=plan)


@blueprint.route("/<uid>/tasks/new", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def add_task(uid: str) -> Any:
    """Add a task to a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = _task_form(data={"first_date": plan.period_first, "last_date": plan.period_last})
    if form.validate_on_submit():
        with faults_to(form):
            draft = read_draft(TaskDraft, form.values(find_sites(db.session(), form)))
            tasks.add_task(db.session(), db.clock(), auth.actor(), plan, draft, version=_version(plan.version))
            return after_post("plans.show", _("任务已添加。"), uid=uid)
    elif request.method == "GET":
        form.version.data = plan.version
    return form_page("plans/task.html", form, plan=plan, task=None)


@blueprint.route("/<uid>/tasks/<task_uid>", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def edit_task(uid: str, task_uid: str) -> Any:
    """Change a task of a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    task = tasks.get_task(db.session(), plan, task_uid)
    form = _task_form(data=_task_data(plan, task_uid) if request.method == "GET" else None)
    if form.validate_on_submit():
        with faults_to(form):
            draft = read_draft(TaskDraft, form.values(find_sites(db.session(), form)))
            tasks.edit_task(db.session(), db.clock(), auth.actor(), plan, task, draft, version=_version(plan.version))
            return after_post("plans.show", _("任务已保存。"), uid=uid)
    elif request.method == "GET":
        form.version.data = plan.version
    return form_page("plans/task.html", form, plan=plan, task=task)


@blueprint.post("/<uid>/tasks/<task_uid>/remove")
@auth.requires(may_write_plans)
@db.commits
def remove_task(uid: str, task_uid: str) -> Any:
    """Take a task out of a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    task = tasks.get_task(db.session(), plan, task_uid)
    tasks.remove_task(db.session(), db.clock(), auth.actor(), plan, task, version=_version(plan.version))
    return after_post("plans.show", _("任务已删除。"), uid=uid)


@blueprint.post("/<uid>/submit")
@auth.requires(may_write_plans)
@db.commits
def submit(uid: str) -> Any:
    """Hand the plan to the head of the department."""
    return _take_step(uid, plans.submit_plan, _("计划已提交，等待部门负责人审核。"))


@blueprint.post("/<uid>/withdraw")
@auth.requires(may_write_plans)
@db.commits
def withdraw(uid: str) -> Any:
    """Take a submitted plan back."""
    return _take_step(uid, plans.withdraw_plan, _("计划已撤回，可以继续修改。"))


@blueprint.post("/<uid>/discard")
@auth.requires(may_write_plans)
@db.commits
def discard(uid: str) -> Any:
    """Give a plan up."""
    return _take_step(uid, plans.discard_plan, _("计划已作废。"))


@blueprint.post("/<uid>/file")
@auth.requires(may_decide_plans)
@db.commits
def file(uid: str) -> Any:
    """File a submitted plan, as the head."""
    return _take_step(uid, plans.file_plan, _("计划已备案。"))


@blueprint.route("/<uid>/return", methods=["GET", "POST"])
@auth.requires(may_decide_plans)
@db.commits
def send_back(uid: str) -> Any:
    """Send a submitted plan back with a reason, as the head."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = ReturnForm()
    if form.validate_on_submit():
        with faults_to(form):
            plans.return_plan(
                db.session(), db.clock(), auth.actor(), plan, reason=form.reason.data, version=_version(plan.version)
            )
            return after_post("plans.show", _("计划已退回给经办人。"), uid=uid)
    elif request.method == "GET":
        form.version.data = plan.version
    return form_page("plans/return.html", form, plan=plan)


def _take_step(uid: str, step: Callable[..., None], text: str) -> Any:
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    step(db.session(), db.clock(), auth.actor(), plan, version=_version(plan.version))
    return after_post("plans.show", text, uid=uid)


def _version(present: int) -> int:
    """The version that the person saw; a form that does not say is taken for the present one."""
    return request.form.get("version", default=present, type=int)


def _plan_form(obj: Any = None) -> PlanForm:
    form = PlanForm(obj=obj)
    rounds = [one for one in list_rounds(db.session(), auth.actor()) if one.status is RoundStatus.OPEN]
    form.round_uid.choices = options([("", _("暂不指定")), *((one.uid, one.name) for one in rounds)])
    return form


def _task_form(data: dict[str, Any] | None) -> TaskForm:
    session, own = db.session(), auth.actor().organisation_id
    form = TaskForm(data=data)
    scenarios = [(row.scenario.code, own_name(row.scenario)) for row in list_scenarios(session)]
    form.scenario_code.choices = options([("", _("不限场景")), *scenarios])
    form.town_code.choices = options([("", _("全区")), *((town.code, own_name(town)) for town in list_towns(session))])
    items = list_items(session, organisation_id=own, per_page=MOST_ITEMS_OFFERED).rows
    form.items.choices = options((row.item.uid, row.item.name) for row in items)
    bodies = [row.organisation for row in list_organisations(session) if row.officers and row.organisation.id != own]
    form.partner_codes.choices = options((body.code, body.short_name) for body in bodies)
    return form


def _task_data(plan: Any, task_uid: str) -> dict[str, Any]:
    """What a stored task puts into the form."""
    one = next(t for t in plan_details(db.session(), plan).tasks if t.task.uid == task_uid)
    task, by_class = one.task, one.task.ratio_by_class or {}
    shares = {f"ratio_{name.lower()}": share * 100 for name, share in by_class.items()}
    return {
        **{
            name: getattr(task, name)
            for name in ("number", "name", "target_text", "first_date", "last_date", "priority")
        },
        **{name: getattr(task, name) for name in ("quantity", "inspectors", "separate_reason")},
        **shares,
        "targeting": task.targeting.value,
        "notice_mode": task.notice_mode.value,
        "scenario_code": one.scenario.code if one.scenario else "",
        "town_code": one.town.code if one.town else "",
        "ratio": task.ratio * 100 if task.ratio is not None else None,
        "quarters": str(task.quarters),
        "separate": not task.joint,
        "site_uids": "\n".join(named.enterprise.credit_code for named in one.targets),
        "items": [written.item.uid for written in one.items if written.item],
        "written_items": "\n".join(written.text for written in one.items if not written.item),
        "partner_codes": [body.code for body in one.partners],
    }
