"""Form of a new account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField

from data.enums import Role
from web.forms.base import AtMost, Form, Required, choices_of, nothing_when_empty, stripped


class AccountForm(Form):
    username = StringField(_l("用户名"), filters=[stripped], validators=[Required(), AtMost(40)])
    display_name = StringField(_l("姓名或单位"), filters=[stripped], validators=[Required(), AtMost(60)])
    role = SelectField(_l("角色"), choices=choices_of(Role))
    organisation_id = SelectField(_l("所属部门"), filters=[nothing_when_empty], validate_choice=False)
    officer_id = StringField(_l("执法证号"), filters=[stripped], validators=[AtMost(32)])
    enterprise_id = StringField(_l("企业统一社会信用代码"), filters=[stripped], validators=[AtMost(18)])
