"""The plans of a sample month can be filed as they stand: rules that the filing room would check hold already."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from random import Random

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ItemList, NoticeMode, OrganisationKind, PlanKind, PlanStatus, Role, Targeting
from data.models import (
    Enterprise,
    InspectionItem,
    Organisation,
    Plan,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    PlanTaskPartner,
    Site,
    User,
)
from data.seed.plans import SamplePlans, sample_plans
from data.session import unit_of_work
from tests.data.seed.conftest import seed_small
from tests.factories import make_round, stored_id

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
FIRST, LAST = date(2026, 12, 1), date(2026, 12, 31)


def plan_december(session: Session, *, seed: int = 1, filed_share: float = 1.0) -> SamplePlans:
    round_ = make_round(session, period_first=FIRST, period_last=LAST)
    return sample_plans(
        session,
        round_id=stored_id(round_),
        year=2026,
        month=12,
        rng=Random(seed),
        now=NOW,
        filed_share=filed_share,
    )


@pytest.fixture
def planned(sqlite_engine: sa.Engine) -> Iterator[tuple[Session, SamplePlans]]:
    with unit_of_work(sqlite_engine) as session:
        seed_small(session)
        written = plan_december(session)
    with Session(sqlite_engine) as session:
        yield session, written


def test_every_plan_names_a_contact_that_is_plainly_made_up(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    for plan in session.exec(select(Plan)):
        assert plan.contact_name.endswith("示例联系人")
        assert plan.contact_phone.startswith("0000-")


def test_counts_are_those_of_the_tables(planned: tuple[Session, SamplePlans]) -> None:
    session, written = planned

    assert written.plans == written.filed == len(session.exec(select(Plan)).all())
    assert written.tasks == len(session.exec(select(PlanTask)).all())
    assert written.named == len(session.exec(select(PlanTarget)).all())
    assert written.tasks >= 20


def test_plans_are_filed_by_the_head_and_never_by_their_author(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    roles = {user.id: (user.role, user.organisation_id) for user in session.exec(select(User))}

    for plan in session.exec(select(Plan)):
        assert plan.status is PlanStatus.FILED
        assert roles[plan.created_by_id] == (Role.CLERK, plan.organisation_id)
        assert roles[plan.filed_by_id] == (Role.HEAD, plan.organisation_id)
        assert plan.submitted_at is not None
        assert plan.filed_at is not None
        assert plan.created_at < plan.submitted_at
        assert plan.filed_at < NOW


def test_tasks_name_their_sites_or_say_how_many_to_draw(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    named = Counter(session.exec(select(PlanTarget.task_id)).all())

    for task, plan in session.exec(select(PlanTask, Plan).join(Plan, col(Plan.id) == col(PlanTask.plan_id))):
        quotas = [task.ratio, task.quantity, task.ratio_by_class]
        drawn = task.targeting is Targeting.DRAWN
        assert [quota is not None for quota in quotas].count(True) == drawn
        assert (named[task.id or 0] > 0) is not drawn
        assert plan.kind is (PlanKind.RANDOM if drawn else PlanKind.DAILY)
        assert not drawn or task.scenario_id is not None


def test_windows_lie_in_the_month_and_tasks_are_told_apart(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    tasks = session.exec(select(PlanTask)).all()

    assert all(FIRST <= task.first_date <= task.last_date <= LAST for task in tasks)
    assert len({task.fingerprint for task in tasks}) == len({task.number for task in tasks}) == len(tasks)


def test_tasks_take_items_of_their_own_that_need_a_visit(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    rows = session.exec(
        select(PlanTask, Plan, InspectionItem)
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .join(PlanTaskItem, col(PlanTaskItem.task_id) == col(PlanTask.id))
        .join(InspectionItem, col(InspectionItem.id) == col(PlanTaskItem.item_id))
    ).all()

    assert {task.id for task, _, _ in rows} == set(session.exec(select(PlanTask.id)).all())
    for task, plan, item in rows:
        assert item.organisation_id == plan.organisation_id
        assert not item.offsite
        assert item.listed is not ItemList.UNDISTURBED
        assert task.quarters >= item.quarters
        assert task.inspectors >= item.inspectors


def test_partners_are_others_and_joint_tasks_need_no_reason(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    rows = session.exec(
        select(PlanTaskPartner, Plan)
        .join(PlanTask, col(PlanTask.id) == col(PlanTaskPartner.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
    ).all()

    assert rows
    assert all(partner.organisation_id != plan.organisation_id for partner, plan in rows)
    assert all(task.joint or task.separate_reason for task in session.exec(select(PlanTask)))


def test_enterprise_with_a_login_is_asked_for_by_several_openly_all_month(planned: tuple[Session, SamplePlans]) -> None:
    session, _ = planned
    enterprise_id = session.exec(select(User.enterprise_id).where(col(User.role) == Role.ENTERPRISE)).one()
    site_id = session.exec(select(Site.id).where(Site.enterprise_id == enterprise_id).order_by(col(Site.id))).first()
    tasks = session.exec(
        select(PlanTask)
        .join(PlanTarget, col(PlanTarget.task_id) == col(PlanTask.id))
        .where(col(PlanTarget.site_id) == site_id)
    ).all()

    assert len(tasks) >= 3
    assert all(task.notice_mode is NoticeMode.ANNOUNCED and task.joint for task in tasks)
    assert all((task.first_date, task.last_date) == (FIRST, LAST) for task in tasks)


def test_townships_name_sites_on_their_own_ground_only(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        seed_small(session)
        _give_townships_accounts(session)
        plan_december(session)

    with Session(sqlite_engine) as session:
        rows = session.exec(
            select(Organisation.town_id, Site.town_id)
            .join(Plan, col(Plan.organisation_id) == col(Organisation.id))
            .join(PlanTask, col(PlanTask.plan_id) == col(Plan.id))
            .join(PlanTarget, col(PlanTarget.task_id) == col(PlanTask.id))
            .join(Site, col(Site.id) == col(PlanTarget.site_id))
            .where(col(Organisation.kind) == OrganisationKind.TOWNSHIP)
        ).all()

    assert rows
    assert all(own == town for own, town in rows)


def test_white_listed_and_closed_sites_are_left_alone(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        seed_small(session)
        session.execute(sa.update(Enterprise).where(col(Enterprise.id) % 2 == 0).values(whitelisted=True))
        plan_december(session)

    with Session(sqlite_engine) as session:
        spared = session.exec(
            select(Enterprise.whitelisted)
            .join(Site, col(Site.enterprise_id) == col(Enterprise.id))
            .join(PlanTarget, col(PlanTarget.site_id) == col(Site.id))
        ).all()

    assert spared
    assert not any(spared)


def test_part_of_the_plans_can_wait(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        seed_small(session)
        written = plan_december(session, filed_share=0.5)

    with Session(sqlite_engine) as session:
        plans = session.exec(select(Plan)).all()
    statuses = Counter(plan.status for plan in plans)
    assert statuses[PlanStatus.FILED] == written.filed == round(written.plans / 2)
    assert statuses[PlanStatus.SUBMITTED] > 0
    assert statuses[PlanStatus.DRAFT] > 0
    assert all((plan.filed_at is None) == (plan.status is not PlanStatus.FILED) for plan in plans)
    assert all((plan.submitted_at is None) == (plan.status is PlanStatus.DRAFT) for plan in plans)


def test_same_seed_gives_the_same_plans(sqlite_engine: sa.Engine) -> None:
    def said(session: Session, seed: int) -> list[tuple[str, str]]:
        with session.begin_nested() as undone:
            plan_december(session, seed=seed)
            found = [(task.uid, task.fingerprint) for task in session.exec(select(PlanTask).order_by(col(PlanTask.id)))]
            undone.rollback()
        return found

    with unit_of_work(sqlite_engine) as session:
        seed_small(session)
        first, again, other = said(session, 1), said(session, 1), said(session, 2)

    assert first == again
    assert first != other


def _give_townships_accounts(session: Session) -> None:
    townships = session.exec(select(Organisation).where(col(Organisation.kind) == OrganisationKind.TOWNSHIP)).all()
    for township in townships:
        for role in (Role.CLERK, Role.HEAD):
            user = User(
                username=f"{role}.{township.code}",
                display_name=township.short_name,
                password_hash="-",
                role=role,
                organisation_id=township.id,
                created_at=NOW,
            )
            session.add(user)
    session.flush()
