"""Words for every code that the layers below speak in: looked up here, written in the tables of web.words.

Each table is `{code: (Chinese, English)}`; texts may name the parameters of the code in braces.
"""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from scheduler.planning.days import QUARTER_STARTS
from web import plurals
from web.dates import day, moment, start_time, written_day, written_moment
from web.i18n import is_english
from web.words.edits import EDIT_FINDINGS, EDITS, QUANTITIES, SKILLS
from web.words.enums import WORDS
from web.words.events import ACTIONS, CHANGES, ENTITIES, FIELDS, JOBS, PHASES, PREPARE, REGISTRY_FIELDS, TIMERS, TODOS
from web.words.faults import FAULTS
from web.words.figures import FIGURE_COLUMNS, FIGURES
from web.words.findings import FINDINGS, PARAMETERS
from web.words.oversight import COLUMNS, LOOKS_FOR, WARNINGS
from web.words.questions import DIFFERENCES, EDITIONS, GROUPINGS, PLACES, SLIDER_HINTS, SLIDERS, STAGE_HELP, STAGES
from web.words.refusals import REFUSALS
from web.words.rules import OBSTACLES, REASONS, RULES, WAYS_OUT
from web.words.sources import SOURCES
from web.words.trail import TRAIL_FIELDS

Table = Mapping[str, tuple[str, str]]
RULE: Final = ("规则 {code}", "Rule {code}")
_RULE_CODES: Final = frozenset(f"R{number:02d}" for number in range(1, 100))
YES: Final = ("是", "Yes")
NO: Final = ("否", "No")
# The enums whose values stand in the parameters of rules.
KINDS_IN_PARAMETERS: Final = ("CreditClass", "PlanKind", "PlanTrigger")
# Parameters that hold days and instants as text; what people typed under other names is shown as it is.
DATED: Final = frozenset({"at", "day", "deadline", "due", "earliest", "first", "free", "last", "until"})
# Quarters of the working day, which rules count from 0, by the time that each begins.
_STARTS: Final = frozenset({"quarter", "start_quarter"})
_CLOCK: Final = {f"{place}": start_time(place) for place in range(len(QUARTER_STARTS))}
_MARK: Final = re.compile(r"\s?[（(]R\d\d[）)]")
UNKNOWN: Final = ("未能完成（代码 {code}）。", "This could not be done (code {code}).")


def word(value: StrEnum) -> str:
    """The word for a member of an enum of data.enums."""
    return _choose(WORDS[type(value).__name__][value.value])


def words(kind: Iterable[StrEnum]) -> list[tuple[str, str]]:
    """Pairs (value, word) of an enum, or of some of its members, for a form's choices."""
    return [(member.value, word(member)) for member in kind]


def refusal(code: str, params: Mapping[str, Any]) -> str:
    """A sentence for the code of an error, with its dates in words."""
    if params.get("what") in EDITS:
        params = {**params, "what": edit(f"{params['what']}")}
    return _text(REFUSALS, code, _dated(params))


def fault(code: str, params: Mapping[str, Any] | None = None) -> str:
    """A sentence for what is wrong with a field or a cell of a sheet, with its dates in words."""
    return _text(FAULTS, code, _dated(params or {}))


def timer(kind: str, params: Mapping[str, Any]) -> str:
    """What a clock of R62 waits for."""
    return _text(TIMERS, kind, params)


def figure(code: str) -> str:
    """The name of a figure of the statistics."""
    return _text(FIGURES, code, {})


def figure_column(code: str) -> str:
    """The heading of a column of the rows behind a figure."""
    return _text(FIGURE_COLUMNS, code, {})


def finding(name: str, params: Mapping[str, Any]) -> str:
    """What is wrong by a rule of filing, with its dates in words."""
    return _text({name: FINDINGS[name][:2]} if name in FINDINGS else {}, name, _dated(params))


def mend(name: str) -> str:
    """How a finding is mended."""
    return _text({name: FINDINGS[name][2:]} if name in FINDINGS else {}, name, {})


def parameter(name: str) -> str:
    """The name of a parameter of a rule."""
    return _text(PARAMETERS, name, {})


