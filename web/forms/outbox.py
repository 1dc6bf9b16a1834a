"""Forms about messages and addresses: handing over paper, an address on a channel."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, StringField

from data.enums import Channel
from web import phrases
from web.forms.base import AtMost, Form, Required, options, stripped

LONGEST_NAME = 80
LONGEST_ADDRESS = 200
OUTER = (Channel.EMAIL, Channel.GATEWAY, Channel.PRINT)


class HandOverForm(Form):
    taken_by = StringField(_l("签收人"), filters=[stripped], validators=[Required(), AtMost(LONGEST_NAME)])
    on = DateField(_l("送达日期"), validators=[Required()])


class ContactForm(Form):
    channel = SelectField(_l("渠道"), choices=lambda: options((one.value, phrases.word(one)) for one in OUTER))
    address = StringField(_l("地址"), filters=[stripped], validators=[AtMost(LONGEST_ADDRESS)])
