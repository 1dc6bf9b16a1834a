"""R24: the head approves, never the author."""

from __future__ import annotations

import pytest

from data.enums import PlanStatus, Role
from scheduler.errors import NotPermittedError
from scheduler.filing.plans import file_plan
from tests.factories import make_actor
from tests.scheduler.filing.rules.desk import Desk


def test_head_files_what_somebody_else_wrote(desk: Desk) -> None:
    desk.plan.status = PlanStatus.SUBMITTED
    head = make_actor(desk.session, Role.HEAD, organisation_id=desk.body.id)
    desk.plan.created_by_id = head.user_id
    with pytest.raises(NotPermittedError, match="creator_may_not_file"):
        file_plan(desk.session, desk.clock, head, desk.plan)

    file_plan(desk.session, desk.clock, make_actor(desk.session, Role.HEAD, organisation_id=desk.body.id), desk.plan)
    assert desk.plan.status is PlanStatus.FILED
