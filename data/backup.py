"""Saving and restoring a whole database, each by the means of its own server; knows no table.

A copy is checked before it gets its name, so that a file with the name of a backup is one. SQLite is copied while the
service runs; PostgreSQL through its own pg_dump and pg_restore, which must be on the path.
"""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from data.errors import DataError
from data.migration import known_revisions

BUSY_SECONDS: Final = 30.0
MOST_PROBLEMS: Final = 10
TOOL_SECONDS: Final = 3600


class BackupError(DataError):
    """Raised when saving or restoring fails; the database and existing files are as before.

    Params: `reason`, one of "exists" (`file`), "missing" (`file`), "not_a_database" (`file`), "damaged" (`problems`),
    "no_schema" (`file`), "newer_schema" (`revision`), "unknown_server" (`server`), "tool_missing" (`tool`),
    "tool_failed" (`tool`, `output`), "busy" (`file`).
    """

    code = "backup"


def backup_database(url: str, target: Path) -> None:
    """Save the database at `url` into a new file. Raises BackupError; never overwrites a file."""
    if target.exists():
        raise BackupError(reason="exists", file=str(target))
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        _save(sa.make_url(url), part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def restore_database(url: str, source: Path) -> None:
    """Replace everything in the database at `url` by what `source` holds, or change nothing and raise BackupError.

    A copy made by an older version of the program is taken; upgrade the schema afterwards.
    """
    if not source.is_file():
        raise BackupError(reason="missing", file=str(source))
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        _restore_sqlite(_sqlite_path(address), source)
    elif address.get_backend_name() == "postgresql":
        _restore_postgresql(address, source)
    else:
        raise BackupError(reason="unknown_server", server=address.get_backend_name())


def _save(address: sa.URL, part: Path) -> None:
    if address.get_backend_name() == "sqlite":
        _save_sqlite(_sqlite_path(address), part)
    elif address.get_backend_name() == "postgresql":
        _run(address, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
    else:
        raise BackupError(reason="unknown_server", server=address.get_backend_name())


def _sqlite_path(address: sa.URL) -> Path:
    if address.database in {None, "", ":memory:"}:
        raise BackupError(reason="missing", file=":memory:")
    return Path(str(address.database))


def _save_sqlite(path: Path, part: Path) -> None:
    if not path.is_file():
        raise BackupError(reason="missing", file=str(path))
    with closing(_open_sqlite(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        # A copy in write-ahead mode would need its neighbour files; as a plain file it can be carried away.
        copy.execute("PRAGMA journal_mode=DELETE")
    _check_sqlite(part)


def _restore_sqlite(path: Path, source: Path) -> None:
    _check_sqlite(source)
    with closing(_open_sqlite(source)) as copy, closing(sqlite3.connect(path, timeout=BUSY_SECONDS)) as target:
        try:
            copy.backup(target)
        except sqlite3.OperationalError as error:
            raise BackupError(reason="busy", file=str(path)) from error


def _open_sqlite(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)


def _check_sqlite(path: Path) -> None:
    with closing(_open_sqlite(path)) as copy:
        try:
            problems = [
                str(row[0]) for row in copy.execute(f"PRAGMA integrity_check({MOST_PROBLEMS})") if row[0] != "ok"
            ]
            problems += [
                f"{row[0]} {row[1]}" for row in copy.execute("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS)
            ]
            has_version = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            revisions = copy.execute("SELECT version_num FROM alembic_version").fetchall() if has_version else []
        except sqlite3.DatabaseError as error:
            raise BackupError(reason="not_a_database", file=str(path)) from error
    if problems:
        raise BackupError(reason="damaged", problems=problems[:MOST_PROBLEMS])
    if not revisions:
        raise BackupError(reason="no_schema", file=str(path))
    if revisions[0][0] not in known_revisions():
        raise BackupError(reason="newer_schema", revision=revisions[0][0])


def _restore_postgresql(address: sa.URL, source: Path) -> None:
    """Restore in one transaction: the old tables go and the saved ones come together, or not at all."""
    _run(address, "pg_restore", "--list", "--file=-", str(source))
    _run(
        address,
        "pg_restore",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        f"--dbname={address.database}",
        str(source),
    )


def _run(address: sa.URL, tool: str, *arguments: str) -> None:
    program = shutil.which(tool)
    if program is None:
        raise BackupError(reason="tool_missing", tool=tool)
    done = subprocess.run(  # noqa: S603 -- a program found on the path, with our own arguments
        [program, *arguments],
        env=os.environ | _postgresql_environment(address),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=TOOL_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError(reason="tool_failed", tool=tool, output=done.stderr.decode(errors="replace").strip())


def _postgresql_environment(address: sa.URL) -> dict[str, str]:
    """The address as PostgreSQL's own variables: a password in the arguments would show in the process list."""
    host = address.host or address.query.get("host")
    values = {
        "PGHOST": host if isinstance(host, str) else None,
        "PGPORT": str(address.port) if address.port else None,
        "PGUSER": address.username,
        "PGPASSWORD": str(address.password) if address.password else None,
        "PGDATABASE": address.database,
    }
    return {name: value for name, value in values.items() if value}
