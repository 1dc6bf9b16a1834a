"""How long it takes to bring in a district: 30,000 enterprises, 1,000 officers; seconds and memory, printed.

Run with `python -m tests.benchmarks.import_lists [rows]`. Each list is written as .xlsx, checked, taken over into an
empty database, and sent a second time, which must change nothing.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from data import migration
from data.enums import ListKind, Role
from data.session import make_engine, unit_of_work
from data.sheets.export import rows_as_xlsx
from scheduler.clock import FixedClock
from scheduler.permissions import Actor
from scheduler.registry import lists
from scheduler.registry.columns import COLUMNS
from tests import factories

CLOCK = FixedClock(datetime(2026, 2, 20, 1, 0, tzinfo=UTC))


def main(rows: int = 30_000) -> None:
    """Time both lists."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'bench.db'}")
        migration.upgrade(engine)
        with unit_of_work(engine) as session:
            keeper = factories.make_actor(session, Role.ADMINISTRATOR)
            town, body = factories.make_town(session).name, factories.make_organisation(session).name
        print(f"{'list':<14}{'rows':>8}{'MB':>6}{'check s':>9}{'apply s':>9}{'again s':>9}{'peak MiB':>10}")
        _time(engine, keeper, ListKind.ENTERPRISES, [_enterprise(number, town) for number in range(rows)])
        _time(engine, keeper, ListKind.OFFICERS, [_officer(number, body) for number in range(1_000)])
        engine.dispose()


def _time(engine: sa.Engine, keeper: Actor, kind: ListKind, rows: Sequence[Sequence[str]]) -> None:
    content = rows_as_xlsx([column.header for column in COLUMNS[kind]], rows)
    checked, applied = _bring_in(engine, keeper, kind, content)
    again, _ = _bring_in(engine, keeper, kind, content, expect_new=False)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = len(content) / 2**20
    print(f"{kind:<14}{len(rows):>8}{size:>6.1f}{checked:>9.1f}{applied:>9.1f}{again:>9.1f}{peak:>10.0f}")


def _bring_in(
    engine: sa.Engine, keeper: Actor, kind: ListKind, content: bytes, *, expect_new: bool = True
) -> tuple[float, float]:
    start = time.perf_counter()
    with unit_of_work(engine) as session:
        upload = lists.receive_list(session, CLOCK, keeper, kind=kind, filename="list.xlsx", content=content)
        uid, outcome = upload.uid, upload.outcome
    if outcome["faulty"] or bool(outcome["added"]) is not expect_new:
        raise SystemExit(f"unexpected outcome: {outcome['added']} new, {outcome['faulty']} faulty")
    between = time.perf_counter()
    with unit_of_work(engine) as session:
        lists.apply_list(session, CLOCK, keeper, lists.get_list(session, keeper, uid))
    return between - start, time.perf_counter() - between


def _enterprise(number: int, town: str) -> tuple[str, ...]:
    name = f"合成企业{number}有限公司"
    return (
        factories.credit_code(number), name, "6210", "ABCD"[number % 4], f"{name}总店", f"示例路{number}号", town, "",
        "120.45", "33.2", "8:00", "18:00", "合成联系人", "0515-00000000", "", "否", "2019-05-20",
    )  # fmt: skip


def _officer(number: int, body: str) -> tuple[str, ...]:
    return (f"BENCH{number:06d}", f"合成人员{number}", body, "2029-12-31", "是", "60", "", "在用")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
