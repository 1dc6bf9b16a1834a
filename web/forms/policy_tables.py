"""Forms of the policy tables: caps, exemptions, field classes, mandates, requirement conflicts, closures."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from data.enums import CapHolder, CapSubject, ClosureKind, CreditClass, Mandate, OrganisationKind, PlanKind, PlanTrigger
from scheduler.filing.policy_tables.caps import CapDraft
from scheduler.filing.policy_tables.classes import ClassDraft
from scheduler.filing.policy_tables.closures import ClosureDraft
from scheduler.filing.policy_tables.conflicts import ConflictDraft
from scheduler.filing.policy_tables.exemptions import ExemptionDraft
from scheduler.filing.policy_tables.mandates import MandateDraft
from web.forms.base import AtMost, Form, Required, choices_of, options, stripped


class CapForm(Form):
    holder = SelectField(_l("合并计算"), choices=choices_of(CapHolder))
    subject = SelectField(_l("计算对象"), choices=choices_of(CapSubject))
    most = IntegerField(_l("每年最多几次"), validators=[Optional()])
    hard = BooleanField(_l("超过时不能提交"))
    credit_class = SelectField(_l("信用风险分类"))
    organisation_kind = SelectField(_l("适用单位"))
    organisation_code = SelectField(_l("适用部门"))
    scenario_code = SelectField(_l("适用领域"))
    item_code = StringField(_l("检查事项编号"), filters=[stripped], validators=[AtMost(24)])
    first_year = IntegerField(_l("从哪一年起"), validators=[Optional()])
    last_year = IntegerField(_l("到哪一年止"), validators=[Optional()])
    source = StringField(_l("依据"), filters=[stripped], validators=[AtMost(200)])
    reason = TextAreaField(_l("修改理由"), filters=[stripped], validators=[AtMost(2000)])

    def draft(self) -> CapDraft:
        """The policy as typed."""
        kind, given = self.organisation_kind.data, self.credit_class.data
        return CapDraft(
            holder=CapHolder(self.holder.data),
            subject=CapSubject(self.subject.data),
            organisation_code=self.organisation_code.data or "",
            organisation_kind=OrganisationKind(kind) if kind else None,
            scenario_code=self.scenario_code.data or "",
            item_code=self.item_code.data or "",
            credit_class=CreditClass(given) if given else None,
            first_year=self.first_year.data,
            last_year=self.last_year.data,
            most=self.most.data,
            hard=bool(self.hard.data),
            source=self.source.data or "",
            reason=self.reason.data or "",
        )


class ExemptionForm(Form):
    kind = SelectField(_l("检查类型"), choices=choices_of(PlanKind))
    trigger = SelectField(_l("触发来源"))
    counted = BooleanField(_l("计入次数"))
    capped = BooleanField(_l("受上限限制"))
    source = StringField(_l("依据"), filters=[stripped], validators=[AtMost(200)])
    reason = TextAreaField(_l("修改理由"), filters=[stripped], validators=[AtMost(2000)])

    def draft(self) -> ExemptionDraft:
        """The line as typed."""
        return ExemptionDraft(
            kind=PlanKind(self.kind.data),
            trigger=PlanTrigger(self.trigger.data) if self.trigger.data else None,
            counted=bool(self.counted.data),
            capped=bool(self.capped.data),
            source=self.source.data or "",
            reason=self.reason.data or "",
        )


class ClassForm(Form):
    credit_code = StringField(_l("统一社会信用代码"), filters=[stripped], validators=[Required(), AtMost(18)])
    scenario_code = SelectField(_l("监管场景"))
    credit_class = SelectField(_l("专业分类"), choices=choices_of(CreditClass))
    month = DateField(_l("分类月份"), validators=[Required()])
    reason = TextAreaField(_l("修改理由"), filters=[stripped], validators=[AtMost(2000)])

    def draft(self) -> ClassDraft:
        """The class as typed; only for a form without errors."""
        return ClassDraft(
            credit_code=self.credit_code.data or "",
            scenario_code=self.scenario_code.data or "",
            credit_class=CreditClass(self.credit_class.data),
            month=self.month.data,  # type: ignore[arg-type]
            reason=self.reason.data or "",
        )


class MandateForm(Form):
    mandate = SelectField(_l("主体资格"), choices=choices_of(Mandate))
    announced_on = DateField(_l("主体公告日期"), validators=[Optional()])
    entrusted_by_code = SelectField(_l("委托机关"))
    entrusted_on = DateField(_l("委托书公布日期"), validators=[Optional()])
    reason = TextAreaField(_l("修改理由"), filters=[stripped], validators=[AtMost(2000)])

    def draft(self) -> MandateDraft:
        """The ground as typed."""
        return MandateDraft(
            mandate=Mandate(self.mandate.data),
            announced_on=self.announced_on.data,
            entrusted_by_code=self.entrusted_by_code.data or "",
            entrusted_on=self.entrusted_on.data,
            reason=self.reason.data or "",
        )


class ConflictForm(Form):
    first_code = StringField(_l("一个事项的编号"), filters=[stripped], validators=[Required(), AtMost(24)])
    second_code = StringField(_l("另一个事项的编号"), filters=[stripped], validators=[Required(), AtMost(24)])
    subject = TextAreaField(_l("冲突在哪里"), filters=[stripped], validators=[Required(), AtMost(2000)])
    resolution = TextAreaField(_l("协调结果"), filters=[stripped], validators=[AtMost(2000)])
    decided_by = StringField(_l("裁定单位"), filters=[stripped], validators=[AtMost(80)])
    decided_on = DateField(_l("裁定日期"), validators=[Optional()])
    reason = StringField(_l("删除理由"), filters=[stripped], validators=[AtMost(2000)])

    def draft(self) -> ConflictDraft:
        """The conflict as typed."""
        return ConflictDraft(
            first_code=self.first_code.data or "",
            second_code=self.second_code.data or "",
            subject=self.subject.data or "",
            resolution=self.resolution.data or "",
            decided_by=self.decided_by.data or "",
            decided_on=self.decided_on.data,
        )


class ClosureForm(Form):
    credit_code = StringField(_l("统一社会信用代码"), filters=[stripped], validators=[Required(), AtMost(18)])
    site_name = StringField(_l("场所名称"), filters=[stripped], validators=[AtMost(140)])
    kind = SelectField(_l("原因"), choices=choices_of(ClosureKind))
    first_date = DateField(_l("开始日期"), validators=[Required()])
    last_date = DateField(_l("结束日期"), validators=[Required()])

    def draft(self) -> ClosureDraft:
        """The days as typed; only for a form without errors."""
        return ClosureDraft(
            credit_code=self.credit_code.data or "",
            site_name=self.site_name.data or "",
            kind=ClosureKind(self.kind.data),
            first_date=self.first_date.data,  # type: ignore[arg-type]
            last_date=self.last_date.data,  # type: ignore[arg-type]
        )


def offer_scopes(form: CapForm, bodies: list[tuple[str, str]], fields: list[tuple[str, str]]) -> None:
    """Fill the choices of a cap's scope; the first of each is everybody."""
    form.credit_class.choices = options([("", _l("全部分类")), *_members(CreditClass)])
    form.organisation_kind.choices = options([("", _l("全部单位")), *_members(OrganisationKind)])
    form.organisation_code.choices = options([("", _l("全部部门")), *bodies])
    form.scenario_code.choices = options([("", _l("全部领域")), *fields])


def offer_triggers(form: ExemptionForm) -> None:
    """Fill the triggers, the first for all that have no line of their own."""
    form.trigger.choices = options([("", _l("全部触发来源")), *_members(PlanTrigger)])


def _members(kind: type[CreditClass | OrganisationKind | PlanTrigger]) -> list[tuple[str, str]]:
    return [(choice.value, str(choice.label)) for choice in choices_of(kind)()]
