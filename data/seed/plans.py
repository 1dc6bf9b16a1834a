"""Plans for a sample month: `demand` decides who asks for what, this module words and writes the plans."""

import hashlib
import json
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from random import Random
from typing import Any, Final

from sqlmodel import Session

from data.enums import NoticeMode, PlanKind, PlanSource, PlanStatus, Targeting
from data.models import Plan, PlanTarget, PlanTask, PlanTaskItem, PlanTaskPartner
from data.seed.bulk import RowWriter, seeded_uid
from data.seed.demand import Room, Wish, make_wishes
from data.seed.roll import PlannedItem, PlannedScenario, Roll, read_roll

FULL_MONTH_SHARE: Final = 0.65
FIRST_HALF_UNTIL: Final = 18
SECOND_HALF_FROM: Final = 12
UNANNOUNCED_SHARE: Final = 0.08
SEPARATE_SHARE: Final = 0.03
MOST_ITEMS: Final = 3
# Plans that are not filed yet stand at these two, in turn.
UNFILED: Final = (PlanStatus.SUBMITTED, PlanStatus.DRAFT)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlans:
    """Rows written. `filed`: of the plans; `named`: sites named by tasks, one for each task and site."""

    plans: int
    filed: int
    tasks: int
    named: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Month:
    """The month that is planned for, the round, and the moment at which the plans were filed."""

    round_id: int
    first: date
    last: date
    now: datetime

    @property
    def text(self) -> str:
        return f"{self.first.year}年{self.first.month}月"


