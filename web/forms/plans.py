"""Forms of plans and of their tasks, and the way from a form to the drafts of scheduler.filing."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    Field,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import Optional

from data.enums import NoticeMode, PlanKind, PlanSpan, Targeting, VisitHours
from web.forms.base import AtMost, Form, Required, Within, choices_of, nothing_when_empty, options, stripped

LONGEST_TITLE = 200
LONGEST_TEXT = 4000
CREDIT_CLASSES = ("A", "B", "C", "D")


# Fields of a task that stand in its draft as they stand in the form.
_AS_TYPED = (
    "explanation", "offsite", "onsite_reason", "minimum_yearly", "cap_clause", "hours", "equipment", "skill_code",
    "together", "lead_wish", "sequence_note",
)  # fmt: skip
# Which fields of a task are asked for at which step, and in which order.
STEP_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "what": (
        "name", "number", "items", "written_items", "explanation", "offsite", "onsite_reason", "minimum_yearly",
        "cap_clause",
    ),
    "whom": (
        "targeting", "target_text", "scenario_code", "town_code", "ratio", "quantity", "ratio_a", "ratio_b", "ratio_c",
        "ratio_d", "site_uids",
    ),
    "when": (
        "first_date", "last_date", "quarters", "inspectors", "priority", "hours", "skill_code", "equipment",
        "assistants", "notice_mode", "partner_codes", "lead_wish", "together", "sequence_note", "separate",
        "separate_reason",
    ),
}  # fmt: skip


class PlanForm(Form):
    """Head of a plan."""

    title = StringField(_l("计划名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TITLE)])
    kind = SelectField(_l("检查类型"), choices=choices_of(PlanKind))
    period_first = DateField(_l("实施期限：起"), validators=[Required()])
    period_last = DateField(_l("实施期限：止"), validators=[Required()])
    round_uid = SelectField(_l("申报到轮次"), filters=[nothing_when_empty], validate_choice=False)
    span = SelectField(_l("计划周期"), choices=choices_of(PlanSpan), default=PlanSpan.SINGLE.value)
    trigger = SelectField(_l("触发来源"), filters=[nothing_when_empty], validate_choice=False)
    clue_number = StringField(_l("线索编号"), filters=[stripped], validators=[AtMost(80)])
    review_of = SelectField(_l("对应的原检查"), filters=[nothing_when_empty], validate_choice=False)
    emergency = BooleanField(_l("应急检查：已先行检查，现补办备案"))
    emergency_reason = TextAreaField(_l("应急理由"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    inspected_on = DateField(_l("实际检查日期"), validators=[Optional()])
    directed = BooleanField(_l("定向抽查（按条件选定范围后抽取）"))
    publish_drawn = BooleanField(_l("公示抽取名单"), default=True)
    document_number = StringField(_l("发文文号"), filters=[stripped], validators=[AtMost(80)])
    basis = TextAreaField(_l("法律依据条款"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    lead_office = StringField(_l("牵头处室"), filters=[stripped], validators=[AtMost(80)])
    contact_name = StringField(_l("联系人"), filters=[stripped], validators=[AtMost(40)])
    contact_phone = StringField(_l("联系电话"), filters=[stripped], validators=[AtMost(24)])
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return what PlanDraft takes."""
        return {name: field.data for name, field in self._fields.items() if name not in {"version", "csrf_token"}}


