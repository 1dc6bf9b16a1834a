"""Writing a task step by step: what, whom, when and with whom; then checking and submitting the plan.

Every step is a post that keeps what was typed, faulty or not, and then leads by GET to the next step or back to what
must be mended. With JavaScript the same is kept while typing.
"""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, abort, redirect, request, url_for
from flask_babel import gettext as _

from data.enums import CreditClass, Targeting
from data.queries.catalogue import list_scenarios
from data.queries.registry import list_towns
from data.queries.sites import SiteFilter, list_site_rows, search_sites, take_sites
from scheduler.filing import coordination, plans, sketches, targets
from scheduler.filing.access import EDITABLE
from scheduler.filing.drafts import MOST_SITES
from scheduler.filing.judging import plan_check
from scheduler.filing.plan_views import plan_details
from scheduler.filing.stages import stages_of
from scheduler.filing.tasks import add_task
from scheduler.permissions import may_write_plans
from web import auth, db, phrases
from web.forms.plans import STEP_FIELDS
from web.pages.plan_forms import faulty_step, judge, keep_faults_of, task_form
from web.rendering import after_post, asked_day, kept_arguments, page, page_number

blueprint = Blueprint("plan_steps", __name__, url_prefix="/plans")
STEPS: Final = tuple(STEP_FIELDS)
MOST_SHOWN: Final = 30


@blueprint.post("/<uid>/steps")
@auth.requires(may_write_plans)
@db.commits
def start(uid: str) -> Any:
    """Begin another task of a plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    sketch = sketches.start_sketch(db.session(), db.clock(), auth.actor(), plan, step=STEPS[0])
    return after_post("plan_steps.step", uid=uid, sketch_uid=sketch.uid, step=STEPS[0])


@blueprint.route("/<uid>/steps/<sketch_uid>/<step>", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def step(uid: str, sketch_uid: str, step: str) -> Any:
    """One step of writing a task."""
    plan, sketch = _sketch(uid, sketch_uid)
    if step not in STEP_FIELDS:
        abort(404)
    if request.method == "POST":
        _keep(plan, sketch, step)
        return _after_step(plan, sketch, step)
    form = _form(plan, sketch)
    if "faults" in request.args:
        judge(plan, form)
        keep_faults_of(form, step)
    listed = targets.read_targets(db.session(), form.site_uids.data or "") if step == "whom" else None
    return page(
        f"plans/steps/{step}.html",
        form=form,
        plan=plan,
        sketch=sketch,
        step=step,
        listed=listed,
        shown=list_site_rows(db.session(), [site.uid for site in listed.sites[:MOST_SHOWN]]) if listed else (),
    )


@blueprint.post("/<uid>/steps/<sketch_uid>/<step>/save")
@auth.requires(may_write_plans)
@db.commits
def save(uid: str, sketch_uid: str, step: str) -> Any:
    """Keep what has been typed so far, while it is being typed."""
    plan, sketch = _sketch(uid, sketch_uid)
    if step not in STEP_FIELDS:
        abort(404)
    _keep(plan, sketch, step)
    return page("plans/steps/saved.html", sketch=sketch)


@blueprint.post("/<uid>/steps/<sketch_uid>/give-up")
@auth.requires(may_write_plans)
@db.commits
def give_up(uid: str, sketch_uid: str) -> Any:
    """Drop an unfinished task."""
    plan, sketch = _sketch(uid, sketch_uid)
    sketches.give_up_sketch(db.session(), db.clock(), auth.actor(), plan, sketch)
    return after_post("plans.show", _("未完成的任务已放弃。"), uid=uid)


@blueprint.route("/<uid>/steps/<sketch_uid>/find", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def find(uid: str, sketch_uid: str) -> Any:
    """Search the registry for targets, and take some or all of what is found."""
    plan, sketch = _sketch(uid, sketch_uid)
    wanted = _wanted()
    if request.method == "POST":
        chosen = list_site_rows(db.session(), request.form.getlist("site")[:MOST_SITES])
        rows = take_sites(db.session(), wanted, most=MOST_SITES) if "all" in request.form else chosen
        _add_targets(plan, sketch, [targets.line_of(row) for row in rows])
        text = _("已加入 %(count)s 户。", count=len(rows))
        return after_post("plan_steps.step", text, uid=uid, sketch_uid=sketch_uid, step="whom")
    return page(
        "plans/steps/find.html",
        plan=plan,
        sketch=sketch,
        found=search_sites(db.session(), wanted, page=page_number()),
        most=MOST_SITES,
        arguments={**kept_arguments(), "uid": uid, "sketch_uid": sketch_uid},
        scenarios=list_scenarios(db.session()),
        towns=list_towns(db.session()),
        classes=phrases.words(CreditClass),
    )


@blueprint.route("/<uid>/join", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def join(uid: str) -> Any:
    """Take over targets and days of a task that another organisation has filed."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    if request.method == "POST":
        task = coordination.join_task(db.session(), db.clock(), auth.actor(), plan, request.form.get("task", ""))
        text = _("已加入对方的检查，请选择本部门的检查事项。")
        return after_post("plans.edit_task", text, uid=uid, task_uid=task.uid)
    scenario = request.args.get("scenario", "")
    return page(
        "plans/join.html",
        plan=plan,
        rows=coordination.joinable(db.session(), plan, scenario_code=scenario),
        scenarios=list_scenarios(db.session()),
    )


