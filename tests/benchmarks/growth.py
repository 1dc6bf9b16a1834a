"""Whether a page grows with what is stored: its processor time and its statements at one size and at ten times that.

    python -m tests.benchmarks.growth [--visits 200] [--months 2] [--letters 200]

`visits` a month, `months` sealed rounds and `letters` in the outbox are the larger size. A page that asks more
statements when there are more rows is marked; so is one over LIMIT_MS of processor time at the larger size.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from data.enums import Role
from data.models import Enterprise, Visit
from data.session import unit_of_work
from scheduler.clock import Clock, FixedClock
from tests.benchmarks.board_edits import database
from tests.benchmarks.kills import fill_outbox
from tests.benchmarks.pages import SETTINGS
from tests.factories import make_actor
from tests.scheduler.board import scenes
from tests.web.conftest import sign_in_token
from web import create_app

MARCH: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LIMIT_MS: Final = 150
TIMES: Final = 5
SMALLER: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of each is stored."""

    visits: int
    months: int
    letters: int

    def tenth(self) -> Size:
        """A tenth of each, as many months."""
        return Size(visits=max(2, self.visits // SMALLER), months=self.months, letters=max(1, self.letters // SMALLER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """One page at one size: median milliseconds of processor time, and statements of the last answer."""

    status: int
    cpu: float
    statements: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Accounts by role, and the newest round, a visit and an enterprise of it (uids)."""

    names: dict[Role, str]
    round: str
    visit: str
    enterprise: str

    def addresses(self) -> dict[str, tuple[Role, str]]:
        """What is asked, by a name that is the same at both sizes."""
        seen_by_all = {
            "/board": "/board", "/board?view=list": "/board?view=list", "/board?view=week": "/board?view=week",
            "/board/data": "/board/data", "/board?conflicts=1": "/board?conflicts=1",
            "/board/visits/…/days": f"/board/visits/{self.visit}/days", "/visits/…": f"/visits/{self.visit}",
            "/visits/…/history": f"/visits/{self.visit}/history", "/rounds": "/rounds",
            "/rounds/…": f"/rounds/{self.round}", "/rounds/…/history": f"/rounds/{self.round}/history",
            "/figures": "/figures", "/figures?by=organisation": "/figures?by=organisation", "/releases": "/releases",
            "/releases/1": "/releases/1", "/outbox": "/outbox", "/jobs": "/jobs",
            "/registry/enterprises": "/registry/enterprises",
            "/registry/enterprises?text=…": "/registry/enterprises?text=合成",
            "/registry/enterprises/…": f"/registry/enterprises/{self.enterprise}",
            "/": "/",
        }  # fmt: skip
        found = {name: (Role.COORDINATOR, path) for name, path in seen_by_all.items()}
        return {**found, "/my-enterprise": (Role.ENTERPRISE, "/my-enterprise")}


def seal_months(session: Session, months: int, *, newest: date = scenes.MARCH, **each: int) -> list[scenes.Scene]:
    """So many sealed months in a row, the newest last; `each`: sizes of a month, as `make_scene` takes them."""
    made, last = [], 12 * newest.year + newest.month - 1
    for number in range(last - months + 1, last + 1):
        month = date(number // 12, number % 12 + 1, 1)
        made.append(scenes.make_scene(session, month=month, **each))
        session.expunge_all()
    return made


def set_scene(engine: sa.Engine, size: Size) -> Scene:
    """Sealed months, letters, and an account of each role that is asked as."""
    with unit_of_work(engine) as session:
        scene = seal_months(session, size.months, visits=size.visits, organisations=10, towns=5)[-1]
        fill_outbox(session, size.letters)
        firm = session.exec(select(Enterprise).order_by(col(Enterprise.id).desc()).limit(1)).one()
        visit = session.exec(select(Visit.uid).order_by(col(Visit.id).desc()).limit(1)).one()
        owner = make_actor(session, Role.ENTERPRISE, enterprise_id=firm.id)
        names = {Role.COORDINATOR: scene.coordinator.username, Role.ENTERPRISE: owner.username}
        return Scene(names=names, round=scene.round_uid, visit=visit, enterprise=firm.uid)


def measure(engine: sa.Engine, clock: Clock, scene: Scene, *, times: int = TIMES) -> dict[str, Cost]:
    """Ask for every page, once for what is kept afterwards and then `times` times."""
    app = create_app(SETTINGS, engine, clock)
    clients = {role: app.test_client() for role in scene.names}
    for role, client in clients.items():
        client.set_cookie("onedoor", sign_in_token(engine, clock, scene.names[role]))  # type: ignore[arg-type]
    return {name: _cost(engine, clients[role], path, times) for name, (role, path) in scene.addresses().items()}


def _cost(engine: sa.Engine, client: FlaskClient, path: str, times: int) -> Cost:
    client.get(path)
    worked = []
    for _ in range(times):
        with counted(engine) as statements:
            begun = time.process_time()
            answer = client.get(path)
            worked.append(1000 * (time.process_time() - begun))
    return Cost(status=answer.status_code, cpu=median(worked), statements=len(statements))


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements that reach the database in the block."""
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def costs_of(size: Size) -> dict[str, Cost]:
    """Every page's cost on a database of that size."""
    with database("sqlite") as engine:
        scene = set_scene(engine, size)
        return measure(engine, FixedClock(MARCH), scene)


def report(small: dict[str, Cost], large: dict[str, Cost]) -> int:
    """Print a line a page; return how many grow, are slow, or are no page."""
    faults = 0
    for name, one in large.items():
        marks = [
            *(["grows"] if one.statements > small[name].statements else []),
            *(["slow"] if one.cpu > LIMIT_MS else []),
            *([f"status {one.status}"] if one.status != 200 else []),
        ]
        faults += bool(marks)
        print(
            f"{name:34} cpu {small[name].cpu:7.1f} -> {one.cpu:7.1f} ms   statements {small[name].statements:4} -> "
            f"{one.statements:4} {' <-- ' + ', '.join(marks) if marks else ''}"
        )
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("--visits", type=int, default=200)
    parser.add_argument("--months", type=int, default=2)
    parser.add_argument("--letters", type=int, default=200)
    size = Size(**vars(parser.parse_args()))
    small, large = costs_of(size.tenth()), costs_of(size)
    return int(report(small, large) > 0)


if __name__ == "__main__":
    sys.exit(main())
