"""The sample district as a whole: sizes, marks, references, repeatability, and no password kept."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, func, select

from data.enums import CreditClass, Role
from data.models import (
    CreditClassMonth,
    Enterprise,
    InspectionItem,
    InspectionRecord,
    Officer,
    OfficerSkill,
    Organisation,
    Scenario,
    Site,
    Town,
    User,
)
from data.seed.district import NotEmptyError
from data.seed.presets import Preset
from data.session import unit_of_work
from tests.data.seed.conftest import TODAY, SeededDistrict, seed_small
from tests.data.seed.test_credit_codes import is_valid
from tests.factories import make_organisation, make_town


def dump(engine: sa.Engine, *, without: frozenset[str] = frozenset()) -> dict[str, list[tuple[Any, ...]]]:
    with engine.connect() as connection:
        return {
            table.name: [
                tuple(row)
                for row in connection.execute(
                    sa.select(*(column for column in table.c if column.name not in without)).order_by(
                        *table.primary_key
                    )
                )
            ]
            for table in SQLModel.metadata.sorted_tables
        }


def test_counts_are_those_of_the_preset_and_of_the_tables(district: SeededDistrict) -> None:
    counts = district.report.counts

    assert (counts["site"], counts["officer"], counts["scenario"], counts["town"]) == (300, 80, 30, 19)
    assert counts["creditclassmonth"] == 12 * counts["enterprise"]
    assert 450 <= counts["inspectionrecord"] <= 700
    assert counts == {name: len(rows) for name, rows in dump(district.engine).items() if name in counts}


def test_no_row_points_at_nothing(district: SeededDistrict) -> None:
    with district.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []


def test_enterprises_are_marked_and_have_valid_codes(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        enterprises = session.exec(select(Enterprise)).all()
        sites = session.exec(select(Site)).all()

    assert all(one.synthetic and one.name.endswith("（示例）") and is_valid(one.credit_code) for one in enterprises)
    assert all("示例" in one.name and "示例" in one.address for one in sites)
    assert len({one.name for one in enterprises}) == len(enterprises)
    assert all(one.contact_email.endswith("@example.com") for one in enterprises)


def test_some_enterprises_have_several_sites_and_all_have_one(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        sites = Counter(session.exec(select(Site.enterprise_id)).all())
        enterprises = session.exec(select(Enterprise.id)).all()

    assert set(sites) == set(enterprises)
    assert max(sites.values()) >= 2


def test_class_shares_are_within_tolerance(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        classes = Counter(session.exec(select(Enterprise.credit_class)).all())

    total = classes.total()
    assert classes[CreditClass.A] / total == pytest.approx(0.25, abs=0.08)
    assert classes[CreditClass.B] / total == pytest.approx(0.60, abs=0.08)
    assert classes[CreditClass.C] / total == pytest.approx(0.12, abs=0.06)
    assert 0 < classes[CreditClass.D] / total < 0.08


def test_newest_month_of_the_history_is_the_class_of_the_enterprise(district: SeededDistrict) -> None:
    same = (
        col(CreditClassMonth.enterprise_id) == col(Enterprise.id),
        col(CreditClassMonth.month) == TODAY.replace(day=1),
    )
    with Session(district.engine) as session:
        rows = session.exec(
            select(Enterprise.credit_class, CreditClassMonth.credit_class).join(CreditClassMonth, sa.and_(*same))
        ).all()

    assert len(rows) == district.report.counts["enterprise"]
    assert all(now is newest for now, newest in rows)


def test_every_scenario_but_the_reports_has_sites(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        codes = session.exec(select(Scenario.code).where(col(Scenario.id).in_(select(Site.scenario_id)))).all()

    assert set(codes) == {f"S{number:02d}" for number in range(1, 30)}


def test_sites_lie_near_their_town(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        rows = session.exec(select(Site, Town).join(Town, col(Town.id) == col(Site.town_id))).all()

    assert all(abs(site.lat - town.lat) < 0.04 and abs(site.lon - town.lon) < 0.05 for site, town in rows)


def test_officers_are_marked_and_cover_the_skills_of_their_items(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        officers = session.exec(select(Officer)).all()
        needed = set(
            session.exec(
                select(InspectionItem.organisation_id, InspectionItem.skill_id).where(
                    col(InspectionItem.skill_id).is_not(None),
                    col(InspectionItem.organisation_id).in_(select(Officer.organisation_id)),
                )
            ).all()
        )
        held: Counter[tuple[int, int | None]] = Counter(
            session.exec(
                select(Officer.organisation_id, OfficerSkill.skill_id).join(
                    OfficerSkill, col(OfficerSkill.officer_id) == col(Officer.id)
                )
            ).all()
        )

    assert all(one.synthetic and one.certificate_number.startswith("示例") for one in officers)
    assert all(held[one] >= 2 for one in needed)
    assert min(Counter(one.organisation_id for one in officers).values()) >= 4
    assert any(TODAY <= one.certificate_until <= TODAY + timedelta(days=60) for one in officers)


def test_past_visits_lie_in_the_year_before_and_come_at_most_a_few_times(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        records = session.exec(select(InspectionRecord)).all()

    times = Counter((one.site_id, one.organisation_id) for one in records)
    joint = Counter(one.visit_uid for one in records)
    assert all(TODAY - timedelta(days=365) <= one.day < TODAY and one.day.weekday() < 5 for one in records)
    assert max(times.values()) <= 4
    assert max(joint.values()) in {2, 3, 4}
    assert 0.05 < sum(one.problem_found for one in records) / len(records) < 0.4


def test_there_is_a_login_for_every_role_and_for_clerks_of_several_departments(district: SeededDistrict) -> None:
    logins = district.report.logins

    assert {login.role for login in logins} == set(Role)
    assert len([login for login in logins if login.role is Role.CLERK]) >= 4
    assert len({login.username for login in logins}) == len({login.password for login in logins}) == len(logins)


def test_passwords_are_stored_as_hashes_only_and_shown_by_no_repr(district: SeededDistrict) -> None:
    with Session(district.engine) as session:
        users = {user.username: user for user in session.exec(select(User))}

    for login in district.report.logins:
        assert users[login.username].password_hash == f"hashed:{login.password[::-1]}"
        assert login.password not in repr(login)
    stored = {str(value) for rows in dump(district.engine).values() for row in rows for value in row}
    assert stored.isdisjoint({login.password for login in district.report.logins})


def test_accounts_without_a_login_cannot_be_guessed(district: SeededDistrict) -> None:
    opened = {login.username for login in district.report.logins}
    with Session(district.engine) as session:
        locked = [user for user in session.exec(select(User)) if user.username not in opened]

    assert locked
    assert all(user.must_change_password for user in locked)
    assert {user.password_hash for user in locked}.isdisjoint(
        f"hashed:{one.password[::-1]}" for one in district.report.logins
    )


def test_same_seed_gives_the_same_rows_but_for_passwords(district: SeededDistrict, sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        seed_small(session, mark="other")

    without = frozenset({"password_hash"})
    assert dump(sqlite_engine, without=without) == dump(district.engine, without=without)
    assert dump(sqlite_engine) != dump(district.engine)


def test_another_seed_gives_another_district(district: SeededDistrict, sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        seed_small(session, seed=8)

    others, ours = dump(sqlite_engine), dump(district.engine)
    assert others["enterprise"] != ours["enterprise"]
    assert others["organisation"] == ours["organisation"]


def test_seeding_refuses_a_database_that_is_in_use(sqlite_engine: sa.Engine) -> None:
    with unit_of_work(sqlite_engine) as session:
        make_organisation(session)

    with pytest.raises(NotEmptyError), unit_of_work(sqlite_engine) as session:
        seed_small(session)

    with Session(sqlite_engine) as session:
        assert session.exec(select(func.count()).select_from(Site)).one() == 0


def test_rows_can_be_added_after_seeding(engine: sa.Engine) -> None:
    with unit_of_work(engine) as session:
        seed_small(session)
    with unit_of_work(engine) as session:
        town = make_town(session)
        organisation = make_organisation(session)

    assert town.id == 20
    with Session(engine) as session:
        assert session.exec(select(func.max(Organisation.id))).one() == organisation.id


def test_seeding_a_month_takes_few_statements(sqlite_engine: sa.Engine) -> None:
    statements: list[str] = []
    sa.event.listen(sqlite_engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with unit_of_work(sqlite_engine) as session:
        report = seed_small(session, preset=Preset.M)

    assert (report.counts["site"], report.counts["officer"]) == (3_000, 420)
    assert len(statements) < 60
