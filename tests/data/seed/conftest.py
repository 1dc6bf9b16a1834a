"""A small sample district that the tests of this folder only read."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Final

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from data.seed.district import SeedReport, seed_district
from data.seed.presets import Preset
from data.session import make_engine, unit_of_work

TODAY: Final = date(2026, 11, 22)
SEED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededDistrict:
    engine: sa.Engine
    report: SeedReport


def seed_small(session: Session, *, seed: int = SEED, preset: Preset = Preset.S, mark: str = "p") -> SeedReport:
    """Seed with passwords p1, p2, … and a hash that only turns a password round."""
    numbers = count(1)
    return seed_district(
        session,
        preset=preset,
        today=TODAY,
        seed=seed,
        hash_password=lambda password: f"hashed:{password[::-1]}",
        passwords=lambda: f"{mark}{next(numbers)}",
    )


@pytest.fixture(scope="session")
def district(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededDistrict]:
    """Preset S, made once. Do not write to it."""
    path = tmp_path_factory.mktemp("district") / "onedoor.db"
    shutil.copyfile(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    with unit_of_work(engine) as session:
        report = seed_small(session)
    yield SeededDistrict(engine=engine, report=report)
    engine.dispose()
