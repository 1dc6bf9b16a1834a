"""The officer's day: the way from visit to visit, check-in, results, closing. Works through a dead spot.

The same routes answer forms of a page with a redirect and the queue of the browser with JSON.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, jsonify, request, send_from_directory
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from data.enums import ItemMeasure, ItemOutcome, UncheckedReason
from scheduler.clock import today
from scheduler.errors import InvalidError, NotFoundError
from scheduler.fieldwork.checkins import check_in
from scheduler.fieldwork.item_results import close_visit, record_results
from scheduler.fieldwork.orders import Order, orders_of_visit, reviewed_orders
from scheduler.fieldwork.photos import add_photo as add_a_photo
from scheduler.fieldwork.photos import list_photos
from scheduler.fieldwork.route import route_of
from scheduler.fieldwork.site_codes import site_of_token
from scheduler.fieldwork.visits import FieldVisit, get_field_visit, list_field_visits, list_unclosed
from scheduler.permissions import is_officer
from scheduler.publishing.channels import open_ways
from web import auth, db, phrases
from web.forms.fieldwork import findings_of, sent, typed_arrival
from web.layout import HERE
from web.rendering import after_post, page

blueprint = Blueprint("fieldwork", __name__, url_prefix="/field")
BEHIND: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=120)


@blueprint.get("/")
@auth.requires(is_officer)
@db.commits
def index() -> Any:
    """List the officer's visits: today's in the order of the way, those still open, those to come, the latest done."""
    now = today(db.clock())
    visits = list_field_visits(db.session(), auth.actor(), first=now - BEHIND, last=now + AHEAD)
    unclosed = list_unclosed(db.session(), auth.actor(), before=now)
    told = {visit.uid for visit in unclosed}
    return page(
        "fieldwork/index.html",
        today=now,
        stops=route_of([visit for visit in visits if visit.day == now]),
        coming=[visit for visit in visits if visit.day > now],
        unclosed=unclosed,
        past=[visit for visit in visits if visit.day < now and visit.uid not in told],
    )


@blueprint.get("/visits/<uid>")
@auth.requires(is_officer)
@db.commits
def visit(uid: str) -> Any:
    """Show a visit with its checklist and everything that can be sent from it."""
    return _visit_page(get_field_visit(db.session(), auth.actor(), uid))


@blueprint.get("/at/<token>")
@auth.requires(is_officer)
@db.commits
def scanned(token: str) -> Any:
    """Show today's visits to the site whose code was scanned, each with a button that checks in."""
    site_uid = site_of_token(db.settings().secret_key, token)
    if site_uid is None:
        raise NotFoundError("site_code", token)
    now = today(db.clock())
    visits = list_field_visits(db.session(), auth.actor(), first=now - BEHIND, last=now)
    here = [one for one in visits if one.site_uid == site_uid and not one.arrived]
    return page("fieldwork/scanned.html", visits=here, token=token, today=now, new_key=_new_key)


@blueprint.post("/visits/<uid>/check-in")
@auth.requires(is_officer)
@db.commits
def arrive(uid: str) -> Any:
    """Check the own crew in."""

    def deed() -> bool:
        said = sent(request.form, request.headers.get("Idempotency-Key", ""))
        return check_in(
            db.session(),
            db.clock(),
            auth.actor(),
            uid,
            key=said.key,
            secret=db.settings().secret_key,
            code=request.form.get("code", "").strip()[:200],
            reason=request.form.get("reason", ""),
            arrived_at=typed_arrival(request.form),
            device_at=said.device_at,
            ways=open_ways(db.settings()),
        )

    return _done(uid, deed, _("已签到。"))


@blueprint.post("/visits/<uid>/results")
@auth.requires(is_officer)
@db.commits
def record(uid: str) -> Any:
    """Record results of the own department's items."""

    def deed() -> bool:
        said = sent(request.form, request.headers.get("Idempotency-Key", ""))
        findings = findings_of(request.form)
        who = (db.session(), db.clock(), auth.actor())
        return record_results(*who, uid, findings, key=said.key, device_at=said.device_at)

    return _done(uid, deed, _("结果已记录。"))


@blueprint.post("/visits/<uid>/close")
@auth.requires(is_officer)
@db.commits
def close(uid: str) -> Any:
    """Close the visit, as the lead."""

    def deed() -> bool:
        said, note = sent(request.form, request.headers.get("Idempotency-Key", "")), request.form.get("note", "")
        who = (db.session(), db.clock(), auth.actor())
        return close_visit(*who, uid, key=said.key, note=note, device_at=said.device_at)

    return _done(uid, deed, _("检查已办结。"))


@blueprint.post("/visits/<uid>/photos")
@auth.requires(is_officer)
@db.commits
def add_photo(uid: str) -> Any:
    """Keep a photo of an item."""

    def deed() -> bool:
        said, file = sent(request.form, request.headers.get("Idempotency-Key", "")), request.files.get("photo")
        who = (db.session(), db.clock(), auth.actor())
        content, item = file.read() if file else b"", request.form.get("item", "")
        return add_a_photo(*who, uid, content, item=item, key=said.key, device_at=said.device_at)

    return _done(uid, deed, _("照片已保存。"))


@blueprint.get("/token")
@auth.requires(is_officer)
@db.commits
def token() -> Any:
    """Give the queue of the browser a form token of the present sign-in, and say whose it is."""
    return jsonify(csrf=generate_csrf(), user=auth.actor().user_uid)


@blueprint.get("/worker.js")
@auth.public
@db.commits
def worker() -> Any:
    """Hand out the service worker; standing here, it can have no wider scope than these pages."""
    response = send_from_directory(HERE / "static" / "js", "field_worker.js", mimetype="text/javascript", max_age=0)
    response.direct_passthrough = False
    return response


def _done(uid: str, deed: Callable[[], bool], text: str) -> Any:
    """Do what was sent and answer in the way of whoever sent it; a refused form is shown again as it was typed."""
    if auth.wants_json():
        return jsonify(done=deed())
    try:
        deed()
    except InvalidError as error:
        faults = [phrases.fault(one.code, dict(one.params)) for one in error.faults]
        found = get_field_visit(db.session(), auth.actor(), uid)
        return _visit_page(found, typed=request.form, faults=faults), HTTPStatus.UNPROCESSABLE_ENTITY
    return after_post("fieldwork.visit", text, uid=uid)


def _visit_page(found: FieldVisit, *, typed: Mapping[str, str] | None = None, faults: list[str] | None = None) -> str:
    return page(
        "fieldwork/visit.html",
        visit=found,
        photos=list_photos(db.session(), found.visit),
        orders=orders_of_visit(db.session(), found.uid),
        reviewed={one.result.item: one for one in reviewed_orders(db.session(), found.visit) if _is_own(found, one)},
        today=today(db.clock()),
        typed=typed or {},
        faults=faults or [],
        # A browser gives no file back to a page: what is to be chosen again is said by its name.
        lost_photo=request.files["photo"].filename if "photo" in request.files else "",
        new_key=_new_key,
        outcomes=ItemOutcome,
        measures=ItemMeasure,
        reasons=UncheckedReason,
    )


def _is_own(found: FieldVisit, order: Order) -> bool:
    return found.own is not None and order.result.organisation_id == found.own.organisation_id


def _new_key() -> str:
    return secrets.token_hex(16)
