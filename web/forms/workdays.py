"""Form of the working calendar."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import Field
from wtforms.validators import StopValidation

from web import phrases
from web.forms.base import Form


class ChosenFile:
    """A file was chosen."""

    field_flags = {"required": True}  # noqa: RUF012 -- read by wtforms as it is

    def __call__(self, form: Form, field: Field) -> None:  # noqa: ARG002 -- signature of a validator
        if not field.data:
            raise StopValidation(phrases.fault("no_file"))


class DaysForm(Form):
    file = FileField(_l("CSV 文件"), validators=[ChosenFile()])
