"""Forms of data for others: which table in which form, and a mapping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectField, StringField, TextAreaField

from data.enums import ExportKind, FileForm
from data.models import ExportMapping
from scheduler.exports.mappings import LONGEST_MAPPING, LONGEST_NAME
from web.forms.base import AtMost, Form, Required, choices_of, options, stripped

SPANS = (("all", _l("全部")), ("last", _l("上次导出之后的变化")), ("cursor", _l("某个游标之后的变化")))


class ExportForm(Form):
    kind = SelectField(_l("导出什么"), choices=choices_of(ExportKind))
    span = SelectField(_l("范围"), choices=options(SPANS))
    since = StringField(_l("游标"), filters=[stripped])
    form = SelectField(_l("文件格式"), choices=choices_of(FileForm), default=FileForm.XLSX.value)
    mapping = SelectField(_l("映射方式"))
    hidden = BooleanField(_l("含尚未到场的突击检查"))

    def offer(self, mappings: Sequence[ExportMapping], *, may_hide: bool) -> None:
        """Fill the choices that depend on who asks."""
        self.mapping.choices = options(
            [("", _l("不映射，用本系统的字段名")), *((one.uid, one.name) for one in mappings)]
        )
        if not may_hide:
            del self.hidden

    @property
    def with_hidden(self) -> bool:
        return bool(self.hidden is not None and self.hidden.data)

    def values(self) -> dict[str, Any]:
        """What the buttons of the preview send again."""
        return {name: value for name, value in self.data.items() if name != "csrf_token" and value}


class MappingForm(Form):
    name = StringField(_l("名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_NAME)])
    content = TextAreaField(_l("映射内容（TOML）"), validators=[Required(), AtMost(LONGEST_MAPPING)])
