"""Databases for the tests: fresh ones, cloned from a template that is made once a run.

`engine` runs a test on SQLite and on PostgreSQL: for transactions, constraints and what else differs between them.
`sqlite_engine` is for logic. Without an installed PostgreSQL its tests are skipped, but fail when REQUIRE_PG=1.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa

from data import migration
from data.models import columns
from data.session import make_engine
from tests.postgres import Cluster, find_binaries, running_cluster
from tests.uids import Uids

TEMPLATE_DATABASE: Final = "onedoor_template"
_numbers = count(1)
_uids = Uids()


def pytest_configure() -> None:
    """Let the tests draw the same public ids at every run."""
    columns.uuid = _uids  # type: ignore[assignment]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test has ids of its own."""
    with _uids.made_by(item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
) -> Generator[None, object, object]:
    """What several tests share has the same ids, whichever of them comes first."""
    if fixturedef.scope == "function":
        return (yield)
    with _uids.made_by(f"{fixturedef.baseid}::{fixturedef.argname}[{request.param_index}]"):
        return (yield)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with the whole schema; to be copied, never opened."""
    path = tmp_path_factory.mktemp("template") / "onedoor.db"
    engine = make_engine(f"sqlite:///{path}")
    create_schema(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """A fresh SQLite database."""
    path = tmp_path / "onedoor.db"
    shutil.copyfile(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this run's own, with a template database."""
    binaries = find_binaries()
    if binaries is None:
        missing = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("REQUIRE_PG") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with running_cluster(binaries) as cluster:
        _execute(cluster, f"CREATE DATABASE {TEMPLATE_DATABASE}")
        engine = make_engine(cluster.url(TEMPLATE_DATABASE))
        create_schema(engine)
        engine.dispose()
        yield cluster


@pytest.fixture
def postgres_engine(postgres_cluster: Cluster) -> Iterator[sa.Engine]:
    """A fresh PostgreSQL database."""
    name = f"test_{next(_numbers)}"
    _execute(postgres_cluster, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE_DATABASE}")
    engine = make_engine(postgres_cluster.url(name))
    yield engine
    engine.dispose()
    _execute(postgres_cluster, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest) -> sa.Engine:
    """A fresh database on each of the two servers that the service runs on."""
    return request.getfixturevalue(f"{request.param}_engine")


def create_schema(engine: sa.Engine) -> None:
    """Make all tables and triggers, as an installation gets them."""
    migration.upgrade(engine)


def _execute(cluster: Cluster, statement: str) -> None:
    engine = sa.create_engine(cluster.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
