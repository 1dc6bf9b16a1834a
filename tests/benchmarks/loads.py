"""The load figures that the service has to hold, one command for all: target and result of each row.

    python -m tests.benchmarks.loads [--full] [--preset XL] [--months 36] [--only L1 L2 …] [--database both]

Small by default, so that it can be tried anywhere in some minutes; `--full` are the sizes of the targets and want a
quiet machine. L1 to L3 are measured in a seeded district, `--preset`; with `--months` so many released months lie in
its database before, as L12 asks. Every row runs on a database of its own; one that fails is told and does not end the
others. Owns no measurement: those are in the modules beside. L11, a soak of a day, is no part of it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from http import HTTPStatus
from multiprocessing.synchronize import Barrier
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlmodel import Session, select

from data.enums import Role
from data.models import Visit
from data.seed.district import seed_district
from data.seed.presets import Preset
from data.session import make_engine, reading, unit_of_work
from scheduler.accounts import hash_password
from scheduler.audit import record, verify
from scheduler.clock import FixedClock
from scheduler.planning.editing.days import possible_days, ranked_places
from tests.benchmarks import diffs, feeds, import_plans, publishing
from tests.benchmarks.board import time_calls
from tests.benchmarks.board_edits import database, make_round, usernames
from tests.benchmarks.edit_rush import DONE, FAILED, RULE, percentile, rush_of
from tests.benchmarks.growth import seal_months
from tests.benchmarks.pages import SETTINGS
from tests.benchmarks.usable import measure_board, middle
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.board import scenes
from tests.web.conftest import sign_in_token
from web import create_app

MARCH: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FEBRUARY: Final = date(2026, 2, 1)
MIB: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much of each there is. `think`: seconds between two edits, from and to."""

    visits: int
    editors: int
    each: int
    think: tuple[float, float]
    preset: Preset
    readers: int
    asked: int
    rows: int
    letters: int
    months: int
    subscribers: int
    events: int
    earlier: int = 0
    """Released months that are in the database before L1 to L3 are measured."""