@blueprint.get("/<uid>/check")
@auth.requires(may_write_plans)
@db.commits
def check(uid: str) -> Any:
    """What to look at before submitting: faults, other departments, what needs no visit."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    faults = plans.submission_faults(db.session(), db.clock(), plan)
    return page(
        "plans/steps/check.html",
        plan=plan,
        step="check",
        details=plan_details(db.session(), plan),
        together=coordination.coordination(db.session(), plan),
        check=plan_check(db.session(), db.clock(), plan),
        editable=plan.status in EDITABLE,
        faults=[phrases.fault(one.code, dict(one.params)) for one in faults],
    )


@blueprint.get("/<uid>/confirm")
@auth.requires(may_write_plans)
@db.commits
def confirm(uid: str) -> Any:
    """Read the plan once more, see who will be asked, and submit."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    faults = plans.submission_faults(db.session(), db.clock(), plan)
    return page(
        "plans/steps/submit.html",
        plan=plan,
        step="submit",
        details=plan_details(db.session(), plan),
        stages=stages_of(db.session(), plan),
        check=plan_check(db.session(), db.clock(), plan),
        faults=[phrases.fault(one.code, dict(one.params)) for one in faults],
    )


def _sketch(uid: str, sketch_uid: str) -> Any:
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    return plan, sketches.get_sketch(db.session(), plan, sketch_uid)


def _form(plan: Any, sketch: Any) -> Any:
    dates = {"first_date": plan.period_first, "last_date": plan.period_last}
    return task_form(data=dates, typed=sketch.typed)


def _keep(plan: Any, sketch: Any, step: str) -> None:
    typed = {name: request.form.getlist(name) for name in STEP_FIELDS[step]}
    if step == "whom":
        typed["site_uids"] = [_mended("\n".join(typed["site_uids"]))]
    sketches.save_sketch(db.session(), db.clock(), auth.actor(), plan, sketch, step=step, typed=typed)


def _mended(text: str) -> str:
    """The pasted list after the button that was pressed beside one of its lines."""
    line, _sep, site_uid = request.form.get("mend", "").rpartition("|")
    if line:
        return targets.mend_line(db.session(), text, line, site_uid)
    dropped = request.form.get("drop", "")
    return targets.without_line(text, dropped) if dropped else text


def _add_targets(plan: Any, sketch: Any, lines: list[str]) -> None:
    there = [line for text in sketch.typed.get("site_uids", ()) for line in text.splitlines()]
    merged = "\n".join(dict.fromkeys([*(line for line in there if line.strip()), *lines]))
    typed = {"targeting": [Targeting.NAMED.value], "site_uids": [merged]}
    sketches.save_sketch(db.session(), db.clock(), auth.actor(), plan, sketch, step="whom", typed=typed)


def _after_step(plan: Any, sketch: Any, step: str) -> Any:
    """Where the pressed button leads."""
    at, go = STEPS.index(step), request.form.get("go", "next")
    if "mend" in request.form or "drop" in request.form:
        return _to_step(plan, sketch, step, faults=1)
    if go == "find":
        return redirect(url_for("plan_steps.find", uid=plan.uid, sketch_uid=sketch.uid), code=303)
    if go == "back" and at:
        return _to_step(plan, sketch, STEPS[at - 1])
    if go == "save":
        return after_post("plans.show", _("已保存，可以随时回来继续填写。"), uid=plan.uid)
    return _onward(plan, sketch, step)


def _onward(plan: Any, sketch: Any, step: str) -> Any:
    """Back to the first fault up to this step, else on; after the last step the task is added."""
    at, form = STEPS.index(step), _form(plan, sketch)
    draft = judge(plan, form)
    first = faulty_step(form)
    if first is not None and STEPS.index(first) <= at:
        return _to_step(plan, sketch, first, faults=1)
    if at + 1 < len(STEPS):
        return _to_step(plan, sketch, STEPS[at + 1])
    if draft is None:
        return _to_step(plan, sketch, step, faults=1)
    add_task(db.session(), db.clock(), auth.actor(), plan, draft)
    sketches.finish_sketch(db.session(), sketch)
    return after_post("plan_steps.check", _("任务已添加，请核对。"), uid=plan.uid)


def _to_step(plan: Any, sketch: Any, step: str, **arguments: Any) -> Any:
    return redirect(url_for("plan_steps.step", uid=plan.uid, sketch_uid=sketch.uid, step=step, **arguments), code=303)


def _wanted() -> SiteFilter:
    given = request.values
    wanted = given.get("credit_class", "")
    return SiteFilter(
        text=given.get("text", "")[:100].replace("\x00", ""),
        scenario_code=given.get("scenario", ""),
        town_code=given.get("town", ""),
        industry=given.get("industry", "")[:4],
        credit_class=CreditClass(wanted) if wanted in set(CreditClass) else None,
        unseen_since=asked_day("unseen_since"),
        licence=given.get("licence", "")[:60],
        licence_ends_by=asked_day("licence_ends_by"),
    )
