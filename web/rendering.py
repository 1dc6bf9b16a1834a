"""Answers of views: a page, a form that was refused, a redirect after a post. Knows no page and no rule."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from typing import Any, TypeVar

from flask import flash, redirect, render_template, request, url_for

from data.queries.pages import Page
from scheduler.errors import ConflictError, DomainError, InvalidError
from web import phrases
from web.asked import MOST_DIGITS, number_of
from web.auth import wants_json
from web.errors import sentences_of, status_of
from web.forms.base import Form
from web.plurals import texts_of_page

logger = logging.getLogger(__name__)
FIRST_PAGE = 1
PER_PAGE = 50
MOST_SENTENCES = 30
"""Lines at the top of a refused form: whoever has broken more rules than that knows enough."""
Row = TypeVar("Row")


def page(template: str, **context: Any) -> str:
    """Render a page."""
    return render_template(template, **texts_of_page(), **context)


def form_page(template: str, form: Form, **context: Any) -> tuple[str, int]:
    """Render a page with a form: 4xx when the form was refused, so that its transaction is rolled back."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    if form.refusal is not None:
        status = status_of(form.refusal)
    return page(template, form=form, **context), status.value


def after_post(endpoint: str, text: str = "", **values: Any) -> Any:
    """Redirect to a page by GET, with a line that says what was done."""
    if text:
        flash(text, "good")
    return redirect(url_for(endpoint, **values), code=HTTPStatus.SEE_OTHER)


@contextmanager
def faults_to(form: Form) -> Iterator[None]:
    """Put the faults that the application finds beside the fields of the form, instead of failing."""
    try:
        yield
    except InvalidError as error:
        for one in error.faults:
            form.add_fault(one.field, phrases.fault(one.code, dict(one.params)))


@contextmanager
def refusals_to(form: Form) -> Iterator[None]:
    """Say at the top of the form why it was refused, and beside the fields what is wrong with them.

    The page keeps the status of the refusal, and what was typed. Programs, who typed nothing, get the refusal itself.
    """
    try:
        with faults_to(form):
            yield
    except DomainError as error:
        if wants_json():
            raise
        logger.info("form refused code=%s endpoint=%s", error.code, request.endpoint)
        form.refusal = error
        words = (phrases.refusal(error.code, error.params), *sentences_of(error))
        form.form_errors = [*form.form_errors, *words[:MOST_SENTENCES]]  # type: ignore[has-type]


@contextmanager
def conflicts_to(form: Form) -> Iterator[None]:
    """Say at the top of the form what stands in the way: who sent it twice stays on the page and loses nothing."""
    try:
        yield
    except ConflictError as error:
        form.form_errors = [*form.form_errors, phrases.refusal(error.code, error.params)]  # type: ignore[has-type]


def page_number() -> int:
    """The page of a list that the address asks for; 1 for anything that is not a number."""
    asked = request.args.get("page", "")
    # A number too long to be held lies beyond the end of every list, and so do its first digits.
    return max(FIRST_PAGE, number_of(asked[:MOST_DIGITS]) or FIRST_PAGE)


def slice_of(rows: Sequence[Row], number: int) -> Page[Row]:
    """One page of a list that is there whole."""
    first = (number - 1) * PER_PAGE
    return Page(rows=tuple(rows[first : first + PER_PAGE]), page=number, per_page=PER_PAGE, total=len(rows))


def search_text() -> str:
    """What the search field holds."""
    return request.args.get("text", "")[:100].replace("\x00", "")


def asked_day(name: str) -> date | None:
    """The date that the address or the form asks for; None for anything that is no date."""
    try:
        return date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None


def kept_arguments() -> dict[str, str]:
    """The filters in the address, for links that keep them."""
    return {name: value for name, value in request.args.items() if value and name != "page"}