def parameter_value(value: Any) -> str:
    """The value of a parameter of a rule: yes or no, a figure, a span, or a list of codes in words."""
    if isinstance(value, bool):
        return _choose(YES if value else NO)
    if isinstance(value, Mapping):
        return " ".join(parameter_value(one) for one in value.values())
    if isinstance(value, list):
        span = len(value) == 2 and all(isinstance(one, int | float) for one in value)
        separator = " – " if span else _choose(("、", ", "))
        return separator.join(parameter_value(one) for one in value)
    codes = (WORDS[kind] for kind in KINDS_IN_PARAMETERS)
    return next((_choose(words_of[value]) for words_of in codes if value in words_of), str(value))


def sources(text: str) -> list[str]:
    """The documents and rules that a source names by codes, in words; what is no code stays one text."""
    words_ = text.replace(",", " ").split()
    if not all(word_ in SOURCES or word_ in _RULE_CODES for word_ in words_):
        return [text]
    return [_choose(SOURCES[word_]) if word_ in SOURCES else _choose(RULE).format(code=word_) for word_ in words_]


def reason(code: str, params: Mapping[str, Any] | None = None) -> str:
    """Why a request was left out, or why a visit is as it is."""
    return _text(REASONS if code in REASONS else RULES, code, params or {})


def rule(code: str) -> str:
    """The name of a hard rule or a term of the score."""
    return _text(RULES, code, {})


def obstacle(code: str) -> str:
    """What is in the way where a rule forbids something; the rule's name where there are no words for that."""
    return _text(OBSTACLES if code in OBSTACLES else RULES, code, {})


def way_out(code: str) -> str:
    """Which pin to loosen where requests collide by a rule; empty for a rule that no pin brings about."""
    return _choose(WAYS_OUT[code]) if code in WAYS_OUT else ""


def violation(code: str, subject: str, detail: str) -> str:
    """A broken rule with its subject and figures."""
    return " · ".join(part for part in (obstacle(code), subject, figures(detail)) if part)


def edit(kind: str) -> str:
    """The name of an edit of the draft."""
    return _text(EDITS, kind, {})


def edit_finding(code: str, params: Mapping[str, Any]) -> str:
    """What is against an edit without forbidding it, with its dates in words."""
    if code == "repeat_soon" and f"{params.get('apart')}" == "0":
        code = "repeat_on_one_day"
    return _text(EDIT_FINDINGS, code, {name: written_day(f"{value}") for name, value in params.items()})


def below_its_rule(text: str) -> str:
    """A finding that stands under the name of its rule: without the rule's number, which is said there."""
    return _MARK.sub("", text)


def figures(detail: str, known_already: Collection[str] = ()) -> str:
    """The figures of a finding, `name=value name=value`, in words; ids of rows and what is known are left out.

    Days are said as on the rest of the page, and a quarter of the day by the time at which it begins.
    """
    pairs = (part.partition("=")[::2] for part in detail.split())
    told = [(name, value) for name, value in pairs if name in QUANTITIES and name not in known_already]
    known = [f"{_choose(QUANTITIES[name])} {_figure(name, value)}" for name, value in told]
    return _choose(("，", ", ")).join(known)


def _figure(name: str, value: str) -> str:
    if value in SKILLS:
        return _choose(SKILLS[value])
    if name in _STARTS and value in _CLOCK:
        return _CLOCK[value]
    return " – ".join(written_day(part) for part in value.split(".."))


def todo(kind: str, params: Mapping[str, Any]) -> str:
    """A line of the desk."""
    return _text(TODOS, kind, params)


def warning(kind: str) -> str:
    """The name of a warning of supervision."""
    return _text(WARNINGS, kind, {})


def looks_for(kind: str, figures: Mapping[str, Any]) -> str:
    """What a warning of supervision looks for, with the figures in force."""
    return _text(LOOKS_FOR, kind, figures)


def warning_column(code: str) -> str:
    """The head of a column of a warning."""
    return _text(COLUMNS, code, {})


def action(code: str) -> str:
    """What an audit event tells of."""
    return _text(ACTIONS, code, {})


