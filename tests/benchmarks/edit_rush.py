"""Many people who move visits of one round over the web at once (L2): what became of it, and how long it took.

As the board does, a person asks for the days that a visit could go to and sends it to one of them with the version
that was on the screen. Refused because somebody else was faster (412), refused by a rule (422) and failed (anything
else) are told apart. Knows no scene: the round and the accounts are given.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import quantiles
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from data.enums import VisitStatus
from data.models import Visit
from data.session import reading
from scheduler.clock import Clock
from tests.benchmarks.pages import SETTINGS
from tests.web.conftest import Browser, sign_in_token
from web import create_app

WHY: Final = "量一量"
DONE, FASTER, RULE, FAILED = "done", "refused: somebody was faster (412)", "refused by a rule (422)", "failed"
_ENDS: Final = {
    HTTPStatus.OK: DONE, HTTPStatus.PRECONDITION_FAILED: FASTER, HTTPStatus.UNPROCESSABLE_ENTITY: RULE,
}  # fmt: skip


@dataclass(slots=True)
class Rush:
    """Seconds of every request, by kind; `ends`: what became of the moves; `cpu`: processor seconds of the process.

    `lost`: moves that were answered as done and are not in the database.
    """

    moves: list[float] = field(default_factory=list)
    days: list[float] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0
    wall: float = 0.0
    lost: int = 0

    def lines(self, name: str) -> list[str]:
        """Readable figures, in milliseconds."""
        cpu, rate = 1000 * self.cpu / max(1, len(self.moves)), len(self.moves) / self.wall
        ends = ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items()))
        return [
            f"{name:34} moves n={len(self.moves)} {_figures(self.moves)}  days {_figures(self.days)}",
            f"{'':34} {ends}; {self.lost} lost; {cpu:.0f} ms of CPU a move and its days; {rate:.1f} a second",
        ]


def percentile(seconds: Sequence[float], share: int) -> float:
    """Milliseconds below which `share` percent lie."""
    if len(seconds) < 2:
        return 1000 * max(seconds, default=0.0)
    return 1000 * quantiles(seconds, n=100, method="inclusive")[share - 1]


def _figures(seconds: Sequence[float]) -> str:
    return " ".join(f"p{share} {percentile(seconds, share):.0f}" for share in (50, 95, 99)) + " ms"


class Editor:
    """One person at the board; every visit that was moved is remembered with where it went."""

    def __init__(self, client: FlaskClient, uids: Sequence[str], seed: int) -> None:
        self.client, self.uids, self.rng = client, uids, random.Random(seed)
        self.token = Browser(client).form_token("/help")
        self.done: list[tuple[float, str, str, int]] = []
        """(when, visit, day, quarter)"""

    def move(self, rush: Rush) -> None:
        """Ask for the days of a visit and move it to one of them."""
        uid = self.rng.choice(self.uids)
        answer, seconds = _timed(lambda: self.client.get(f"/board/visits/{uid}/days"))
        rush.days.append(seconds)
        places = [(day, quarter) for day, one in answer.json["days"].items() for quarter in one["q"]]
        if answer.status_code != HTTPStatus.OK or not places:
            return
        day, quarter = self.rng.choice(places)
        headers = {
            "X-CSRFToken": self.token, "Accept": "application/json", "If-Match": f'"{answer.json["version"]}"',
        }  # fmt: skip
        body = {"day": day, "start_quarter": quarter, "reason": WHY}
        moved, seconds = _timed(lambda: self.client.post(f"/board/visits/{uid}/move", json=body, headers=headers))
        rush.moves.append(seconds)
        end = _ENDS.get(HTTPStatus(moved.status_code), f"{FAILED} ({moved.status_code})")
        rush.ends[end] += 1
        if end == DONE:
            self.done.append((time.perf_counter(), uid, day, quarter))


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.perf_counter()
    return act(), time.perf_counter() - begun


def open_editors(
    app: Flask, engine: sa.Engine, clock: Clock, usernames: Sequence[str], *, round_id: int
) -> list[Editor]:
    """People who are signed in, each with an account of their own, for the visits of one round."""
    with reading(engine) as session:
        statement = select(Visit.uid).where(Visit.round_id == round_id, Visit.status != VisitStatus.CANCELLED)
        uids = session.exec(statement.order_by(Visit.uid)).all()
    editors = []
    for seed, username in enumerate(usernames):
        client = app.test_client()
        client.set_cookie("onedoor", sign_in_token(engine, clock, username))  # type: ignore[arg-type]
        editors.append(Editor(client, uids, seed))
    return editors


def rush_of(
    engine: sa.Engine,
    clock: Clock,
    usernames: Sequence[str],
    *,
    round_id: int,
    each: int,
    think: tuple[float, float],
) -> Rush:
    """Everybody moves `each` visits of a round and thinks between them for so many seconds, from and to.

    (0, 0): a closed loop.
    """
    app = create_app(SETTINGS, engine, clock)
    editors = open_editors(app, engine, clock, usernames, round_id=round_id)
    # The first question reads the round, as it does after a restart; it is no part of the day that is measured.
    editors[0].move(Rush())
    rush = Rush()

    def person(editor: Editor) -> None:
        for _ in range(each):
            time.sleep(editor.rng.uniform(*think))
            editor.move(rush)

    cpu, wall = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(len(editors)) as pool:
        for done in [pool.submit(person, editor) for editor in editors]:
            done.result()
    rush.cpu, rush.wall = time.process_time() - cpu, time.perf_counter() - wall
    rush.lost = _lost(engine, editors)
    return rush


def _lost(engine: sa.Engine, editors: Sequence[Editor]) -> int:
    """Visits that do not stand where the last of their moves that were done put them."""
    last = {uid: (day, quarter) for _when, uid, day, quarter in sorted(one for own in editors for one in own.done)}
    with reading(engine) as session:
        rows = session.exec(select(Visit).where(Visit.uid.in_(last))).all()  # type: ignore[attr-defined]
        stands = {row.uid: (row.day.isoformat(), row.start_quarter) for row in rows}
    return sum(stands.get(uid) != place for uid, place in last.items())
