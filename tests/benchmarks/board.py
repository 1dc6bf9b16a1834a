"""How long the board takes with 2,000 visits in a month, beside the naive way: the same month rendered by the server.

`python -m tests.benchmarks.board [VISITS]` makes a month in a database of its own, asks for every address ROUNDS times
over the test client, and prints processor and wall milliseconds (p50, p95) and sizes, plain and gzipped. The first
answer of each address is printed apart: nothing is kept for it yet. Moves go to and fro, so that each one changes
something. The rival is one template loop that writes the elements which the scripts would make.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlmodel import select

from data import migration
from data.models import Round, Visit
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning.board import list_visits
from scheduler.publishing.approvals import publication_preview
from tests.benchmarks.pages import SETTINGS
from tests.scheduler.board.scenes import Scene, make_scene
from tests.web.conftest import Browser, sign_in_token
from web import create_app

ROUNDS: Final = 20
BODIES, TOWNS = 30, 15
LIMIT_MS, LIMIT_KB = 300, 400
ADDRESSES: Final = (
    "/board", "/board?lanes=team", "/board?view=week", "/board?view=day", "/board?view=list", "/board?view=map",
    "/board/data", "/board/unpublished",
)  # fmt: skip
RIVAL: Final = """{% extends "base.html" %}{% block title %}x{% endblock %}{% block content %}
<table class="board month">
{% for lane in lanes %}<tr><th>{{ lane }}</th>{% for day in days %}<td>{% for visit in cells.get((lane, day), []) %}
<a class="chip" href="/visits/{{ visit.uid }}" title="{{ visit.site }} · {{ visit.departments|join('、') }}"
 aria-label="{{ visit.site }} {{ visit.starts_at }} {{ visit.departments|join('、') }} {{ visit.credit_class|word }}">
{{ visit.starts_at.strftime('%H:%M') }} {{ visit.credit_class.value }} {{ visit.site }}</a>{% endfor %}</td>{% endfor %}
</tr>{% endfor %}</table>{% endblock %}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds of one address; `first`: wall time of the first answer."""

    name: str
    status: int
    first: float
    cpu_p50: float
    cpu_p95: float
    wall_p95: float
    kilobytes: float
    gzipped: float

    def __str__(self) -> str:
        late = " <-- late" if self.cpu_p95 > LIMIT_MS else ""
        return (
            f"{self.name:32} {self.status} first {self.first:6.0f} cpu p50 {self.cpu_p50:6.0f} p95 {self.cpu_p95:6.0f} "
            f"wall p95 {self.wall_p95:6.0f} ms {self.kilobytes:7.0f} kB {self.gzipped:6.0f} kB gz{late}"
        )


def time_calls(name: str, call: Callable[[], tuple[int, bytes]], rounds: int = ROUNDS) -> Timing:
    """Call once for the first answer, then `rounds` times."""
    begun = time.perf_counter()
    status, body = call()
    first = (time.perf_counter() - begun) * 1000
    cpu, wall = [], []
    for _ in range(rounds):
        begun, used = time.perf_counter(), time.process_time()
        status, body = call()
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    cuts = quantiles(cpu, n=20, method="inclusive")
    return Timing(
        name=name,
        status=status,
        first=first,
        cpu_p50=cuts[9],
        cpu_p95=cuts[18],
        wall_p95=quantiles(wall, n=20, method="inclusive")[18],
        kilobytes=len(body) / 1024,
        gzipped=len(gzip.compress(body, 6)) / 1024,
    )


def measure(engine: sa.Engine, scene: Scene, clock: FixedClock) -> list[Timing]:
    """Every address, moves to and fro, the count of changes by the preview, and the rival."""
    app = create_app(SETTINGS, engine, clock)
    client = app.test_client()
    client.set_cookie("onedoor", sign_in_token(engine, clock, scene.coordinator.username))
    timings = [time_calls(path, _getter(client, path)) for path in ADDRESSES]
    uid = _first_visit(engine)
    timings.append(time_calls("/board/visits/…/days", _getter(client, f"/board/visits/{uid}/days")))
    timings.append(time_calls("POST /board/visits/…/move", _mover(engine, client, uid)))
    timings.append(time_calls("rival: count by the preview", lambda: _count_by_preview(engine, scene, clock), rounds=5))
    timings.append(time_calls("rival: month by the server", _rival(app, engine, scene), rounds=5))
    return timings


def _getter(client: FlaskClient, path: str) -> Callable[[], tuple[int, bytes]]:
    def call() -> tuple[int, bytes]:
        answer = client.get(path)
        return answer.status_code, answer.data

    return call


def _mover(engine: sa.Engine, client: FlaskClient, uid: str) -> Callable[[], tuple[int, bytes]]:
    days = json.loads(client.get(f"/board/visits/{uid}/days").data)["days"]
    places = [(day, found["q"][0]) for day, found in days.items() if found["q"]][-2:]
    if len(places) < 2:
        raise AssertionError("a visit that can go to two days is needed to move to and fro")
    token = Browser(client).form_token("/board")
    turn = 0

    def call() -> tuple[int, bytes]:
        nonlocal turn
        turn += 1
        day, quarter = places[turn % 2]
        body = {"day": day, "start_quarter": quarter, "reason": "量一量"}
        headers = {"X-CSRFToken": token, "Accept": "application/json"}
        answer = client.post(f"/board/visits/{uid}/move", json=body, headers=headers)
        if answer.status_code == HTTPStatus.OK and _stands(engine, uid) != (day, quarter):
            raise AssertionError(f"the visit did not move to {day}, quarter {quarter}")
        return answer.status_code, answer.data

    return call


def _first_visit(engine: sa.Engine) -> str:
    with reading(engine) as session:
        return str(session.exec(select(Visit.uid).order_by(Visit.uid)).first())


def _stands(engine: sa.Engine, uid: str) -> tuple[str, int]:
    with reading(engine) as session:
        visit = session.exec(select(Visit).where(Visit.uid == uid)).one()
        return visit.day.isoformat(), visit.start_quarter


def _count_by_preview(engine: sa.Engine, scene: Scene, clock: FixedClock) -> tuple[int, bytes]:
    with reading(engine) as session:
        publication_preview(session, clock, session.get_one(Round, scene.round_id))
        return 200, b""


def _rival(app: Flask, engine: sa.Engine, scene: Scene) -> Callable[[], tuple[int, bytes]]:
    def call() -> tuple[int, bytes]:
        with reading(engine) as session:
            rows = list_visits(
                session, scene.coordinator, first=scene.days[0], last=scene.days[-1], round_uid=scene.round_uid
            )
        cells: dict[Any, list[Any]] = {}
        for row in rows:
            for body in row.departments:
                cells.setdefault((body, row.day), []).append(row)
        lanes = sorted({lane for lane, _day in cells})
        with app.test_request_context("/board"):
            text = render_template_string(RIVAL, lanes=lanes, days=scene.days, cells=cells)
        return 200, text.encode()

    return call


def main() -> int:
    visits = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    clock = FixedClock(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'board.db'}")
        migration.upgrade(engine)
        with unit_of_work(engine) as session:
            scene = make_scene(session, visits=visits, organisations=BODIES, towns=TOWNS)
        timings = measure(engine, scene, clock)
        engine.dispose()
    for one in timings:
        print(one)
    data = next(one for one in timings if one.name == "/board/data")
    ours = [one for one in timings if not one.name.startswith("rival")]
    return int(data.gzipped > LIMIT_KB or any(one.status != 200 for one in ours))


if __name__ == "__main__":
    sys.exit(main())
