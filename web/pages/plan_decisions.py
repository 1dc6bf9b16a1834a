"""What others do with a plan: countersign, review, approve; and what comes after filing: new versions and shares."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import PlanSpan
from scheduler.errors import NotFoundError
from scheduler.fieldwork.idle_reviews import recall_review
from scheduler.filing import decisions, plans, stages
from scheduler.filing.plan_views import plan_details
from scheduler.filing.shares import derive_plan, task_progress
from scheduler.filing.versions import revise_plan
from scheduler.permissions import may_approve_specials, may_countersign, may_review_plans, may_write_plans
from web import auth, db
from web.forms.plans import CountersignForm, DeriveForm
from web.pages.plan_forms import seen_version
from web.rendering import after_post, faults_to, form_page

blueprint = Blueprint("plan_decisions", __name__, url_prefix="/plans")


@blueprint.route("/<uid>/countersign", methods=["GET", "POST"])
@auth.requires(may_countersign)
@db.commits
def countersign(uid: str) -> Any:
    """Answer for a partner: come along, or not and why."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    if plan not in [one for one, _due in stages.plans_to_countersign(db.session(), auth.actor().organisation_id)]:
        raise NotFoundError("plan", uid)
    form = CountersignForm()
    if form.validate_on_submit():
        with faults_to(form):
            decisions.countersign_plan(
                db.session(), db.clock(), auth.actor(), plan, agrees=form.agrees.data == "yes",
                reason=form.reason.data or "", inspectors=form.inspectors.data,
                quarters=int(form.quarters.data) if form.quarters.data else None,
            )  # fmt: skip
            return after_post("plans.show", _("会签意见已提交。"), uid=uid)
    return form_page("plans/countersign.html", form, plan=plan, details=plan_details(db.session(), plan))


@blueprint.post("/<uid>/go-on")
@auth.requires(may_write_plans)
@db.commits
def go_on(uid: str) -> Any:
    """Go on without the partners that did not answer in time."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    version = seen_version(plan.version)
    decisions.go_on_without_partners(db.session(), db.clock(), auth.actor(), plan, version=version)
    return after_post("plans.show", _("逾期未答复的部门不参加，计划已进入下一环节。"), uid=uid)


@blueprint.post("/<uid>/review")
@auth.requires(may_review_plans)
@db.commits
def review(uid: str) -> Any:
    """Pass a plan in legal review."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    decisions.review_plan(db.session(), db.clock(), auth.actor(), plan, version=seen_version(plan.version))
    return after_post("plans.show", _("法制审核已通过，计划已送部门负责人。"), uid=uid)


@blueprint.post("/<uid>/approve")
@auth.requires(may_approve_specials)
@db.commits
def approve(uid: str) -> Any:
    """Approve a special campaign for the district government."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    decisions.approve_special(db.session(), db.clock(), auth.actor(), plan, version=seen_version(plan.version))
    return after_post("plans.show", _("专项检查计划已批准并备案。"), uid=uid)


@blueprint.post("/<uid>/revise")
@auth.requires(may_write_plans)
@db.commits
def revise(uid: str) -> Any:
    """Begin a new version of a filed plan."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    fresh = revise_plan(db.session(), db.clock(), auth.actor(), plan, version=seen_version(plan.version))
    return after_post("plans.show", _("已建立新版本草稿。新版本备案之前，原计划继续有效。"), uid=fresh.uid)


@blueprint.post("/<uid>/recall")
@auth.requires(may_write_plans)
@db.commits
def recall(uid: str) -> Any:
    """Take back a filed re-inspection that has nothing left to look at."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    recall_review(db.session(), db.clock(), auth.actor(), plan, version=seen_version(plan.version))
    return after_post("plans.show", _("复查已撤销，不会再为它入企。"), uid=uid)


@blueprint.route("/<uid>/derive", methods=["GET", "POST"])
@auth.requires(may_write_plans)
@db.commits
def derive(uid: str) -> Any:
    """Draft a quarterly or monthly plan out of a longer one."""
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    form = DeriveForm()
    if form.validate_on_submit():
        with faults_to(form):
            made = derive_plan(
                db.session(), db.clock(), auth.actor(), plan, title=form.title.data, span=PlanSpan(form.span.data),
                first=form.period_first.data, last=form.period_last.data,
            )  # fmt: skip
            return after_post("plans.show", _("已分解出计划草稿，请核对后提交。"), uid=made.uid)
    elif request.method == "GET":
        form.title.data = plan.title
    progress = task_progress(db.session(), plan)
    return form_page("plans/derive.html", form, plan=plan, details=plan_details(db.session(), plan), progress=progress)