SMALL: Final = Sizes(
    visits=300, editors=5, each=3, think=(1.0, 2.0), preset=Preset.S, readers=10, asked=10, rows=300, letters=100,
    months=3, subscribers=20, events=2_000,
)  # fmt: skip
FULL: Final = Sizes(
    visits=2_000, editors=20, each=10, think=(5.0, 10.0), preset=Preset.XL, readers=100, asked=20, rows=5_000,
    letters=2_000, months=36, subscribers=300, events=1_000_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One figure beside what is wanted of it; `held` is None where it cannot be judged here."""

    load: str
    what: str
    target: str
    result: str
    held: bool | None

    def __str__(self) -> str:
        mark = {True: "held", False: "MISSED", None: "-"}[self.held]
        return f"| {self.load} | {self.what} | {self.target} | {self.result} | {mark} |"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """Seconds of every answer, processor seconds of all, and when they began and ended (monotonic, one machine)."""

    taken: list[float]
    cpu: float
    begun: float
    ended: float


def board(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L1: the month of a round that is published, with nothing of it kept at first."""
    del kinds
    clock = FixedClock(MARCH)
    with database("sqlite") as engine:
        _seed(engine, sizes)
        with unit_of_work(engine) as session:
            (scene,) = _months(session, sizes, 1, newest=scenes.MARCH)
        app = create_app(SETTINGS, engine, clock)
        token = sign_in_token(engine, clock, scene.coordinator.username)
        client = app.test_client()
        client.set_cookie("onedoor", token)
        for path, what in (
            ("/board", "first byte"),
            ("/board/data", "visits as JSON"),
            ("/board?conflicts=1", "conflicts"),
        ):
            found = time_calls(path, lambda path=path: _get(client, path))  # type: ignore[misc]
            result = f"p95 {found.wall_p95:.0f} ms, cpu p50 {found.cpu_p50:.0f} ms, first {found.first:.0f} ms"
            yield Row(
                load="L1", what=f"{path}: {what}, {sizes.visits} visits, preset {sizes.preset}", target="p95 < 300 ms",
                result=result, held=found.wall_p95 < 300 and found.status == 200,
            )  # fmt: skip
            if path == "/board/data":
                yield Row(
                    load="L1", what="its size", target="< 400 KB gz", result=f"{found.gzipped:.0f} KB gz",
                    held=found.gzipped < 400,
                )  # fmt: skip
        yield _usable(app, token)


def _seed(engine: sa.Engine, sizes: Sizes) -> None:
    """The district that the load falls on, with the months that were released before."""
    with unit_of_work(engine) as session:
        seed_district(
            session, preset=sizes.preset, today=MARCH.date(), seed=1, hash_password=hash_password,
            passwords=lambda: "unused-password-1",
        )  # fmt: skip
        _months(session, sizes, sizes.earlier, newest=FEBRUARY)


def _months(session: Session, sizes: Sizes, months: int, *, newest: date) -> list[scenes.Scene]:
    return seal_months(session, months, newest=newest, visits=sizes.visits, organisations=30, towns=15)


def _usable(app: Any, token: str) -> Row:
    found = measure_board(app, token)
    row = {"load": "L1", "what": "usable in Chromium", "target": "< 1.5 s"}
    if found is None:
        return Row(**row, result="no Chromium on this machine", held=None)
    one = middle(found)
    result = f"{one.usable:.0f} ms (first byte {one.first_byte:.0f}, read {one.read:.0f}; {one.chips} chips)"
    return Row(**row, result=result, held=one.usable < 1500)


def _get(client: Any, path: str) -> tuple[int, bytes]:
    answer = client.get(path)
    return answer.status_code, answer.data


def edits(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L2 and L13, on each database."""
    for kind in kinds:
        with database(kind) as engine:
            _seed(engine, sizes)
            round_id = stored_id(make_round(engine, sizes.visits).round)
            people = usernames(engine, sizes.editors)
            for name, think in (("closed loop", (0.0, 0.0)), ("thinking", sizes.think)):
                rush = rush_of(engine, FixedClock(NOW), people, round_id=round_id, each=sizes.each, think=think)
                failed = sum(count for end, count in rush.ends.items() if end.startswith(FAILED))
                faster = rush.ends.total() - rush.ends[DONE] - rush.ends[RULE] - failed
                p95 = percentile(rush.moves, 95)
                yield Row(
                    load="L2", what=f"{kind}, {sizes.editors} editors, {name}, preset {sizes.preset}",
                    target="p95 < 300 ms, 0 lost, 0 locked" if think[1] else "0 lost, 0 locked",
                    result=(
                        f"p50 {percentile(rush.moves, 50):.0f} p95 {p95:.0f} ms, {rush.ends[DONE]} done, "
                        f"{faster} by version, {rush.ends[RULE]} by rule, {failed} failed, {rush.lost} lost, "
                        f"cpu {1000 * rush.cpu / max(1, len(rush.moves)):.0f} ms a move with its days"
                    ),
                    held=not failed and not rush.lost and (p95 < 300 or not think[1]),
                )  # fmt: skip
            yield _suggestions(engine, kind, round_id)


def _suggestions(engine: sa.Engine, kind: str, round_id: int) -> Row:
    with reading(engine) as session:
        live = select(Visit).where(Visit.round_id == round_id, Visit.status != "cancelled")
        some = session.exec(live.order_by(Visit.uid).limit(20)).all()
        taken = [_seconds(partial(possible_days, session, one)) for one in some]
        taken += [_seconds(partial(ranked_places, session, one)) for one in some]
    p95 = percentile(taken, 95)
    return Row(
        load="L13", what=f"{kind}, days and places for a visit", target="p95 < 2 s", result=f"p95 {p95:.0f} ms",
        held=p95 < 2000,
    )  # fmt: skip


def _seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def lists(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L3: the registry of a seeded district, read by many people at once, from one web process a core."""
    del kinds
    clock = FixedClock(MARCH)
    with database("sqlite") as engine:
        _seed(engine, sizes)
        with unit_of_work(engine) as session:
            username = make_actor(session, Role.COORDINATOR).username
        token = sign_in_token(engine, clock, username)
        url = f"{engine.url}"
        for path in ("/registry/enterprises", "/registry/enterprises?text=餐饮"):
            alone = read_many(url, token, path, readers=1, each=sizes.asked)
            p95, cpu = percentile(alone.taken, 95), 1000 * alone.cpu / len(alone.taken)
            rates = {number: _rate(url, token, path, sizes, number) for number in sorted({1, os.cpu_count() or 1})}
            told = ", ".join(f"{rate:.0f} from {number} of them" for number, rate in rates.items())
            yield Row(
                load="L3", what=f"{path}, preset {sizes.preset}", target="p95 < 300 ms, > 200 req/s in all",
                result=f"alone p95 {p95:.0f} ms, cpu {cpu:.0f} ms; {sizes.readers} readers at once, req/s: {told}",
                held=p95 < 300 and max(rates.values()) > 200,
            )  # fmt: skip


def _rate(url: str, token: str, path: str, sizes: Sizes, processes: int) -> float:
    """Answers a second of so many web processes together, on one database, with the readers shared among them."""
    context, readers = multiprocessing.get_context("spawn"), sizes.readers // processes
    with context.Manager() as shared, context.Pool(processes) as pool:
        start = shared.Barrier(processes)
        asked = [(url, token, path, readers, sizes.asked, start)] * processes
        found = pool.starmap(_read_together, asked, chunksize=1)
    seconds = max(one.ended for one in found) - min(one.begun for one in found)
    return sum(len(one.taken) for one in found) / seconds


def _read_together(url: str, token: str, path: str, readers: int, each: int, start: Barrier) -> Read:
    return read_many(url, token, path, readers=readers, each=each, ready=start.wait)


def read_many(
    url: str, token: str, path: str, *, readers: int, each: int, ready: Callable[[], object] = lambda: None
) -> Read:
    """Ask for a page from so many readers, at most eight at once, as one web process has; `ready`: called before."""
    engine = make_engine(url, pool_size=40)
    app = create_app(SETTINGS, engine, FixedClock(MARCH))
    clients = [app.test_client() for _ in range(readers)]
    for client in clients:
        client.set_cookie("onedoor", token)
    clients[0].get(path)
    ready()
    begun, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(min(8, readers)) as pool:
        taken = list(pool.map(lambda n: _seconds(lambda: _found(clients[n % readers], path)), range(readers * each)))
    made = Read(taken=taken, cpu=time.process_time() - cpu, begun=begun, ended=time.monotonic())
    engine.dispose()
    return made


def _found(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{path}: {answer.status}")


def imports(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L4: in a process of its own, because its memory is measured."""
    del kinds
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        seconds, peak = pool.apply(_import, (sizes.rows,))
    yield Row(
        load="L4", what=f"{sizes.rows} rows: read, review, import, and once more", target="< 10 s (each), < 300 MiB",
        result=f"{seconds:.1f} s for both, {peak:.0f} MiB", held=seconds < 20 and peak < 300,
    )  # fmt: skip


def _import(rows: int) -> tuple[float, float]:
    seconds = _seconds(lambda: import_plans.main(rows))
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MIB


def releases(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L5 and L6, and L8 as the publication compares."""
    del kinds
    with database("sqlite") as engine:
        sealing, comparing = publishing.seal(engine, sizes.visits)
    yield Row(
        load="L5", what=f"seal {sizes.visits} visits", target="< 5 s", result=f"{sealing:.1f} s", held=sealing < 5
    )
    yield Row(
        load="L8", what="differences of two releases", target="< 1 s", result=f"{comparing:.2f} s", held=comparing < 1
    )
    with database("sqlite") as engine:
        seconds, arrived = publishing.send(engine, sizes.letters, 50.0)
    yield Row(
        load="L6", what=f"{sizes.letters} letters at 50/s", target="< 60 s, all arrive",
        result=f"{seconds:.0f} s, {arrived} arrived", held=seconds < 60 and arrived == sizes.letters,
    )  # fmt: skip


def comparisons(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L8 as the pages compare: reading two editions and telling them apart."""
    del kinds
    found = diffs.measure(sizes.visits)
    seconds = found["read"] + found["compare"]
    yield Row(
        load="L8", what=f"read and compare two releases of {sizes.visits} visits", target="< 1 s",
        result=f"{seconds:.2f} s of CPU (every pair: {found['rival']:.1f} s)", held=seconds < 1,
    )  # fmt: skip


def calendars(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L7 on so many months of releases, as L12 asks."""
    del kinds
    clock = FixedClock(NOW)
    with database("sqlite") as engine:
        secrets = feeds.set_scene(
            engine, clock, months=sizes.months, visits=sizes.visits, officers=max(20, sizes.subscribers)
        )
        times = feeds.measure(engine, clock, secrets[: sizes.subscribers])
    for status, most in (("304", 50), ("200", 300)):
        p95 = percentile(times[status], 95)
        yield Row(
            load="L7", what=f"feeds, {sizes.months} months of {sizes.visits} visits, {status}",
            target=f"p95 < {most} ms", result=f"p95 {p95:.0f} ms", held=p95 < most,
        )  # fmt: skip


def trail(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L9: the chain of the audit trail, read once through."""
    del kinds
    clock = FixedClock(NOW)
    with database("sqlite") as engine:
        with unit_of_work(engine) as session:
            actor = make_actor(session, Role.COORDINATOR)
            for number in range(sizes.events):
                record(
                    session,
                    clock,
                    actor,
                    "visit.edit",
                    entity="visit",
                    entity_uid=f"{number:032x}",
                    after={"n": number},
                )
                if number % 10_000 == 0:
                    session.expunge_all()
        with reading(engine) as session:
            begun = time.perf_counter()
            report = verify(session)
            seconds = time.perf_counter() - begun
    yield Row(
        load="L9", what=f"verify {report.events} links", target="< 60 s for 1,000,000",
        result=f"{seconds:.1f} s ({1e6 * seconds / max(1, report.events):.0f} s for 1,000,000)",
        held=report.first_bad is None and 1e6 * seconds / max(1, report.events) < 60,
    )  # fmt: skip


def logins(sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """L10: how long signing in takes, and so how many a second one process can let in."""
    del kinds
    clock = FixedClock(NOW)
    with database("sqlite") as engine:
        names = usernames(engine, max(5, sizes.asked))
        taken = [_seconds(lambda name=name: sign_in_token(engine, clock, name)) for name in names]  # type: ignore[misc]
    yield Row(
        load="L10", what="sign in", target="p95 < 1 s, 20/s",
        result=f"p95 {percentile(taken, 95):.0f} ms, {1 / median(taken):.0f}/s a core",
        held=percentile(taken, 95) < 1000 and median(taken) < 1 / 20,
    )  # fmt: skip


LOADS: Final[dict[str, Callable[[Sizes, tuple[str, ...]], Iterator[Row]]]] = {
    "L1": board,
    "L2": edits,
    "L3": lists,
    "L4": imports,
    "L5": releases,
    "L7": calendars,
    "L8": comparisons,
    "L9": trail,
    "L10": logins,
}
"""What measures a row; L13 comes with L2, L6 with L5; L12 is L1 to L3 with `--months`, and what L7 is measured on."""


def rows(names: list[str], sizes: Sizes, kinds: tuple[str, ...]) -> Iterator[Row]:
    """Every row of some measurements; a measurement that fails is a row that says so."""
    for name in names:
        try:
            yield from LOADS[name](sizes, kinds)
        except Exception as error:  # noqa: BLE001 -- the other rows are still wanted, and this one tells what happened
            traceback.print_exc()
            yield Row(load=name, what="not measured", target="", result=f"{type(error).__name__}: {error}", held=False)


def main() -> int:
    """Print a row as soon as it is known; 1 where one is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.loads", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the sizes of the targets")
    parser.add_argument("--only", nargs="+", choices=tuple(LOADS), default=list(LOADS))
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--preset", type=Preset, choices=tuple(Preset), help="the district of L1 to L3")
    parser.add_argument("--months", type=int, default=0, help="released months before L1 to L3")
    asked = parser.parse_args()
    sizes = FULL if asked.full else SMALL
    sizes = replace(sizes, preset=asked.preset or sizes.preset, earlier=asked.months)
    kinds = ("sqlite", "postgres") if asked.database == "both" else (asked.database,)
    print("| load | what | target | result | |\n|---|---|---|---|---|", flush=True)
    missed = 0
    for row in rows(asked.only, sizes, kinds):
        print(row, flush=True)
        missed += row.held is False
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
