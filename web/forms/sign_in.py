"""Forms of signing in and of passwords."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, StringField, ValidationError

from web import phrases
from web.forms.base import AtMost, Form, Required

LONGEST_PASSWORD = 128


class SignInForm(Form):
    username = StringField(_l("用户名"), validators=[Required(), AtMost(200)])
    password = PasswordField(_l("密码"), validators=[Required()])


class PasswordForm(Form):
    old = PasswordField(_l("当前密码"), validators=[Required()])
    new = PasswordField(_l("新密码"), validators=[Required(), AtMost(LONGEST_PASSWORD)])
    again = PasswordField(_l("再输入一次新密码"), validators=[Required()])

    def validate_again(self, field: Field) -> None:
        if field.data != self.new.data:
            raise ValidationError(phrases.fault("password_mismatch"))
