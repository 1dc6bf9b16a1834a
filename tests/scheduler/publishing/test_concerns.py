"""FT34, FT35: what changes behind a published visit is a concern; the published row stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.credit_codes import code_check
from data.enums import ConcernKind, CreditClass, RecordStatus, Role
from data.models import Absence, Concern, CrewSlot, Enterprise, Officer, ReleaseVisit
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.publishing.concerns import KEPT_FOR, forget_closed, open_concerns, refresh_concerns
from scheduler.publishing.documents.sealed import sealed_visits
from scheduler.publishing.sealing import prepare_visits
from scheduler.registry.maintenance import close, merge, rename, split
from tests.factories import make_actor, make_site, stored_id
from tests.scheduler.planning.worlds import World, fresh
from tests.scheduler.publishing.edits import visit_to

UNUSED = "91320900MA1234567"


def _goes(session: Session, world: World) -> Officer:
    slot = session.exec(select(CrewSlot).where(CrewSlot.visit_id == visit_to(session, world, 0).id)).first()
    assert slot is not None
    return session.get_one(Officer, slot.officer_id)


def _firm(session: Session, world: World) -> Enterprise:
    return session.get_one(Enterprise, stored_id(world.enterprises[0]))


def _reclassify(session: Session, world: World) -> None:
    _firm(session, world).credit_class = CreditClass.D


def _rename(session: Session, world: World) -> None:
    _firm(session, world).name = "合成改名公司"


def _send_home(session: Session, world: World) -> None:
    visit = visit_to(session, world, 0)
    officer = _goes(session, world)
    session.add(Absence(officer_id=stored_id(officer), first_date=visit.day, last_date=visit.day))


def _expire(session: Session, world: World) -> None:
    _goes(session, world).certificate_until = visit_to(session, world, 0).day - timedelta(days=1)


def _dismiss(session: Session, world: World) -> None:
    _goes(session, world).status = RecordStatus.CLOSED


CHANGES: dict[ConcernKind, Callable[[Session, World], None]] = {
    ConcernKind.CREDIT_CLASS: _reclassify,
    ConcernKind.ENTERPRISE: _rename,
    ConcernKind.ABSENCE: _send_home,
    ConcernKind.CERTIFICATE: _expire,
    ConcernKind.OFFICER: _dismiss,
}


def _bodies(session: Session) -> list[str]:
    return list(session.exec(select(ReleaseVisit.body).order_by(ReleaseVisit.id)))


@pytest.mark.parametrize("kind", list(ConcernKind), ids=str)
def test_change_after_publication_opens_a_concern_and_leaves_the_release(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, kind: ConcernKind
) -> None:
    with unit_of_work(sqlite_engine) as session:
        assert refresh_concerns(session, clock) == 0
        before = _bodies(session)
        CHANGES[kind](session, published)
    with unit_of_work(sqlite_engine) as session:
        assert refresh_concerns(session, clock) > 0
        assert refresh_concerns(session, clock) == 0
        uid = visit_to(session, published, 0).uid
        found = open_concerns(session, published.coordinator)
        assert kind in {one.kind for one in found}
        assert uid in {one.visit_uid for one in found}
        assert _bodies(session) == before


def test_concern_closes_when_its_cause_is_gone_and_opens_again(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    def set_class(value: CreditClass) -> int:
        with unit_of_work(sqlite_engine) as session:
            _firm(session, published).credit_class = value
        with unit_of_work(sqlite_engine) as session:
            refresh_concerns(session, clock)
            return len(open_concerns(session, published.coordinator))

    with reading(sqlite_engine) as session:
        usual = _firm(session, published).credit_class
    assert [set_class(one) > 0 for one in (CreditClass.D, usual, CreditClass.D)] == [True, False, True]


def test_closed_concern_is_swept_after_a_month_and_an_open_one_never(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        usual = _firm(session, published).credit_class
        _firm(session, published).credit_class = CreditClass.D
        refresh_concerns(session, clock)
    clock.instant += 2 * KEPT_FOR
    with unit_of_work(sqlite_engine) as session:
        assert forget_closed(session, clock) == 0
        _firm(session, published).credit_class = usual
        session.flush()
        closed = refresh_concerns(session, clock)
        assert closed > 0
    clock.instant += KEPT_FOR
    with unit_of_work(sqlite_engine) as session:
        assert forget_closed(session, clock) == 0
    clock.instant += timedelta(seconds=1)
    with unit_of_work(sqlite_engine) as session:
        assert forget_closed(session, clock) == closed
        assert session.exec(select(Concern)).all() == []


def test_drafted_crew_is_looked_at_too(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        _expire(session, proposed)
    with unit_of_work(sqlite_engine) as session:
        refresh_concerns(session, clock)
        assert {one.kind for one in open_concerns(session, proposed.coordinator)} == {ConcernKind.CERTIFICATE}


def test_concerns_are_for_the_district(sqlite_engine: sa.Engine, clock: FixedClock, published: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        _reclassify(session, published)
    with unit_of_work(sqlite_engine) as session:
        refresh_concerns(session, clock)
        clerk = make_actor(session, Role.CLERK, organisation_id=stored_id(published.organisations[0]))
        assert open_concerns(session, clerk) == []
        assert open_concerns(session, published.approver) != []


def _merge(session: Session, world: World, clock: FixedClock, firm: Enterprise) -> None:
    other = session.get_one(Enterprise, stored_id(world.enterprises[1]))
    keeper = make_actor(session, Role.ADMINISTRATOR)
    merge(session, clock, keeper, firm, into_code=other.credit_code, reason="吸收合并", version=firm.version)


def _split(session: Session, world: World, clock: FixedClock, firm: Enterprise) -> None:
    make_site(session, firm, name="留下的场所")
    site = fresh(session, world.sites[0])
    split(
        session, clock, make_actor(session, Role.ADMINISTRATOR), firm, site_uids=[site.uid],
        credit_code=UNUSED + code_check(UNUSED), name="合成分立公司", reason="分立", version=firm.version,
    )  # fmt: skip


def _rename_by_office(session: Session, world: World, clock: FixedClock, firm: Enterprise) -> None:
    keeper = make_actor(session, Role.ADMINISTRATOR)
    rename(session, clock, keeper, firm, name="合成改名公司", reason="更名", version=firm.version)


def _close(session: Session, world: World, clock: FixedClock, firm: Enterprise) -> None:
    close(session, clock, make_actor(session, Role.ADMINISTRATOR), firm, reason="注销", version=firm.version)


@pytest.mark.parametrize(
    ("deed", "renames"),
    [(_rename_by_office, True), (_merge, True), (_split, True), (_close, False)],
    ids=["renamed", "merged", "split", "closed"],
)
def test_enterprise_that_changes_after_publication_keeps_its_name_on_its_visits_and_is_flagged(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World, deed: Callable[..., None], renames: bool
) -> None:
    """FT35, by the deeds of the registry themselves. The control: a document written now would say something else."""
    with unit_of_work(sqlite_engine) as session:
        uid, name = visit_to(session, published, 0).uid, _firm(session, published).name
        deed(session, published, clock, _firm(session, published))
    with unit_of_work(sqlite_engine) as session:
        refresh_concerns(session, clock)
        (concern,) = [
            one
            for one in open_concerns(session, published.coordinator)
            if (one.kind, one.visit_uid) == (ConcernKind.ENTERPRISE, uid)
        ]
        assert concern.details["before"] == name
        row = session.exec(select(ReleaseVisit).where(ReleaseVisit.visit_uid == uid)).one()
        (sealed,) = sealed_visits(session, [row])
        assert sealed.public["enterprise"] == name
        round_ = fresh(session, published.round)
        now = next(one for one in prepare_visits(session, round_, 2) if one.visit_uid == uid)
        assert (now.document["public"]["enterprise"] != name) is renames
