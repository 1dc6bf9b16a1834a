"""Forms of questions to the solver: what if, and few changes."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import DateField, IntegerField, SelectField, SelectMultipleField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget, RangeInput

from scheduler.planning.questions import (
    FEWEST_PERCENT,
    LARGEST_SEED,
    LEAST_SLIDER,
    LONGEST_SECONDS,
    MOST_CHANGES,
    MOST_SLIDER,
)
from web.forms.base import AtMost, Form, Required, Within, nothing_when_empty, options, stripped

SLIDERS = ("fewer_visits", "shorter_trips", "risk_earlier", "fewer_changes")
LONGEST_LIST = 8000


def _slider(label: Any) -> IntegerField:
    return IntegerField(
        label, default=0, widget=RangeInput(), validators=[Optional(), Within(LEAST_SLIDER, MOST_SLIDER)]
    )


class EffortForm(Form):
    """How long and from which seed a question is solved."""

    seconds = IntegerField(_l("求解时限（秒）"), default=60, validators=[Optional(), Within(1, LONGEST_SECONDS)])
    seed = IntegerField(_l("随机种子"), default=0, validators=[Optional(), Within(0, LARGEST_SEED)])


class WhatIfForm(EffortForm):
    fewer_visits = _slider(_l("少进企业"))
    shorter_trips = _slider(_l("少跑路"))
    risk_earlier = _slider(_l("高风险早查"))
    fewer_changes = _slider(_l("少改现草案"))
    quiet_first = DateField(_l("假设不能入企：起"), validators=[Optional()])
    quiet_last = DateField(_l("假设不能入企：止"), validators=[Optional()])
    quiet_town = SelectField(_l("镇街"), filters=[nothing_when_empty], validators=[Optional()])
    quiet_scenario = SelectField(_l("场景"), filters=[nothing_when_empty], validators=[Optional()])
    quiet_sites = TextAreaField(_l("企业或场所"), filters=[stripped], validators=[AtMost(LONGEST_LIST)])
    officers_percent = IntegerField(
        _l("各部门到岗人员（百分比）"),
        default=100,
        widget=RangeInput(),
        validators=[Optional(), Within(FEWEST_PERCENT, 100)],
    )
    absent_bodies = SelectMultipleField(
        _l("整个部门不派人"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )

    def offer(self, towns: Any, scenarios: Any, bodies: Any) -> None:
        """Set what can be chosen: pairs of code and name."""
        self.quiet_town.choices = options([("", _l("全区")), *towns])
        self.quiet_scenario.choices = options([("", _l("所有场景")), *scenarios])
        self.absent_bodies.choices = options(bodies)

    def values(self, sites: tuple[str, ...]) -> dict[str, Any]:
        """The question as plain values; half a period is left to be refused."""
        found: dict[str, Any] = {name: self[name].data or 0 for name in SLIDERS}
        found["officers_percent"] = self.officers_percent.data or 100
        found["absent_bodies"] = tuple(self.absent_bodies.data or ())
        first, last = self.quiet_first.data, self.quiet_last.data
        if first or last or sites:
            found["quiet_days"] = (
                {
                    "first": first or last, "last": last or first, "town": self.quiet_town.data or "",
                    "scenario": self.quiet_scenario.data or "", "sites": sites,
                },
            )  # fmt: skip
        return found


class ResolveForm(EffortForm):
    budget = IntegerField(_l("最多改动几次检查"), default=10, validators=[Required(), Within(0, MOST_CHANGES)])
