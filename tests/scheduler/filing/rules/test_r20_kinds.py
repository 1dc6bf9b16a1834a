"""R20: the column takes only the kinds that the law knows."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlmodel import col

from data.enums import PlanKind
from data.models import Plan
from tests.scheduler.filing.rules.desk import Desk


def test_every_kind_can_be_stored(desk: Desk) -> None:
    for kind in PlanKind:
        desk.plan.kind = kind
        desk.session.flush()

    assert len(PlanKind) == 5


def test_other_kind_is_refused_by_the_database(desk: Desk) -> None:
    statement = sa.text("UPDATE plan SET kind = 'tour' WHERE id = :plan").bindparams(plan=desk.plan.id)

    with pytest.raises(sa.exc.IntegrityError, match="plankind"):
        desk.session.execute(statement)
    assert col(Plan.kind).type.length == 24
