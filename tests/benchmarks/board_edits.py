"""Edits of a draft of 2,000 visits, judged by the part they touch and, as a rival, by the whole round each time.

    python -m tests.benchmarks.board_edits [--sites 2000] [--editors 20] [--think 10] [--database both]

Prints processor time and latency of one person's moves, of the days a visit could go to, and of many editors at once
over the web (see `edit_rush`): as fast as they are answered, and with half to the whole of `think` seconds in between.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import select

from data import migration
from data.enums import Role, VisitStatus
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
from tests.benchmarks.edit_rush import Rush, rush_of
from tests.factories import (
    NOW,
    make_actor,
    make_enterprise,
    make_officer,
    make_organisation,
    make_site,
    make_town,
    stored_id,
)
from tests.postgres import find_binaries, running_cluster
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


def usernames(engine: sa.Engine, count: int) -> list[str]:
    """Accounts of so many coordinators."""
    with unit_of_work(engine) as session:
        return [make_actor(session, Role.COORDINATOR).username for _ in range(count)]


@contextmanager
def database(kind: str) -> Iterator[sa.Engine]:
    """An empty database with its tables: `sqlite` in a folder of its own, `postgres` in a cluster of its own."""
    with ExitStack() as stack:
        if kind == "sqlite":
            url = f"sqlite:///{Path(stack.enter_context(tempfile.TemporaryDirectory())) / 'board.db'}"
        else:
            binaries = find_binaries()
            if binaries is None:
                raise SystemExit("PostgreSQL is not installed")
            url = stack.enter_context(running_cluster(binaries)).url("postgres")
        # As many connections as people: a pool that is too small would be measured instead of the edits.
        engine = make_engine(url, pool_size=40)
        stack.callback(engine.dispose)
        migration.upgrade(engine)
        yield engine


def measure(engine: sa.Engine, world: World, asked: argparse.Namespace) -> dict[str, Rush]:
    """One person's edits and questions, printed; then many people at once, without and with time to think."""
    first, *todo = moves(engine, world, 61, 1)
    tell("first edit (reads the round)", [timed(lambda: do_move(engine, world, first))])
    tell("edit, judged inside", [timed(lambda command=command: do_move(engine, world, command)) for command in todo])  # type: ignore[misc]
    tell("rival: whole round each time", [timed(lambda: naive(engine, world)) for _ in range(3)])
    with reading(engine) as session:
        some = session.exec(select(Visit).where(Visit.status != VisitStatus.CANCELLED).limit(10)).all()
        tell("possible days (L13)", [timed(lambda visit=visit: possible_days(session, visit)) for visit in some])  # type: ignore[misc]
        tell("ranked places (L13)", [timed(lambda visit=visit: ranked_places(session, visit)) for visit in some])  # type: ignore[misc]
    people, found = usernames(engine, asked.editors), {}
    for name, think in (("closed loop", (0.0, 0.0)), ("with think time", (asked.think / 2, asked.think))):
        found[name] = rush_of(
            engine, FixedClock(NOW), people, round_id=stored_id(world.round), each=asked.each, think=think
        )
        print("\n".join(found[name].lines(f"{asked.editors} editors, {name} (L2)")))
    return found


def main() -> None:
    """Make the round, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=2000)
    parser.add_argument("--editors", type=int, default=20)
    parser.add_argument("--each", type=int, default=4)
    parser.add_argument("--think", type=float, default=10.0)
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    asked = parser.parse_args()
    for kind in ("sqlite", "postgres") if asked.database == "both" else (asked.database,):
        with database(kind) as engine:
            world = make_round(engine, asked.sites)
            with reading(engine) as session:
                visits = session.exec(select(Visit)).all()
                requests = session.exec(select(InspectionRequest)).all()
                print(f"{kind}: {len(visits)} visits, {len(requests)} requests, {len(world.officers)} officers")
            measure(engine, world, asked)


if __name__ == "__main__":
    main()
