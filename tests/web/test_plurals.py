"""English texts read right for one and for many, in code, in templates and in the tables of words."""

from __future__ import annotations

import pytest
from flask import Flask, render_template_string
from flask_babel import gettext as _

from tests.web.test_words import TABLES, english, message_ids
from web import phrases
from web.i18n import LANGUAGE_COOKIE
from web.plurals import FIGURE, FORMS, choose

SPOKEN = {"Cookie": f"{LANGUAGE_COOKIE}=en"}


@pytest.mark.parametrize("count", [1, "1"], ids=["a-number", "a-written-number"])
def test_one_takes_the_first_form(count: int | str) -> None:
    assert choose("%(count)s [visit differs|visits differ].", {"count": count}) == "%(count)s visit differs."


@pytest.mark.parametrize("count", [0, 2, 11, "21", "1,001", None], ids=str)
def test_every_other_figure_takes_the_second_form(count: int | str | None) -> None:
    assert choose("{count} [day|days]", {"count": count}) == "{count} days"


def test_form_follows_the_figure_before_it_or_else_the_next() -> None:
    text = "There [is|are] %(hours)s [hour|hours] and %(people)s [person|people]"
    assert choose(text, {"hours": 1, "people": 2}) == "There is %(hours)s hour and %(people)s people"


def test_values_that_look_like_forms_stay_as_they_are(app: Flask) -> None:
    with app.test_request_context(headers=SPOKEN):
        assert _("共 %(total)s 条，第 %(page)s / %(pages)s 页", total="[a|b]", page=1, pages=1).startswith("[a|b]")


def test_code_templates_and_tables_know_one_from_many(app: Flask) -> None:
    text, written = "草案有 %(count)s 处未发布变更", "The draft has {} unpublished {}"
    template = "{{ _('草案有 %(count)s 处未发布变更', count=count) }}"
    with app.test_request_context(headers=SPOKEN):
        for count, word in ((1, "change"), (2, "changes")):
            assert _(text, count=count) == render_template_string(template, count=count) == written.format(count, word)
            assert phrases.timer("confirm", {"count": count}) == f"{count} department{'s' * (count - 1)} to answer"


@pytest.mark.parametrize(("count", "text"), [(1, "unread message"), (2, "unread messages")], ids=["one", "many"])
def test_line_of_the_desk_goes_by_the_count_that_stands_before_it(app: Flask, count: int, text: str) -> None:
    with app.test_request_context(headers=SPOKEN):
        assert phrases.todo("message_unread", {"count": count}) == text


def test_templates_still_escape_what_is_filled_in(app: Flask) -> None:
    with app.test_request_context(headers=SPOKEN):
        assert "&lt;b&gt;" in render_template_string("{{ _('草案有 %(count)s 处未发布变更', count='<b>') }}")


def test_every_form_has_a_figure_beside_it_and_chinese_has_none() -> None:
    texts = [*english().values(), *(words for table in TABLES.values() for _chinese, words in table.values())]
    beside = {words for _chinese, words in TABLES["todos"].values()}
    assert [one for one in texts if FORMS.search(one) and not FIGURE.search(one) and one not in beside] == []
    assert [one for one in texts if len(FORMS.findall(one)) != one.count("|")] == []
    chinese = [*message_ids(), *(words for table in TABLES.values() for words, _english in table.values())]
    assert [one for one in chinese if FORMS.search(one)] == []
