"""The ledger: places are reserved and released, nobody overdraws, and the balances follow from the events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CapEventKind, CapHolder, CreditClass, PlanKind, PlanStatus, Role, Targeting
from data.models import CapAccount, CapEvent, CapPolicy, InspectionRecord, Organisation, Plan, PlanTarget, Site
from data.session import unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError
from scheduler.filing import plans
from scheduler.filing.caps import ledger
from scheduler.filing.caps.checking import check_balances, find_drifts
from scheduler.filing.caps.plan_caps import cap_lines, release_plan, reserve_plan
from tests import factories


def named_plan(session: Session, body: Organisation, *sites: Site, **values: Any) -> Plan:
    """A submitted plan of `body` with one task that names the sites."""
    defaults: dict[str, Any] = {"status": PlanStatus.SUBMITTED, "kind": PlanKind.DAILY}
    plan = factories.make_plan(session, body, **defaults | values)
    task = factories.make_task(session, plan, targeting=Targeting.NAMED)
    session.add_all(PlanTarget(task_id=factories.stored_id(task), site_id=factories.stored_id(one)) for one in sites)
    session.flush()
    return plan


def balance(session: Session, holder: CapHolder) -> tuple[int, int, int, int]:
    row = session.exec(select(CapAccount).where(CapAccount.holder == holder)).one()
    session.refresh(row)
    return row.reserved, row.bound, row.used, row.exempt


def class_a_site(session: Session) -> Site:
    """The cap of class A is one inspection a year by one organ."""
    return factories.make_site(session, factories.make_enterprise(session, credit_class=CreditClass.A))


def test_filed_plan_reserves_a_place_for_organ_and_district(session: Session, clock: FixedClock) -> None:
    body, site = factories.make_organisation(session), class_a_site(session)
    plan = named_plan(session, body, site)

    reserve_plan(session, clock, plan, actor_id=None)

    assert balance(session, CapHolder.ORGAN) == (1, 0, 0, 0)
    assert balance(session, CapHolder.DISTRICT) == (1, 0, 0, 0)
    lines = {line.holder: line for line in cap_lines(session, plan)}
    assert (lines[CapHolder.ORGAN].left, lines[CapHolder.ORGAN].wanted) == (0, 0)
    other = cap_lines(session, named_plan(session, body, site))
    assert [(line.holder, line.exceeded) for line in other] == [(CapHolder.DISTRICT, True), (CapHolder.ORGAN, True)]
    assert find_drifts(session) == ()


def test_second_plan_finds_no_room_and_reserves_nothing(session: Session, clock: FixedClock) -> None:
    body, site, free = factories.make_organisation(session), class_a_site(session), class_a_site(session)
    reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)

    with pytest.raises(InvalidError) as error:
        reserve_plan(session, clock, named_plan(session, body, free, site), actor_id=None)

    assert [fault.code for fault in error.value.faults] == ["cap_reached"]
    reserved = session.exec(select(CapAccount.enterprise_id).where(col(CapAccount.reserved) > 0)).all()
    assert set(reserved) == {site.enterprise_id}
    assert find_drifts(session) == ()


def test_other_organ_has_a_place_of_its_own(session: Session, clock: FixedClock) -> None:
    site = class_a_site(session)
    for body in (factories.make_organisation(session), factories.make_organisation(session)):
        reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)

    rows = session.exec(select(CapAccount).where(CapAccount.holder == CapHolder.ORGAN)).all()
    assert [row.reserved for row in rows] == [1, 1]
    assert balance(session, CapHolder.DISTRICT) == (2, 0, 0, 0)


def test_released_place_is_free_again(session: Session, clock: FixedClock) -> None:
    body, site = factories.make_organisation(session), class_a_site(session)
    first = named_plan(session, body, site)
    reserve_plan(session, clock, first, actor_id=None)

    assert release_plan(session, clock, first, reason="withdraw", actor_id=None) == 2
    assert release_plan(session, clock, first, reason="withdraw", actor_id=None) == 0
    reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)

    assert balance(session, CapHolder.ORGAN) == (1, 0, 0, 0)
    kinds = session.exec(select(CapEvent.kind).order_by(col(CapEvent.id))).all()
    assert kinds.count(CapEventKind.RELEASED) == 2
    assert find_drifts(session) == ()


def test_exempt_inspection_is_counted_and_never_stopped(session: Session, clock: FixedClock) -> None:
    body, site = factories.make_organisation(session), class_a_site(session)
    for _ in range(3):
        reserve_plan(session, clock, named_plan(session, body, site, kind=PlanKind.CASE), actor_id=None)

    assert balance(session, CapHolder.ORGAN) == (0, 0, 0, 3)
    reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)
    assert balance(session, CapHolder.ORGAN) == (1, 0, 0, 3)


def test_visits_of_before_count_when_an_account_is_opened(session: Session, clock: FixedClock) -> None:
    body, other, site = (
        factories.make_organisation(session),
        factories.make_organisation(session),
        class_a_site(session),
    )
    for organisation in (body, other):
        session.add(
            InspectionRecord(
                visit_uid="a" * 32, site_id=site.id or 0, organisation_id=organisation.id or 0, day=date(2026, 1, 9)
            )
        )
    session.flush()

    with pytest.raises(InvalidError):
        reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)

    # A joint visit of two counts once for the enterprise (R35).
    assert balance(session, CapHolder.DISTRICT) == (0, 0, 1, 0)
    assert find_drifts(session) == ()


def test_narrower_policy_goes_before_the_wider(session: Session, clock: FixedClock) -> None:
    body, site = factories.make_organisation(session), class_a_site(session)
    session.add(CapPolicy(holder=CapHolder.ORGAN, organisation_id=body.id, most=2))
    session.flush()

    for _ in range(2):
        reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)
    with pytest.raises(InvalidError):
        reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)


def test_level_counts_all_bodies_of_its_kind(session: Session, clock: FixedClock) -> None:
    site = class_a_site(session)
    session.add(CapPolicy(holder=CapHolder.LEVEL, most=1))
    session.flush()
    reserve_plan(session, clock, named_plan(session, factories.make_organisation(session), site), actor_id=None)

    with pytest.raises(InvalidError):
        reserve_plan(session, clock, named_plan(session, factories.make_organisation(session), site), actor_id=None)


def test_class_d_has_no_limit(session: Session, clock: FixedClock) -> None:
    body = factories.make_organisation(session)
    site = factories.make_site(session, factories.make_enterprise(session, credit_class=CreditClass.D))
    for _ in range(5):
        reserve_plan(session, clock, named_plan(session, body, site), actor_id=None)

    assert balance(session, CapHolder.ORGAN) == (5, 0, 0, 0)


def test_events_cannot_be_changed(session: Session, clock: FixedClock) -> None:
    reserve_plan(
        session, clock, named_plan(session, factories.make_organisation(session), class_a_site(session)), actor_id=None
    )

    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        session.execute(sa.update(CapEvent).values(reason="x"))


def test_drift_is_found_once_a_day_and_audited(session: Session, clock: FixedClock) -> None:
    plan = named_plan(session, factories.make_organisation(session), class_a_site(session))
    reserve_plan(session, clock, plan, actor_id=None)
    session.execute(sa.update(CapAccount).where(col(CapAccount.holder) == CapHolder.ORGAN).values(reserved=7))

    found = check_balances(session, clock)

    assert found is not None
    assert [(one[1], one[2]) for one in found.drifts] == [([7, 0, 0, 0], [1, 0, 0, 0])]
    assert check_balances(session, clock) is None


def race(engine: sa.Engine, clock: FixedClock) -> tuple[int, int]:
    """Two heads of one department file at the same moment for the last place; returns (filed, reserved)."""
    with unit_of_work(engine) as session:
        body, site = factories.make_organisation(session), class_a_site(session)
        filed = [factories.stored_id(named_plan(session, body, site)) for _ in range(2)]
        heads = [factories.make_actor(session, Role.HEAD, organisation_id=body.id) for _ in filed]
    gate = Barrier(2, timeout=60)

    def file(number: int) -> int:
        try:
            with unit_of_work(engine) as session:
                plan = session.get_one(Plan, filed[number])
                session.rollback()
                gate.wait()
                plans.file_plan(session, clock, heads[number], plan)
        except InvalidError:
            return 0
        return 1

    with ThreadPoolExecutor(2) as pool:
        done = sum(pool.map(file, range(2)))
    with unit_of_work(engine) as session:
        return done, balance(session, CapHolder.ORGAN)[0]


def test_two_filings_at_once_cannot_both_take_the_last_place(engine: sa.Engine, clock: FixedClock) -> None:
    assert race(engine, clock) == (1, 1)


def test_control_without_the_guard_both_take_the_last_place(
    engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_room", lambda _most, _wanted: sa.true())

    assert race(engine, clock) == (2, 2)
