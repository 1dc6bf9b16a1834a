"""R44: a field's own class goes before the general one."""

from __future__ import annotations

from datetime import date

from data.enums import CapHolder, CreditClass
from data.models import FieldClass
from tests.factories import stored_id
from tests.scheduler.filing.rules.desk import Desk


def test_field_class_decides_the_cap(desk: Desk) -> None:
    site = desk.site(credit_class=CreditClass.B)
    site.scenario_id = desk.scenario().id
    desk.task(sites=[site])
    assert desk.names("R44") == []

    desk.session.add(
        FieldClass(
            enterprise_id=site.enterprise_id,
            scenario_id=stored_id(desk.scenario(site.scenario_id)),
            credit_class=CreditClass.A,
            month=date(2026, 2, 1),
        )
    )
    desk.session.flush()

    assert desk.names("R44") == ["field_class_counts"]
    assert {line.holder: line.most for line in desk.picture().caps}[CapHolder.ORGAN] == 1
