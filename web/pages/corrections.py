"""Corrections of results of closed visits: making or asking for one, the second person's word, and all of a body's."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import CorrectionStatus, ItemMeasure, ItemOutcome, UncheckedReason
from scheduler.errors import Fault, InvalidError
from scheduler.fieldwork.corrections import (
    correct,
    decide_correction,
    get_closed_visit,
    list_corrections,
    withdraw_correction,
)
from scheduler.fieldwork.item_results import Finding
from scheduler.permissions import may_follow_orders, may_publish_results
from web import auth, db, phrases
from web.forms.fieldwork import findings_of
from web.rendering import after_post, page, page_number, slice_of

blueprint = Blueprint("corrections", __name__, url_prefix="/corrections")


@blueprint.get("/")
@auth.requires(may_follow_orders)
@db.commits
def index() -> Any:
    """List the body's corrections, those that wait first."""
    return _index_page()


@blueprint.get("/visits/<uid>")
@auth.requires(may_follow_orders)
@db.commits
def show(uid: str) -> Any:
    """Show the own results of a closed visit, each with a form that corrects it."""
    return _visit_page(uid)


@blueprint.post("/visits/<uid>")
@auth.requires(may_follow_orders)
@db.commits
def make(uid: str) -> Any:
    """Correct one result, or ask for it."""
    who = (db.session(), db.clock(), auth.actor())
    try:
        made = correct(*who, uid, _finding(), reason=request.form.get("reason", "").replace("\x00", ""))
    except InvalidError as error:
        return _visit_page(uid, faults=_texts(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    done = made.status is CorrectionStatus.MADE
    text = _("结果已更正，原结果留在更正记录里。") if done else _("已提出更正，由本部门另一人审核。")
    return after_post("corrections.show", text, uid=uid)


@blueprint.post("/<uid>/decide")
@auth.requires(may_publish_results)
@db.commits
def decide(uid: str) -> Any:
    """Agree to a correction or refuse it, as the second person."""
    agrees = request.form.get("agrees") == "1"
    answer = request.form.get("answer", "").replace("\x00", "")
    try:
        decide_correction(db.session(), db.clock(), auth.actor(), uid, agrees=agrees, answer=answer)
    except InvalidError as error:
        return _index_page(refused=uid, answer=answer, faults=_texts(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    return after_post("corrections.index", _("结果已更正，原结果留在更正记录里。") if agrees else _("已答复。"))


@blueprint.post("/<uid>/withdraw")
@auth.requires(may_follow_orders)
@db.commits
def withdraw(uid: str) -> Any:
    """Take the own wish back."""
    withdraw_correction(db.session(), db.clock(), auth.actor(), uid)
    return after_post("corrections.index", _("已撤回。"))


def _finding() -> Finding:
    """The one result that the form is about. Raises InvalidError when nothing is said of it."""
    found = findings_of(request.form)
    if not found:
        raise InvalidError(Fault(field="items", code="nothing_recorded"))
    return found[0]


def _texts(error: InvalidError) -> list[str]:
    return [phrases.fault(one.code, dict(one.params)) for one in error.faults]


def _visit_page(uid: str, *, faults: list[str] | None = None) -> str:
    return page(
        "corrections/show.html",
        found=get_closed_visit(db.session(), db.clock(), auth.actor(), uid),
        typed=request.form,
        faults=faults or [],
        outcomes=ItemOutcome,
        measures=ItemMeasure,
        reasons=UncheckedReason,
    )


def _index_page(*, refused: str = "", answer: str = "", faults: list[str] | None = None) -> str:
    return page(
        "corrections/index.html",
        found=slice_of(list_corrections(db.session(), auth.actor()), page_number()),
        refused=refused,
        answer=answer,
        faults=faults or [],
    )
