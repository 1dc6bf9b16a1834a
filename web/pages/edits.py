"""Editing the draft by hand: deeds on a visit or many, undo and redo, history, conflicts, what is left out, and why."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from scheduler.errors import ConflictError, Fault, InvalidError, NeedsReasonError, NotFoundError, RuleError, StaleError
from scheduler.filing import rounds
from scheduler.filing.draws.cancellations import GIVEN_BY_HAND
from scheduler.naming import name_subjects
from scheduler.permissions import may_coordinate, may_see_all
from scheduler.planning import reasons
from scheduler.planning.board import get_visit, starts_of
from scheduler.planning.crew_reasons import visit_crews
from scheduler.planning.editing import adjusting, bulk, conflicts, days, history, presence, undoing
from scheduler.planning.editing.commands import Command, command_json, visit_named
from scheduler.planning.editing.log import EditOutcome, apply_edit, foresee
from web import auth, db, filters, phrases
from web.edits_again import NOTHING_WRONG, Again, again_from
from web.errors import status_of
from web.forms.edits import chosen_uids, command_from
from web.rendering import page, page_number

blueprint = Blueprint("edits", __name__, url_prefix="/board/edits")
# What can be done to many visits at once; `pin` and `unpin` are one deed with two values.
BULK_KINDS = ("move", "pin", "unpin", "take_out", "exclude")
_PLAIN = frozenset({"csrf_token", "version", "reason", "back", "expected"})


@blueprint.post("/<round_uid>/apply")
@auth.requires(may_coordinate)
@db.commits
def apply(round_uid: str) -> Any:
    """Do one edit: JSON with If-Match, or a form with the version that the person saw."""
    values = _values()
    try:
        deed: dict[str, Any] = {
            "command": command_from(values),
            "expected": _expected(values),
            "reason": str(values.get("reason") or ""),
        }
        # Judged before the transaction of the edit begins: nobody has to wait for that.
        with db.own_reading() as before:
            found = rounds.get_round(before, auth.actor(), round_uid)
            foreseen = foresee(before, db.clock(), auth.actor(), found, **deed)
        round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
        outcome = apply_edit(db.session(), db.clock(), auth.actor(), round_, **deed, foreseen=foreseen)
    except (InvalidError, RuleError, ConflictError) as error:
        if auth.wants_json():
            raise
        return _once_more(error)
    except (NeedsReasonError, StaleError) as error:
        if auth.wants_json():
            raise
        return _refused(rounds.get_round(db.session(), auth.actor(), round_uid), deed["command"], error, deed["reason"])
    return jsonify(_told(outcome)) if auth.wants_json() else _done(round_, deed["command"], outcome)


def _values() -> Any:
    return request.get_json() if request.is_json else request.form


def _expected(values: Any) -> int | None:
    """The version that the person saw: If-Match of a program, a field of a form; None where neither says."""
    text = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"') or str(values.get("version") or "")
    if text in {"", "*"}:
        return None
    # What is no version was never the present one.
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _told(outcome: EditOutcome) -> dict[str, Any]:
    visits = [{"uid": uid, "version": _version(uid)} for uid in outcome.visits]
    return {
        "visits": visits,
        "delta": [{"term": term, "words": phrases.rule(term), "change": value} for term, value in outcome.delta],
        "warnings": [
            {"code": code, "words": phrases.edit_finding(code, dict(params))} for code, params in outcome.warnings
        ],
    }


def _version(uid: str) -> int | None:
    try:
        return get_visit(db.session(), auth.actor(), uid).version
    except NotFoundError:
        return None


def _done(round_: Any, command: Command, outcome: EditOutcome) -> Any:
    if not outcome.changed:
        flash(_("没有变化。"), "info")
    else:
        flash(_("已调整。%(change)s", change=_change_words(outcome.delta)), "good")
        for text in dict.fromkeys(phrases.edit_finding(code, dict(params)) for code, params in outcome.warnings):
            flash(text, "warn")
    uid = visit_named(command) or next(iter(outcome.visits), "")
    if uid and _version(uid) is not None:
        return redirect(url_for("edits.visit", uid=uid), code=HTTPStatus.SEE_OTHER)
    return redirect(url_for("edits.unscheduled", round_uid=round_.uid), code=HTTPStatus.SEE_OTHER)


def _change_words(delta: Iterable[tuple[str, float]]) -> str:
    words = _("；").join(f"{phrases.rule(term)} {filters.signed(value)}" for term, value in delta)
    return _("得分变化：%(words)s", words=words) if words else _("得分不变。")


def _once_more(error: InvalidError | RuleError | ConflictError) -> Any:
    """Show the form that was sent again, with what is wrong beside its fields and everything that was typed."""
    broken = error.violations if isinstance(error, RuleError) else ()
    again = again_from(
        error, request.form, name_subjects(db.session(), [subject for _rule, subject, _detail in broken])
    )
    uid, asked = request.form.get("visit") or request.form.get("keep"), request.form.get("request")
    if uid and _version(uid) is not None:
        text = _visit_page(uid, again)
    elif asked:
        text = _request_page(asked, again)
    else:
        raise error
    return text, status_of(error).value


def _refused(round_: Any, command: Command, error: NeedsReasonError | StaleError, reason: str) -> Any:
    """Show what stands against an edit, with everything that was typed, and the way to go on."""
    status = HTTPStatus.PRECONDITION_FAILED if isinstance(error, StaleError) else HTTPStatus.UNPROCESSABLE_ENTITY
    uid = visit_named(command)
    now = get_visit(db.session(), auth.actor(), uid) if uid and _version(uid) is not None else None
    text = page(
        "edits/refused.html",
        round=round_,
        kind=command_json(command)["kind"],
        typed=_typed(),
        reason=reason,
        stale=isinstance(error, StaleError),
        expected=error.params.get("expected") if isinstance(error, StaleError) else None,
        present=now,
        name=name_subjects(db.session(), [uid]).get(uid, "") if uid else "",
        touched=history.last_touch(db.session(), now) if now is not None else None,
        findings=error.findings if isinstance(error, NeedsReasonError) else (),
    )
    return text, status.value


def _typed() -> list[tuple[str, str]]:
    return [(name, value) for name, value in request.form.items(multi=True) if name not in _PLAIN]


@blueprint.post("/<round_uid>/undo")
@auth.requires(may_coordinate)
@db.commits
def undo(round_uid: str) -> Any:
    """Take back the newest edit or batch of this person."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    outcome = undoing.undo(db.session(), db.clock(), auth.actor(), round_)
    return _stepped(round_, outcome, _("已撤销。"))


