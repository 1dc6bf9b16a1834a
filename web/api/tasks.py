"""Tasks of a plan: the list, one task, adding, changing, removing. The same calls as the pages make."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, url_for

from data.enums import ApiScope
from scheduler.errors import NotFoundError
from scheduler.filing import plans, tasks
from scheduler.filing.drafts import TaskDraft, read_draft
from scheduler.filing.plan_views import TaskDetails, plan_details
from scheduler.permissions import may_see_plans, may_write_plans
from web import auth, db
from web.api.answers import (
    CHANGING,
    SENDING,
    cut,
    document,
    listing,
    nothing,
    optional_version,
    problems,
    required_version,
    tag,
)
from web.api.door import allows
from web.api.inputs import IfMatchHeader, OnceHeader, PageQuery, TaskPatch, TaskPath, UidPath
from web.api.once import commits_once
from web.api.plans import stored_values
from web.api.schemas import TaskOut, TaskPage
from web.api.wiring import resource

blueprint = resource("tasks", "/plans/<uid>/tasks", "tasks 检查任务")


@blueprint.get("", responses={200: TaskPage, **problems(404)}, summary="列出任务 List the tasks of a plan")
@allows(ApiScope.PLANS_READ, may_see_plans)
@db.commits
def index(path: UidPath, query: PageQuery) -> Response:
    details = plan_details(db.session(), plans.get_plan(db.session(), auth.actor(), path.uid))
    found = cut(details.tasks, query)
    return tag(listing(TaskPage, found, [_given(one) for one in found.rows]), details.plan.version)


@blueprint.post("", responses={201: TaskOut, **SENDING}, summary="添加任务 Add a task")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@commits_once
def add(path: UidPath, header: OnceHeader, body: TaskDraft) -> Response:  # noqa: ARG001 -- read where it is needed
    plan = plans.get_plan(db.session(), auth.actor(), path.uid)
    version = optional_version(plan.version, entity="plan")
    task = tasks.add_task(db.session(), db.clock(), auth.actor(), plan, body, version=version)
    address = url_for("api_tasks.show", uid=plan.uid, task_uid=task.uid)
    return tag(document(_given(_details(plan, task.uid)), HTTPStatus.CREATED, location=address), plan.version)


@blueprint.get("/<task_uid>", responses={200: TaskOut, **problems(404)}, summary="读取任务 Read a task")
@allows(ApiScope.PLANS_READ, may_see_plans)
@db.commits
def show(path: TaskPath) -> Response:
    plan = plans.get_plan(db.session(), auth.actor(), path.uid)
    return tag(document(_given(_details(plan, path.task_uid))), plan.version)


@blueprint.patch("/<task_uid>", responses={200: TaskOut, **CHANGING}, summary="修改任务 Change a task")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@db.commits
def edit(path: TaskPath, header: IfMatchHeader, body: TaskPatch) -> Response:  # noqa: ARG001 -- read by the door
    plan = plans.get_plan(db.session(), auth.actor(), path.uid)
    details = _details(plan, path.task_uid)
    version = required_version(plan.version, entity="plan")
    draft = read_draft(TaskDraft, {**_written(details), **(body.model_extra or {})})
    tasks.edit_task(db.session(), db.clock(), auth.actor(), plan, details.task, draft, version=version)
    return tag(document(_given(_details(plan, path.task_uid))), plan.version)


@blueprint.delete("/<task_uid>", responses={204: None, **CHANGING}, summary="删除任务 Remove a task")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@db.commits
def remove(path: TaskPath, header: IfMatchHeader) -> Response:  # noqa: ARG001 -- read by the door
    plan = plans.get_plan(db.session(), auth.actor(), path.uid)
    task = tasks.get_task(db.session(), plan, path.task_uid)
    version = required_version(plan.version, entity="plan")
    tasks.remove_task(db.session(), db.clock(), auth.actor(), plan, task, version=version)
    return nothing(plan.version)


def _details(plan: Any, task_uid: str) -> TaskDetails:
    found = [one for one in plan_details(db.session(), plan).tasks if one.task.uid == task_uid]
    if not found:
        raise NotFoundError("plan_task", task_uid)
    return found[0]


def _beside(details: TaskDetails) -> dict[str, Any]:
    """What a task points at, by the names that drafts use."""
    return {
        "scenario_code": details.scenario.code if details.scenario else None,
        "town_code": details.town.code if details.town else None,
        "skill_code": details.skill.code if details.skill else None,
        "site_uids": [one.site.uid for one in details.targets],
        "items": [{"text": one.text, "item_uid": one.item.uid if one.item else None} for one in details.items],
        "partner_codes": [one.code for one in details.partners],
    }


def _written(details: TaskDetails) -> dict[str, Any]:
    return stored_values(TaskDraft, details.task, _beside(details))


def _given(details: TaskDetails) -> TaskOut:
    beside = {**_beside(details), "draw_uid": details.draw_uid or None, "requests": details.requests}
    own = {name: getattr(details.task, name) for name in TaskOut.model_fields if name not in beside}
    return TaskOut.model_validate({**own, **beside})
