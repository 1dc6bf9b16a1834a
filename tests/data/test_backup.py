"""A copy holds everything, is checked, and comes back whole; what is no copy is refused and changes nothing."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from data import backup, migration
from data.backup import BackupError, backup_database, restore_database
from data.models import Town
from data.session import unit_of_work
from tests.factories import make_town


def url_of(engine: sa.Engine) -> str:
    return engine.url.render_as_string(hide_password=False)


def town_names(engine: sa.Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.exec(select(Town.name).order_by(col(Town.id))))


def add_town(engine: sa.Engine, name: str) -> None:
    with unit_of_work(engine) as session:
        make_town(session, name=name)


def test_restore_brings_back_what_was_saved(engine: sa.Engine, tmp_path: Path) -> None:
    add_town(engine, "大中街道")
    backup_database(url_of(engine), tmp_path / "copy")
    add_town(engine, "后来的镇")
    engine.dispose()
    restore_database(url_of(engine), tmp_path / "copy")

    assert town_names(engine) == ["大中街道"]
    assert migration.pending(engine) == ()
    with engine.connect() as connection, pytest.raises(sa.exc.DatabaseError):
        connection.execute(
            sa.text("INSERT INTO absence (officer_id, first_date, last_date) VALUES (9, '2026-01-01', '2026-01-01')")
        )


def test_restored_database_takes_new_rows(engine: sa.Engine, tmp_path: Path) -> None:
    add_town(engine, "大中街道")
    backup_database(url_of(engine), tmp_path / "copy")
    engine.dispose()
    restore_database(url_of(engine), tmp_path / "copy")
    add_town(engine, "新丰镇")

    assert town_names(engine) == ["大中街道", "新丰镇"]


def test_backup_while_a_writer_is_at_work_holds_only_what_was_committed(
    sqlite_engine: sa.Engine, tmp_path: Path
) -> None:
    add_town(sqlite_engine, "大中街道")
    with Session(sqlite_engine) as session:
        make_town(session, name="未提交")
        backup_database(url_of(sqlite_engine), tmp_path / "copy.db")

    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy:
        assert copy.execute("SELECT name FROM town").fetchall() == [("大中街道",)]
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert [path.name for path in tmp_path.glob("copy*")] == ["copy.db"]


def test_backup_never_overwrites_a_file(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    target = tmp_path / "letter.txt"
    target.write_text("keep me", encoding="utf-8")

    with pytest.raises(BackupError) as caught:
        backup_database(url_of(sqlite_engine), target)

    assert caught.value.params["reason"] == "exists"
    assert target.read_text(encoding="utf-8") == "keep me"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"this is a letter, and no database of any kind" * 50, "not_a_database"), (b"", "no_schema")],
    ids=["letter", "empty file"],
)
def test_restore_of_a_file_that_is_no_copy_changes_nothing(
    sqlite_engine: sa.Engine, tmp_path: Path, content: bytes, reason: str
) -> None:
    add_town(sqlite_engine, "大中街道")
    source = tmp_path / "source"
    source.write_bytes(content)

    with pytest.raises(BackupError) as caught:
        restore_database(url_of(sqlite_engine), source)

    assert caught.value.params["reason"] == reason
    assert town_names(sqlite_engine) == ["大中街道"]


def test_restore_of_a_copy_with_dangling_rows_is_refused(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    backup_database(url_of(sqlite_engine), tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, copy:
        copy.execute("INSERT INTO absence VALUES (1, 77, '2026-01-01', '2026-01-02')")

    with pytest.raises(BackupError) as caught:
        restore_database(url_of(sqlite_engine), tmp_path / "copy.db")

    assert caught.value.params == {"reason": "damaged", "problems": ["absence 1"]}


def test_restore_of_a_copy_from_a_newer_program_is_refused(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    backup_database(url_of(sqlite_engine), tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "copy.db")) as copy, copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(BackupError) as caught:
        restore_database(url_of(sqlite_engine), tmp_path / "copy.db")

    assert caught.value.params == {"reason": "newer_schema", "revision": "9999"}


def test_restore_of_a_missing_file_is_refused(sqlite_engine: sa.Engine, tmp_path: Path) -> None:
    with pytest.raises(BackupError) as caught:
        restore_database(url_of(sqlite_engine), tmp_path / "nowhere")

    assert caught.value.params["reason"] == "missing"


def test_backup_of_a_missing_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackupError) as caught:
        backup_database(f"sqlite:///{tmp_path / 'nowhere.db'}", tmp_path / "copy.db")

    assert caught.value.params["reason"] == "missing"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("work", [backup_database, restore_database], ids=["save", "restore"])
def test_unknown_server_is_refused(tmp_path: Path, work: object) -> None:
    source = tmp_path / "source"
    if work is restore_database:
        source.write_bytes(b"x")

    with pytest.raises(BackupError) as caught:
        work("oracle+oracledb://somewhere/db", source)  # type: ignore[operator]

    assert caught.value.params == {"reason": "unknown_server", "server": "oracle"}


def test_missing_tool_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupError) as caught:
        backup_database("postgresql+psycopg://nobody@localhost/onedoor", tmp_path / "copy")

    assert caught.value.params == {"reason": "tool_missing", "tool": "pg_dump"}


@pytest.mark.postgres
def test_restore_of_a_file_that_is_no_dump_names_the_tool(postgres_engine: sa.Engine, tmp_path: Path) -> None:
    add_town(postgres_engine, "大中街道")
    source = tmp_path / "source"
    source.write_bytes(b"no dump")

    with pytest.raises(BackupError) as caught:
        restore_database(url_of(postgres_engine), source)

    assert (caught.value.params["reason"], caught.value.params["tool"]) == ("tool_failed", "pg_restore")
    assert town_names(postgres_engine) == ["大中街道"]


def test_password_is_handed_over_out_of_sight() -> None:
    address = sa.make_url("postgresql+psycopg://clerk:s%40fe@db.example:5433/onedoor")

    assert backup._postgresql_environment(address) == {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "clerk",
        "PGPASSWORD": "s@fe",
        "PGDATABASE": "onedoor",
    }
