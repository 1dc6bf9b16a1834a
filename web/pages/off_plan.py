"""Visits off plan: those of the last months, and opening one on the spot or for officers who were there."""

from __future__ import annotations

import secrets
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, jsonify, request, url_for
from flask_babel import gettext as _

from data.enums import PlanTrigger
from data.queries.sites import list_site_rows
from scheduler.clock import today
from scheduler.errors import Fault, InvalidError
from scheduler.fieldwork.off_plan import colleagues, find_plan, list_off_plan, open_off_plan, own_body, own_items
from scheduler.fieldwork.site_codes import site_of_token
from scheduler.permissions import is_officer, may_open_off_plan
from scheduler.publishing.channels import open_ways
from web import auth, db, phrases
from web.forms.fieldwork import sent
from web.forms.off_plan import off_plan_of, site_named
from web.rendering import after_post, page

blueprint = Blueprint("off_plan", __name__)
SHOWN: Final = timedelta(days=180)


@blueprint.get("/off-plan/")
@auth.requires(may_open_off_plan)
@db.commits
def index() -> Any:
    """List the own department's visits off plan, with their papers."""
    session, actor = db.session(), auth.actor()
    rows = list_off_plan(session, since=today(db.clock()) - SHOWN, organisation_id=own_body(session, actor))
    return page("off_plan/index.html", rows=rows, today=today(db.clock()))


@blueprint.route("/off-plan/new", methods=["GET", "POST"])
@auth.requires(may_open_off_plan)
@db.commits
def create() -> Any:
    """Ask for what the visit is about; open it."""
    if request.method == "GET":
        return _form_page([])
    try:
        uid = _opened()
    except InvalidError as error:
        return _form_page(
            [phrases.fault(one.code, dict(one.params)) for one in error.faults]
        ), HTTPStatus.UNPROCESSABLE_ENTITY
    if is_officer(auth.actor()):
        return after_post("fieldwork.visit", _("已签到，请记录检查结果。两个工作日内由经办人补办备案。"), uid=uid)
    plan = find_plan(db.session(), uid)
    return after_post("plans.show", _("已登记计划外检查，请补齐后提交备案。"), uid=plan.uid if plan else "")


@blueprint.route("/field/off-plan", methods=["GET", "POST"])
@auth.requires(is_officer)
@db.commits
def here() -> Any:
    """The same for an officer on the spot, within what a phone keeps for a dead spot."""
    if request.method == "POST" and auth.wants_json():
        return jsonify(done=True, where=url_for("fieldwork.visit", uid=_opened()))
    return create()


def _opened() -> str:
    session = db.session()
    site_uid, code, unknown = _named_site()
    names = [row.name for row in list_site_rows(session, [site_uid])]
    said = off_plan_of(request.form, site_uid=site_uid, code=code, site=names[0] if names else "")
    told = sent(request.form, request.headers.get("Idempotency-Key", ""))
    try:
        visit = open_off_plan(
            session,
            db.clock(),
            auth.actor(),
            said,
            key=told.key,
            device_at=told.device_at,
            secret=db.settings().secret_key,
            ways=open_ways(db.settings()),
        )
    except InvalidError as error:
        # What is wrong with the name of the site says more than that there is no such site.
        others = (one for one in error.faults if not (unknown and one.field == "site"))
        raise InvalidError(*unknown, *others) from error
    return visit.uid


def _named_site() -> tuple[str, str, tuple[Fault, ...]]:
    """The site and its code; no site, and why, where the text names none: the rest is looked at all the same."""
    try:
        return *site_named(db.session(), db.settings().secret_key, request.form), ()
    except InvalidError as error:
        return "", "", tuple(error.faults)


def _form_page(faults: list[str]) -> str:
    session, actor = db.session(), auth.actor()
    token = request.values.get("token", "")[:200]
    scanned = site_of_token(db.settings().secret_key, token) if token else None
    found = list_site_rows(session, [scanned]) if scanned else ()
    return page(
        "off_plan/create.html",
        today=today(db.clock()),
        faults=faults,
        typed=request.form,
        token=token if found else "",
        site=found[0] if found else None,
        items=own_items(session, actor),
        people=[one for one in colleagues(session, actor, today(db.clock())) if one.id != actor.officer_id],
        triggers=PlanTrigger,
        key=request.form.get("key") or secrets.token_hex(16),
    )
