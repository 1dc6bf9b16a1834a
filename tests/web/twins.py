"""Two installations that differ by hidden visits alone, and a crawl of all that an enterprise can get from one of them.

Both start as copies of one database; visits that both have are given the same public ids. Ids that are random in every
world (of messages, of requests), form tokens and the number of a request are replaced by where they first appear, so
that the rest can be compared byte for byte.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from data.enums import NoticeMode, Role, RoundStatus
from data.models import UserSession, Visit
from data.session import make_engine, reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.permissions import Actor
from scheduler.planning.board import draft_hash
from scheduler.planning.drafts import touch_draft
from scheduler.publishing.approvals import approve_round
from scheduler.publishing.feeds import issue_token, own_scope
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import seal_due
from tests.factories import NOW, make_actor, stored_id
from tests.scheduler.planning.worlds import World, fresh, hide, make_world, solve
from tests.web.conftest import SETTINGS, TOKEN_FIELD, sign_in_token
from web import db

PATIENT: Final = replace(SETTINGS, session_idle_minutes=10**7, session_hours=10**5)
HIDDEN_AT: Final = (0, 1)
ID: Final = re.compile(r"\b[0-9a-f]{32}\b")
FORM_TOKEN: Final = re.compile(r'(name="csrf_token"[^>]*value=")[^"]+')
LINK: Final = re.compile(r'(?:href|action)="(/(?:my-enterprise|inbox)[^"#]*)"')
STARTS: Final = (
    "/", "/my-enterprise", "/inbox", "/feeds", "/my-enterprise/asked", "/calendar", "/releases", "/public/changes",
    "/public/changes.atom",
)  # fmt: skip
# Date is the only header that may differ; the others here are random in every answer.
RANDOM_HEADERS: Final = frozenset({"Date", "X-Request-Id", "Content-Length"})

Edit = Callable[[Session, World], None]
Answer = tuple[str, int, tuple[tuple[str, str], ...], str]


@dataclass(slots=True, kw_only=True)
class Twin:
    """One installation. `names`: random ids -> where they first appeared in the present crawl."""

    app: Flask
    engine: sa.Engine
    clock: FixedClock
    world: World
    tokens: dict[str, str]
    feeds: dict[str, str]
    names: dict[str, str]

    def client(self, firm: str) -> FlaskClient:
        db.install(self.app, self.engine, PATIENT, self.clock)
        client = self.app.test_client()
        client.set_cookie("onedoor", self.tokens[firm])
        return client

    def crawl(self, firm: str, probes: tuple[str, ...]) -> list[Answer]:
        """Everything this firm can reach by links, its calendar, and what it gets for ids that it guesses."""
        self.names.clear()
        client, seen, waiting = self.client(firm), set[str](), list(STARTS)
        found: list[Answer] = []
        while waiting:
            path = waiting.pop(0)
            if path in seen:
                continue
            seen.add(path)
            answer = client.get(path)
            # Who is signed out would find the worlds alike for the wrong reason.
            assert answer.headers.get("Location") is None, path
            found.append(self._plain(path, answer))
            waiting += [one.replace("&amp;", "&") for one in LINK.findall(answer.text) if one not in seen]
        feed = client.get(f"/feeds/{self.feeds[firm]}.ics")
        again = client.get(f"/feeds/{self.feeds[firm]}.ics", headers={"If-None-Match": feed.headers["ETag"]})
        found += [self._plain("feed", feed), self._plain("feed again", again)]
        form = self._token(client)
        for uid in probes:
            for path in (f"/my-enterprise/visits/{uid}", f"/my-enterprise/visits/{uid}/another-day"):
                found.append(self._plain(path, client.get(path)))
                found.append(self._plain(path, client.get(path, headers={"Accept": "application/json"})))
            guess = f"/my-enterprise/visits/{uid}/confirm"
            found.append(self._plain(guess, client.post(guess, data={"csrf_token": form})))
        return found

    def send(self, firm: str, path: str, values: dict[str, str]) -> Answer:
        """Post a form as the firm."""
        self.names.clear()
        client = self.client(firm)
        return self._plain(path, client.post(path, data={"csrf_token": self._token(client), **values}))

    def _token(self, client: FlaskClient) -> str:
        found = TOKEN_FIELD.search(client.get("/my-enterprise").text)
        assert found is not None
        return found[1]

    def _plain(self, path: str, answer: Any) -> Answer:
        headers = tuple(
            (name, self._named(value) if name != "Set-Cookie" else value.split("=")[0])
            for name, value in answer.headers.items()
            if name not in RANDOM_HEADERS
        )
        text = FORM_TOKEN.sub(r"\1", answer.text).replace(answer.headers["X-Request-Id"], "request")
        return self._named(path), answer.status_code, headers, self._named(text)

    def _named(self, text: str) -> str:
        return ID.sub(lambda found: self.names.setdefault(found[0], f"id{len(self.names)}"), text)


@dataclass(slots=True, kw_only=True)
class Twins:
    """`plain` has no hidden visits, `secret` has; `hidden`: their public ids."""

    plain: Twin
    secret: Twin
    firms: tuple[str, ...]
    hidden: tuple[str, ...]
    clock: FixedClock

    @property
    def both(self) -> tuple[Twin, Twin]:
        return self.plain, self.secret

    def publish(self, *, both: Edit | None = None, secret: Edit | None = None) -> None:
        """Edit the drafts, approve, publish and deliver, at the same times in both worlds."""
        start, when = self.clock.instant, self.clock.instant + timedelta(hours=1)
        for twin in self.both:
            self.clock.instant = start
            with unit_of_work(twin.engine) as session:
                round_ = fresh(session, twin.world.round)
                round_.status = RoundStatus.PROPOSED
                for edit in (both, secret if twin is self.secret else None):
                    if edit is not None:
                        edit(session, twin.world)
                touch_draft(session, self.clock, twin.world.coordinator, round_)
            self._seal(twin, when)

    def _seal(self, twin: Twin, when: datetime) -> None:
        with unit_of_work(twin.engine) as session:
            round_ = fresh(session, twin.world.round)
            present = draft_hash(session, round_)
            approve_round(session, self.clock, twin.world.approver, round_, draft_hash=present, publish_at=when)
        self.clock.instant = when
        assert len(seal_due(twin.engine, self.clock)) == 1
        self.deliver(twin)

    def deliver(self, twin: Twin) -> None:
        deliver_due(twin.engine, self.clock, holder="relay", limit=1000)

    def differences(self) -> list[str]:
        """Where some firm could tell the worlds apart: firm and address."""
        found = []
        for firm in self.firms:
            pages = [twin.crawl(firm, (*self.hidden, "0" * 32)) for twin in self.both]
            found += [f"{firm} {one[0]}" for one, other in zip(*pages, strict=False) if one != other]
            if len(pages[0]) != len(pages[1]):
                found.append(f"{firm}: {len(pages[0])} pages, {len(pages[1])} with hidden visits")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Nursery:
    """Where twins come from: two databases to copy, and two applications."""

    databases: tuple[Path, Path]
    apps: tuple[Flask, Flask]
    worlds: tuple[World, World]
    tokens: dict[str, str]
    feeds: dict[str, str]
    hidden: tuple[str, ...]

    @contextmanager
    def twins(self, folder: Path) -> Iterator[Twins]:
        """Fresh copies, on the morning of the proposal."""
        clock, made = FixedClock(NOW), []
        for name, database, app, world in zip(("plain", "secret"), self.databases, self.apps, self.worlds, strict=True):
            shutil.copyfile(database, folder / f"{name}.db")
            made.append(
                Twin(
                    app=app,
                    engine=make_engine(f"sqlite:///{folder / name}.db"),
                    clock=clock,
                    world=world,
                    tokens=self.tokens,
                    feeds=self.feeds,
                    names={},
                )
            )
        yield Twins(plain=made[0], secret=made[1], firms=tuple(self.tokens), hidden=self.hidden, clock=clock)
        for twin in made:
            twin.engine.dispose()


def raise_twins(template: Path, folder: Path, apps: tuple[Flask, Flask]) -> Nursery:
    """Make both databases: the same district, and hidden visits to the first two sites in one of them."""
    plain_path, secret_path = folder / "plain.db", folder / "secret.db"
    shutil.copyfile(template, plain_path)
    plain, clock = make_engine(f"sqlite:///{plain_path}"), FixedClock(NOW)
    with unit_of_work(plain) as session:
        world = make_world(session, sites=3, organisations=2)
        firms = [make_actor(session, Role.ENTERPRISE, enterprise_id=stored_id(one)) for one in world.enterprises]
        feeds = {firm.username: issue_token(session, clock, firm, *_scope(firm))[1] for firm in firms}
    tokens = {firm.username: sign_in_token(plain, clock, firm.username) for firm in firms}
    with unit_of_work(plain) as session:
        for signed_in in session.exec(select(UserSession)).all():
            signed_in.expires_at = NOW + timedelta(days=3650)
    _close(plain)
    shutil.copyfile(plain_path, secret_path)
    secret, other = make_engine(f"sqlite:///{secret_path}"), _twin_of(world)
    with unit_of_work(secret) as session:
        for place in HIDDEN_AT:
            hide(session, other, world.sites[place])
    plain = make_engine(f"sqlite:///{plain_path}")
    for engine, one in ((plain, world), (secret, other)):
        solve(engine, clock, one)
        name_visits(engine)
    hidden = _hidden(secret)
    for engine in (plain, secret):
        _close(engine)
    return Nursery(
        databases=(plain_path, secret_path),
        apps=apps,
        worlds=(world, other),
        tokens=tokens,
        feeds=feeds,
        hidden=hidden,
    )


def name_visits(engine: sa.Engine) -> None:
    """Give the same visit the same id in both worlds: ids are random and tell nothing by themselves."""
    with unit_of_work(engine) as session:
        for visit in session.exec(select(Visit)).all():
            visit.uid = hashlib.sha256(f"{visit.site_id} {visit.notice_mode}".encode()).hexdigest()[:32]


def _scope(firm: Actor) -> tuple[Any, int]:
    scope = own_scope(firm)
    assert scope is not None
    return scope


def _twin_of(world: World) -> World:
    return replace(
        world,
        organisations=list(world.organisations),
        officers=list(world.officers),
        requests=list(world.requests),
    )


def _hidden(engine: sa.Engine) -> tuple[str, ...]:
    with reading(engine) as session:
        statement = select(Visit.uid).where(Visit.notice_mode == NoticeMode.UNANNOUNCED)
        return tuple(session.exec(statement.order_by(col(Visit.uid))))


def _close(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
