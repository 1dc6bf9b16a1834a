"""Parameters of rules as typed: every shape is read back as it was, and a slip is told where it is."""

from __future__ import annotations

from typing import Any

import pytest

from data.seed.policies import default_rules
from scheduler.errors import InvalidError
from scheduler.filing.rule_parameters import Shape, parameters_of, read_parameters, shape_of

SCENARIOS = ("S01", "S02")
MINIMUM = [{"scenario": "S01", "class": "A", "least": 1}]


@pytest.mark.parametrize("code", [row["code"] for row in default_rules() if row["parameters"]])
def test_delivered_parameters_are_read_back_as_they_are(code: str) -> None:
    present = next(row["parameters"] for row in default_rules() if row["code"] == code)
    typed = {one.name: one.typed for one in parameters_of(present)}

    assert read_parameters(present, typed, scenarios=SCENARIOS) == present


@pytest.mark.parametrize(
    ("name", "present", "typed", "value"),
    [
        ("days", 7, ["9"], 9),
        ("share", 0.05, ["0.1"], 0.1),
        ("share", 1, ["0.5"], 0.5),
        ("on", False, ["yes"], True),
        ("A", [0, 0.05], ["0", " 0.10 "], [0, 0.1]),
        ("kinds", ["case"], ["", "special", "case"], ["case", "special"]),
        ("kinds", ["case"], [""], []),
        ("minimum", MINIMUM, ["S02 B 2\n\n S01，A，1 "], [{"scenario": "S02", "class": "B", "least": 2}, MINIMUM[0]]),
        ("minimum", MINIMUM, [""], []),
    ],
    ids=["figure", "share", "share-that-was-whole", "switch", "span", "ticks", "no-tick", "lines", "no-line"],
)
def test_typed_parameter_is_read(name: str, present: Any, typed: list[str], value: Any) -> None:
    assert read_parameters({name: present, "q": 1}, {name: typed}, scenarios=SCENARIOS) == {name: value, "q": 1}


@pytest.mark.parametrize(
    ("name", "present", "typed", "code"),
    [
        ("days", 7, ["seven"], "int_parsing"),
        ("days", 7, ["1.5"], "int_parsing"),
        ("days", 7, ["-1"], "out_of_range"),
        ("days", 7, [], "int_parsing"),
        ("month", 3, ["13"], "out_of_range"),
        ("share", 0.05, ["nan"], "out_of_range"),
        ("share", 0.05, ["5"], "out_of_range"),
        ("share", 0.05, [""], "float_parsing"),
        ("A", [0, 0.05], ["0.1", "0"], "span_backwards"),
        ("A", [0, 0.05], ["0"], "float_parsing"),
        ("A", [0, 0.05], ["0", "5 %"], "float_parsing"),
        ("kinds", ["case"], ["", "everything"], "unknown_choice"),
        ("minimum", MINIMUM, ["S01 A"], "bad_line"),
        ("minimum", MINIMUM, ["S99 A 1"], "bad_line"),
        ("minimum", MINIMUM, ["S01 E 1"], "bad_line"),
        ("minimum", MINIMUM, ["S01 A 1\nS01 A 2"], "line_twice"),
    ],
)
def test_typed_parameter_of_another_kind_is_refused(name: str, present: Any, typed: list[str], code: str) -> None:
    with pytest.raises(InvalidError) as error:
        read_parameters({name: present}, {name: typed}, scenarios=SCENARIOS)

    assert [(one.field, one.code) for one in error.value.faults] == [(name, code)]


def test_fault_of_a_line_names_its_number_and_text() -> None:
    with pytest.raises(InvalidError) as error:
        read_parameters({"minimum": MINIMUM}, {"minimum": ["S01 A 1\n餐饮 A 1"]}, scenarios=SCENARIOS)

    assert error.value.faults[0].params == (("line", 2), ("text", "餐饮 A 1"))


def test_last_quiet_day_before_the_first_is_refused() -> None:
    present = {"on": True, "first_day": 1, "last_day": 15}

    with pytest.raises(InvalidError) as error:
        read_parameters(present, {"first_day": ["20"], "last_day": ["15"]})

    assert [(one.field, one.code) for one in error.value.faults] == [("last_day", "span_backwards")]


def test_form_shows_what_was_typed_wrong() -> None:
    shown = parameters_of({"days": 7, "A": [0, 0.05]}, {"days": ["seven"]})

    assert [(one.name, one.shape, one.typed) for one in shown] == [
        ("days", Shape.FIGURE, ("seven",)),
        ("A", Shape.SPAN, ("0", "0.05")),
    ]


@pytest.mark.parametrize("row", default_rules(), ids=lambda row: row["code"])
def test_every_delivered_list_has_a_shape_of_its_own(row: dict[str, Any]) -> None:
    lists = {name: value for name, value in row["parameters"].items() if isinstance(value, list)}

    assert all(shape_of(name, value) in {Shape.SPAN, Shape.TICKS, Shape.LINES} for name, value in lists.items())
    assert all(shape_of(name, value) is not Shape.LINES or name == "minimum" for name, value in lists.items())