def reason_given(text: str) -> str:
    """The reason of an audit event: as a person wrote it or chose it, or the deed that brought it about."""
    if text in WORDS["CancelReason"]:
        return _choose(WORDS["CancelReason"][text])
    return action(text) if text in ACTIONS else text


def job(name: str) -> str:
    """What a timed job does."""
    return _text(JOBS, name, {})


def entity(code: str) -> str:
    """The kind of thing that an audit event or an error speaks of."""
    return _text(ENTITIES, code, {})


def change(code: str) -> str:
    """A class of difference between what was told and what is released."""
    return _text(CHANGES, code, {})


def prepare(code: str) -> str:
    """Something that an enterprise should have ready."""
    return _text(PREPARE, code, {})


def appeal(kind: str, status: str) -> str:
    """What an enterprise asked for and what became of it, from the values in a message."""
    return f"{_choose(WORDS['AppealKind'][kind])} · {_choose(WORDS['AppealStatus'][status])}"


def rating_questions() -> list[tuple[str, str]]:
    """The questions of a rating with their words."""
    return [(value, _choose(pair)) for value, pair in WORDS["RatingQuestion"].items()]


def phase(code: str) -> str:
    """What a solve run is doing; a phase without words stays as it is."""
    return _choose(PHASES[code]) if code in PHASES else code


def slider(name: str) -> str:
    """The name of a slider of a what-if question."""
    return _text(SLIDERS, name, {})


def slider_hint(name: str) -> str:
    """What a slider multiplies."""
    return _text(SLIDER_HINTS, name, {})


def place(value: int) -> str:
    """What a place of a slider means, with its factor."""
    return _text(PLACES, str(value), {})


def places() -> list[tuple[int, str]]:
    """All places of a slider, from the least to the most."""
    return [(int(value), place(int(value))) for value in sorted(PLACES, key=int)]


def difference(code: str) -> str:
    """How a visit differs between two plans."""
    return _text(DIFFERENCES, code, {})


def grouping(code: str) -> str:
    """By whom differences are listed."""
    return _text(GROUPINGS, code, {})


def edition(kind: str) -> str:
    """What a plan is: draft, proposal, release."""
    return _text(EDITIONS, kind, {})


def stage(name: str) -> str:
    """A stage of a round."""
    return _text(STAGES, name, {})


def stage_help(name: str) -> str:
    """What happens in a stage of a round, and by which rule."""
    return _text(STAGE_HELP, name, {})


def field(name: str) -> str:
    """The name of a field of a plan sheet."""
    return _text(FIELDS, name, {})


def trail_field(name: str) -> str:
    """The name of a field of an audit event; one without words (an item of a visit) stays as it is."""
    return _choose(TRAIL_FIELDS[name]) if name in TRAIL_FIELDS else name


def typed_field(name: str) -> str:
    """The name of a field of any form, as far as it has one; what other forms call a name is no task."""
    return field(name) if name in FIELDS and name not in REGISTRY_FIELDS else registry_field(name)


def registry_field(name: str) -> str:
    """The name of a field of the registry; one without words stays as it is."""
    return _choose(REGISTRY_FIELDS[name]) if name in REGISTRY_FIELDS else name


def _text(table: Table, code: str, params: Mapping[str, Any]) -> str:
    values = {name: _shown(value) for name, value in params.items()}
    text = plurals.choose(_choose(table.get(code, UNKNOWN)), values)
    return _Lenient().format(text, **{"code": code, **values})


def _dated(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _in_words(value) if name in DATED else value for name, value in params.items()}


def _in_words(value: Any) -> Any:
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return written_moment(value) if isinstance(value, str) else value


def _choose(pair: tuple[str, str]) -> str:
    return pair[1] if is_english() else pair[0]


def _shown(value: Any) -> Any:
    if isinstance(value, StrEnum) and type(value).__name__ in WORDS:
        return word(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value)
    return value


class _Lenient(string.Formatter):
    """A text that names a parameter which did not come is still shown, with a dash in its place."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ARG002 -- signature of the base class
        return kwargs.get(key, "–") if isinstance(key, str) else "–"
