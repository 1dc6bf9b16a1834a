"""Forms of plans and of their tasks, and the way from a form to the drafts of scheduler.filing."""

from __future__ import annotations

from typing import Any

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

from data.enums import NoticeMode, PlanKind, Targeting
from web.forms.base import AtMost, Form, Required, Within, choices_of, nothing_when_empty, options, stripped

LONGEST_TITLE = 200
LONGEST_TEXT = 4000
CREDIT_CLASSES = ("A", "B", "C", "D")


class PlanForm(Form):
    """Head of a plan."""

    title = StringField(_l("计划名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_TITLE)])
    kind = SelectField(_l("检查类型"), choices=choices_of(PlanKind))
    period_first = DateField(_l("实施期限：起"), validators=[Required()])
    period_last = DateField(_l("实施期限：止"), validators=[Required()])
    round_uid = SelectField(_l("申报到轮次"), filters=[nothing_when_empty], validate_choice=False)
    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return what PlanDraft takes."""
        names = ("title", "kind", "period_first", "period_last", "round_uid")
        return {name: self[name].data for name in names}


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
