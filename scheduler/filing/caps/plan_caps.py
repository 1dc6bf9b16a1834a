"""Caps of a plan: what it wants, how its targets stand, reserving when it is filed, releasing when it is given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CapEventKind, CapHolder, CapSubject, Targeting
from data.models import (
    CapAccount,
    CapEvent,
    Enterprise,
    FieldClass,
    Organisation,
    Plan,
    PlanTarget,
    PlanTask,
    PlanTaskItem,
    Site,
)
from scheduler.clock import Clock
from scheduler.errors import Fault, InvalidError
from scheduler.filing.caps.history import count_past
from scheduler.filing.caps.ledger import Move, Want, holds, move, reserve, take
from scheduler.filing.caps.policy import CapTable, Claim, Target, load_cap_table

CHUNK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CapLine:
    """One cap of one enterprise or site as a plan meets it. `wanted`: places that the plan wants and does not hold.

    `most` None: no limit. `capped` False: the plan's kind is counted but never stopped.
    """

    key: str
    enterprise_name: str
    enterprise_uid: str
    site_ids: frozenset[int]
    holder: CapHolder
    subject: CapSubject
    most: int | None
    hard: bool
    capped: bool
    reserved: int
    bound: int
    used: int
    exempt: int
    wanted: int

    @property
    def taken(self) -> int:
        return self.reserved + self.bound + self.used

    @property
    def left(self) -> int | None:
        return None if self.most is None else max(0, self.most - self.taken)

    @property
    def exceeded(self) -> bool:
        """Whether the plan wants more places than are left."""
        return self.capped and self.left is not None and self.wanted > self.left


def plan_wants(session: Session, plan: Plan, *, table: CapTable | None = None) -> list[Want]:
    """Return the places that a plan wants for the sites it names, by task and site; none for kinds not counted."""
    table = table or load_cap_table(session)
    counted, capped = table.exemption(plan.kind, trigger_of(plan))
    if not counted:
        return []
    body = session.get_one(Organisation, plan.organisation_id)
    items = _items(session, plan)
    return [
        Want(claim=claim, plan_id=task.plan_id, task_id=task.id or 0, site_id=target.site_id, capped=capped)
        for task, target in _named(session, plan)
        for claim in table.claims(body, target, items.get(task.id, ()), year=task.first_date.year)
    ]


def cap_lines(session: Session, plan: Plan) -> tuple[CapLine, ...]:
    """Return how every cap stands that the plan draws on, by enterprise and account. Opens no account."""
    wants = plan_wants(session, plan)
    claims = {want.claim.key: want.claim for want in wants}
    balances = read_balances(session, list(claims.values()))
    wanted: dict[str, list[Want]] = {}
    for want in wants:
        wanted.setdefault(want.claim.key, []).append(want)
    held = _held(session, plan)
    names = _enterprises(session, {claim.enterprise_id for claim in claims.values()})
    lines = [
        CapLine(
            key=key,
            enterprise_name=names[claim.enterprise_id].name,
            enterprise_uid=names[claim.enterprise_id].uid,
            site_ids=frozenset(want.site_id for want in wanted[key]),
            holder=claim.holder,
            subject=claim.subject,
            most=claim.most,
            hard=claim.hard,
            capped=wanted[key][0].capped,
            wanted=max(0, len(wanted[key]) - held.get(key, 0)),
            **balances[key],
        )
        for key, claim in claims.items()
    ]
    return tuple(sorted(lines, key=lambda line: (line.enterprise_name, line.holder, line.key)))


def reserve_plan(session: Session, clock: Clock, plan: Plan, *, actor_id: int | None) -> None:
    """Reserve the places of a plan that is being filed. Raises InvalidError "cap_reached", one fault an account."""
    # A visit off plan came first and has used its places by now (R25): they are not asked for again.
    used = {(one.task_id, one.site_id) for one in holds(session, col(CapEvent.plan_id) == plan.id) if one.live}
    wants = [one for one in plan_wants(session, plan) if (one.task_id, one.site_id) not in used]
    if not wants:
        return
    full = reserve(session, clock, wants, actor_id=actor_id)
    if full:
        names = _enterprises(session, {claim.enterprise_id for claim in full})
        balances = read_balances(session, full)
        raise InvalidError(*(_full_fault(claim, names, balances[claim.key]) for claim in full))


def use_plan(session: Session, clock: Clock, plan: Plan, *, visit_uid: str, actor_id: int | None) -> int:
    """Note that the inspection of a plan took place before anything was reserved, whatever the caps say (R25).

    To be called before the visit is written into the history, with which a new account would begin.
    """
    given = take(session, clock, plan_wants(session, plan), actor_id=actor_id)
    moves = [Move(hold=one, stage=CapEventKind.USED, visit_uid=visit_uid) for one in given]
    return move(session, clock, moves, actor_id=actor_id)


def release_plan(session: Session, clock: Clock, plan: Plan, *, reason: str, actor_id: int | None) -> int:
    """Give back the places of a plan that nobody will use; what was used stays. Returns how many were given back."""
    given = holds(session, col(CapEvent.plan_id) == plan.id)
    open_ = [one for one in given if one.live and one.stage is not CapEventKind.USED]
    moves = [Move(hold=one, stage=CapEventKind.RELEASED, visit_uid=one.visit_uid, reason=reason) for one in open_]
    return move(session, clock, moves, actor_id=actor_id)


def read_balances(session: Session, claims: Sequence[Claim]) -> dict[str, dict[str, int]]:
    """Return {key: reserved, bound, used, exempt}; an account that is not open yet counts past visits."""
    keys = sorted(claim.key for claim in claims)
    found: dict[str, dict[str, int]] = {}
    for start in range(0, len(keys), CHUNK):
        rows = session.exec(select(CapAccount).where(col(CapAccount.key).in_(keys[start : start + CHUNK])))
        for row in rows:
            found[row.key] = {"reserved": row.reserved, "bound": row.bound, "used": row.used, "exempt": row.exempt}
    past = count_past(session, [claim for claim in claims if claim.key not in found])
    empty = {"reserved": 0, "bound": 0, "used": 0, "exempt": 0}
    return {key: found.get(key) or empty | {"used": past.get(key, (0, 0))[0]} for key in keys}


def places_taken(balance: Mapping[str, int]) -> int:
    """Return how many places of an account, as `read_balances` gives it, count against its cap."""
    return balance["reserved"] + balance["bound"] + balance["used"]


def sites_without_room(
    session: Session, plan: Plan, task: PlanTask, targets: Sequence[Target], *, table: CapTable
) -> frozenset[int]:
    """Return the sites at which a hard cap leaves this task no place; none for kinds of plans that are not capped."""
    counted, capped = table.exemption(plan.kind, trigger_of(plan))
    if not (counted and capped):
        return frozenset()
    body = session.get_one(Organisation, plan.organisation_id)
    asked = select(PlanTaskItem.item_id).where(PlanTaskItem.task_id == task.id, col(PlanTaskItem.item_id).is_not(None))
    items = [item for item in session.exec(asked) if item is not None]
    claims: dict[str, Claim] = {}
    by_site: dict[int, list[str]] = {}
    for target in targets:
        for claim in table.claims(body, target, items, year=task.first_date.year):
            if claim.hard and claim.most is not None:
                claims[claim.key] = claim
                by_site.setdefault(target.site_id, []).append(claim.key)
    balances = read_balances(session, list(claims.values()))
    full = {key for key, claim in claims.items() if places_taken(balances[key]) >= (claim.most or 0)}
    return frozenset(site for site, keys in by_site.items() if any(key in full for key in keys))


def trigger_of(plan: Plan) -> str:
    """What set the plan off; "" for most."""
    return str(plan.trigger or "")


def effective_classes(session: Session, sites: Sequence[Site]) -> dict[int | None, Any]:
    """Return {site id: class that a field's own authority gave its enterprise} where there is one (R44)."""
    wanted = {(site.enterprise_id, site.scenario_id): site.id for site in sites if site.scenario_id}
    found: dict[int | None, Any] = {}
    owners = sorted({site.enterprise_id for site in sites})
    for start in range(0, len(owners), CHUNK):
        rows = session.exec(select(FieldClass).where(col(FieldClass.enterprise_id).in_(owners[start : start + CHUNK])))
        given = {(row.enterprise_id, row.scenario_id): row.credit_class for row in rows}
        found |= {site.id: given[place] for site in sites if (place := (site.enterprise_id, site.scenario_id)) in given}
    return found if wanted else {}


def _named(session: Session, plan: Plan) -> list[tuple[PlanTask, Target]]:
    rows = session.execute(
        sa.select(PlanTask, Site, col(Enterprise.credit_class))
        .join(PlanTarget, col(PlanTarget.task_id) == col(PlanTask.id))
        .join(Site, col(Site.id) == col(PlanTarget.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(col(PlanTask.plan_id) == plan.id, col(PlanTask.targeting) == Targeting.NAMED)
        .order_by(col(PlanTask.position), col(Site.id))
    ).all()
    classes = effective_classes(session, [site for _, site, _ in rows])
    return [
        (
            task,
            Target(
                site_id=site.id,
                enterprise_id=site.enterprise_id,
                scenario_id=site.scenario_id,
                credit_class=classes.get(site.id, credit_class),
            ),
        )
        for task, site, credit_class in rows
    ]


def _held(session: Session, plan: Plan) -> dict[str, int]:
    """{key: places that the plan holds already}."""
    given = [one for one in holds(session, col(CapEvent.plan_id) == plan.id) if one.live]
    ids = sorted({one.account_id for one in given})
    keys: dict[int | None, str] = {}
    for start in range(0, len(ids), CHUNK):
        rows = session.exec(select(CapAccount).where(col(CapAccount.id).in_(ids[start : start + CHUNK])))
        keys |= {row.id: row.key for row in rows}
    return Counter(keys[one.account_id] for one in given)


def _items(session: Session, plan: Plan) -> dict[int | None, list[int]]:
    rows = session.execute(
        sa.select(col(PlanTaskItem.task_id), col(PlanTaskItem.item_id))
        .join(PlanTask, col(PlanTask.id) == col(PlanTaskItem.task_id))
        .where(col(PlanTask.plan_id) == plan.id, col(PlanTaskItem.item_id).is_not(None))
    )
    found: dict[int | None, list[int]] = {}
    for task_id, item_id in rows:
        found.setdefault(task_id, []).append(item_id)
    return found


def _enterprises(session: Session, ids: set[int]) -> dict[int | None, Enterprise]:
    wanted = sorted(ids)
    found: dict[int | None, Enterprise] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = session.exec(select(Enterprise).where(col(Enterprise.id).in_(wanted[start : start + CHUNK])))
        found |= {row.id: row for row in rows}
    return found


def _full_fault(claim: Claim, names: dict[int | None, Enterprise], balance: dict[str, int]) -> Fault:
    where = names[claim.enterprise_id].name
    taken = places_taken(balance)
    params = (("where", where), ("rule", "R30"), ("holder", claim.holder), ("most", claim.most), ("taken", taken))
    return Fault(field="tasks", code="cap_reached", params=params)
