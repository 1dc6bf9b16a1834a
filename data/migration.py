"""The schema's version: where a database stands, what is pending, and moving it; knows no table.

Alembic is configured here in code: there is no alembic.ini, and the migrations run on a connection that is handed to
them, inside one transaction (both databases can roll DDL back).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from data.errors import DataError
from data.session import READ_ONLY

MIGRATIONS: Final = Path(__file__).parent / "migrations"
BASE: Final = "base"
HEAD: Final = "head"


class SchemaError(DataError):
    """Raised when the schema cannot be judged or moved.

    Params: `reason`: "unknown_revision" (`revision`: the database is newer than the program), "dangling_rows" (`rows`:
    at most ten of table, row id and parent that a migration left pointing at nothing), "no_migrations".
    """

    code = "schema"


def head() -> str:
    """Return the newest revision that this program knows."""
    revision = _scripts().get_current_head()
    if revision is None:
        raise SchemaError(reason="no_migrations")
    return revision


def known_revisions() -> frozenset[str]:
    """Return every revision that this program can work from."""
    return frozenset(script.revision for script in _scripts().walk_revisions())


def current(engine: sa.Engine) -> str | None:
    """Return the revision of the database; None for one that was never migrated."""
    with engine.execution_options(**{READ_ONLY: True}).connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def pending(engine: sa.Engine) -> tuple[str, ...]:
    """Return the revisions that are still to be applied, oldest first; empty when the database is up to date.

    Raises SchemaError when the database stands at a revision that this program does not know (it is newer).
    """
    now = current(engine)
    if now is not None and now not in known_revisions():
        raise SchemaError(reason="unknown_revision", revision=now)
    missing = [script.revision for script in _scripts().iterate_revisions(HEAD, now or BASE)]
    return tuple(reversed(missing))


def upgrade(engine: sa.Engine, revision: str = HEAD) -> None:
    """Bring the database up to `revision` in one transaction; does nothing when it is there already."""
    with _migrating(engine) as config:
        command.upgrade(config, revision)


def downgrade(engine: sa.Engine, revision: str) -> None:
    """Bring the database back to `revision` ("base" empties it) in one transaction."""
    with _migrating(engine) as config:
        command.downgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _migrating(engine: sa.Engine) -> Iterator[Config]:
    config = _config()
    with engine.connect() as connection, _unchecked_references(connection), connection.begin():
        config.attributes["connection"] = connection
        yield config
        _refuse_dangling_rows(connection)


@contextmanager
def _unchecked_references(connection: sa.Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off around the transaction.

    SQLite changes a table by copying and dropping it, and dropping a table that others refer to would fail. The
    switch has no effect inside a transaction, so it is thrown on the raw connection, before BEGIN.
    """
    raw = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined]


def _refuse_dangling_rows(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    rows = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(10)
    if rows:
        raise SchemaError(reason="dangling_rows", rows=[tuple(row)[:3] for row in rows])
