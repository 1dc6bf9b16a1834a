"""Three sample rounds for a first start: one published and under way, one waiting for approval, one open for filing.

Nothing is written past the doors: the rounds go through the same functions as real ones, each at the time at which it
would have happened, in the order of these times. Only the plans come ready-made from the sample district; they name
nobody beyond a hard cap, and the filed ones hold their places.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import PlanStatus, Role, RoundKind, RoundStatus, VisitStatus
from data.models import Organisation, Plan, Round, User, Visit
from data.seed.plans import sample_plans
from data.seed.roll import read_roll
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of
from scheduler.clock import DISTRICT_ZONE, Clock, FixedClock, today
from scheduler.config import Settings
from scheduler.errors import ConflictError, NotFoundError
from scheduler.fieldwork.checkins import note_arrival
from scheduler.filing.caps.plan_caps import places_taken, read_balances, reserve_plan
from scheduler.filing.caps.policy import Claim, Target, load_cap_table
from scheduler.filing.draws import draw_round
from scheduler.filing.rounds import freeze_round, open_round
from scheduler.permissions import Actor
from scheduler.planning.board import draft_hash, local_start
from scheduler.planning.child import Solve, solve_here
from scheduler.planning.runs import request_run, work_once
from scheduler.publishing.approvals import approve_round
from scheduler.publishing.outbox import deliver_due
from scheduler.publishing.releases import seal_due

SEED: Final = 20250401
"""Any number does; this one is remembered, so that every installation gets the same plans."""
HOLDER: Final = "sample"
SOLVE_WORK: Final = 1
"""The least work: a sample need not be the best plan, and the same seed gives the same one everywhere. Who is
interested solves it again on the page."""
ARRIVED_SHARE: Final = 0.9
"""Part of the visits before today that took place as planned; the others wait for somebody to ask why."""
FILED_SHARE: Final = 0.4
"""Part of the plans for the open round that are filed by now."""

Step = Callable[[FixedClock], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    first: date

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> _Month:
        return _Month(first=(self.first + timedelta(days=31)).replace(day=1))

    @property
    def name(self) -> str:
        return f"{self.first.year}年{self.first.month}月联合检查统筹（示例）"


@dataclass(slots=True, kw_only=True)
class _Play:
    """What is to happen, by time; a step may add later ones."""

    engine: sa.Engine
    settings: Settings
    coordinator: Actor
    approver: Actor
    solver: Solve
    rng: Random = field(default_factory=lambda: Random(SEED))
    _steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)

    def at(self, instant: datetime, step: Step) -> None:
        heapq.heappush(self._steps, (instant, next(self._numbers), step))

    def run(self) -> None:
        while self._steps:
            instant, _, step = heapq.heappop(self._steps)
            step(FixedClock(instant))


def build_sample_rounds(
    engine: sa.Engine,
    clock: Clock,
    settings: Settings,
    *,
    actors: Mapping[Role, Actor] | None = None,
    solver: Solve = solve_here,
) -> None:
    """Leave this month's round published and under way, next month's proposed, and the one after open for filing.

    `actors`: who coordinates and approves; the first accounts with these roles unless given.
    Raises NotFoundError when there is no such account, ConflictError "sample_unsolved".
    """
    given = actors or {}
    with reading(engine) as session:
        coordinator = given.get(Role.COORDINATOR) or _first(session, Role.COORDINATOR)
        approver = given.get(Role.APPROVER) or _first(session, Role.APPROVER)
    play = _Play(engine=engine, settings=settings, coordinator=coordinator, approver=approver, solver=solver)
    now = clock.now()
    month = _Month(first=today(clock).replace(day=1))
    begin = datetime.combine(month.first, time(9), tzinfo=DISTRICT_ZONE).astimezone(UTC)
    published = _plan_round(play, month, opened=begin - timedelta(days=30), closed=begin - timedelta(days=10))
    publish_at = begin - timedelta(days=5)
    play.at(publish_at - timedelta(days=1), lambda at: _approve(play, at, published(), publish_at))
    play.at(publish_at, lambda at: _publish(play, at, until=now))
    _plan_round(play, month.next, opened=now - timedelta(days=20), closed=now - timedelta(days=3))
    play.at(now - timedelta(days=5), lambda at: _open_last(play, at, month.next.next, now))
    play.run()
    deliver_all(engine, clock)


def _first(session: Session, role: Role) -> Actor:
    statement = select(User).where(User.role == role, col(User.active)).order_by(col(User.id))
    user = session.exec(statement).first()
    if user is None:
        raise NotFoundError("user", str(role))
    return actor_of(user)


def _plan_round(play: _Play, month: _Month, *, opened: datetime, closed: datetime) -> Callable[[], str]:
    """Open, file, freeze, draw and solve a round; returns how to get its uid later."""
    uid: list[str] = []
    play.at(opened, lambda at: uid.append(_open(play, at, month, closed, 1.0)))
    play.at(closed + timedelta(hours=1), lambda at: _draw(play, at, uid[0]))
    play.at(closed + timedelta(hours=3), lambda at: _solve(play, at, uid[0]))
    return lambda: uid[0]


def _open(play: _Play, clock: FixedClock, month: _Month, filed_by: datetime, share: float) -> str:
    """Open a round and let the departments file until `filed_by`."""
    until = datetime.combine(month.first - timedelta(days=9), time(18), tzinfo=DISTRICT_ZONE)
    with unit_of_work(play.engine) as session:
        round_ = open_round(
            session,
            clock,
            play.coordinator,
            name=month.name,
            kind=RoundKind.MONTH,
            period_first=month.first,
            period_last=month.last,
            filing_until=max(until, clock.now() + timedelta(days=1)),
        )
        sample_plans(
            session,
            round_id=round_.id or 0,
            year=month.first.year,
            month=month.first.month,
            rng=play.rng,
            now=filed_by,
            filed_share=share,
            room=_room(session, month.first.year),
        )
        filed = select(Plan).where(Plan.round_id == round_.id, Plan.status == PlanStatus.FILED)
        for plan in session.exec(filed.order_by(col(Plan.id))).all():
            reserve_plan(session, clock, plan, actor_id=plan.filed_by_id)
        return round_.uid


def _room(session: Session, year: int) -> dict[tuple[str, int], int]:
    """{(organisation, enterprise): places that hard caps leave}, where there is such a cap."""
    roll, table = read_roll(session), load_cap_table(session)
    bodies = {row.code: row for row in session.exec(select(Organisation))}
    claims: dict[tuple[str, int], dict[str, Claim]] = {}
    for site in roll.sites:
        scenario = roll.scenarios.get(site.scenario)
        target = Target(
            site_id=site.id,
            enterprise_id=site.enterprise,
            scenario_id=scenario.id if scenario else None,
            credit_class=site.credit_class,
        )
        for code in site.askers:
            found = table.claims(bodies[code], target, year=year)
            limiting = {claim.key: claim for claim in found if claim.hard and claim.most is not None}
            if limiting:
                claims.setdefault((code, site.enterprise), {}).update(limiting)
    all_claims = {key: claim for each in claims.values() for key, claim in each.items()}
    balances = read_balances(session, list(all_claims.values()))
    return {
        place: min((claim.most or 0) - places_taken(balances[key]) for key, claim in each.items())
        for place, each in claims.items()
    }


def _open_last(play: _Play, clock: FixedClock, month: _Month, filed_by: datetime) -> None:
    _open(play, clock, month, filed_by, FILED_SHARE)


def _draw(play: _Play, clock: FixedClock, uid: str) -> None:
    with unit_of_work(play.engine) as session:
        freeze_round(session, clock, play.coordinator, _round(session, uid))
    with unit_of_work(play.engine) as session:
        draw_round(session, clock, play.coordinator, _round(session, uid), seed=f"{SEED}")


def _solve(play: _Play, clock: FixedClock, uid: str) -> None:
    with unit_of_work(play.engine) as session:
        request_run(session, clock, play.coordinator, _round(session, uid), work=SOLVE_WORK)
    work_once(play.engine, clock, holder=HOLDER, settings=play.settings, solver=play.solver)
    with reading(play.engine) as session:
        round_ = _round(session, uid)
        if round_.status is not RoundStatus.PROPOSED:
            raise ConflictError("sample_unsolved", round=round_.name)


def _approve(play: _Play, clock: FixedClock, uid: str, publish_at: datetime) -> None:
    with unit_of_work(play.engine) as session:
        round_ = _round(session, uid)
        present = draft_hash(session, round_)
        approve_round(session, clock, play.approver, round_, draft_hash=present, publish_at=publish_at)


def _publish(play: _Play, clock: FixedClock, *, until: datetime) -> None:
    """Seal and deliver, and let the crews arrive at what lies before `until`."""
    seal_due(play.engine, clock)
    deliver_all(play.engine, clock)
    with reading(play.engine) as session:
        visits = session.exec(
            select(col(Visit.uid), col(Visit.day), col(Visit.start_quarter))
            .where(Visit.status == VisitStatus.PUBLISHED)
            .order_by(col(Visit.day), col(Visit.start_quarter), col(Visit.id))
        ).all()
    for uid, day, start_quarter in visits:
        arrival = local_start(day, start_quarter) + timedelta(minutes=play.rng.randint(-5, 10))
        if arrival < until and play.rng.random() < ARRIVED_SHARE:
            play.at(arrival.astimezone(UTC), _arrival(play, uid))


def _arrival(play: _Play, uid: str) -> Step:
    def arrive(clock: FixedClock) -> None:
        with unit_of_work(play.engine) as session:
            note_arrival(session, clock, session.exec(select(Visit).where(Visit.uid == uid)).one(), actor=None)

    return arrive


def deliver_all(engine: sa.Engine, clock: Clock) -> None:
    """Deliver until nothing is due."""
    while deliver_due(engine, clock, holder=HOLDER):
        pass


def _round(session: Session, uid: str) -> Round:
    return session.exec(select(Round).where(Round.uid == uid)).one()
