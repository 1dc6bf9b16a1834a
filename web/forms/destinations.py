"""Forms of destinations that get data pushed, and of what is done about a refused batch."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField

from data.models import ExportMapping
from scheduler.exports.destinations import INTERVALS, PUSHED
from scheduler.exports.mappings import LONGEST_NAME
from web import phrases
from web.forms.base import AtMost, Form, Required, options, stripped

LONGEST_URL = 300
LONGEST_REASON = 500
EVERY = {15: _l("每 15 分钟"), 60: _l("每小时"), 360: _l("每 6 小时"), 1440: _l("每天")}
EVENTS = (
    ("retry", _l("重新发送同一批（对方已修好）")),
    ("recut", _l("按现在的映射重新组批（映射已改好）")),
    ("skip", _l("跳过这一批，继续后面的")),
)


class DestinationForm(Form):
    name = StringField(_l("平台名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_NAME)])
    url = StringField(_l("接收地址"), filters=[stripped], validators=[Required(), AtMost(LONGEST_URL)])
    kind = SelectField(_l("推送什么"), choices=lambda: options((one.value, phrases.word(one)) for one in PUSHED))
    mapping = SelectField(_l("映射方式"))
    every_minutes = SelectField(
        _l("多久一次"), coerce=int, choices=options((str(one), EVERY[one]) for one in INTERVALS), default=60
    )
    active = BooleanField(_l("启用"), default=True)

    def offer(self, mappings: Sequence[ExportMapping]) -> None:
        """Fill the choices of mappings."""
        self.mapping.choices = options(
            [("", _l("不映射，用本系统的字段名")), *((one.uid, one.name) for one in mappings)]
        )


class SettleForm(Form):
    event = RadioField(_l("怎样处理"), choices=options(EVENTS))
    reason = StringField(_l("理由"), filters=[stripped], validators=[Required(), AtMost(LONGEST_REASON)])
