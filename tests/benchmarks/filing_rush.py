"""Twelve clerks file at once: plans written, submitted and filed by threads over one database, with its figures.

`python -m tests.benchmarks.filing_rush [DATABASE_URL]` runs it full size (200 plans) on fresh SQLite files, or on the
empty database of the address, and prints lost plans, overdrawn caps, deadlocks and the times of submitting and filing:
once with a second's pause of every clerk between two acts, once without any, when the twelve never stop pressing.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from statistics import quantiles

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data import migration
from data.enums import CapHolder, CreditClass, PlanKind, PlanStatus, Role
from data.models import CapAccount, Plan
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError
from scheduler.filing import judging, plans
from scheduler.filing.caps.checking import find_drifts
from scheduler.filing.drafts import PlanDraft, TaskDraft
from scheduler.permissions import Actor
from tests import factories

CLERKS, PLANS, SITES_A_PLAN = 12, 200, 3
CAP_OF_B = 2
PAUSE_SECONDS = 1.0
"""Far less than anybody needs to read a page and to press a button: the mean of an exponential pause."""


@dataclass(slots=True, kw_only=True)
class Rush:
    """What came of it. `refused`: plans that met a full cap; times in seconds, one for each plan."""

    filed: int = 0
    refused: int = 0
    failed: list[str] = field(default_factory=list)
    submitting: list[float] = field(default_factory=list)
    filing: list[float] = field(default_factory=list)
    stored: int = 0
    overdrawn: int = 0
    reserved: int = 0
    drifts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Six bodies with two clerks and a head each; all want the same sites of class B."""

    clerks: tuple[tuple[Actor, Actor], ...]
    items: dict[int | None, str]
    sites: tuple[str, ...]


