"""Forms of the enterprise's side: a code, another day, a recusal, a question, a complaint, a rating; and the answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, SelectField, StringField, TextAreaField

from data.enums import Ban, RatingQuestion
from web import dates, phrases
from web.forms.base import AtMost, Form, Required, options, stripped
from web.i18n import is_english

LONGEST_TEXT = 2000
LONGEST_RATING = 1000
MOST_STARS = 5


def _bans() -> Any:
    return options([("", _("不属于下列行为，或者不确定")), *phrases.words(Ban)])


class EnterForm(Form):
    credit_code = StringField(_l("统一社会信用代码"), filters=[stripped], validators=[Required(), AtMost(40)])
    code = StringField(_l("访问码"), filters=[stripped], validators=[Required(), AtMost(40)])


class OpenForm(Form):
    """Nothing to type: the code came with the address."""


class DayForm(Form):
    day = RadioField(_l("改到哪一天"), validators=[Required()], validate_choice=False)
    text = TextAreaField(_l("原因（可以不填）"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])

    def offer(self, days: Iterable[date]) -> None:
        """Let one of these days be chosen."""
        self.day.choices = options([(day.isoformat(), dates.day(day)) for day in days])

    def wanted(self) -> date | None:
        """The day that was chosen; None for anything that is no date."""
        try:
            return date.fromisoformat(self.day.data or "")
        except ValueError:
            return None


class RecusalForm(Form):
    certificate = RadioField(_l("请谁回避"), validators=[Required()], validate_choice=False)
    text = TextAreaField(_l("理由"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])

    def name_officers(self, public: Mapping[str, Any]) -> None:
        """Let one of the team of a visit be chosen, each with the department that sends them."""
        named = "name_en" if is_english() else "short"
        bodies = {one["code"]: one.get(named) or one["short"] for one in public["departments"]}
        by_body = [one for body in bodies for one in public["officers"] if one["department"] == body]
        self.certificate.choices = options(
            [(one["certificate"], f"{bodies[one['department']]} {one['name']} {one['certificate']}") for one in by_body]
        )


class QuestionForm(Form):
    text = TextAreaField(_l("您的问题"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])


class ComplaintForm(Form):
    ban = SelectField(_l("涉及哪一种行为（可以不选）"), choices=_bans)
    text = TextAreaField(_l("发生了什么"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])


class AnswerForm(Form):
    text = TextAreaField(_l("答复"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])


class RatingForm(Form):
    clarity = RadioField(validators=[Required()], validate_choice=False)
    conduct = RadioField(validators=[Required()], validate_choice=False)
    burden = RadioField(validators=[Required()], validate_choice=False)
    help = RadioField(validators=[Required()], validate_choice=False)
    text = TextAreaField(_l("还想说的话（可以不填）"), filters=[stripped], validators=[AtMost(LONGEST_RATING)])

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for question in RatingQuestion:
            self[question].label.text = phrases.word(question)
            self[question].choices = options(
                [(str(stars), _("%(stars)s 星", stars=stars)) for stars in range(1, MOST_STARS + 1)]
            )

    def stars(self) -> dict[RatingQuestion, int]:
        """The stars by question; 0 where no number was sent."""
        given = {question: str(self[question].data) for question in RatingQuestion}
        return {question: int(text) if text in set("12345") else 0 for question, text in given.items()}
