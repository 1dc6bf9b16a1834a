"""Enterprises renamed, merged, split, closed and opened again: rows move, history stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session, col, select

from data.enums import CreditClass, RecordStatus, RegistryChange, RequestStatus, Role, RoundStatus
from data.errors import NotFoundError, StaleError
from data.models import AuditEvent, CreditClassMonth, Recusal, Site, Visit, VisitRequest
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotPermittedError
from scheduler.permissions import Actor
from scheduler.registry import maintenance
from scheduler.registry.effects import touched_by_classes, touched_by_closing
from tests import factories
from tests.factories import credit_code


@pytest.fixture
def keeper(session: Session) -> Actor:
    return factories.make_actor(session, Role.COORDINATOR)


def faults(call: Callable[[], Any]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as error:
        call()
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_renamed_enterprise_keeps_its_old_name_in_its_history(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    firm = factories.make_enterprise(session, name="旧名")
    alike = factories.make_site(session, firm, name="旧名")
    other = factories.make_site(session, firm, name="二店")

    maintenance.rename(session, clock, keeper, firm, name="新名", reason="变更登记", version=firm.version)

    (change,) = maintenance.list_changes(session, firm)
    assert (firm.name, alike.name, other.name) == ("新名", "新名", "二店")
    assert change.event.change is RegistryChange.RENAMED
    assert change.event.details == {"before": "旧名", "after": "新名"}
    assert session.exec(select(AuditEvent.action, AuditEvent.reason)).all() == [("enterprise.renamed", "变更登记")]


def test_merged_enterprise_gives_its_sites_and_recusals_away_and_closes(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    firm, other = factories.make_enterprise(session), factories.make_enterprise(session)
    moved = factories.make_site(session, firm, name="总店")
    factories.make_site(session, other, name="总店")
    officer = factories.make_officer(session, factories.make_organisation(session))
    session.add(Recusal(officer_id=officer.id or 0, enterprise_id=firm.id or 0, noted_on=date(2026, 1, 5)))
    session.flush()

    into = other.credit_code.lower()
    maintenance.merge(session, clock, keeper, firm, into_code=into, reason="吸收合并", version=firm.version)

    assert (moved.enterprise_id, moved.name) == (other.id, f"总店（原{firm.name}）")
    assert (firm.status, other.status) == (RecordStatus.CLOSED, RecordStatus.ACTIVE)
    assert session.exec(select(Recusal.officer_id).where(Recusal.enterprise_id == other.id)).all() == [officer.id]
    assert maintenance.list_changes(session, other)[0].other == firm
    with pytest.raises(ConflictError):
        maintenance.reopen(session, clock, keeper, firm, reason="误操作", version=firm.version)


def test_split_makes_a_new_enterprise_with_the_same_class(session: Session, clock: FixedClock, keeper: Actor) -> None:
    firm = factories.make_enterprise(session, credit_class=CreditClass.D)
    stays, goes = factories.make_site(session, firm), factories.make_site(session, firm)
    code = credit_code(990)

    new = maintenance.split(
        session, clock, keeper, firm, site_uids=[goes.uid], credit_code=code, name="新设公司", reason="分立",
        version=firm.version,
    )  # fmt: skip

    owners = dict(session.exec(select(Site.id, Site.enterprise_id)).all())
    assert owners == {stays.id: firm.id, goes.id: new.id}
    assert (new.credit_class, new.credit_code) == (CreditClass.D, code)
    assert [one.event.change for one in maintenance.list_changes(session, new)] == [RegistryChange.FOUNDED]


def test_split_names_what_cannot_be(session: Session, clock: FixedClock, keeper: Actor) -> None:
    firm = factories.make_enterprise(session)
    site = factories.make_site(session, firm)
    good = credit_code(991)

    def split(uids: list[str], code: str, name: str = "新") -> Callable[[], Any]:
        return lambda: maintenance.split(
            session, clock, keeper, firm, site_uids=uids, credit_code=code, name=name, reason="分立",
            version=firm.version,
        )  # fmt: skip

    assert faults(split([site.uid], good)) == [("sites", "all_sites")]
    assert faults(split([], good)) == [("sites", "required")]
    assert faults(split([site.uid], firm.credit_code)) == [("credit_code", "taken")]
    assert faults(split([site.uid], "123")) == [("credit_code", "credit_code_length")]
    assert faults(split([site.uid], good, "")) == [("name", "required")]
    with pytest.raises(NotFoundError):
        split([factories.make_site(session).uid], good)()


def test_closed_enterprise_opens_again_with_the_sites_that_closed_with_it(
    session: Session, clock: FixedClock, keeper: Actor
) -> None:
    firm = factories.make_enterprise(session)
    shut_before = factories.make_site(session, firm, status=RecordStatus.CLOSED)
    open_site = factories.make_site(session, firm)

    maintenance.close(session, clock, keeper, firm, reason="注销", version=firm.version)
    assert (firm.status, open_site.status) == (RecordStatus.CLOSED, RecordStatus.CLOSED)
    maintenance.reopen(session, clock, keeper, firm, reason="恢复", version=firm.version)

    assert (firm.status, open_site.status, shut_before.status) == (
        RecordStatus.ACTIVE,
        RecordStatus.ACTIVE,
        RecordStatus.CLOSED,
    )


def test_older_version_and_foreign_role_are_refused(session: Session, clock: FixedClock, keeper: Actor) -> None:
    firm = factories.make_enterprise(session)
    with pytest.raises(StaleError):
        maintenance.close(session, clock, keeper, firm, reason="注销", version=firm.version + 1)
    clerk = factories.make_actor(session, Role.CLERK, organisation_id=factories.make_organisation(session).id)
    with pytest.raises(NotPermittedError):
        maintenance.close(session, clock, clerk, firm, reason="注销", version=firm.version)
    assert faults(
        lambda: maintenance.close(session, clock, keeper, firm, reason=" ", version=firm.version)
    ) == [("reason", "required")]  # fmt: skip


def test_change_of_class_lists_the_unpublished_visits_it_touches(session: Session) -> None:
    organisation = factories.make_organisation(session)
    sites = []
    for before, after in ((CreditClass.B, CreditClass.D), (CreditClass.B, CreditClass.B)):
        firm = factories.make_enterprise(session, credit_class=after)
        for month, rating in ((date(2026, 1, 1), before), (date(2026, 2, 1), after)):
            session.add(CreditClassMonth(enterprise_id=firm.id or 0, month=month, credit_class=rating))
        sites.append(factories.make_site(session, firm))
    rounds = [factories.make_round(session, status=status) for status in (RoundStatus.PROPOSED, RoundStatus.PUBLISHED)]
    for round_ in rounds:
        task = factories.make_task(session, factories.make_plan(session, organisation, round_id=round_.id))
        for site in sites:
            request = factories.make_request(session, round_, task, site, status=RequestStatus.SCHEDULED)
            visit = Visit(
                round_id=round_.id or 0, site_id=site.id or 0, day=date(2026, 3, 3), start_quarter=0, quarters=1,
                notice_mode=request.notice_mode, lead_organisation_id=organisation.id or 0,
            )  # fmt: skip
            session.add(visit)
            session.flush()
            session.add(VisitRequest(visit_id=visit.id or 0, request_id=request.id or 0))
    session.flush()

    (touched,) = touched_by_classes(session, date(2026, 2, 1))

    assert (touched.before, touched.now, touched.round_uid, touched.requests) == (
        CreditClass.B,
        CreditClass.D,
        rounds[0].uid,
        1,
    )
    assert touched.day == date(2026, 3, 3)
    assert touched_by_classes(session, date(2026, 1, 1)) == []
    closing = touched_by_closing(session, [sites[1].enterprise_id])
    assert [(one.before, one.round_uid) for one in closing] == [(None, rounds[0].uid)]
    assert session.exec(select(col(Visit.id))).all() != []
