"""Reasons that a clerk gives against the warnings of a plan."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from scheduler.errors import InvalidError
from scheduler.filing import judging
from scheduler.filing.plans import get_plan
from scheduler.permissions import may_write_plans
from web import auth, db, phrases
from web.rendering import after_post

blueprint = Blueprint("findings", __name__, url_prefix="/plans")


@blueprint.post("/<uid>/reasons")
@auth.requires(may_write_plans)
@db.commits
def give_reason(uid: str) -> Any:
    """Write down why the plan is right in spite of a warning, or of all of them."""
    plan = get_plan(db.session(), auth.actor(), uid)
    name, _stroke, target = request.form.get("finding", "").partition("|")
    only = (name, target) if name else None
    reason = request.form.get("reason", "")
    try:
        judging.give_reason(db.session(), db.clock(), auth.actor(), plan, reason=reason, only=only)
    except InvalidError as error:
        flash("；".join(phrases.fault(one.code, dict(one.params)) for one in error.faults), "bad")
        return redirect(url_for("plans.show", uid=uid, _anchor="findings"))
    return after_post("plans.show", _("理由已保存。"), uid=uid)
