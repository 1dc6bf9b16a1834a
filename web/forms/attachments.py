"""The form of a document beside a plan."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField

from data.enums import AttachmentKind
from web.forms.base import Form, choices_of
from web.forms.workdays import ChosenFile


class AttachmentForm(Form):
    kind = SelectField(_l("材料类型"), choices=choices_of(AttachmentKind))
    file = FileField(_l("材料文件"), validators=[ChosenFile()])
