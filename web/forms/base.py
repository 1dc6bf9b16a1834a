"""The base of all forms, and the validators whose words are ours. Knows no page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, SelectChoice, ValidationError
from wtforms.validators import StopValidation

from scheduler.errors import DomainError
from web import phrases


class Form(FlaskForm):
    """A form whose faults stand beside their fields, and at its top when there is no such field.

    `refusal`: why the application refused it as a whole, where that is no fault of a field.
    """

    refusal: DomainError | None = None

    def add_fault(self, field: str, text: str) -> None:
        """Note a fault of a field; "items.0.text" belongs to "items"."""
        name = field.split(".", 1)[0]
        if name in self and name != "csrf_token":
            self[name].errors = [*self[name].errors, text]
        else:
            self.form_errors = [*self.form_errors, text]  # type: ignore[has-type]


class Required:
    """Something must be typed. Unlike InputRequired it says so in the words of the page."""

    field_flags = {"required": True}  # noqa: RUF012 -- read by wtforms as it is

    def __call__(self, form: Form, field: Field) -> None:  # noqa: ARG002 -- signature of a validator
        if not field.raw_data or not str(field.raw_data[0]).strip():
            field.errors = []
            raise StopValidation(phrases.fault("required"))


class Within:
    """A figure lies between two others."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __call__(self, form: Form, field: Field) -> None:  # noqa: ARG002 -- signature of a validator
        if field.data is None:
            return
        if field.data < self.low:
            raise ValidationError(phrases.fault("greater_than_equal", {"ge": self.low}))
        if field.data > self.high:
            raise ValidationError(phrases.fault("less_than_equal", {"le": self.high}))


class AtMost:
    """A text is not longer than so many characters."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.field_flags = {"maxlength": length}

    def __call__(self, form: Form, field: Field) -> None:  # noqa: ARG002 -- signature of a validator
        if field.data and len(field.data) > self.length:
            raise ValidationError(phrases.fault("string_too_long", {"max_length": self.length}))


def stripped(value: Any) -> Any:
    """Filter of text fields: no blanks around, and a field that did not come is empty."""
    return value.strip() if isinstance(value, str) else ""


def nothing_when_empty(value: Any) -> Any:
    """Filter of optional fields: an empty text is no value."""
    return value or None


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Choices of a field, from pairs of value and word."""
    return [SelectChoice(value, label) for value, label in pairs]


def choices_of(kind: Iterable[StrEnum]) -> Callable[[], list[SelectChoice]]:
    """Choices of an enum, or of some of its members, in the words of the page; called for every request."""
    return lambda: options(phrases.words(kind))
