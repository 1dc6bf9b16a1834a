"""How long a large plan sheet takes from upload to plan: 5,000 rows on SQLite; seconds and memory, printed.

Run with `python -m tests.benchmarks.import_plans [rows]`. The dry run (receive and review) and the import are timed in
CPU and wall-clock seconds; importing the same rows again must add nothing. Wanted: under 10 s and 300 MiB in all (L4).
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, select

from data import migration
from data.models import SheetUpload
from data.session import make_engine, unit_of_work
from data.sheets.export import rows_as_xlsx
from scheduler.clock import FixedClock
from scheduler.filing import uploads
from scheduler.permissions import Actor
from tests.factories import NOW, make_item
from tests.scheduler.filing.conftest import District, make_district
from tests.scheduler.filing.sheets import HEADERS, RIGHT

CLOCK = FixedClock(NOW)
SITES = 20


def main(rows: int = 5_000) -> None:
    """Time the dry run, the import, and the same rows once more."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        migration.upgrade(engine)
        with unit_of_work(engine) as session:
            clerk, names = set_scene(session)
        content = rows_as_xlsx(list(HEADERS.values()), plan_rows(rows, names))
        again = rows_as_xlsx(list(HEADERS.values()), [*plan_rows(rows, names), *plan_rows(1, names, first=rows)])
        print(f"{rows} rows, {len(content) / 2**20:.1f} MB; before: {_peak():.0f} MiB")
        print(f"{'step':<18}{'cpu s':>8}{'wall s':>8}{'peak MiB':>10}")
        for title, sheet, added in (("", content, rows), ("again, ", again, 1)):
            uid = _dry_run(engine, clerk, sheet, title)
            with _timed(f"{title}import"), unit_of_work(engine) as session:
                upload = session.exec(select(SheetUpload).where(SheetUpload.uid == uid)).one()
                outcome = uploads.import_upload(session, CLOCK, clerk, upload)
            if outcome.added != added:
                raise SystemExit(f"unexpected outcome: {outcome.added} added")
        engine.dispose()


def set_scene(session: Session) -> tuple[Actor, list[str]]:
    """A department with an item, and the names of the sites that rows aim at."""
    district: District = make_district(session)
    make_item(session, district.organisation, name=RIGHT["items"])
    return district.clerk, [site.name for site in district.sites]


def plan_rows(number: int, names: Sequence[str], *, first: int = 0) -> list[list[str]]:
    """Rows of a plan sheet, all different; every third one names a site, the others draw."""
    made = []
    for place in range(first, first + number):
        change = {"number": str(place + 1), "name": f"餐饮服务单位检查（第{place + 1}批）"}
        named = {"target": names[place % len(names)], "ratio": ""} if place % 3 == 0 else {}
        row = RIGHT | change | named
        made.append([row[name] for name in HEADERS])
    return made


def _dry_run(engine: sa.Engine, clerk: Actor, sheet: bytes, title: str) -> str:
    with _timed(f"{title}receive"), unit_of_work(engine) as session:
        upload = uploads.receive_upload(
            session, CLOCK, clerk, filename="plan.xlsx", content=sheet, year=2026, round_uid=None
        )
        uid = upload.uid
    with _timed(f"{title}review"), unit_of_work(engine) as session:
        review = uploads.review_upload(session, session.exec(select(SheetUpload).where(SheetUpload.uid == uid)).one())
    if not review.ready:
        raise SystemExit(f"{review.faulty} faulty rows")
    return uid


@contextmanager
def _timed(step: str) -> Iterator[None]:
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    print(f"{step:<18}{time.process_time() - cpu:>8.1f}{time.perf_counter() - wall:>8.1f}{_peak():>10.0f}")


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
