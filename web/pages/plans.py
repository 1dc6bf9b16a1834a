"""Plans: the list, one plan with its tasks, writing, submitting, filing and returning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import PlanStatus
from data.queries.organisations import organisation_names
from scheduler.fieldwork.idle_reviews import find_idle_review
from scheduler.filing import plans, tasks
from scheduler.filing.decisions import decides_now
from scheduler.filing.drafts import PlanDraft, TaskDraft, read_draft
from scheduler.filing.judging import plan_check
from scheduler.filing.plan_views import list_plans, plan_details
from scheduler.filing.rounds import list_rounds
from scheduler.filing.shares import task_progress
from scheduler.filing.sketches import list_sketches, start_sketch
from scheduler.filing.stages import list_stages, may_go_on, plans_to_countersign
from scheduler.filing.versions import difference, list_versions
from scheduler.permissions import (
    may_countersign,
    may_decide_plans,
    may_see_all,
    may_see_plans,
    may_send_back,
    may_write_plans,
)
from scheduler.transitions import PLAN, can_step
from web import auth, db, phrases
from web.asked import asked_number
from web.forms.plans import ReturnForm
from web.pages.plan_forms import plan_form, seen_version, task_data, task_form
from web.rendering import after_post, faults_to, form_page, kept_arguments, page, page_number, search_text
from web.sites import find_sites

blueprint = Blueprint("plans", __name__, url_prefix="/plans")


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
        organisation_id=asked_number("organisation"),
        asked=request.args.get("asked") == "yes" and may_countersign(auth.actor()),
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
    form = plan_form()
    if form.validate_on_submit():
        with faults_to(form):
            plan = plans.create_plan(db.session(), db.clock(), auth.actor(), read_draft(PlanDraft, form.values()))
            sketch = start_sketch(db.session(), db.clock(), auth.actor(), plan, step="what")
            text = _("计划已保存为草稿，请填写第一项任务。")
            return after_post("plan_steps.step", text, uid=plan.uid, sketch_uid=sketch.uid, step="what")
    return form_page("plans/form.html", form, plan=None)


@blueprint.get("/<uid>")
@auth.requires(may_see_plans)
@db.commits
def show(uid: str) -> Any:
    """Show one plan with everything in it and what can be done now."""
    session, actor = db.session(), auth.actor()
    plan = plans.get_plan(session, actor, uid)
    writer = may_write_plans(actor) and actor.organisation_id == plan.organisation_id
    events = ("submit", "withdraw", "discard") if writer else ()
    faults = plans.submission_faults(session, db.clock(), plan) if writer else ()
    return page(
        "plans/show.html",
        details=plan_details(session, plan),
        plan=plan,
        can={event for event in events if can_step(PLAN, plan.status, event)},
        editable=writer and can_step(PLAN, plan.status, "submit"),
        writer=writer,
        decides=decides_now(actor, plan),
        asked=may_countersign(actor)
        and plan in [one for one, _ in plans_to_countersign(session, actor.organisation_id)],
        overdue=writer and may_go_on(session, db.clock(), plan),
        stages=list_stages(session, plan),
        sketches=list_sketches(session, plan) if writer else (),
        versions=list_versions(session, plan),
        difference=difference(session, plan),
        idle=find_idle_review(session, plan),
        # Kept with the exclusion and read by all: it is Chinese, whatever the page of its writer speaks.
        no_need="整改已办结，无需复查",
        progress=task_progress(session, plan),
        faults=[phrases.fault(one.code, dict(one.params)) for one in faults],
        check=plan_check(db.session(), db.clock(), plan),
    )


@blueprint.route("/<uid>/edit", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def edit(uid: str) -> Any:
    """Change the head of a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = plan_form(plan)
    if form.validate_on_submit():
        with faults_to(form):
            draft = read_draft(PlanDraft, form.values())
            plans.edit_plan(db.session(), db.clock(), auth.actor(), plan, draft, version=seen_version(plan.version))
            return after_post("plans.show", _("计划已保存。"), uid=uid)
    return form_page("plans/form.html", form, plan=plan)


@blueprint.route("/<uid>/tasks/new", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def add_task(uid: str) -> Any:
    """Add a task to a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = task_form(data={"first_date": plan.period_first, "last_date": plan.period_last})
    if form.validate_on_submit():
        with faults_to(form):
            draft = read_draft(TaskDraft, form.values(find_sites(db.session(), form)))
            tasks.add_task(db.session(), db.clock(), auth.actor(), plan, draft, version=seen_version(plan.version))
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
    stored = next(one for one in plan_details(db.session(), plan).tasks if one.task.uid == task_uid)
    form = task_form(data=task_data(stored) if request.method == "GET" else None)
    if form.validate_on_submit():
        with faults_to(form):
            draft = read_draft(TaskDraft, form.values(find_sites(db.session(), form)))
            tasks.edit_task(
                db.session(), db.clock(), auth.actor(), plan, task, draft, version=seen_version(plan.version)
            )
            return after_post("plans.show", _("任务已保存。"), uid=uid)
    elif request.method == "GET":
        form.version.data = plan.version
    return form_page("plans/task.html", form, plan=plan, task=task, targets=stored.targets)


@blueprint.post("/<uid>/tasks/<task_uid>/remove")
@auth.requires(may_write_plans)
@db.commits
def remove_task(uid: str, task_uid: str) -> Any:
    """Take a task out of a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    task = tasks.get_task(db.session(), plan, task_uid)
    tasks.remove_task(db.session(), db.clock(), auth.actor(), plan, task, version=seen_version(plan.version))
    return after_post("plans.show", _("任务已删除。"), uid=uid)


@blueprint.post("/<uid>/submit")
@auth.requires(may_write_plans)
@db.commits
def submit(uid: str) -> Any:
    """Hand the plan to whoever is asked first."""
    return _take_step(uid, plans.submit_plan, _("计划已提交。"))


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
    """Agree to a submitted plan, as the head."""
    return _take_step(uid, plans.file_plan, _("已同意这份计划。"))


@blueprint.route("/<uid>/return", methods=["GET", "POST"])
@auth.requires(may_send_back)
@db.commits
def send_back(uid: str) -> Any:
    """Send a plan back with a reason, as whoever decides on it now."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = ReturnForm()
    if form.validate_on_submit():
        with faults_to(form):
            plans.return_plan(
                db.session(),
                db.clock(),
                auth.actor(),
                plan,
                reason=form.reason.data,
                version=seen_version(plan.version),
            )
            return after_post("plans.show", _("计划已退回给经办人。"), uid=uid)
    elif request.method == "GET":
        form.version.data = plan.version
    return form_page("plans/return.html", form, plan=plan)


def _take_step(uid: str, step: Callable[..., None], text: str) -> Any:
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    step(db.session(), db.clock(), auth.actor(), plan, version=seen_version(plan.version))
    return after_post("plans.show", text, uid=uid)
