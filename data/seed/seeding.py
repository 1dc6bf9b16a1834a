"""What every step of one seeding shares: the session, the random sources, the facts, and the counts."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from random import Random

from sqlmodel import Session, SQLModel

from data.seed.bulk import RowWriter
from data.seed.facts import load_facts
from data.seed.presets import Preset


class Seeding:
    """One seeding. `bodies`: the organisations that take part in the preset; `counts`: rows written, by table."""

    def __init__(self, session: Session, *, seed: int, preset: Preset, today: date) -> None:
        self.session = session
        self.seed = seed
        self.today = today
        self.facts = load_facts()
        self.bodies = self.facts.taking_part(preset)
        self.counts: dict[str, int] = {}

    def rng(self, section: str) -> Random:
        """Return the random source of a section: a change in one section leaves the others as they were."""
        return Random(f"{self.seed}/{section}")

    @contextmanager
    def rows(self, model: type[SQLModel]) -> Iterator[RowWriter]:
        """Open a writer for a table and count what it has written."""
        name = str(model.__tablename__)
        with RowWriter(self.session, model) as writer:
            yield writer
        self.counts[name] = self.counts.get(name, 0) + writer.written
