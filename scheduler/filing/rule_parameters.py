"""Parameters of rules as people type them: what shape each has, within what bounds, and what is wrong with a text.

A parameter keeps its shape from version to version, so the shape is read off the present value and its name. Knows no
page and no table.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from data.enums import CreditClass, PlanKind, PlanTrigger
from scheduler.errors import Fault, InvalidError

LARGEST_FIGURE: Final = 999
"""No number, day or count of years of a rule is larger; what is comes of a slip of the finger."""
LONGEST_LINE: Final = 60


class Shape(StrEnum):
    """How a parameter is typed: a switch, one figure, two figures, ticks of a list, or lines of a table."""

    SWITCH = "switch"
    FIGURE = "figure"
    SPAN = "span"
    TICKS = "ticks"
    LINES = "lines"


CHOICES: Final[Mapping[str, type[StrEnum]]] = {
    "clue_required": PlanTrigger,
    "self_check": CreditClass,
    "offsite_first": CreditClass,
    "kinds": PlanKind,
}
_SHARE: Final = (0, 1)
# Smallest and largest value by the name of the parameter; a span has both its ends within.
BOUNDS: Final[Mapping[str, tuple[int, int]]] = {
    **dict.fromkeys(("most_share", "share", "least_share", "A", "B", "C", "D"), _SHARE),
    **dict.fromkeys(("day", "first_day", "last_day"), (1, 31)),
    "month": (1, 12),
    "annual_days": (1, 366),
}
# A figure that must not lie before another one of the same rule.
_AFTER: Final[Mapping[str, str]] = {"last_day": "first_day", "total_most": "department_most"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter as a form shows it. `choices`: what can be ticked; `typed`: texts of its fields, or the ticks."""

    name: str
    shape: Shape
    typed: tuple[str, ...]
    choices: tuple[StrEnum, ...] = ()


def parameters_of(present: Mapping[str, Any], typed: Mapping[str, Sequence[str]] | None = None) -> list[Parameter]:
    """Return the parameters of a rule in their order, with what was typed where something was."""
    return [
        Parameter(
            name=name,
            shape=shape_of(name, value),
            typed=tuple(typed[name]) if typed and name in typed else texts_of(name, value),
            choices=tuple(CHOICES[name]) if name in CHOICES else (),
        )
        for name, value in present.items()
    ]


def shape_of(name: str, value: Any) -> Shape:
    """The shape of a parameter, from its name and its present value."""
    if isinstance(value, bool):
        return Shape.SWITCH
    if isinstance(value, int | float):
        return Shape.FIGURE
    if name in CHOICES:
        return Shape.TICKS
    return Shape.SPAN if value and isinstance(value[0], int | float) else Shape.LINES


def texts_of(name: str, value: Any) -> tuple[str, ...]:
    """The texts that stand for a value: one for each field of its shape."""
    shape = shape_of(name, value)
    if shape is Shape.SWITCH:
        return ("yes" if value else "no",)
    if shape is Shape.FIGURE:
        return (str(value),)
    if shape is Shape.LINES:
        return ("\n".join(" ".join(str(part) for part in row.values()) for row in value),)
    return tuple(str(one) for one in value)


def read_parameters(
    present: Mapping[str, Any], typed: Mapping[str, Sequence[str]], *, scenarios: Collection[str] = ()
) -> dict[str, Any]:
    """Read typed texts as values of the same shapes as the present parameters; what was not typed stays.

    `scenarios`: codes that the lines of a table may name. Raises InvalidError, one fault a parameter: "int_parsing",
    "float_parsing", "out_of_range", "span_backwards", "unknown_choice", "bad_line", "line_twice".
    """
    values: dict[str, Any] = dict(present)
    faults: list[Fault] = []
    for name, value in present.items():
        if name not in typed:
            continue
        try:
            values[name] = _READERS[shape_of(name, value)](
                name, value, [text.strip() for text in typed[name]], scenarios
            )
        except InvalidError as error:
            faults += error.faults
    if not faults:
        faults = [
            Fault(field=name, code="span_backwards")
            for name, other in _AFTER.items()
            if name in values and other in values and values[name] < values[other]
        ]
    if faults:
        raise InvalidError(*faults)
    return values


def _switch(_name: str, _value: Any, texts: list[str], _scenarios: Collection[str]) -> bool:
    return texts[-1:] == ["yes"]


def _figure(name: str, value: Any, texts: list[str], _scenarios: Collection[str]) -> int | float:
    # A share of exactly one is a share all the same: whole today, not tomorrow.
    whole = isinstance(value, int) and BOUNDS.get(name) != _SHARE
    return _number(name, texts[-1] if texts else "", whole=whole)


def _span(name: str, value: Any, texts: list[str], _scenarios: Collection[str]) -> list[int | float]:
    if len(texts) != len(value):
        raise InvalidError(Fault(field=name, code="float_parsing"))
    # Ends that are whole are written as whole numbers, as they were delivered.
    ends = [int(end) if end == int(end) else end for end in (_number(name, text, whole=False) for text in texts)]
    if ends != sorted(ends):
        raise InvalidError(Fault(field=name, code="span_backwards"))
    return ends


def _ticks(name: str, value: Any, texts: list[str], _scenarios: Collection[str]) -> list[str]:
    ticked = {text for text in texts if text}
    members = [member.value for member in CHOICES[name]]
    if not ticked <= set(members):
        raise InvalidError(Fault(field=name, code="unknown_choice"))
    kept = [one for one in value if one in ticked]
    return kept + [one for one in members if one in ticked and one not in kept]


def _lines(name: str, _value: Any, texts: list[str], scenarios: Collection[str]) -> list[dict[str, Any]]:
    """Lines of scenario, class and figure: "S01 A 1"."""
    rows, seen = [], set()
    for number, line in enumerate("\n".join(texts).splitlines(), start=1):
        words = line.replace("，", " ").replace(",", " ").split()
        if not words:
            continue
        if not _proper_line(words, scenarios):
            raise InvalidError(Fault(field=name, code="bad_line", params=_place(number, line)))
        if tuple(words[:2]) in seen:
            raise InvalidError(Fault(field=name, code="line_twice", params=_place(number, line)))
        seen.add(tuple(words[:2]))
        rows.append({"scenario": words[0], "class": words[1], "least": int(words[2])})
    return rows


def _proper_line(words: list[str], scenarios: Collection[str]) -> bool:
    known = len(words) == 3 and words[0] in scenarios and words[1] in set(CreditClass)
    return known and words[2].isascii() and words[2].isdecimal() and int(words[2]) <= LARGEST_FIGURE


def _place(number: int, line: str) -> tuple[tuple[str, object], ...]:
    return (("line", number), ("text", line.strip()[:LONGEST_LINE]))


def _number(name: str, text: str, *, whole: bool) -> int | float:
    kind, code = (int, "int_parsing") if whole else (float, "float_parsing")
    try:
        value = kind(text)
    except ValueError:
        raise InvalidError(Fault(field=name, code=code)) from None
    least, most = BOUNDS.get(name, (0, LARGEST_FIGURE))
    if not least <= value <= most:
        raise InvalidError(Fault(field=name, code="out_of_range", params=(("min", least), ("max", most))))
    return value


_Reader = Callable[[str, Any, list[str], Collection[str]], Any]
_READERS: Final[Mapping[Shape, _Reader]] = {
    Shape.SWITCH: _switch,
    Shape.FIGURE: _figure,
    Shape.SPAN: _span,
    Shape.TICKS: _ticks,
    Shape.LINES: _lines,
}
