"""Edits of a draft of 2,000 visits, judged by the part they touch and, as a rival, by the whole round each time.

    python -m tests.benchmarks.board_edits [--sites 2000] [--editors 20] [--think 10]

Prints processor time and latency of one person's moves, of the days a visit could go to, and of many editors at once.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import select

from data import migration
from data.enums import VisitStatus
from data.models import InspectionRequest, Visit
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import DomainError
from scheduler.planning.answers import plan_of
from scheduler.planning.board import draft_answer
from scheduler.planning.drafts import load_draft
from scheduler.planning.editing.commands import MoveVisit
from scheduler.planning.editing.days import possible_days, ranked_places
from scheduler.planning.editing.log import apply_edit
from scheduler.planning.snapshot import take_snapshot
from solver.checker import check
from tests.factories import NOW, make_enterprise, make_officer, make_organisation, make_site, make_town
from tests.scheduler.planning.worlds import World, add_requests, fresh, make_world, solve

BODIES = 30
OFFICERS = 24
TOWNS = 14
SHARE = 21
"""Every body asks for one site in so many: 1.4 requests a site."""
WHY = "measured"


def make_round(engine: sa.Engine, sites: int) -> World:
    """A solved round with about as many visits as sites."""
    with unit_of_work(engine) as session:
        world = make_world(session, sites=0, organisations=0)
        world.organisations = [make_organisation(session, inspectors=OFFICERS) for _ in range(BODIES)]
        world.officers = [make_officer(session, body) for body in world.organisations for _ in range(OFFICERS)]
        world.enterprises = [make_enterprise(session) for _ in range(sites)]
        towns = [make_town(session) for _ in range(TOWNS)]
        for place, owner in enumerate(world.enterprises):
            world.sites.append(make_site(session, owner, town=towns[place % TOWNS]))
        for number, body in enumerate(world.organisations):
            places = [site for place, site in enumerate(world.sites) if (place * 5 + number) % SHARE == 0]
            add_requests(session, world, body, places)
    solve(engine, FixedClock(NOW), world)
    return world


def moves(engine: sa.Engine, world: World, count: int, seed: int) -> list[MoveVisit]:
    """Random visits to random working days."""
    rng = random.Random(seed)
    with reading(engine) as session:
        visits = session.exec(select(Visit).where(Visit.status != VisitStatus.CANCELLED).order_by(Visit.uid)).all()
        days, uids = sorted({visit.day for visit in visits}), [visit.uid for visit in visits]
    return [
        MoveVisit(visit=rng.choice(uids), day=rng.choice(days), start_quarter=rng.randrange(4)) for _ in range(count)
    ]


def do_move(engine: sa.Engine, world: World, command: MoveVisit) -> bool:
    """One edit in a transaction of its own; False where a rule forbids it."""
    try:
        with unit_of_work(engine) as session:
            round_ = fresh(session, world.round)
            apply_edit(session, FixedClock(NOW), world.coordinator, round_, command, expected=None, reason=WHY)
    except DomainError:
        return False
    return True


def naive(engine: sa.Engine, world: World) -> None:
    """The rival: what judging one edit costs when the whole round is read and checked before and after."""
    with reading(engine) as session:
        for _ in range(2):
            round_ = fresh(session, world.round)
            snapshot = take_snapshot(session, round_)
            check(snapshot.problem, plan_of(snapshot, draft_answer(session, snapshot, load_draft(session, round_))))


def timed(deed: Callable[[], object]) -> tuple[float, float]:
    """Processor and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    deed()
    return time.process_time() - cpu, time.perf_counter() - wall


def tell(name: str, times: list[tuple[float, float]]) -> None:
    """One line of figures, in milliseconds."""
    cpu, wall = (sorted(1000 * one[place] for one in times) for place in (0, 1))
    edge = max(0, round(0.95 * len(cpu)) - 1)
    print(
        f"{name:32} n={len(cpu):4}  cpu p50 {statistics.median(cpu):7.1f} p95 {cpu[edge]:7.1f}   "
        f"wall p50 {statistics.median(wall):7.1f} p95 {wall[edge]:7.1f} ms"
    )


def rush(
    engine: sa.Engine, world: World, editors: int, each: int, think: float
) -> tuple[list[tuple[float, float]], int]:
    """Many people who edit and think for `think` seconds on average; wall times and edits that were done.

    Where edits come faster than the machine does them, they wait in line and fail as locked in the end.
    """
    plans = [moves(engine, world, each, seed) for seed in range(editors)]
    done: list[bool] = []

    def person(seed: int) -> list[tuple[float, float]]:
        rng, found = random.Random(seed), []
        for command in plans[seed]:
            time.sleep(rng.uniform(0, 2 * think))
            found.append(timed(lambda command=command: done.append(do_move(engine, world, command))))  # type: ignore[misc]
        return found

    with ThreadPoolExecutor(editors) as pool:
        return [one for times in pool.map(person, range(editors)) for one in times], sum(done)


def main() -> None:
    """Make the round, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=2000)
    parser.add_argument("--editors", type=int, default=20)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--think", type=float, default=10.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'board.db'}")
        migration.upgrade(engine)
        world = make_round(engine, chosen.sites)
        with reading(engine) as session:
            visits = session.exec(select(Visit)).all()
            asked = session.exec(select(InspectionRequest)).all()
            print(f"{len(visits)} visits, {len(asked)} requests, {len(world.officers)} officers")
        first, *todo = moves(engine, world, 61, 1)
        tell("first edit (reads the round)", [timed(lambda: do_move(engine, world, first))])
        tell("edit", [timed(lambda command=command: do_move(engine, world, command)) for command in todo])  # type: ignore[misc]
        tell("rival: whole round each time", [timed(lambda: naive(engine, world)) for _ in range(3)])
        with reading(engine) as session:
            some = session.exec(select(Visit).where(Visit.status != VisitStatus.CANCELLED).limit(10)).all()
            tell("possible days (L13)", [timed(lambda visit=visit: possible_days(session, visit)) for visit in some])  # type: ignore[misc]
            tell("ranked places (L13)", [timed(lambda visit=visit: ranked_places(session, visit)) for visit in some])  # type: ignore[misc]
        times, done = rush(engine, world, chosen.editors, chosen.each, chosen.think)
        tell(f"{chosen.editors} editors at once (L2)", times)
        print(f"done {done} of {len(times)}, the others refused by a rule")
        engine.dispose()


if __name__ == "__main__":
    main()
