"""How long it takes to compare two releases of 2,000 visits, against the obvious way to do it.

Run: python -m tests.benchmarks.diffs [--visits 2000]. The rival looks at every pair of visits for the one with most
requests in common, as a first version would; both must name the same number of changed visits.
"""

from __future__ import annotations

import argparse
import gc
import random
import resource
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session, col, select

from data import migration
from data.enums import ApprovalStatus
from data.models import Approval, Release, ReleaseVisit, Round
from data.session import make_engine, reading, unit_of_work
from scheduler.audit import canonical_json
from scheduler.planning.comparison import compare, count_changes
from scheduler.planning.editions import EditionVisit, read_edition, read_ground
from tests.scheduler.planning.worlds import World, make_world

T = TypeVar("T")
SHARE_CHANGED = 0.1
FIRST_DAY = date(2026, 3, 2)
AT = datetime(2026, 2, 20, tzinfo=UTC)


def naive(before: Sequence[EditionVisit], after: Sequence[EditionVisit]) -> int:
    """Changed visits, found by looking at every pair."""
    changed = 0
    for visit in before:
        twin = max(after, key=lambda other: len({*visit.requests} & {*other.requests}))
        changed += twin != visit
    return changed


def user_seconds(work: Callable[[], T]) -> tuple[float, T]:
    """CPU seconds of this process spent on some work: the clock of a shared machine says little."""
    began = resource.getrusage(resource.RUSAGE_SELF).ru_utime
    done = work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime - began, done


def seal(session: Session, world: World, number: int, moved: set[int]) -> None:
    """A release in which each site has one visit, those in `moved` a day later."""
    approval = Approval(
        round_id=world.round.id or 0, draft_hash="0" * 64, draft_version=0, status=ApprovalStatus.PUBLISHED,
        approved_by_id=world.approver.user_id, approved_at=AT, publish_at=AT,
    )  # fmt: skip
    session.add(approval)
    session.flush()
    release = Release(
        number=number, round_id=world.round.id or 0, approval_id=approval.id or 0, content_hash="0" * 64,
        approved_by_id=world.approver.user_id, publish_at=AT, sealed_at=AT, late_seconds=0,
    )  # fmt: skip
    session.add(release)
    session.flush()
    requests: dict[int, list[str]] = {}
    for request in world.requests:
        requests.setdefault(request.site_id, []).append(request.uid)
    people = [officer.uid for officer in world.officers]
    for place, site in enumerate(world.sites):
        day = FIRST_DAY + timedelta(days=place % 5 + (place in moved))
        inside = [
            {"request": uid, "officers": [people[(place + n) % len(people)], people[(place + n + 7) % len(people)]]}
            for n, uid in enumerate(sorted(requests[site.id or 0]))
        ]
        body = {
            "hidden": False,
            "public": {"date": day.isoformat(), "departments": [{"code": world.organisations[0].code, "leads": True}]},
            "internal": {"start_quarter": place % 4, "quarters": 1, "requests": inside},
        }
        session.add(
            ReleaseVisit(
                release_id=release.id or 0, visit_uid=f"{place:032x}", sequence=0, changed_in=number,
                enterprise_id=site.enterprise_id, day=day, hidden=False, public_hash="0" * 64, roster_hash="0" * 64,
                body=canonical_json(body),
            )
        )  # fmt: skip


def measure(visits: int) -> dict[str, float]:
    """User CPU seconds of reading two releases, of comparing them, and of the rival; and how many visits differ."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'diffs.db'}")
        migration.upgrade(engine)
        moved = set(dice.sample(range(visits), int(visits * SHARE_CHANGED)))
        with unit_of_work(engine) as session:
            world = make_world(session, sites=visits, organisations=3, officers=40)
            seal(session, world, 1, set())
            seal(session, world, 2, moved)
        # What was made for the measurement must not be swept again and again while it is measured.
        gc.collect()
        gc.freeze()
        with reading(engine) as session:
            round_ = session.exec(select(Round).order_by(col(Round.id))).one()

            def read() -> list[tuple[EditionVisit, ...]]:
                ground = read_ground(session, round_)
                return [read_edition(session, ground, None, f"r-{number}").visits for number in (1, 2)]

            reading_seconds, (before, after) = user_seconds(read)
        engine.dispose()
        gc.unfreeze()
    ours, pairs = user_seconds(lambda: compare(before, after))
    rival, changed = user_seconds(lambda: naive(before, after))
    if not count_changes(pairs) == changed == len(moved):
        raise RuntimeError(f"the two disagree: {count_changes(pairs)} {changed} {len(moved)}")
    again = compare([replace(one) for one in before], before)
    if again:
        raise RuntimeError("a release differs from itself")
    return {"visits": visits, "changed": changed, "read": reading_seconds, "compare": ours, "rival": rival}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=2000)
    found = measure(parser.parse_args().visits)
    print(" ".join(f"{name}={value:.3f}" for name, value in found.items()))


if __name__ == "__main__":
    main()