class TaskForm(Form):
    """A task of a plan. Shares are typed as percentages."""

    number = StringField(_l("任务编号"), filters=[stripped], validators=[AtMost(40)])
    name = StringField(_l("任务名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])
    target_text = StringField(_l("检查对象说明"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    targeting = RadioField(_l("对象怎样确定"), choices=choices_of(Targeting), default=Targeting.DRAWN.value)
    scenario_code = SelectField(_l("监管场景"), filters=[nothing_when_empty], validate_choice=False)
    town_code = SelectField(_l("镇街"), filters=[nothing_when_empty], validate_choice=False)
    ratio = DecimalField(_l("抽取比例（%）"), validators=[Optional(), Within(0, 100)])
    quantity = IntegerField(_l("抽取数量（户）"), validators=[Optional()])
    ratio_a = DecimalField(_l("A 类比例（%）"), validators=[Optional(), Within(0, 100)])
    ratio_b = DecimalField(_l("B 类比例（%）"), validators=[Optional(), Within(0, 100)])
    ratio_c = DecimalField(_l("C 类比例（%）"), validators=[Optional(), Within(0, 100)])
    ratio_d = DecimalField(_l("D 类比例（%）"), validators=[Optional(), Within(0, 100)])
    site_uids = TextAreaField(_l("指定企业（每行一个）"), validators=[AtMost(200_000)])
    first_date = DateField(_l("最早日期"), validators=[Required()])
    last_date = DateField(_l("最晚日期"), validators=[Required()])
    items = SelectMultipleField(_l("检查事项（清单内）"), validate_choice=False)
    written_items = TextAreaField(_l("其他检查事项（每行一项）"), validators=[AtMost(LONGEST_TEXT)])
    partner_codes = SelectMultipleField(_l("希望一同检查的部门"), validate_choice=False)
    notice_mode = RadioField(_l("告知方式"), choices=choices_of(NoticeMode), default=NoticeMode.ANNOUNCED.value)
    quarters = SelectField(
        _l("每户用时"),
        choices=options(
            (("", _l("按事项清单")), ("1", _l("1.5 小时")), ("2", _l("3 小时（半天）")), ("4", _l("全天")))
        ),
        default="",
    )
    inspectors = IntegerField(_l("每户人数"), validators=[Optional()])
    priority = IntegerField(_l("优先级（1 低，9 高）"), default=5, validators=[Optional(), Within(1, 9)])
    separate = BooleanField(_l("必须单独检查，不与其他部门合并"))
    separate_reason = StringField(_l("单独检查的理由"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    explanation = TextAreaField(_l("任务说明"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    offsite = BooleanField(_l("可以不到现场检查"))
    onsite_reason = StringField(_l("仍需到现场的理由"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    minimum_yearly = IntegerField(_l("法定最低频次（次/年）"), validators=[Optional(), Within(1, 366)])
    cap_clause = StringField(_l("频次上限适用条款"), filters=[stripped], validators=[AtMost(200)])
    hours = SelectField(_l("时段要求"), choices=choices_of(VisitHours), default=VisitHours.ANY.value)
    equipment = StringField(_l("所需设备"), filters=[stripped], validators=[AtMost(200)])
    assistants = IntegerField(_l("协助人员数"), default=0, validators=[Optional(), Within(0, 20)])
    skill_code = SelectField(_l("所需资质"), filters=[nothing_when_empty], validate_choice=False)
    together = BooleanField(_l("各部门必须同日同组"))
    lead_wish = BooleanField(_l("本部门愿意牵头"))
    sequence_note = StringField(_l("与其他事项的先后要求"), filters=[stripped], validators=[AtMost(200)])
    version = HiddenField()

    def values(self, site_uids: tuple[str, ...]) -> dict[str, Any]:
        """Return what TaskDraft takes; `site_uids`: the sites that the typed enterprises mean."""
        named = self.targeting.data == Targeting.NAMED.value
        plain = ("number", "name", "target_text", "targeting", "first_date", "last_date", "notice_mode")
        return {
            **{name: self[name].data for name in plain},
            "scenario_code": self.scenario_code.data,
            "town_code": None if named else self.town_code.data,
            "site_uids": site_uids if named else (),
            "ratio": None if named else _share(self.ratio),
            "quantity": None if named else self.quantity.data,
            "ratio_by_class": None if named else self._by_class(),
            "quarters": int(self.quarters.data) if self.quarters.data else None,
            "inspectors": self.inspectors.data,
            "priority": self.priority.data or 5,
            "joint": not self.separate.data,
            "separate_reason": self.separate_reason.data or "",
            "items": self._items(),
            "partner_codes": tuple(self.partner_codes.data or ()),
            **{name: self[name].data for name in _AS_TYPED},
            "assistants": self.assistants.data or 0,
        }

    def typed_sites(self) -> list[str]:
        """The lines of the field of named enterprises."""
        return [line.strip() for line in (self.site_uids.data or "").splitlines() if line.strip()]

    def _by_class(self) -> dict[str, float] | None:
        shares = {name: _share(self[f"ratio_{name.lower()}"]) for name in CREDIT_CLASSES}
        return {name: share for name, share in shares.items() if share is not None} or None

    def _items(self) -> tuple[dict[str, str], ...]:
        texts = {choice.value: str(choice.label) for choice in self.items.choices or ()}
        listed = [{"text": texts.get(uid, uid), "item_uid": uid} for uid in self.items.data or ()]
        written = [{"text": line.strip()} for line in (self.written_items.data or "").splitlines() if line.strip()]
        return (*listed, *written)


def _share(field: Field) -> float | None:
    return float(field.data) / 100 if field.data else None


class ReturnForm(Form):
    """Sending a plan back."""

    reason = TextAreaField(_l("退回理由"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TEXT)])
    version = HiddenField()


class CountersignForm(Form):
    """A partner's answer."""

    agrees = RadioField(
        _l("本部门意见"),
        choices=options((("yes", _l("同意参加")), ("no", _l("不同意参加")))),
        default="yes",
    )
    reason = TextAreaField(_l("理由"), filters=[stripped], validators=[AtMost(LONGEST_TEXT)])
    quarters = SelectField(
        _l("本部门每户用时"),
        choices=options(
            (("", _l("与任务相同")), ("1", _l("1.5 小时")), ("2", _l("3 小时（半天）")), ("4", _l("全天")))
        ),
        default="",
    )
    inspectors = IntegerField(_l("本部门每户人数"), validators=[Optional(), Within(2, 20)])
    version = HiddenField()


class DeriveForm(Form):
    """A shorter plan out of a longer one."""

    title = StringField(_l("计划名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TITLE)])
    span = SelectField(_l("计划周期"), choices=choices_of(PlanSpan), default=PlanSpan.MONTHLY.value)
    period_first = DateField(_l("实施期限：起"), validators=[Required()])
    period_last = DateField(_l("实施期限：止"), validators=[Required()])
    version = HiddenField()
