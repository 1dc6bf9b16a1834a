"""Forms of the registry: lists, what happens to an enterprise, scenarios, items, officers."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from data.enums import ItemList, NoticeMode, RecordStatus
from web.forms.base import AtMost, Form, Required, Within, choices_of, nothing_when_empty, options, stripped
from web.forms.workdays import ChosenFile

_QUARTERS: Final = options((("1", _l("1.5 小时")), ("2", _l("3 小时（半天）")), ("4", _l("全天"))))


class ListForm(Form):
    """A list of the registry."""

    kind = SelectField(_l("名单种类"))
    file = FileField(_l("名单文件"), validators=[ChosenFile()])
    month = DateField(_l("分类月份"), validators=[Optional()])


class ReasonForm(Form):
    """Closing or opening an enterprise."""

    reason = StringField(_l("理由"), filters=[stripped], validators=[Required(), AtMost(200)])
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        return {"reason": self.reason.data}


class RenameForm(ReasonForm):
    name = StringField(_l("新名称"), filters=[stripped], validators=[Required(), AtMost(120)])

    def values(self) -> dict[str, Any]:
        return {"reason": self.reason.data, "name": self.name.data}


class MergeForm(ReasonForm):
    into_code = StringField(_l("并入企业的统一社会信用代码"), filters=[stripped], validators=[Required(), AtMost(18)])

    def values(self) -> dict[str, Any]:
        return {"reason": self.reason.data, "into_code": self.into_code.data}


class SplitForm(ReasonForm):
    sites = SelectMultipleField(_l("分出去的场所"), validate_choice=False)
    credit_code = StringField(_l("新企业的统一社会信用代码"), filters=[stripped], validators=[Required(), AtMost(18)])
    name = StringField(_l("新企业的名称"), filters=[stripped], validators=[Required(), AtMost(120)])

    def values(self) -> dict[str, Any]:
        return {
            "reason": self.reason.data,
            "site_uids": tuple(self.sites.data or ()),
            "credit_code": self.credit_code.data,
            "name": self.name.data,
        }


class ScenarioForm(Form):
    name = StringField(_l("名称"), filters=[stripped], validators=[Required(), AtMost(40)])
    name_en = StringField(_l("英文名称"), filters=[stripped], validators=[AtMost(80)])
    industry_codes = StringField(_l("行业代码"), filters=[stripped], validators=[AtMost(120)])
    words = StringField(_l("别称"), filters=[stripped], validators=[AtMost(200)])
    notice_mode = SelectField(_l("告知方式"), choices=choices_of(NoticeMode))
    lead_id = SelectField(_l("牵头部门"), filters=[nothing_when_empty], validate_choice=False)
    partner_ids = SelectMultipleField(_l("配合部门"), validate_choice=False)


class ItemForm(Form):
    name = StringField(_l("事项名称"), filters=[stripped], validators=[Required(), AtMost(200)])
    legal_basis = TextAreaField(_l("检查依据"), filters=[stripped], validators=[AtMost(4000)])
    preparation = TextAreaField(_l("请企业准备（每行一项）"), filters=[stripped], validators=[AtMost(2000)])
    listed = SelectField(_l("清单"), choices=choices_of(ItemList))
    quarters = SelectField(_l("每户用时"), choices=_QUARTERS)
    inspectors = IntegerField(_l("每户人数"), validators=[Required(), Within(2, 16)])
    offsite = BooleanField(_l("可以非现场检查"))
    published_on = DateField(_l("公布日期"), validators=[Optional()])
    status = SelectField(_l("状态"), choices=choices_of(RecordStatus))


class OfficerForm(Form):
    certificate_until = DateField(_l("证件有效期至"), validators=[Required()])
    reviewed = BooleanField(_l("年度审验已通过"))
    training_hours = IntegerField(_l("本年培训学时"), validators=[Required(), Within(0, 2000)])
    skill_ids = SelectMultipleField(_l("专业资质"), validate_choice=False)
    status = SelectField(_l("状态"), choices=choices_of(RecordStatus))


class AbsenceForm(Form):
    first = DateField(_l("开始日期"), validators=[Required()])
    last = DateField(_l("结束日期"), validators=[Required()])


class RecusalForm(Form):
    credit_code = StringField(
        _l("应当回避的企业（统一社会信用代码）"), filters=[stripped], validators=[Required(), AtMost(18)]
    )
