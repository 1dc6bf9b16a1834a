"""Forms of rounds: opening one, asking for a solve, approving."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from data.enums import RoundKind
from scheduler.clock import DISTRICT_ZONE
from scheduler.filing.rounds import LONGEST_DAYS
from web import phrases
from web.forms.base import AtMost, Form, Required, Within, options, stripped

LONGEST_NAME = 80
LONGEST_SOLVE_SECONDS = 3600
LARGEST_SEED = 2**31 - 1


def local_instant(value: datetime) -> datetime:
    """A typed local time as an instant."""
    return value.replace(tzinfo=DISTRICT_ZONE)


class RoundForm(Form):
    name = StringField(_l("轮次名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_NAME)])
    kind = SelectField(_l("周期"), choices=lambda: options((one.value, phrases.word(one)) for one in LONGEST_DAYS))
    period_first = DateField(_l("检查期限：起"), validators=[Required()])
    period_last = DateField(_l("检查期限：止"), validators=[Required()])
    filing_until = DateTimeLocalField(_l("申报截止时间"), validators=[Required()])

    def values(self) -> dict[str, Any]:
        return {
            "name": self.name.data,
            "kind": RoundKind(self.kind.data),
            "period_first": self.period_first.data,
            "period_last": self.period_last.data,
            "filing_until": local_instant(self.filing_until.data),
        }


class SolveForm(Form):
    seconds = IntegerField(_l("求解时限（秒）"), default=60, validators=[Optional(), Within(1, LONGEST_SOLVE_SECONDS)])
    seed = IntegerField(_l("随机种子"), default=0, validators=[Optional(), Within(0, LARGEST_SEED)])


class ApproveForm(Form):
    draft_hash = HiddenField()
    publish_at = DateTimeLocalField(_l("发布时间"), validators=[Required()])
    comment = TextAreaField(_l("批准意见"), filters=[stripped], validators=[AtMost(2000)])
    reason = TextAreaField(_l("临近变动的理由"), filters=[stripped], validators=[AtMost(2000)])
    confirmed = BooleanField(_l("我已核对上面的临近变动，确认发布"))


class AdoptForm(Form):
    """Taking a proposal, whole or in part; which part is named by boxes that the differences bring along."""

    understood = BooleanField(_l("我知道它是按假设条件试算的"))


class ReasonForm(Form):
    reason = TextAreaField(_l("理由"), filters=[stripped], validators=[Required(), AtMost(2000)])
