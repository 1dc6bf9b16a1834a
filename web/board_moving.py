"""A move as the board's page and scripts send it, and what they are told of it. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from scheduler.board.cards import Board
from scheduler.errors import Fault, InvalidError, NeedsReasonError, RuleError, StaleError
from scheduler.planning.days import QUARTER_STARTS
from scheduler.planning.editing.days import DayChoice
from scheduler.planning.editing.log import EditOutcome
from web import filters, phrases
from web.board_answers import board_document

OFF_DAY: Final = "visit_on_workday"
OUT_OF_WINDOW: Final = "visit_in_window"
LONGEST_REASON: Final = 2000
Refusal = RuleError | NeedsReasonError | StaleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Where to, why, and the version of the visit that the person saw (None: whatever it is)."""

    day: date
    start_quarter: int
    reason: str
    expected: int | None


def read_move() -> Move:
    """Read the running request's JSON or form; a form may name day and quarter in one field, `2026-03-05_2`.

    Raises InvalidError on "day", "start_quarter", "reason" or "version".
    """
    values: Any = request.get_json(silent=True) if request.is_json else request.form
    if not isinstance(values, Mapping):
        raise InvalidError(Fault(field="day", code="required"))
    day, _sign, quarter = str(values.get("place") or f"{values.get('day')}_{values.get('start_quarter')}").partition(
        "_"
    )
    reason = str(values.get("reason") or "").strip()
    if len(reason) > LONGEST_REASON:
        raise InvalidError(Fault(field="reason", code="too_long", params=(("most", LONGEST_REASON),)))
    return Move(
        day=_read_day(day),
        start_quarter=_read_number("start_quarter", quarter, len(QUARTER_STARTS) - 1),
        reason=reason,
        expected=_expected(values),
    )


def _expected(values: Mapping[str, Any]) -> int | None:
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"') or values.get("version")
    return None if given in (None, "", "*") else _read_number("version", str(given), 2**31)


def _read_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError(Fault(field="day", code="bad_date")) from None


def _read_number(field: str, text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:12]) > most:
        raise InvalidError(Fault(field=field, code="unknown_choice"))
    return int(text)


def choices_document(choices: Sequence[DayChoice], version: int) -> dict[str, Any]:
    """The days of a visit for the scripts: allowed quarters, change of the score, and the rules in words.

    `other`, `off`: what speaks against the days that are not among them, working days and others.
    """
    return {
        "version": version,
        "days": {
            one.day.isoformat(): {
                "q": one.start_quarters,
                "score": score_change(one.total),
                "rules": [against(rule, detail) for rule, detail in one.rules],
            }
            for one in choices
        },
        "other": against(OUT_OF_WINDOW, ""),
        "off": against(OFF_DAY, ""),
    }


def against(rule: str, detail: str) -> str:
    """A rule that speaks against a day, which stands beside it: its words, its id and its figures in words."""
    told = [rule, phrases.figures(detail, ("day",))]
    return str(_("%(words)s（规则 %(rule)s）", words=phrases.obstacle(rule), rule=_("，").join(filter(None, told))))


def score_change(total: float) -> str:
    """The change of the score with its sign; an empty text for none."""
    return filters.signed(total).lstrip("0")


def refusal_lines(error: Refusal) -> list[str]:
    """What is against a move, a sentence a finding."""
    if isinstance(error, RuleError):
        return list(dict.fromkeys(against(rule, detail) for rule, _subject, detail in error.violations))
    if isinstance(error, NeedsReasonError):
        return findings_lines(error.findings)
    return [phrases.refusal("stale", getattr(error, "params", {}))]


def findings_lines(findings: Iterable[tuple[str, tuple[tuple[str, object], ...]]]) -> list[str]:
    """Soft findings in words."""
    return list(dict.fromkeys(phrases.edit_finding(code, dict(params)) for code, params in findings))


def refusal_status(error: Refusal) -> HTTPStatus:
    """412 where somebody else was faster (RFC 9110 13.1.1), 422 where a rule is against it."""
    return HTTPStatus.PRECONDITION_FAILED if isinstance(error, StaleError) else HTTPStatus.UNPROCESSABLE_ENTITY


def refusal_document(error: Refusal, expected: int | None, now: Board) -> dict[str, Any]:
    """A refused move for the scripts: code, words, both versions, and the visit as it is."""
    return {
        "code": error.code,
        "title": phrases.refusal(error.code, getattr(error, "params", {})),
        "lines": refusal_lines(error),
        "expected": expected,
        "now": board_document(now),
    }


def outcome_document(outcome: EditOutcome, part: Board) -> dict[str, Any]:
    """A move that was made: the visits as they are now, the score by term, and what to heed."""
    total = sum(change for _term, change in outcome.delta)
    return {
        "now": board_document(part),
        "score": score_change(total),
        "delta": [{"term": phrases.rule(term), "change": score_change(change)} for term, change in outcome.delta],
        "warnings": findings_lines(outcome.warnings),
    }
