"""Forms of confirmations: a department's answer with a day for each visit, and the coordinator's reasons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, TextAreaField

from scheduler.confirming.answering import LONGEST_REASON, AnotherDay
from web import phrases
from web.forms.base import AtMost, Form, Required, options, stripped

CONSENT, COUNTER, REFUSE = "consent", "counter", "refuse"
DAY_LENGTH: Final = 10


class AnswerForm(Form):
    """`days` stands for all day fields, which are read from the request: there is one a visit."""

    answer = RadioField(
        _l("本部门的意见"),
        choices=lambda: options(
            (
                (CONSENT, _l("同意全部安排")),
                (COUNTER, _l("建议为部分检查改日期，其余同意")),
                (REFUSE, _l("不同意，说明理由")),
            )
        ),
        validators=[Required()],
    )
    reason = TextAreaField(_l("说明"), filters=[stripped], validators=[AtMost(LONGEST_REASON)])


class WithdrawForm(Form):
    reason = TextAreaField(_l("撤回的理由"), filters=[stripped], validators=[Required(), AtMost(LONGEST_REASON)])


class DeclineForm(Form):
    reason = TextAreaField(_l("不采纳的理由"), filters=[stripped], validators=[Required(), AtMost(LONGEST_REASON)])


def typed_days(sent: MultiDict[str, str], uids: Iterable[str]) -> tuple[dict[str, AnotherDay], dict[str, str]]:
    """Read the days that were typed: {visit uid: day and reason}, and {visit uid: what is wrong with it}."""
    days: dict[str, AnotherDay] = {}
    wrong: dict[str, str] = {}
    for uid in uids:
        text = sent.get(f"day_{uid}", "").strip()
        if not text:
            continue
        try:
            day = date.fromisoformat(text[:DAY_LENGTH])
        except ValueError:
            wrong[uid] = phrases.fault("date_from_datetime_parsing")
            continue
        days[uid] = AnotherDay(day=day, reason=sent.get(f"why_{uid}", "").strip()[:LONGEST_REASON])
    return days, wrong
