"""Paths of faults: what is joined is parted again, dots in the names of sheets and all."""

from __future__ import annotations

import pytest

from scheduler.errors import path_of, steps_of


@pytest.mark.parametrize(
    ("steps", "path"),
    [
        (("items", "0", "text"), "items.0.text"),
        (("3.15专项!5", "period"), r"3\.15专项!5.period"),
        (("a\\b.c", "d"), r"a\\b\.c.d"),
        (("plan",), "plan"),
    ],
    ids=["plain", "dot-in-a-sheet", "backslash", "one-step"],
)
def test_path_is_parted_as_it_was_joined(steps: tuple[str, ...], path: str) -> None:
    assert path_of(*steps) == path
    assert steps_of(path) == steps


def test_empty_steps_are_left_out() -> None:
    assert steps_of("..items.") == ("items",)
