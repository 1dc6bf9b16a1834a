"""The migrations make exactly the tables that the models describe, on both servers, and guard what is append-only."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import Session, SQLModel

from data import migration
from data.enums import ApprovalStatus
from data.models import Approval, AuditEvent, AuditTip, Draw, Release, ReleaseVisit
from data.session import make_engine, unit_of_work
from tests.factories import make_enterprise, make_organisation, make_plan, make_round, make_task, make_user

NOW = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)


def test_upgraded_database_has_no_difference_from_the_models(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, SQLModel.metadata)

    assert differences == []


def test_upgraded_database_has_the_checks_of_the_models(engine: sa.Engine) -> None:
    migrated = _checks(engine)
    migration.downgrade(engine, migration.BASE)
    SQLModel.metadata.create_all(engine)

    assert migrated == _checks(engine)
    assert "ck_inspectionrequest_window" in migrated["inspectionrequest"]
    assert "ck_user_role" in migrated["user"]


def test_downgrade_to_base_leaves_nothing_and_upgrade_brings_all_back(engine: sa.Engine) -> None:
    migration.downgrade(engine, migration.BASE)
    emptied = set(sa.inspect(engine).get_table_names())
    missing = migration.pending(engine)
    migration.upgrade(engine)

    assert emptied == {"alembic_version"}
    assert missing[0] == "0001"
    assert missing[-1] == migration.head()
    assert set(sa.inspect(engine).get_table_names()) == {"alembic_version", *SQLModel.metadata.tables}
    assert migration.pending(engine) == ()


def test_current_is_none_before_the_first_migration(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.db'}")

    assert migration.current(engine) is None
    migration.upgrade(engine, "0001")
    assert migration.current(engine) == "0001"
    assert migration.pending(engine)[0] == "0002"
    engine.dispose()


def test_pending_of_a_newer_database_is_refused(sqlite_engine: sa.Engine) -> None:
    with sqlite_engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(migration.SchemaError) as caught:
        migration.pending(sqlite_engine)

    assert caught.value.params == {"reason": "unknown_revision", "revision": "9999"}


def test_upgrade_that_leaves_dangling_rows_changes_nothing(sqlite_engine: sa.Engine) -> None:
    migration.downgrade(sqlite_engine, "0005")
    with sqlite_engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
        raw.execute("INSERT INTO absence VALUES (1, 77, '2026-01-01', '2026-01-02')")  # type: ignore[attr-defined]

    with pytest.raises(migration.SchemaError) as caught:
        migration.upgrade(sqlite_engine)

    assert caught.value.params["reason"] == "dangling_rows"
    assert caught.value.params["rows"] == [("absence", 1, "officer")]
    assert migration.current(sqlite_engine) == "0005"


def test_upgrade_leaves_foreign_keys_on(sqlite_engine: sa.Engine) -> None:
    migration.downgrade(sqlite_engine, "0005")
    migration.upgrade(sqlite_engine)

    with sqlite_engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_audit_chain_has_its_tip_from_the_start(engine: sa.Engine) -> None:
    with Session(engine) as session:
        tip = session.get_one(AuditTip, 1)

        assert (tip.number, tip.chain_hash) == (0, "")


@pytest.mark.parametrize("table", ["release", "releasevisit", "auditevent", "draw"])
@pytest.mark.parametrize(
    ("change", "statement"),
    [("update", 'UPDATE "{table}" SET id = id + 1'), ("delete", 'DELETE FROM "{table}"')],
    ids=["update", "delete"],
)
def test_append_only_row_refuses_change(engine: sa.Engine, table: str, change: str, statement: str) -> None:
    with unit_of_work(engine) as session:
        _add_guarded_rows(session)

    with pytest.raises(sa.exc.DatabaseError, match=f"append-only: {change} of {table} is refused"), engine.begin() as c:
        c.execute(sa.text(statement.format(table=table)))

    with engine.connect() as connection:
        assert connection.execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar() == 1


def _checks(engine: sa.Engine) -> dict[str, dict[str, str]]:
    inspector = sa.inspect(engine)
    return {
        table: {str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table)}
        for table in SQLModel.metadata.tables
    }


def _add_guarded_rows(session: Session) -> None:
    user = make_user(session)
    round_ = make_round(session)
    task = make_task(session, make_plan(session, make_organisation(session), round_id=round_.id))
    approval = Approval(
        round_id=round_.id or 0,
        draft_hash="a" * 64,
        draft_version=1,
        status=ApprovalStatus.PUBLISHED,
        approved_by_id=user.id or 0,
        approved_at=NOW,
        publish_at=NOW,
    )
    session.add(approval)
    session.flush()
    release = Release(
        number=1,
        round_id=round_.id or 0,
        approval_id=approval.id or 0,
        content_hash="b" * 64,
        approved_by_id=user.id or 0,
        publish_at=NOW,
        sealed_at=NOW,
        late_seconds=0,
    )
    session.add(release)
    session.flush()
    session.add(_release_visit(release, make_enterprise(session).id or 0))
    session.add(
        Draw(
            round_id=round_.id or 0,
            task_id=task.id or 0,
            algorithm="test",
            list_hash="c" * 64,
            seed="d" * 64,
            listed=1,
            drawn=1,
            document="{}",
            drawn_by_id=user.id or 0,
            drawn_at=NOW,
        )
    )
    session.add(AuditEvent(number=1, at=NOW, action="test", entity="test", entity_uid="1", chain_hash="e" * 64))


def _release_visit(release: Release, enterprise_id: int) -> ReleaseVisit:
    return ReleaseVisit(
        release_id=release.id or 0,
        visit_uid="1" * 32,
        sequence=0,
        changed_in=1,
        enterprise_id=enterprise_id,
        day=date(2026, 3, 2),
        hidden=False,
        public_hash="f" * 64,
        roster_hash="f" * 64,
        body="{}",
    )
