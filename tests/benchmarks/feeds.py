"""Calendar feeds (L7): a thousand subscribers of a district with three years of releases, asked again and asked anew.

`python -m tests.benchmarks.feeds [DATABASE_URL]` fills a fresh SQLite file (or the empty database of the address) with
36 releases of 2,000 visits each and asks for the feeds of its officers over the test client: first with the ETag that
they hold (304), then without (200). The rival does the same by building the whole feed to learn its ETag.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, insert, select

from data import migration
from data.enums import ApprovalStatus, FeedScope, Role
from data.models import Approval, Officer, Release, ReleaseParty, ReleaseVisit
from data.session import make_engine, reading, unit_of_work
from scheduler.audit import canonical_json
from scheduler.clock import FixedClock
from scheduler.config import Environment, Settings
from scheduler.publishing import feeds
from scheduler.publishing.bodies import parties_of
from scheduler.publishing.calendars import calendar_bytes
from tests import factories
from tests.scheduler.planning.worlds import World, make_world, publish, solve
from web import create_app

MONTHS, VISITS, OFFICERS, ASKED = 36, 2000, 1000, 300
SETTINGS = Settings(environment=Environment.TESTING, secret_key="b" * 40, base_url="http://localhost")


def set_scene(engine: sa.Engine, clock: FixedClock, *, months: int, visits: int, officers: int) -> list[str]:
    """Publish one small round for real and multiply it; returns a secret address for each officer."""
    with unit_of_work(engine) as session:
        world = make_world(session, sites=2)
    solve(engine, clock, world)
    publish(engine, clock, world)
    with unit_of_work(engine) as session:
        body = json.loads(session.exec(select(ReleaseVisit.body)).first() or "")
        people = [factories.make_officer(session, world.organisations[0]) for _ in range(officers)]
        firm = factories.stored_id(world.enterprises[0])
        for month in range(months):
            _release(session, clock, world, body, people, firm, month=month, visits=visits)
        secrets = []
        for officer in people:
            actor = factories.make_actor(session, Role.OFFICER, officer_id=officer.id)
            secrets.append(feeds.issue_token(session, clock, actor, FeedScope.OFFICER, factories.stored_id(officer))[1])
    return secrets


def _release(
    session: Session,
    clock: FixedClock,
    world: World,
    body: Any,
    people: Sequence[Officer],
    firm: int,
    *,
    month: int,
    visits: int,
) -> None:
    chance, first = Random(month), date(2026, 3, 2) - timedelta(days=30 * month)
    round_ = factories.make_round(session, name=f"第 {month} 轮")
    number, round_id = month + 2, factories.stored_id(round_)
    approval = Approval(
        round_id=round_id, draft_hash="0" * 64, draft_version=1, status=ApprovalStatus.PUBLISHED,
        approved_by_id=world.approver.user_id, approved_at=clock.now(), publish_at=clock.now(),
    )  # fmt: skip
    session.add(approval)
    session.flush()
    release = Release(
        number=number, parent_number=number - 1, round_id=round_id, approval_id=approval.id or 0,
        content_hash="0" * 64, approved_by_id=world.approver.user_id, publish_at=clock.now(), sealed_at=clock.now(),
        late_seconds=0,
    )  # fmt: skip
    session.add(release)
    session.flush()
    rows, parties = [], {}
    for place in range(visits):
        crew = chance.sample(people, 2)
        day = first + timedelta(days=chance.randrange(28))
        document = json.loads(json.dumps(body))
        document["public"]["date"] = day.isoformat()
        document["internal"]["requests"][0]["officers"] = sorted(officer.uid for officer in crew)
        rows.append(
            {
                "release_id": release.id, "visit_uid": f"{month:04d}{place:028d}", "sequence": 0, "changed_in": number,
                "enterprise_id": firm, "day": day, "hidden": False, "cancelled": False, "public_hash": "0" * 64,
                "roster_hash": "0" * 64, "body": canonical_json(document),
            }
        )  # fmt: skip
        parties[rows[-1]["visit_uid"]] = parties_of(document)
    session.exec(insert(ReleaseVisit), params=rows)
    written = session.exec(select(ReleaseVisit.visit_uid, ReleaseVisit.id).where(ReleaseVisit.release_id == release.id))
    index = [
        {"kind": kind, "party": party, "release_visit_id": number}
        for uid, number in written.all()
        for kind, party in parties[uid]
    ]
    session.exec(insert(ReleaseParty), params=index)


def measure(engine: sa.Engine, clock: FixedClock, secrets: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of every answer: the first reading, the one with the ETag in hand, and the rival's."""
    client = create_app(SETTINGS, engine=engine, clock=clock).test_client()
    found: dict[str, list[float]] = {"200": [], "304": [], "304 by building": []}
    for secret in secrets:
        path = f"/feeds/{secret}.ics"
        first, seconds = _timed(partial(client.get, path))
        found["200"].append(seconds)
        again, seconds = _timed(partial(client.get, path, headers={"If-None-Match": first.headers["ETag"]}))
        found["304"].append(seconds)
        if (first.status_code, again.status_code) != (200, 304):
            raise SystemExit(f"unexpected answers {first.status_code} {again.status_code}")
        found["304 by building"].append(_timed(partial(_rival, engine, clock, secret))[1])
    return found


def _rival(engine: sa.Engine, clock: FixedClock, secret: str) -> str:
    with reading(engine) as session:
        token = feeds.find_feed(session, clock, secret)
        if token is None:
            raise SystemExit("a subscriber's address is not known")
        return hashlib.sha256(calendar_bytes(session, clock, token.scope, token.scope_id, host="localhost")).hexdigest()


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    return act(), time.perf_counter() - begun


def main(addresses: Iterable[str]) -> None:
    """Run it full size and print its figures."""
    clock = FixedClock(factories.NOW)
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(next(iter(addresses), f"sqlite:///{Path(folder) / 'feeds.db'}"))
        migration.upgrade(engine)
        secrets = set_scene(engine, clock, months=MONTHS, visits=VISITS, officers=OFFICERS)
        with reading(engine) as session:
            print(
                f"{len(secrets)} subscribers, {len(session.exec(select(col(ReleaseVisit.id))).all())} released visits"
            )
        for name, times in measure(engine, clock, list(islice(secrets, ASKED))).items():
            cuts = quantiles(times, n=100)
            print(f"{name}: median {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms, n {len(times)}")
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1:])
