"""Form of a new API token."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField, widgets

from data.enums import ApiScope, Role
from scheduler.api_tokens import LIFETIMES_DAYS, LONGEST_NAME
from web import phrases
from web.forms.base import AtMost, Form, Required, choices_of, nothing_when_empty, options, stripped


class TokenForm(Form):
    name = StringField(_l("用途或程序名称"), filters=[stripped], validators=[Required(), AtMost(LONGEST_NAME)])
    role = SelectField(_l("以什么角色办理"), validate_choice=False)
    organisation_id = SelectField(_l("代表哪个部门"), filters=[nothing_when_empty], validate_choice=False)
    scopes = SelectMultipleField(
        _l("可以做什么"), choices=choices_of(ApiScope), option_widget=widgets.CheckboxInput(), validate_choice=False
    )
    days = SelectField(
        _l("有效期"),
        choices=options((str(days), _l("%(days)s 天", days=days)) for days in LIFETIMES_DAYS),
        default=str(LIFETIMES_DAYS[1]),
        validate_choice=False,
    )

    def offer(self, roles: tuple[Role, ...], organisations: list[tuple[str, Any]]) -> None:
        """Fill the choices that depend on who asks."""
        self.role.choices = options((role.value, phrases.word(role)) for role in roles)
        self.organisation_id.choices = options(organisations)

    def values(self) -> dict[str, Any]:
        """Return what `issue_token` takes; what is no choice is left to it to refuse."""
        role, days, organisation = self.role.data, self.days.data, self.organisation_id.data
        return {
            "name": self.name.data,
            "role": Role(role) if role in set(Role) else Role.ENTERPRISE,
            "organisation_id": int(organisation) if (organisation or "").isdecimal() else None,
            "scopes": [ApiScope(one) for one in self.scopes.data or () if one in set(ApiScope)],
            "days": int(days) if (days or "").isdecimal() and len(days) < 6 else 0,
        }
