"""Officers who cannot come: asking, the colleague's answer, and the decision of body or coordinator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, request
from flask_babel import gettext as _

from data.enums import DutyKind
from scheduler.clock import today
from scheduler.errors import Fault, InvalidError, NeedsReasonError, RuleError
from scheduler.fieldwork import duties
from scheduler.fieldwork.off_plan import colleagues
from scheduler.fieldwork.visits import list_field_visits
from scheduler.naming import name_subjects
from scheduler.permissions import is_officer, may_decide_duties, may_see_duties
from web import auth, db, phrases
from web.rendering import after_post, page

blueprint = Blueprint("duties", __name__, url_prefix="/duties")
AHEAD: Final = timedelta(days=120)


@blueprint.get("/")
@auth.requires(may_see_duties)
@db.commits
def index() -> Any:
    """List the requests that the person has to do with; officers ask here."""
    return _page([])


@blueprint.post("/")
@auth.requires(is_officer)
@db.commits
def ask() -> Any:
    """Ask to be away, to be spared a visit, or that a colleague goes instead."""

    def deed() -> str:
        duties.ask(db.session(), db.clock(), auth.actor(), _wish())
        return _("已提出，等待答复。")

    return _done(deed)


@blueprint.post("/<uid>/withdraw")
@auth.requires(is_officer)
@db.commits
def withdraw(uid: str) -> Any:
    """Take the own request back."""
    duties.withdraw(db.session(), db.clock(), auth.actor(), uid)
    return after_post("duties.index", _("已撤回。"))


@blueprint.post("/<uid>/answer")
@auth.requires(is_officer)
@db.commits
def answer(uid: str) -> Any:
    """Answer as the colleague who was asked."""
    agrees = request.form.get("agrees") == "1"

    def deed() -> str:
        who, given = (db.session(), db.clock(), auth.actor()), request.form.get("in_return", "")
        duties.answer_colleague(*who, uid, agrees=agrees, in_return=given)
        return _("已同意，等待审批。") if agrees else _("已回绝。")

    return _done(deed, refused=uid)


@blueprint.post("/<uid>/decide")
@auth.requires(may_decide_duties)
@db.commits
def decide(uid: str) -> Any:
    """Grant or refuse a request."""
    who = (db.session(), db.clock(), auth.actor())

    def deed() -> str:
        if request.form.get("verdict") == "accept":
            duties.accept(*who, uid, stand_in=request.form.get("stand_in", ""))
            return _("已同意。人员变动随下一次发布告知。")
        duties.refuse(*who, uid, answer=request.form.get("answer", "").replace("\x00", ""))
        return _("已答复。")

    return _done(deed, refused=uid)


def _done(deed: Callable[[], str], *, refused: str = "") -> Any:
    """Do it; what is refused is shown again as it was typed."""
    try:
        text = deed()
    except InvalidError as error:
        faults = [_named(one) for one in error.faults]
    except RuleError as error:
        names = name_subjects(db.session(), [subject for _rule, subject, _detail in error.violations])
        faults = [
            phrases.violation(code, names.get(subject, subject), detail) for code, subject, detail in error.violations
        ]
    except NeedsReasonError as error:
        faults = [phrases.edit_finding(code, dict(params)) for code, params in error.findings]
    else:
        return after_post("duties.index", text)
    return _page(faults, refused=refused), HTTPStatus.UNPROCESSABLE_ENTITY


def _named(one: Fault) -> str:
    """What is wrong, after the name of the place where it is."""
    places = {
        "kind": _("哪种情况"),
        "visit": _("哪次检查（请假几天的不用选）"),
        "colleague": _("请谁代去（只在换人时选）"),
        "first": _("请假：从哪天"),
        "last": _("请假：到哪天（含当天）"),
        "reason": _("原因"),
        "until": _("希望在哪天之前答复（可以不填）"),
        "in_return": _("作为交换，请他代我去（可以不选）"),
        "answer": _("不同意的理由"),
        "stand_in": _("由谁去"),
    }
    text = phrases.fault(one.code, dict(one.params))
    return _("%(place)s：%(fault)s", place=places[one.field], fault=text) if one.field in places else text


def _wish() -> duties.Wish:
    kind = request.form.get("kind", "")
    if not kind:
        raise InvalidError(Fault(field="kind", code="required"))
    if kind not in set(DutyKind):
        raise InvalidError(Fault(field="kind", code="unknown_choice"))
    return duties.Wish(
        kind=DutyKind(kind),
        visit_uid=request.form.get("visit", ""),
        first=_day("first"),
        last=_day("last"),
        colleague=request.form.get("colleague", ""),
        reason=request.form.get("reason", "").replace("\x00", ""),
        until=_day("until"),
    )


def _day(name: str) -> date | None:
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidError(Fault(field=name, code="date_parsing")) from error


def _page(faults: list[str], *, refused: str = "") -> str:
    session, actor, now = db.session(), auth.actor(), today(db.clock())
    officer = is_officer(actor)
    coming = list_field_visits(session, actor, first=now + timedelta(days=1), last=now + AHEAD) if officer else ()
    return page(
        "duties/index.html",
        rows=duties.list_duties(session, actor),
        waiting={one.request.uid for one in duties.waiting_duties(session, db.clock(), actor)},
        clock=db.clock(),
        coming=coming,
        offers=duties.visits_to_offer(session, db.clock(), actor) if officer else (),
        people=[one for one in colleagues(session, actor, now) if one.id != actor.officer_id] if officer else [],
        kinds=DutyKind,
        typed=request.form,
        chosen=request.form.get("visit") or request.args.get("visit", ""),
        faults=faults,
        refused=refused,
    )
