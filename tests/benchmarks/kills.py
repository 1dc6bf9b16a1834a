"""Kill relays while they deliver: nothing lost, nothing twice for a receiver that knows keys.

    python -m tests.benchmarks.kills [--letters 3000] [--kills 200] [--relays 3]

Letters wait in the outbox of a SQLite file; several relay processes hand them to a gateway that logs every raw call; at
random moments one of them gets SIGKILL and a new one takes its place. A claim of the dead is free again after its
lease, which is short here so that the run ends.
"""

from __future__ import annotations

import argparse
import multiprocessing
import multiprocessing.context
import multiprocessing.process
import random
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, func, select

from data import migration
from data.enums import Channel, NoticeKind, OutboxState, RecipientKind
from data.models import OutboxMessage, Told
from data.session import make_engine, reading, unit_of_work
from scheduler.publishing.differences import Change
from tests.benchmarks.relay import relay
from tests.gateway import SECRET, FakeGateway, running_gateway

NOW: Final = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
LEASE_SECONDS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the gateway and the database say afterwards. `raw`: calls; `distinct`: different keys among them."""

    letters: int
    kills: int
    raw: int
    distinct: int
    unsent: int
    told: int
    sound: bool
    seconds: float

    @property
    def lost(self) -> int:
        return self.letters - self.distinct

    @property
    def repeated(self) -> int:
        return self.raw - self.distinct


def fill_outbox(session: Session, letters: int, *, channel: Channel = Channel.GATEWAY) -> None:
    """Letters to as many recipients, each about one visit."""
    for number in range(letters):
        shown = {"date": "2026-03-09", "starts": "09:00", "site": f"合成场所{number}"}
        line = {"change": str(Change.NEW), "visit": f"{number:032d}", "told_hash": f"{number:064d}", "shown": shown}
        session.add(
            OutboxMessage(
                dedupe_key=f"kill:{number}",
                kind=NoticeKind.RELEASE,
                channel=channel,
                recipient_kind=RecipientKind.ENTERPRISE,
                recipient_id=number + 1,
                payload={"changes": [line], "letter": {"to": "", "subject": "通知", "text": f"第{number}封"}},
                address=f"{number}",
                created_at=NOW,
                not_before=NOW,
            )
        )


def run_kills(engine: sa.Engine, *, letters: int, kills: int, relays: int, seed: int = 1) -> Outcome:
    """Deliver all letters while relays die; returns what came of it."""
    with unit_of_work(engine) as session:
        fill_outbox(session, letters)
    nursery = _nursery()
    chance, begun, done = random.Random(seed), time.monotonic(), 0
    with running_gateway(delay=0.002) as fake:
        living = [_relay(nursery, engine, fake, f"r{number}") for number in range(relays)]
        try:
            while _unsent(engine):
                if done < kills:
                    time.sleep(chance.uniform(0.02, 0.12))
                    victim = chance.randrange(relays)
                    # Only who has begun to deliver dies at an interesting moment.
                    if fake.calls:
                        living[victim].kill()
                        living[victim].join()
                        done += 1
                        living[victim] = _relay(nursery, engine, fake, f"r{victim}-{done}")
                else:
                    time.sleep(0.1)
        finally:
            for process in living:
                process.kill()
                process.join()
        return _outcome(engine, fake, letters=letters, kills=done, seconds=time.monotonic() - begun)


def _nursery() -> multiprocessing.context.ForkServerContext:
    """A server that has imported everything once and forks relays from that, so that a new one is there at once."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.benchmarks.relay"])
    return context


def _relay(
    nursery: multiprocessing.context.ForkServerContext, engine: sa.Engine, fake: FakeGateway, holder: str
) -> multiprocessing.process.BaseProcess:
    url = engine.url.render_as_string(hide_password=False)
    process = nursery.Process(target=relay, args=(url, fake.url, SECRET, holder, LEASE_SECONDS), daemon=True)
    process.start()
    return process


def _unsent(engine: sa.Engine) -> int:
    with reading(engine) as session:
        waiting = (OutboxState.QUEUED, OutboxState.CLAIMED)
        return session.exec(
            select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state.in_(waiting))  # type: ignore[attr-defined]
        ).one()


def _outcome(engine: sa.Engine, fake: FakeGateway, *, letters: int, kills: int, seconds: float) -> Outcome:
    with reading(engine) as session:
        told = session.exec(select(func.count()).select_from(Told)).one()
        sound = engine.dialect.name != "sqlite" or session.exec(sa.text("PRAGMA integrity_check")).one()[0] == "ok"
    return Outcome(
        letters=letters,
        kills=kills,
        raw=len(fake.keys),
        distinct=len(set(fake.keys)),
        unsent=_unsent(engine),
        told=told,
        sound=sound,
        seconds=seconds,
    )


def main() -> None:
    """Run it on a database of its own and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--letters", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--relays", type=int, default=3)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    engine = make_engine(f"sqlite:///{folder / 'kills.db'}")
    try:
        migration.upgrade(engine)
        found = run_kills(engine, letters=asked.letters, kills=asked.kills, relays=asked.relays)
    finally:
        engine.dispose()
        shutil.rmtree(folder)
    print(found)
    print(
        f"letters {found.letters}, kills {found.kills}, lost {found.lost}, distinct {found.distinct}, raw repetitions "
        f"{found.repeated}, unsent {found.unsent}, told {found.told}, sound {found.sound}, {found.seconds:.0f} s, "
        f"lease {timedelta(seconds=LEASE_SECONDS)}"
    )


if __name__ == "__main__":
    main()