@blueprint.post("/<round_uid>/redo")
@auth.requires(may_coordinate)
@db.commits
def redo(round_uid: str) -> Any:
    """Do again what was taken back last."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    outcome = undoing.redo(db.session(), db.clock(), auth.actor(), round_)
    return _stepped(round_, outcome, _("已重做。"))


def _stepped(round_: Any, outcome: EditOutcome, text: str) -> Any:
    if auth.wants_json():
        return jsonify(_told(outcome))
    flash(text + _change_words(outcome.delta), "good")
    target = auth.local_target(request.form.get("back") or url_for("edits.log", round_uid=round_.uid))
    return redirect(target, code=HTTPStatus.SEE_OTHER)


@blueprint.post("/<round_uid>/presence")
@auth.requires(may_see_all)
@db.commits
def present(round_uid: str) -> Any:
    """Say that one is here, and learn who else is."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    return jsonify({"others": presence.note_presence(db.session(), db.clock(), auth.actor(), round_)})


@blueprint.get("/<round_uid>")
@auth.requires(may_see_all)
@db.commits
def log(round_uid: str) -> Any:
    """Who changed what, when and why."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    number = page_number()
    return page(
        "edits/log.html",
        lines=history.list_edits(db.session(), round_, page=number),
        number=number,
        longest=history.LONGEST_PAGE,
        **_around(round_),
    )


def _around(round_: Any) -> dict[str, Any]:
    """What stands at the top of every page of a round's draft."""
    return {
        "round": round_,
        "steps": undoing.steps_of(db.session(), auth.actor(), round_),
        "others": presence.others_present(db.session(), db.clock(), auth.actor(), round_),
    }


@blueprint.get("/<round_uid>/conflicts")
@auth.requires(may_see_all)
@db.commits
def conflict_list(round_uid: str) -> Any:
    """Everything that is against the draft, with a filter and links to the visits."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    found = conflicts.list_conflicts(db.session(), db.clock(), round_)
    kinds = sorted({one.rule for one in found})
    chosen = request.args.get("rule", "")
    shown = [one for one in found if not chosen or one.rule == chosen]
    return page(
        "edits/conflicts.html",
        conflicts=found,
        shown=shown,
        kinds=kinds,
        chosen=chosen,
        clauses=reasons.read_clauses(db.session(), db.clock()),
        **_around(round_),
    )


@blueprint.get("/<round_uid>/unscheduled")
@auth.requires(may_see_all)
@db.commits
def unscheduled(round_uid: str) -> Any:
    """The requests that are in no visit, with why."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    return page("edits/unscheduled.html", rows=adjusting.list_left_out(db.session(), round_), **_around(round_))


@blueprint.get("/requests/<uid>")
@auth.requires(may_see_all)
@db.commits
def left_out(uid: str) -> Any:
    """One request that is in no visit: why, and the best places for it."""
    return _request_page(uid, NOTHING_WRONG)


def _request_page(uid: str, again: Again) -> str:
    found, round_ = adjusting.get_request(db.session(), uid)
    return page(
        "edits/request.html",
        request_=found,
        name=name_subjects(db.session(), [uid]).get(uid, uid),
        reasons=reasons.left_out_reasons(db.session(), found),
        clauses=reasons.read_clauses(db.session(), db.clock()),
        places=days.ranked_places(db.session(), found),
        cancel_reasons=GIVEN_BY_HAND,
        again=again,
        **_around(round_),
    )


@blueprint.get("/visits/<uid>")
@auth.requires(may_coordinate)
@db.commits
def visit(uid: str) -> Any:
    """Everything that can be done to one visit, with what each day costs."""
    return _visit_page(uid, NOTHING_WRONG)


