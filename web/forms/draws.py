"""Forms of a draw with parties: its rules, a commitment, a secret, the public value, calling it off."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateTimeLocalField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from data.enums import DrawFallback, HashKind, ValueFallback
from scheduler.filing.draws.cancellations import GIVEN_BY_HAND
from scheduler.filing.draws.rules import LONGEST_TEXT, Rules, read_seats
from web.forms.base import AtMost, Form, Required, choices_of, stripped
from web.forms.rounds import local_instant

LONGEST_SEATS = 1200


class RulesForm(Form):
    seats = TextAreaField(_l("见证方（每行一方）"), filters=[stripped], validators=[Required(), AtMost(LONGEST_SEATS)])
    commit_until = DateTimeLocalField(_l("提交承诺的期限"), validators=[Required()])
    reveal_until = DateTimeLocalField(_l("公开密语的期限"), validators=[Required()])
    fallback = SelectField(_l("有一方不公开密语时"), choices=choices_of(DrawFallback))
    public_source = StringField(_l("约定的公开数值"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    public_at = DateTimeLocalField(_l("公开数值产生的时间"), validators=[Optional()])
    value_until = DateTimeLocalField(_l("填写公开数值的期限"), validators=[Optional()])
    value_fallback = SelectField(_l("期限内没有填写时"), choices=choices_of(ValueFallback), default=ValueFallback.ABORT)
    floor = StringField(_l("抽取比例下限"), filters=[stripped], validators=[AtMost(12)])
    kind = SelectField(_l("杂凑算法"), choices=choices_of(HashKind))
    reason = TextAreaField(_l("再次抽取的理由"), filters=[stripped], validators=[AtMost(2000)])

    def rules(self) -> Rules:
        at, until = self.public_at.data, self.value_until.data
        values: dict[str, Any] = {name: self[name].data for name in ("public_source", "floor", "reason")}
        return Rules(
            seats=read_seats(self.seats.data),
            commit_until=local_instant(self.commit_until.data),
            reveal_until=local_instant(self.reveal_until.data),
            fallback=DrawFallback(self.fallback.data),
            kind=HashKind(self.kind.data),
            public_at=local_instant(at) if at is not None else None,
            value_until=local_instant(until) if until is not None else None,
            value_fallback=ValueFallback(self.value_fallback.data),
            **values,
        )


class CommitForm(Form):
    commitment = StringField(_l("承诺"), filters=[stripped], validators=[Required(), AtMost(64)])


class RevealForm(Form):
    secret = StringField(_l("密语"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])
    salt = StringField(_l("盐"), filters=[stripped], validators=[AtMost(64)])


class CancelForm(Form):
    reason = SelectField(_l("取消理由"), choices=choices_of(GIVEN_BY_HAND))
    detail = TextAreaField(_l("具体情况"), filters=[stripped], validators=[AtMost(2000)])


class ValueForm(Form):
    value = StringField(_l("公开数值"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])
    origin = StringField(
        _l("出处（网址或公报）"), filters=[stripped], validators=[Required(), AtMost(2 * LONGEST_TEXT)]
    )
