"""Form of a plan sheet."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import IntegerField, SelectField
from wtforms.validators import Optional

from web.forms.base import Form, Within, nothing_when_empty
from web.forms.workdays import ChosenFile

FIRST_YEAR, LAST_YEAR = 2000, 2100


class UploadForm(Form):
    file = FileField(_l("计划表文件"), validators=[ChosenFile()])
    year = IntegerField(_l("计划年度"), validators=[Optional(), Within(FIRST_YEAR, LAST_YEAR)])
    round_uid = SelectField(_l("申报到轮次"), filters=[nothing_when_empty], validate_choice=False)
