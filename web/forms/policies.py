"""Form of a rule: severity, scope, reason; its parameters stand beside it, because each rule has others."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField

from data.enums import OrganisationKind, Severity
from scheduler.filing.policies import RuleChange
from web.forms.base import AtMost, Form, choices_of, stripped


class RuleForm(Form):
    version = HiddenField()
    severity = SelectField(_l("强度"), choices=choices_of(Severity))
    active = BooleanField(_l("启用"))
    organisation_kind = SelectField(_l("适用单位"))
    scenario_code = SelectField(_l("适用领域"))
    reason = TextAreaField(_l("修改理由"), filters=[stripped], validators=[AtMost(2000)])

    def change(self, parameters: dict[str, object]) -> RuleChange:
        """The new version as typed."""
        kind = self.organisation_kind.data
        return RuleChange(
            severity=Severity(self.severity.data),
            parameters=parameters,
            active=bool(self.active.data),
            reason=self.reason.data or "",
            organisation_kind=OrganisationKind(kind) if kind else None,
            scenario_code=self.scenario_code.data or "",
        )
