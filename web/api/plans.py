"""Plans: the list, one plan, writing, submitting, taking back, giving up. The same calls as the pages make."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Response, url_for
from pydantic_core import PydanticUndefined

from data.enums import ApiScope, PlanSource
from scheduler.filing import plans
from scheduler.filing.drafts import PlanDraft, read_draft
from scheduler.filing.plan_views import list_plans, plan_details
from scheduler.permissions import may_see_plans, may_write_plans
from web import auth, db
from web.api.answers import CHANGING, SENDING, document, listing, nothing, optional_version, problems, required_version
from web.api.door import allows
from web.api.inputs import IfMatchHeader, OnceHeader, PlanPatch, PlanQuery, UidPath
from web.api.once import commits_once
from web.api.schemas import PlanLine, PlanOut, PlanPage
from web.api.wiring import resource
from web.errors import fault_document

blueprint = resource("plans", "/plans", "plans 检查计划")


@blueprint.get("", responses={200: PlanPage}, summary="列出计划 List plans")
@allows(ApiScope.PLANS_READ, may_see_plans)
@db.commits
def index(query: PlanQuery) -> Response:
    found = list_plans(
        db.session(), auth.actor(), status=query.status, round_uid=query.round_uid, text=query.text,
        page=query.page, per_page=query.per_page,
    )  # fmt: skip
    lines = [
        PlanLine.model_validate(
            {
                **{name: getattr(row, name) for name in PlanLine.model_fields if hasattr(row, name)},
                "organisation": row.organisation_name,
                "round_uid": row.round_uid or None,
            }
        )
        for row in found.rows
    ]
    return listing(PlanPage, found, lines)


@blueprint.post("", responses={201: PlanOut, **SENDING}, summary="新建计划 Write a plan")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@commits_once
def create(header: OnceHeader, body: PlanDraft) -> Response:  # noqa: ARG001 -- the key is read where it is needed
    plan = plans.create_plan(db.session(), db.clock(), auth.actor(), body, source=PlanSource.API)
    address = url_for("api_plans.show", uid=plan.uid)
    return document(shown(plan), HTTPStatus.CREATED, location=address)


@blueprint.get("/<uid>", responses={200: PlanOut, **problems(404)}, summary="读取计划 Read a plan")
@allows(ApiScope.PLANS_READ, may_see_plans)
@db.commits
def show(path: UidPath) -> Response:
    return document(shown(plans.get_plan(db.session(), auth.actor(), path.uid)))


@blueprint.patch("/<uid>", responses={200: PlanOut, **CHANGING}, summary="修改计划 Change a plan")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@db.commits
def edit(path: UidPath, header: IfMatchHeader, body: PlanPatch) -> Response:  # noqa: ARG001 -- read by the door
    plan = plans.get_plan(db.session(), auth.actor(), path.uid)
    version = required_version(plan.version, entity="plan")
    draft = read_draft(PlanDraft, {**written_values(plan), **(body.model_extra or {})})
    plans.edit_plan(db.session(), db.clock(), auth.actor(), plan, draft, version=version)
    return document(shown(plan))


@blueprint.delete("/<uid>", responses={204: None, **CHANGING}, summary="作废计划 Give a plan up")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@db.commits
def discard(path: UidPath, header: IfMatchHeader) -> Response:  # noqa: ARG001 -- read by the door
    plan = plans.get_plan(db.session(), auth.actor(), path.uid)
    version = required_version(plan.version, entity="plan")
    plans.discard_plan(db.session(), db.clock(), auth.actor(), plan, version=version)
    return nothing()


@blueprint.post("/<uid>/submit", responses={200: PlanOut, **SENDING}, summary="提交计划 Submit a plan")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@commits_once
def submit(path: UidPath, header: OnceHeader) -> Response:  # noqa: ARG001 -- the key is read where it is needed
    return _step(path.uid, plans.submit_plan)


@blueprint.post("/<uid>/withdraw", responses={200: PlanOut, **SENDING}, summary="撤回计划 Take a plan back")
@allows(ApiScope.PLANS_WRITE, may_write_plans)
@commits_once
def withdraw(path: UidPath, header: OnceHeader) -> Response:  # noqa: ARG001 -- the key is read where it is needed
    return _step(path.uid, plans.withdraw_plan)


def shown(plan: Any) -> PlanOut:
    """Read a plan as it is given."""
    details = plan_details(db.session(), plan)
    writes = may_write_plans(auth.actor()) and auth.actor().organisation_id == plan.organisation_id
    faults = plans.submission_faults(db.session(), db.clock(), plan) if writes else ()
    beside = {
        "organisation": details.organisation.short_name,
        "round_uid": details.round_.uid if details.round_ else None,
        "tasks": len(details.tasks),
        "obstacles": [fault_document(one) for one in faults],
    }
    own = {name: getattr(plan, name) for name in PlanOut.model_fields if name not in beside}
    return PlanOut.model_validate({**own, **beside})


def written_values(plan: Any) -> dict[str, Any]:
    """What the draft of a stored plan said, by the names of its fields."""
    details = plan_details(db.session(), plan)
    beside = {"round_uid": details.round_.uid if details.round_ else None}
    return stored_values(PlanDraft, plan, beside)


def stored_values(draft: type[Any], row: Any, beside: dict[str, Any]) -> dict[str, Any]:
    """Fields of a draft: from `beside` where it has them, else the columns of the same name."""
    found = {name: getattr(row, name, PydanticUndefined) for name in draft.model_fields if name not in beside}
    return {**{name: value for name, value in found.items() if value is not PydanticUndefined}, **beside}


def _step(uid: str, step: Callable[..., None]) -> Response:
    plan = plans.get_plan(db.session(), auth.actor(), uid)
    version = optional_version(plan.version, entity="plan")
    step(db.session(), db.clock(), auth.actor(), plan, version=version)
    return document(shown(plan))