def _visit_page(uid: str, again: Again) -> str:
    found = adjusting.adjusting(db.session(), get_visit(db.session(), auth.actor(), uid))
    name = name_subjects(db.session(), [uid]).get(uid, uid)
    return page("edits/visit.html", one=found, name=name, again=again, **_around(found.round))


@blueprint.get("/visits/<uid>/days")
@auth.requires(may_coordinate)
@db.commits
def possible_days(uid: str) -> Any:
    """The days that a visit could go to, for the board: what each costs, and the rules against it."""
    found = get_visit(db.session(), auth.actor(), uid)
    choices = [
        {
            "day": one.day.isoformat(),
            "start_quarters": one.start_quarters,
            "total": one.total,
            "terms": [{"term": term, "words": phrases.rule(term), "change": value} for term, value in one.terms],
            "rules": [{"rule": rule, "words": phrases.obstacle(rule), "figures": detail} for rule, detail in one.rules],
        }
        for one in days.possible_days(db.session(), found)
    ]
    return jsonify({"visit": uid, "version": found.version, "days": choices})


@blueprint.get("/visits/<uid>/why")
@auth.requires(may_see_all)
@db.commits
def why(uid: str) -> Any:
    """Why a visit is where it is, and why it is apart from others of its site."""
    found = get_visit(db.session(), auth.actor(), uid)
    return page(
        "edits/why.html",
        visit=found,
        name=name_subjects(db.session(), [uid]).get(uid, uid),
        reasons=reasons.visit_reasons(db.session(), found),
        apart=reasons.apart_reasons(db.session(), found),
        crews=visit_crews(db.session(), found),
        clauses=reasons.read_clauses(db.session(), db.clock()),
    )


@blueprint.route("/<round_uid>/bulk", methods=["GET", "POST"])
@auth.requires(may_coordinate)
@db.commits
def many(round_uid: str) -> Any:
    """One deed on a selection of visits, with a result for each."""
    round_ = rounds.get_round(db.session(), auth.actor(), round_uid)
    selected = chosen_uids(request.values.get("selected", ""))
    results: tuple[bulk.RowResult, ...] = ()
    fault = ""
    if request.method == "POST":
        try:
            commands = _commands(selected)
            reason = request.form.get("reason", "")
            results = bulk.apply_many(db.session(), db.clock(), auth.actor(), round_, commands, reason=reason)
        except InvalidError as error:
            # Once, not for each visit of the selection: the day that is missing is missing for all of them.
            fault = _("；").join(dict.fromkeys(_fault_words(one) for one in error.faults))
        except ConflictError as error:
            fault = phrases.refusal(error.code, error.params)
    text = page(
        "edits/bulk.html",
        selected=selected,
        names=name_subjects(db.session(), [*selected, *(_subject(one.command) for one in results)]),
        starts=starts_of(db.session(), auth.actor(), selected),
        kinds=BULK_KINDS,
        results=[(_subject(one.command), one.done, _result_words(one)) for one in results],
        fault=fault,
        **_around(round_),
    )
    return (text, HTTPStatus.UNPROCESSABLE_ENTITY.value) if fault else text


def _fault_words(one: Fault) -> str:
    places = {"day": _("日期"), "start_quarter": _("开始时间"), "reason": _("理由"), "pins": _("固定什么")}
    place = f"{places[one.field]}{_('：')}" if one.field in places else ""
    return place + phrases.fault(one.code, dict(one.params))


def _subject(command: Command) -> str:
    return visit_named(command) or str(command_json(command)["request"])


def _commands(selected: Iterable[str]) -> list[Command]:
    """The deed of the form, once for each visit, or for each request in them."""
    kind = request.form.get("kind", "")
    values = {name: value for name, value in request.form.items() if value}
    if kind in {"pin", "unpin"}:
        flags = dict.fromkeys(request.form.getlist("pins"), kind == "pin")
        if not flags:
            raise InvalidError(Fault(field="pins", code="required"))
        return [command_from({"kind": "pin", "visit": uid, **flags}) for uid in selected]
    if kind in {"take_out", "exclude"}:
        members = [member for uid in selected for member in _members(uid)]
        return [command_from({"kind": kind, "request": uid, "reason": values.get("reason", "")}) for uid in members]
    return [command_from({**values, "kind": kind, "visit": uid}) for uid in selected]


def _members(uid: str) -> tuple[str, ...]:
    try:
        found = adjusting.member_uids(db.session(), get_visit(db.session(), auth.actor(), uid))
    except NotFoundError:
        return ()
    return found


def _result_words(one: bulk.RowResult) -> str:
    if one.outcome is not None:
        return _change_words(one.outcome.delta) if one.outcome.changed else _("没有变化。")
    error = one.error
    if isinstance(error, RuleError):
        return _("；").join(phrases.obstacle(rule) for rule, _subject_uid, _detail in error.violations)
    if isinstance(error, NeedsReasonError):
        return _("；").join(phrases.edit_finding(code, dict(params)) for code, params in error.findings)
    code, params = getattr(error, "code", "error"), getattr(error, "params", {})
    return phrases.refusal(code, params)
