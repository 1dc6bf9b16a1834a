"""How long the pages of filing take in a large district: CPU time, p50 and p95 of each, over the test client.

`python -m tests.benchmarks.pages DATABASE_URL` wants a database that `onedoor db seed --preset XL --no-rounds` made; it
adds three accounts, one plan and the plans of other bodies to it. The first answer of each page is not counted.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from statistics import median, quantiles

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from data.enums import PlanKind, PlanStatus, Role, Targeting
from data.models import Enterprise, Organisation, Plan, PlanTarget, Scenario, ScenarioMember, Site, User
from data.session import make_engine, unit_of_work
from scheduler.accounts import actor_of, sign_in
from scheduler.clock import Clock, SystemClock
from scheduler.config import Environment, Settings
from scheduler.filing.sketches import save_sketch, start_sketch
from tests import factories
from web import create_app

SETTINGS = Settings(environment=Environment.TESTING, secret_key="b" * 40, base_url="http://localhost")
ROUNDS, OTHER_PLANS, NAMED_SITES = 20, 200, 60
FIRST, LAST = date(2027, 1, 1), date(2027, 1, 31)
LIMIT_MS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Whose pages are asked for: user names by role, and addresses by role."""

    users: dict[Role, str]
    addresses: dict[Role, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds for one page. `status` is that of the last answer; `cpu`: median time of the processor.

    The time of the processor is what a busy machine leaves alone.
    """

    path: str
    status: int
    cpu: float
    p50: float
    p95: float
    size_kb: float


def set_scene(engine: sa.Engine, clock: Clock) -> Scene:
    """Write a plan with a draw and a list of sites, half a task, and plans of other bodies over the same days."""
    with unit_of_work(engine) as session:
        body = session.exec(select(Organisation).where(Organisation.code == _filing_code(session))).one()
        users = {
            Role.CLERK: factories.make_user(session, Role.CLERK, organisation_id=body.id),
            Role.HEAD: factories.make_user(session, Role.HEAD, organisation_id=body.id),
            Role.COORDINATOR: factories.make_user(session, Role.COORDINATOR),
        }
        plan = _own_plan(session, body, users[Role.CLERK])
        _other_plans(session, body)
        sketch = start_sketch(session, clock, actor_of(users[Role.CLERK]), plan, step="whom")
        codes = "\n".join(session.exec(select(Enterprise.credit_code).limit(NAMED_SITES)).all())
        typed = {"targeting": ["named"], "site_uids": [codes]}
        save_sketch(session, clock, actor_of(users[Role.CLERK]), plan, sketch, step="whom", typed=typed)
        enterprise = session.exec(select(Enterprise).limit(1)).one()
        steps = f"/plans/{plan.uid}/steps/{sketch.uid}"
        registry = (
            "/registry/enterprises",
            f"/registry/enterprises/{enterprise.uid}",
            "/registry/enterprises?text=餐饮",
        )
        lists = (
            "/registry/officers",
            "/registry/items",
            "/registry/scenarios",
            "/policies",
            "/plans",
            "/calendar",
            "/",
        )
        writing = (
            "/plans/new", f"/plans/{plan.uid}", f"/plans/{plan.uid}/edit", f"/plans/{plan.uid}/tasks/new",
            *(f"{steps}/{step}" for step in ("what", "whom", "when", "find")),
            f"{steps}/find?text=餐饮", f"{steps}/find?scenario=S01", f"{steps}/find?unseen_since=2026-06-01",
            f"/plans/{plan.uid}/join", f"/plans/{plan.uid}/check", f"/plans/{plan.uid}/confirm", "/uploads",
        )  # fmt: skip
        return Scene(
            users={role: user.username for role, user in users.items()},
            addresses={
                Role.CLERK: (*writing, *registry, *lists),
                Role.HEAD: (f"/plans/{plan.uid}", "/plans", "/"),
                Role.COORDINATOR: (
                    f"/plans/{plan.uid}",
                    "/plans",
                    "/rounds",
                    "/draw-parties/cancellations",
                    "/oversight",
                    "/",
                ),
            },
        )


def measure(engine: sa.Engine, scene: Scene, clock: Clock, *, rounds: int = ROUNDS) -> Iterator[tuple[Role, Timing]]:
    """Ask for every page in turn, as each role."""
    app = create_app(SETTINGS, engine, clock)
    for role, paths in scene.addresses.items():
        client = app.test_client()
        with unit_of_work(engine) as session:
            opened = sign_in(
                session, clock, username=scene.users[role], password=factories.PASSWORD, address="127.0.0.1",
                settings=SETTINGS,
            )  # fmt: skip
        client.set_cookie("onedoor", opened.token)
        for path in paths:
            yield role, _time_page(client, path, rounds)


def report(timings: Iterable[tuple[Role, Timing]]) -> int:
    """Print a line a page, slow ones marked; return the number of pages that are slow or no page."""
    faults = 0
    for role, one in timings:
        bad = one.p95 > LIMIT_MS or one.status != 200
        faults += bad
        mark = " <--" if bad else ""
        times = f"cpu {one.cpu:7.1f} p50 {one.p50:7.1f} p95 {one.p95:7.1f} ms"
        print(f"{role:12} {one.status} {times} {one.size_kb:7.1f} kB {one.path}{mark}")
    return faults


def _time_page(client: FlaskClient, path: str, rounds: int) -> Timing:
    answer, taken, worked = client.get(path), [], []
    for _ in range(rounds):
        start, begun = time.perf_counter(), time.process_time()
        answer = client.get(path)
        worked.append((time.process_time() - begun) * 1000)
        taken.append((time.perf_counter() - start) * 1000)
    cuts = quantiles(taken, n=20, method="inclusive")
    return Timing(
        path=path, status=answer.status_code, cpu=median(worked), p50=cuts[9], p95=cuts[18],
        size_kb=len(answer.data) / 1024,
    )  # fmt: skip


def _filing_code(session: Session) -> str:
    """The body that takes part in the most scenarios."""
    count = sa.func.count()
    statement = (
        sa.select(col(Organisation.code))
        .join(ScenarioMember, col(ScenarioMember.organisation_id) == col(Organisation.id))
        .group_by(col(Organisation.code))
        .order_by(count.desc(), col(Organisation.code))
    )
    return str(session.execute(statement.limit(1)).scalar_one())


def _own_plan(session: Session, body: Organisation, clerk: User) -> Plan:
    plan = factories.make_plan(
        session, body, created_by_id=clerk.id, kind=PlanKind.DAILY, year=2027, period_first=FIRST, period_last=LAST
    )
    scenario = session.exec(select(Scenario).where(Scenario.code == "S01")).one()
    factories.make_task(session, plan, scenario_id=scenario.id, position=1)
    named = factories.make_task(session, plan, targeting=Targeting.NAMED, position=2)
    for site_id in session.exec(select(Site.id).order_by(col(Site.id)).limit(NAMED_SITES)).all():
        session.add(PlanTarget(task_id=factories.stored_id(named), site_id=int(site_id or 0)))
    return plan


def _other_plans(session: Session, body: Organisation) -> None:
    others = session.exec(select(Organisation).where(Organisation.id != body.id).order_by(Organisation.code)).all()
    scenarios = session.exec(select(Scenario).order_by(Scenario.code)).all()
    for number in range(OTHER_PLANS):
        plan = factories.make_plan(
            session, others[number % len(others)], status=PlanStatus.FILED, year=2027, period_first=FIRST,
            period_last=LAST, kind=PlanKind.DAILY,
        )  # fmt: skip
        factories.make_task(session, plan, scenario_id=scenarios[number % len(scenarios)].id)


def main() -> int:
    engine, clock = make_engine(sys.argv[1]), SystemClock()
    try:
        return 1 if report(measure(engine, set_scene(engine, clock), clock)) else 0
    finally:
        engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
