"""The draw of a round: from frozen tasks to requests, once, from what was frozen."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import (
    CancelReason,
    CapHolder,
    CreditClass,
    ExclusionReason,
    PlanKind,
    PlanStatus,
    RecordStatus,
    RequestStatus,
    RoundStatus,
    Targeting,
)
from data.errors import NotFoundError
from data.models import (
    CapPolicy,
    Draw,
    DrawCancellation,
    Enterprise,
    InspectionRecord,
    InspectionRequest,
    PlanTarget,
    Round,
    Site,
)
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotPermittedError, TransitionError
from scheduler.filing import draws, rounds
from scheduler.filing.draws.cancellations import public_rates
from tests import factories
from tests.scheduler.filing.conftest import District, make_district


def frozen_round(
    session: Session, clock: FixedClock, district: District, *tasks: dict[str, Any], **plan_values: Any
) -> Round:
    """A frozen round with one plan of these tasks; a task draws half of the restaurants unless it says else."""
    round_ = factories.make_round(session)
    plan = factories.make_plan(session, district.organisation, status=PlanStatus.FILED, **plan_values)
    for values in tasks:
        sites = values.pop("sites", ())
        task = factories.make_task(session, plan, **{"scenario_id": district.scenario.id, "ratio": 0.5} | values)
        session.add_all(PlanTarget(task_id=factories.stored_id(task), site_id=site.id) for site in sites)
    rounds.freeze_round(session, clock, district.coordinator, round_)
    return round_


def requests_of(session: Session) -> list[InspectionRequest]:
    return list(session.exec(select(InspectionRequest)))


def test_drawn_task_leads_to_a_request_a_site(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {"quarters": 2, "inspectors": 3, "priority": 7})

    outcome = draws.draw_round(session, clock, district.coordinator, round_, seed="secret")

    row = session.exec(select(Draw)).one()
    requests = requests_of(session)
    drawn = draws.repeat_draw(row.document)
    uids = {site.id: site.uid for site in district.sites}
    assert sorted(uids[request.site_id] for request in requests) == sorted(drawn)
    assert {(one.quarters, one.inspectors, one.priority, one.drawn) for one in requests} == {(2, 3, 7, True)}
    assert (row.listed, row.drawn, outcome.requests, outcome.drawn_tasks) == (20, 10, 10, 1)
    assert draws.document_faults(row.document) == ()
    assert (round_.status, round_.draft_version) == (RoundStatus.DRAWN, 1)


def test_site_whose_cap_is_used_up_is_not_listed(session: Session, clock: FixedClock, district: District) -> None:
    session.add(CapPolicy(holder=CapHolder.ORGAN, most=1, source="test"))
    visited = district.sites[0]
    session.add(
        InspectionRecord(
            visit_uid="f" * 32, site_id=factories.stored_id(visited), day=date(2026, 1, 15),
            organisation_id=factories.stored_id(district.organisation),
        )
    )  # fmt: skip
    round_ = frozen_round(session, clock, district, {})

    draws.draw_round(session, clock, district.coordinator, round_, seed="secret")

    row = session.exec(select(Draw)).one()
    assert row.listed == 19
    assert next(one for one in json.loads(row.document)["excluded"] if one[1] == visited.uid)[2] == ExclusionReason.CAP
    assert draws.document_faults(row.document) == ()


def give_one_firm_both(session: Session, district: District) -> tuple[Site, Site]:
    """The first two sites, which are of one enterprise from now on."""
    first, second = district.sites[:2]
    second.enterprise_id = first.enterprise_id
    session.add(second)
    return first, second


def test_second_site_of_a_firm_with_one_place_left_is_called_off(
    session: Session, clock: FixedClock, district: District
) -> None:
    session.add(CapPolicy(holder=CapHolder.ORGAN, most=1, source="test"))
    both = give_one_firm_both(session, district)
    round_ = frozen_round(session, clock, district, {"ratio": 1.0})

    outcome = draws.draw_round(session, clock, district.coordinator, round_, seed="secret")

    row = session.exec(select(Draw)).one()
    gone = session.exec(select(InspectionRequest).where(InspectionRequest.status == RequestStatus.WITHDRAWN)).one()
    ranks = {uid: rank for rank, uid in enumerate(json.loads(row.document)["drawn"])}
    assert (row.drawn, outcome.requests, outcome.called_off) == (20, 20, 1)
    assert gone.site_id == max(both, key=lambda site: ranks[site.uid]).id
    why = session.exec(select(DrawCancellation)).one()
    assert (why.request_id, why.reason, why.cancelled_by_id) == (gone.id, CancelReason.CAP, None)
    assert draws.document_faults(row.document) == ()
    counted = public_rates(session, round_, opened=True)
    assert [one.reasons for one in counted] == [((CancelReason.CAP, 1),)]
    for change in ("UPDATE drawcancellation SET detail = 'x'", "DELETE FROM drawcancellation"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), session.begin_nested():
            session.execute(sa.text(change))


def test_bodies_that_draw_one_site_need_one_place_for_the_enterprise(
    session: Session, clock: FixedClock, district: District
) -> None:
    session.add(CapPolicy(holder=CapHolder.DISTRICT, most=1, source="test"))
    both = give_one_firm_both(session, district)
    round_ = frozen_round(session, clock, district, {"ratio": 1.0}, {"ratio": 1.0})

    outcome = draws.draw_round(session, clock, district.coordinator, round_, seed="secret")

    left = [one for one in requests_of(session) if one.status is RequestStatus.PENDING]
    assert outcome.called_off == 2
    assert len({one.site_id for one in left if one.site_id in {site.id for site in both}}) == 1
    assert len(left) == 38


def test_soft_caps_call_nobody_off(session: Session, clock: FixedClock, district: District) -> None:
    session.add(CapPolicy(holder=CapHolder.ORGAN, most=1, source="test"))
    for policy in session.exec(select(CapPolicy)):
        policy.hard = False
        session.add(policy)
    give_one_firm_both(session, district)
    round_ = frozen_round(session, clock, district, {"ratio": 1.0})

    assert draws.draw_round(session, clock, district.coordinator, round_, seed="secret").called_off == 0


def test_draw_with_the_same_secret_is_the_same(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {})
    draws.draw_round(session, clock, district.coordinator, round_, seed="secret")
    row = session.exec(select(Draw)).one()

    assert draws.repeat_draw(row.document) == draws.repeat_draw(row.document.replace(row.seed, "0" * 64))
    assert draws.repeat_draw(row.document) != draws.repeat_draw(
        row.document.replace('"secret":"secret"', '"secret":"x"')
    )


def test_secret_is_a_new_one_when_none_is_given(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {}, {"ratio": 0.2})
    draws.draw_round(session, clock, district.coordinator, round_)

    seeds = {row.seed for row, _, _ in draws.list_draws(session, round_)}
    assert len(seeds) == 1
    assert all(draws.document_faults(row.document) == () for row, _, _ in draws.list_draws(session, round_))


def test_named_sites_become_requests(session: Session, clock: FixedClock, district: District) -> None:
    sites = district.sites[:2]
    named = {"targeting": Targeting.NAMED, "ratio": None, "sites": sites}
    round_ = frozen_round(session, clock, district, named)

    outcome = draws.draw_round(session, clock, district.coordinator, round_)

    assert {(one.site_id, one.drawn) for one in requests_of(session)} == {(site.id, False) for site in sites}
    assert (outcome.named_tasks, outcome.drawn_tasks) == (1, 0)
    assert session.exec(select(Draw)).all() == []


def test_request_keeps_inside_task_and_round(session: Session, clock: FixedClock, district: District) -> None:
    early = {"first_date": date(2026, 2, 1), "last_date": date(2026, 3, 10), "quantity": 1}
    outside = {"first_date": date(2026, 2, 1), "last_date": date(2026, 2, 28)}
    round_ = frozen_round(session, clock, district, early, outside, period_first=date(2026, 2, 1))

    outcome = draws.draw_round(session, clock, district.coordinator, round_)

    assert [(one.first_date, one.last_date) for one in requests_of(session)] == [(date(2026, 3, 1), date(2026, 3, 10))]
    assert (outcome.drawn_tasks, outcome.outside_tasks) == (1, 0)


@pytest.mark.parametrize(
    ("change", "listed"),
    [
        ({"status": RecordStatus.CLOSED}, 19),
        ({"whitelisted": True}, 19),
        ({"credit_class": CreditClass.D}, 20),
    ],
    ids=["closed", "on_the_white_list", "other_class"],
)
def test_draw_leaves_out_who_may_not_be_visited(
    session: Session, clock: FixedClock, district: District, change: dict[str, Any], listed: int
) -> None:
    enterprise = session.get_one(Enterprise, district.sites[0].enterprise_id)
    for name, value in change.items():
        setattr(enterprise, name, value)
    round_ = frozen_round(session, clock, district, {})

    draws.draw_round(session, clock, district.coordinator, round_)

    assert session.exec(select(Draw)).one().listed == listed


def test_white_list_gives_way_to_a_trigger(session: Session, clock: FixedClock, district: District) -> None:
    session.get_one(Enterprise, district.sites[0].enterprise_id).whitelisted = True
    round_ = frozen_round(session, clock, district, {}, kind=PlanKind.CASE)

    draws.draw_round(session, clock, district.coordinator, round_)

    assert session.exec(select(Draw)).one().listed == 20


def test_draw_stays_in_scenario_and_town(session: Session, clock: FixedClock, district: District) -> None:
    elsewhere = factories.make_site(session, scenario_id=district.scenario.id)
    factories.make_site(session, town=district.town)
    town_only = {"scenario_id": None, "town_id": district.town.id, "ratio": 1.0}
    both = {"town_id": elsewhere.town_id, "ratio": 1.0}
    round_ = frozen_round(session, clock, district, town_only, both)

    draws.draw_round(session, clock, district.coordinator, round_)

    assert [row.listed for row, _, _ in draws.list_draws(session, round_)] == [21, 1]


def test_classes_are_drawn_by_their_own_ratios(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {"ratio": None, "ratio_by_class": {"A": 0.05, "D": 1.0}})

    draws.draw_round(session, clock, district.coordinator, round_)

    drawn = session.exec(select(InspectionRequest.site_id)).all()
    owners = [session.get_one(Enterprise, site.enterprise_id) for site in district.sites if site.id in set(drawn)]
    assert sorted(owner.credit_class for owner in owners) == ["A", "D", "D", "D", "D", "D"]


def test_task_that_meets_nobody_is_counted(session: Session, clock: FixedClock, district: District) -> None:
    empty = factories.make_scenario(session)
    round_ = frozen_round(session, clock, district, {"scenario_id": empty.id})

    outcome = draws.draw_round(session, clock, district.coordinator, round_)

    assert (outcome.requests, outcome.empty_tasks) == (0, 1)


def test_draw_is_refused_when_the_registry_has_changed(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {})
    district.sites[0].status = RecordStatus.CLOSED
    session.flush()

    with pytest.raises(ConflictError) as error:
        draws.draw_round(session, clock, district.coordinator, round_)

    assert error.value.code == "registry_changed"
    assert requests_of(session) == []


def test_second_draw_is_refused(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {})
    draws.draw_round(session, clock, district.coordinator, round_)

    with pytest.raises(TransitionError):
        draws.draw_round(session, clock, district.coordinator, round_)


def test_draw_is_refused_to_departments(session: Session, clock: FixedClock, district: District) -> None:
    round_ = frozen_round(session, clock, district, {})

    with pytest.raises(NotPermittedError):
        draws.draw_round(session, clock, district.clerk, round_)
    with pytest.raises(NotFoundError):
        draws.get_draw(session, district.clerk, "nobody")


def test_draw_row_cannot_be_changed_afterwards(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        round_ = frozen_round(session, clock, district, {})
        draws.draw_round(session, clock, district.coordinator, round_)

    with pytest.raises(sa.exc.DBAPIError, match="append-only"), unit_of_work(engine) as session:
        session.execute(sa.update(Draw).values(drawn=0))
