"""Moving a visit (改期): by a page that needs no script, and by the board's scripts. Other edits are in `edits`."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _

from data.models import Round, Visit
from scheduler.board.cards import load_part
from scheduler.errors import ConflictError, InvalidError, NeedsReasonError, RuleError, StaleError
from scheduler.permissions import may_coordinate
from scheduler.planning.board import get_visit, round_of, visit_details
from scheduler.planning.editing.commands import MoveVisit
from scheduler.planning.editing.days import possible_days
from scheduler.planning.editing.log import EditOutcome, apply_edit, foresee
from web import auth, dates, db, phrases
from web.board_moving import (
    Move,
    Refusal,
    against,
    choices_document,
    findings_lines,
    outcome_document,
    read_move,
    refusal_document,
    refusal_lines,
    refusal_status,
    score_change,
)
from web.pages.board import json_answer
from web.rendering import page

blueprint = Blueprint("board_moves", __name__, url_prefix="/board/visits")
_REFUSALS = (RuleError, NeedsReasonError, StaleError)


@blueprint.get("/<uid>/days")
@auth.requires(may_coordinate)
@db.commits
def days(uid: str) -> Any:
    """Where a visit could go: every day with its price, or with the rules against it."""
    visit = get_visit(db.session(), auth.actor(), uid)
    return json_answer(choices_document(possible_days(db.session(), visit), visit.version))


@blueprint.get("/<uid>/move")
@auth.requires(may_coordinate)
@db.commits
def move(uid: str) -> Any:
    """Show the days of a visit as a form."""
    return _move_page(db.session(), get_visit(db.session(), auth.actor(), uid))


@blueprint.post("/<uid>/move")
@auth.requires(may_coordinate)
@db.commits
def make_move(uid: str) -> Any:
    """Move a visit; a script is answered in JSON, a person by the page they came from."""
    # Judged before the transaction of the move begins: nobody has to wait for that.
    with db.own_reading() as before:
        visit = get_visit(before, auth.actor(), uid)
        try:
            asked = read_move()
        except InvalidError as error:
            return _misread(before, visit, error)
        try:
            foreseen = foresee(before, db.clock(), auth.actor(), round_of(before, visit), **_deed(visit, asked))
        except (*_REFUSALS, ConflictError) as error:
            return _not_moved(before, visit, asked, error)
    visit = get_visit(db.session(), auth.actor(), uid)
    round_ = round_of(db.session(), visit)
    deed = _deed(visit, asked)
    try:
        outcome = apply_edit(db.session(), db.clock(), auth.actor(), round_, **deed, foreseen=foreseen)
    except (*_REFUSALS, ConflictError) as error:
        return _not_moved(db.session(), visit, asked, error)
    if auth.wants_json():
        return json_answer(outcome_document(outcome, load_part(db.session(), round_, outcome.visits)))
    flash(_done(visit, outcome), "good")
    return redirect(_back(visit, round_), code=HTTPStatus.SEE_OTHER)


def _deed(visit: Visit, asked: Move) -> dict[str, Any]:
    command = MoveVisit(visit=visit.uid, day=asked.day, start_quarter=asked.start_quarter)
    return {"command": command, "expected": asked.expected, "reason": asked.reason}


def _misread(session: Any, visit: Visit, error: InvalidError) -> Any:
    if auth.wants_json():
        raise error
    lines = [phrases.fault(one.code, dict(one.params)) for one in error.faults]
    return _move_page(session, visit, lines=lines), HTTPStatus.UNPROCESSABLE_ENTITY.value


def _in_conflict(session: Any, visit: Visit, error: ConflictError) -> Any:
    """The round or the visit takes no edit by now: a person reads so on the form, a script gets the error itself."""
    if auth.wants_json():
        raise error
    return _move_page(session, visit, lines=[phrases.refusal(error.code, error.params)]), HTTPStatus.CONFLICT.value


def _not_moved(session: Any, visit: Visit, asked: Move, error: Refusal | ConflictError) -> Any:
    """What is against a move: for a script in JSON, for a person on the form with what was typed."""
    if isinstance(error, ConflictError):
        return _in_conflict(session, visit, error)
    status = refusal_status(error).value
    if not auth.wants_json():
        needs_reason = isinstance(error, NeedsReasonError)
        return _move_page(session, visit, lines=refusal_lines(error), needs_reason=needs_reason), status
    part = load_part(session, round_of(session, visit), [visit.uid])
    answer = json_answer(refusal_document(error, asked.expected, part))
    answer.status_code = status
    return answer


def _move_page(session: Any, visit: Visit, *, lines: Sequence[str] = (), needs_reason: bool = False) -> str:
    """The form with what was typed; refused or not, its days are those of now."""
    return page(
        "board/move.html",
        visit=visit_details(session, auth.actor(), visit.uid).row,
        version=visit.version,
        choices=possible_days(session, visit),
        lines=lines,
        needs_reason=needs_reason,
        typed=request.form,
        back=request.values.get("back", ""),
        start_time=dates.start_time,
        score_change=score_change,
        against=against,
    )


def _done(visit: Visit, outcome: EditOutcome) -> str:
    when = f"{dates.short_day(visit.day)} {dates.start_time(visit.start_quarter)}"
    total = score_change(sum(change for _term, change in outcome.delta))
    score = _("得分 %(change)s", change=total) if total else _("得分不变")
    done = str(_("已改到 %(when)s。%(score)s。", when=when, score=score))
    return " ".join([done, *findings_lines(outcome.warnings)])


def _back(visit: Visit, round_: Round) -> str:
    back = request.form.get("back", "")
    if back:
        return auth.local_target(back)
    return url_for("board.show", round=round_.uid, view="day", day=visit.day.isoformat())