@dataclass(frozen=True, slots=True, kw_only=True)
class _TaskSketch:
    """A task before it is written: its columns, its items, the organisations beside it, and the sites it names."""

    values: dict[str, Any]
    items: tuple[PlannedItem, ...]
    partners: tuple[int, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlanSketch:
    values: dict[str, Any]
    tasks: tuple[_TaskSketch, ...]


def sample_plans(
    session: Session,
    *,
    round_id: int,
    year: int,
    month: int,
    rng: Random,
    now: datetime,
    filed_share: float = 1.0,
    room: Room | None = None,
) -> SamplePlans:
    """Write the plans of all bodies that have a clerk and a head, for one round over one month.

    With preset M the draws and named sites come to some 700 to 900 requests on about 450 sites. The first site of the
    enterprise with a login is named by several departments, announced and for the whole month. `filed_share`: of the
    plans; the rest wait for their head or are drafts. `room`: see `make_wishes`. Writes no audit events and reserves
    no places under caps: the caller does so.
    """
    roll = read_roll(session)
    last = date(year, month, monthrange(year, month)[1])
    period = _Month(round_id=round_id, first=date(year, month, 1), last=last, now=now)
    first = frozenset() if roll.sample_site is None else frozenset({roll.sample_site})
    grouped = _grouped(make_wishes(rng, roll.sites, first=first, room=room))
    filed = set(rng.sample(range(len(grouped)), round(len(grouped) * filed_share)))
    sketches = []
    for number, wishes in enumerate(grouped):
        status = PlanStatus.FILED if number in filed else UNFILED[number % len(UNFILED)]
        sketches.append(_sketch_plan(rng, roll, period, wishes, status))
    _write(session, sketches)
    return SamplePlans(
        plans=len(sketches),
        filed=len(filed),
        tasks=sum(len(sketch.tasks) for sketch in sketches),
        named=sum(len(task.sites) for sketch in sketches for task in sketch.tasks),
    )


def _grouped(wishes: tuple[Wish, ...]) -> list[tuple[Wish, ...]]:
    """One plan for the draws of an organisation, one for what it names."""
    ordered = sorted(wishes, key=lambda wish: (wish.organisation, wish.drawn))
    return [tuple(group) for _, group in groupby(ordered, key=lambda wish: (wish.organisation, wish.drawn))]


def _sketch_plan(rng: Random, roll: Roll, month: _Month, wishes: tuple[Wish, ...], status: PlanStatus) -> _PlanSketch:
    body, drawn = roll.bodies[wishes[0].organisation], wishes[0].drawn
    title = f"{body.short_name}{month.text}" + ("“双随机、一公开”抽查计划" if drawn else "行政检查计划")
    written = month.now - timedelta(days=rng.randint(6, 12), minutes=rng.randint(0, 400))
    submitted = written + timedelta(days=rng.randint(1, 3)) if status is not PlanStatus.DRAFT else None
    filed = month.now - timedelta(days=rng.randint(1, 2)) if status is PlanStatus.FILED else None
    values = {
        "uid": seeded_uid(rng),
        "version": 1,
        "organisation_id": body.id,
        "round_id": month.round_id,
        "title": title,
        "contact_name": f"{body.short_name}示例联系人",
        # No telephone number of the country begins like this.
        "contact_phone": f"0000-{body.id:08d}",
        "year": month.first.year,
        "kind": PlanKind.RANDOM if drawn else PlanKind.DAILY,
        "source": PlanSource.FORM,
        "status": status,
        "period_first": month.first,
        "period_last": month.last,
        "returned_reason": "",
        "created_by_id": body.clerk_id,
        "created_at": written,
        "submitted_at": submitted,
        "filed_by_id": body.head_id if filed else None,
        "filed_at": filed,
    }
    series = f"{body.short_name}检〔{month.first.year}〕{month.first.month}-{'抽' if drawn else '查'}"
    tasks = tuple(
        _sketch_task(rng, roll, month, wish, number=f"{series}{at}号") for at, wish in enumerate(wishes, start=1)
    )
    return _PlanSketch(values=values, tasks=tasks)


def _sketch_task(rng: Random, roll: Roll, month: _Month, wish: Wish, *, number: str) -> _TaskSketch:
    items = _choose_items(rng, roll.items_for(wish.organisation, wish.scenario))
    scenario = roll.scenarios.get(wish.scenario)
    sample = roll.sample_site in wish.sites
    values = {
        "uid": seeded_uid(rng),
        "number": number,
        "name": _task_name(scenario.name if scenario else "", items, drawn=wish.drawn),
        "target_text": items[0].target if items else "",
        "scenario_id": scenario.id if scenario else None,
        "town_id": None,
        "targeting": Targeting.DRAWN if wish.drawn else Targeting.NAMED,
        "ratio": wish.ratio,
        "quantity": wish.quantity,
        "ratio_by_class": wish.ratio_by_class,
        "priority": rng.choice((3, 5, 5, 5, 7)),
        "assistants": 0,
        **_needs(items),
        **_window(rng, month, whole=sample),
        **_manner(rng, scenario, plain=sample),
    }
    values["fingerprint"] = _fingerprint(values, wish)
    partners = () if values["joint"] is False else _partners(roll, wish)
    return _TaskSketch(values=values, items=items, partners=partners, sites=wish.sites)


def _choose_items(rng: Random, items: tuple[PlannedItem, ...]) -> tuple[PlannedItem, ...]:
    chosen = rng.sample(items, min(len(items), rng.randint(1, MOST_ITEMS)))
    return tuple(sorted(chosen, key=lambda item: item.code))


def _task_name(scenario: str, items: tuple[PlannedItem, ...], *, drawn: bool) -> str:
    if len(items) == 1:
        return items[0].name
    return f"{scenario or '相关单位'}{'随机抽查' if drawn else '监督检查'}"


def _needs(items: tuple[PlannedItem, ...]) -> dict[str, Any]:
    """Time, people and skill as the filing form takes them from the items: the most that any item asks for."""
    skilled = sorted((item for item in items if item.skill_id), key=lambda item: (-item.quarters, item.code))
    return {
        "quarters": max((item.quarters for item in items), default=1),
        "inspectors": max((item.inspectors for item in items), default=2),
        "skill_id": skilled[0].skill_id if skilled else None,
    }


def _window(rng: Random, month: _Month, *, whole: bool) -> dict[str, date]:
    if whole or rng.random() < FULL_MONTH_SHARE:
        return {"first_date": month.first, "last_date": month.last}
    if rng.random() < 0.5:
        return {"first_date": month.first, "last_date": month.first.replace(day=FIRST_HALF_UNTIL)}
    return {"first_date": month.first.replace(day=SECOND_HALF_FROM), "last_date": month.last}


def _manner(rng: Random, scenario: PlannedScenario | None, *, plain: bool) -> dict[str, Any]:
    """Announced or not, joint or alone. `plain`: as the scenario has it, and joint."""
    mode = scenario.notice_mode if scenario else NoticeMode.ANNOUNCED
    chances = rng.random(), rng.random()
    if not plain and chances[0] < UNANNOUNCED_SHARE:
        mode = NoticeMode.UNANNOUNCED
    alone = not plain and chances[1] < SEPARATE_SHARE
    return {"notice_mode": mode, "joint": not alone, "separate_reason": "涉及举报线索核查，需单独开展" if alone else ""}


def _partners(roll: Roll, wish: Wish) -> tuple[int, ...]:
    """The lead of a scenario wants all partners that file plans; a partner names nobody."""
    scenario = roll.scenarios.get(wish.scenario)
    if scenario is None or scenario.members[0] != wish.organisation:
        return ()
    return tuple(roll.bodies[code].id for code in scenario.members[1:] if code in roll.bodies)


def _fingerprint(values: dict[str, Any], wish: Wish) -> str:
    told = {key: str(value) for key, value in values.items() if key not in {"uid", "number"}}
    text = json.dumps({**told, "sites": wish.sites}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write(session: Session, sketches: list[_PlanSketch]) -> None:
    """Write table by table, parents first."""
    with RowWriter(session, Plan) as rows:
        plans = [(rows.add(**sketch.values), sketch) for sketch in sketches]
    tasks: list[tuple[int, _TaskSketch]] = []
    with RowWriter(session, PlanTask) as rows:
        for plan_id, sketch in plans:
            for position, task in enumerate(sketch.tasks, start=1):
                tasks.append((rows.add(**task.values, plan_id=plan_id, position=position), task))
    with RowWriter(session, PlanTaskItem) as rows:
        for task_id, task in tasks:
            for position, item in enumerate(task.items, start=1):
                rows.add(task_id=task_id, position=position, text=item.name, item_id=item.id)
    with RowWriter(session, PlanTaskPartner) as rows:
        for task_id, task in tasks:
            for organisation_id in task.partners:
                rows.add(task_id=task_id, organisation_id=organisation_id)
    with RowWriter(session, PlanTarget) as rows:
        for task_id, task in tasks:
            for site_id in task.sites:
                rows.add(task_id=task_id, site_id=site_id)