def set_scene(engine: sa.Engine, *, clerks: int, sites: int) -> Scene:
    with unit_of_work(engine) as session:
        bodies = [factories.make_organisation(session) for _ in range((clerks + 1) // 2)]
        heads = [factories.make_actor(session, Role.HEAD, organisation_id=body.id) for body in bodies]
        people = [
            (factories.make_actor(session, Role.CLERK, organisation_id=bodies[number // 2].id), heads[number // 2])
            for number in range(clerks)
        ]
        owners = [factories.make_enterprise(session, credit_class=CreditClass.B) for _ in range(sites)]
        town = factories.make_town(session)
        return Scene(
            clerks=tuple(people),
            items={body.id: factories.make_item(session, body).uid for body in bodies},
            sites=tuple(factories.make_site(session, owner, town=town).uid for owner in owners),
        )


def rush(engine: sa.Engine, clock: FixedClock, *, clerks: int, total: int, sites: int, pause: float = 0.0) -> Rush:
    """Let every clerk file a share of `total` plans, all at once. `pause`: mean seconds between two acts of one."""
    scene, done = set_scene(engine, clerks=clerks, sites=sites), Rush()

    def work(number: int) -> None:
        chance = random.Random(number)

        def rest() -> None:
            time.sleep(chance.expovariate(1 / pause) if pause else 0.0)

        for turn in range(number, total, clerks):
            _one_plan(engine, clock, scene, done, number, turn, rest)

    with ThreadPoolExecutor(clerks) as pool:
        for failure in pool.map(_caught(work), range(clerks)):
            done.failed += [failure] if failure else []
    with unit_of_work(engine) as session:
        _take_stock(session, done)
    return done


def _one_plan(
    engine: sa.Engine,
    clock: FixedClock,
    scene: Scene,
    done: Rush,
    number: int,
    turn: int,
    rest: Callable[[], None],
) -> None:
    rest()
    clerk, head = scene.clerks[number]
    wanted = [scene.sites[(turn * 7 + step) % len(scene.sites)] for step in range(SITES_A_PLAN)]
    with unit_of_work(engine) as session:
        plan = plans.create_plan(
            session, clock, clerk,
            PlanDraft(
                title=f"计划 {turn}", kind=PlanKind.DAILY,
                period_first=date(2026, 3, 1), period_last=date(2026, 3, 31),
            ),
        )  # fmt: skip
        task = TaskDraft.model_validate(
            {
                "name": f"任务 {turn}", "targeting": "named", "site_uids": wanted, "first_date": "2026-03-01",
                "last_date": "2026-03-31", "items": [{"text": "检查", "item_uid": scene.items[clerk.organisation_id]}],
            }
        )  # fmt: skip
        plans.add_task(session, clock, clerk, plan, task)
        uid = plan.uid
    try:
        rest()
        _explain(engine, clock, clerk, uid)
        rest()
        done.submitting.append(_timed(lambda: _submit(engine, clock, clerk, uid)))
        rest()
        done.filing.append(_timed(lambda: _file(engine, clock, head, uid)))
        done.filed += 1
    except InvalidError as error:
        codes = {fault.code for fault in error.faults}
        # Between the check and the submission somebody else may have passed the district's aim: a reason is missing.
        if not codes <= {"cap_reached", "cap_passed"}:
            raise
        done.refused += 1


def _explain(engine: sa.Engine, clock: FixedClock, clerk: Actor, uid: str) -> None:
    """Look at the page of the plan, and give the reason that it asks for."""
    with reading(engine) as session:
        warned = judging.plan_check(session, clock, plans.get_plan(session, clerk, uid)).open_warnings
    if warned:
        with unit_of_work(engine) as session:
            judging.give_reason(session, clock, clerk, plans.get_plan(session, clerk, uid), reason="上级要求")


def _submit(engine: sa.Engine, clock: FixedClock, clerk: Actor, uid: str) -> None:
    with unit_of_work(engine) as session:
        plans.submit_plan(session, clock, clerk, plans.get_plan(session, clerk, uid))


def _file(engine: sa.Engine, clock: FixedClock, head: Actor, uid: str) -> None:
    with unit_of_work(engine) as session:
        plans.file_plan(session, clock, head, plans.get_plan(session, head, uid))


def _timed(act: Callable[[], None]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _caught(work: Callable[[int], None]) -> Callable[[int], str]:
    def worked(number: int) -> str:
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 -- counted as a failure of the rush
            return f"{type(error).__name__}: {error} {getattr(error, 'faults', '')}"
        return ""

    return worked


def _take_stock(session: Session, done: Rush) -> None:
    accounts = session.exec(select(CapAccount).where(CapAccount.holder == CapHolder.ORGAN)).all()
    done.stored = len(session.exec(select(Plan.id).where(col(Plan.status) == PlanStatus.FILED)).all())
    done.reserved = sum(account.reserved for account in accounts)
    done.overdrawn = sum(account.reserved + account.bound + account.used > CAP_OF_B for account in accounts)
    done.drifts = len(find_drifts(session))


def main(addresses: list[str]) -> None:
    """Run it full size, calmly and without a pause, and print the figures of both."""
    for pause in (PAUSE_SECONDS, 0.0):
        with tempfile.TemporaryDirectory() as folder:
            url = next(islice(addresses, 1), f"sqlite:///{Path(folder) / 'rush.db'}")
            engine = make_engine(url, pool_size=CLERKS)
            migration.upgrade(engine)
            before = Rush()
            with unit_of_work(engine) as session:
                _take_stock(session, before)
            done = rush(engine, FixedClock(factories.NOW), clerks=CLERKS, total=PLANS, sites=120, pause=pause)
            engine.dispose()
        print(f"pause {pause:g} s: filed {done.filed} refused {done.refused} failed {done.failed}")
        print(f"lost {done.filed - (done.stored - before.stored)} overdrawn {done.overdrawn} drifts {done.drifts}")
        for name, times in (("submit", done.submitting), ("file", done.filing)):
            cuts = quantiles(times, n=100)
            print(f"  {name}: median {cuts[49] * 1000:.0f} ms, p95 {cuts[94] * 1000:.0f} ms, n {len(times)}")


if __name__ == "__main__":
    main(sys.argv[1:])
