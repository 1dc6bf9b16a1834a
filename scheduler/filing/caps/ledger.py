"""The ledger itself: places under caps are reserved, bound, used or released, and no balance passes its limit.

A balance is a row that is raised by one guarded statement ("raise it if there is room"): of two filings at the same
moment one finds no room. Every change writes an event with what it added; the balance is the sum of the events.
Locks: first the tip of the audit chain, then accounts in the order of their keys, so that no two filings wait for
each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from data.enums import CapEventKind
from data.models import CapAccount, CapEvent
from data.models.columns import new_uid
from data.queries.bulk import insert_rows
from scheduler import audit
from scheduler.clock import Clock
from scheduler.filing.caps.history import count_past
from scheduler.filing.caps.policy import Claim

CHUNK: Final = 500
_COUNTED: Final = {CapEventKind.RESERVED: "reserved", CapEventKind.BOUND: "bound", CapEventKind.USED: "used"}
_COLUMNS: Final = ("reserved", "bound", "used", "exempt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """A place that a task wants under a claim. `capped` False: counted, never stopped (R32)."""

    claim: Claim
    plan_id: int
    task_id: int
    site_id: int
    capped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A place that was given: its last event says where it stands."""

    uid: str
    account_id: int
    plan_id: int | None
    task_id: int | None
    site_id: int
    visit_uid: str
    stage: CapEventKind
    capped: bool
    number: int

    @property
    def live(self) -> bool:
        return self.stage is not CapEventKind.RELEASED


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A hold and where it goes. `account_id` and the rest of the hold stay."""

    hold: Hold
    stage: CapEventKind
    visit_uid: str = ""
    reason: str = ""


def reserve(session: Session, clock: Clock, wants: Sequence[Want], *, actor_id: int | None) -> tuple[Claim, ...]:
    """Reserve a place for each want. Returns the claims without room; when there are any, nothing is reserved."""
    audit.queue_up(session)
    accounts, _ = open_accounts(session, clock, [want.claim for want in wants])
    try:
        # Some of the accounts may be raised already when another one turns out to be full.
        with session.begin_nested():
            _raise_all(session, accounts, wants)
    except _FullError as error:
        return error.claims
    _write(session, clock, [_first(want, accounts[want.claim.key]) for want in wants], actor_id=actor_id)
    return ()


def take(session: Session, clock: Clock, wants: Sequence[Want], *, actor_id: int | None) -> list[Hold]:
    """Note places that are taken whatever the caps say: of drawn sites, which no plan could name beforehand."""
    audit.queue_up(session)
    accounts, _ = open_accounts(session, clock, [want.claim for want in wants])
    events = [_first(want, accounts[want.claim.key]) for want in wants]
    _shift(session, events)
    _write(session, clock, events, actor_id=actor_id)
    return [_hold(event) for event in events]


def move(session: Session, clock: Clock, moves: Iterable[Move], *, actor_id: int | None = None) -> int:
    """Bring holds to other stages; returns how many really moved."""
    real = [one for one in moves if (one.hold.stage, one.hold.visit_uid) != (one.stage, one.visit_uid)]
    if not real:
        return 0
    audit.queue_up(session)
    events = [_next(one) for one in real]
    _shift(session, events)
    _write(session, clock, events, actor_id=actor_id)
    return len(events)


def holds(session: Session, condition: Any) -> list[Hold]:
    """Return the holds of which some event fits `condition` (on CapEvent), as they stand, in the order of giving."""
    wanted = sa.select(col(CapEvent.hold)).where(condition)
    rows = session.execute(
        sa.select(CapEvent).where(col(CapEvent.hold).in_(wanted)).order_by(col(CapEvent.id))
    ).scalars()
    last: dict[str, Hold] = {}
    for event in rows:
        last[event.hold] = _hold(event)
    return list(last.values())


def open_accounts(session: Session, clock: Clock, claims: Iterable[Claim]) -> tuple[dict[str, int], set[str]]:
    """Return {key: id} of the accounts of all claims, and the keys of those opened just now.

    A new account begins with the visits that took place already.
    """
    by_key = {claim.key: claim for claim in claims}
    keys = sorted(by_key)
    known = _known(session, keys)
    opened: set[str] = set()
    missing = [key for key in keys if key not in known]
    for start in range(0, len(missing), CHUNK):
        opened |= _insert(session, [by_key[key] for key in missing[start : start + CHUNK]])
    if missing:
        known = _known(session, keys)
    if opened:
        _carry_over(session, clock, [by_key[key] for key in sorted(opened)], known)
    return known, opened


def _known(session: Session, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), CHUNK):
        rows = session.execute(
            sa.select(col(CapAccount.key), col(CapAccount.id)).where(
                col(CapAccount.key).in_(keys[start : start + CHUNK])
            )
        )
        found.update((key, number) for key, number in rows)
    return found


def _insert(session: Session, claims: Sequence[Claim]) -> set[str]:
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    names = ("key", "holder", "subject", "organisation_id", "enterprise_id", "site_id", "item_id", "year")
    rows = [{name: getattr(claim, name) for name in names} | dict.fromkeys(_COLUMNS, 0) for claim in claims]
    # With the rows as parameters the statement is compiled once, not once more for each number of rows.
    statement = (
        make(cast(sa.Table, sa.inspect(CapAccount).local_table)).on_conflict_do_nothing().returning(col(CapAccount.key))
    )
    return set(session.execute(statement, rows).scalars())


def _carry_over(session: Session, clock: Clock, claims: Sequence[Claim], accounts: dict[str, int]) -> None:
    events = [
        _event(
            account_id=accounts[key], hold=new_uid(), number=1, kind=CapEventKind.OPENED, site_id=site_id,
            capped=True, used=visits,
        )
        for key, (visits, site_id) in sorted(count_past(session, claims).items())
    ]  # fmt: skip
    _shift(session, events)
    _write(session, clock, events, actor_id=None)


def _by_claim(wants: Sequence[Want]) -> list[tuple[Claim, int, int]]:
    """(claim, capped places, exempt places), in the order in which accounts are locked."""
    counts: dict[str, tuple[Claim, int, int]] = {}
    for want in wants:
        claim, capped, exempt = counts.get(want.claim.key, (want.claim, 0, 0))
        counts[want.claim.key] = (claim, capped + want.capped, exempt + (not want.capped))
    return [counts[key] for key in sorted(counts)]


class _FullError(Exception):
    """Carries the claims without room out of the savepoint."""

    def __init__(self, claims: tuple[Claim, ...]) -> None:
        super().__init__(claims)
        self.claims = claims


def _raise_all(session: Session, accounts: dict[str, int], wants: Sequence[Want]) -> None:
    full = [
        claim
        for claim, capped, exempt in _by_claim(wants)
        if not _raise(session, accounts[claim.key], claim, capped, exempt)
    ]
    if full:
        raise _FullError(tuple(full))


def _raise(session: Session, account_id: int, claim: Claim, capped: int, exempt: int) -> bool:
    """Raise a balance if there is room; False when there is none."""
    statement = (
        sa.update(CapAccount)
        .where(col(CapAccount.id) == account_id)
        .values(reserved=col(CapAccount.reserved) + capped, exempt=col(CapAccount.exempt) + exempt)
        .execution_options(synchronize_session=False)
    )
    if claim.hard and claim.most is not None and capped:
        statement = statement.where(_room(claim.most, capped))
    return bool(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def _room(most: int, wanted: int) -> Any:
    """The guard: looked at by the database while it holds the row."""
    return col(CapAccount.reserved) + col(CapAccount.bound) + col(CapAccount.used) + wanted <= most


def _first(want: Want, account_id: int) -> dict[str, Any]:
    return _event(
        account_id=account_id, hold=new_uid(), number=1, kind=CapEventKind.RESERVED, plan_id=want.plan_id,
        task_id=want.task_id, site_id=want.site_id, capped=want.capped,
        **_standing(CapEventKind.RESERVED, capped=want.capped),
    )  # fmt: skip


def _next(one: Move) -> dict[str, Any]:
    hold = one.hold
    before, after = _standing(hold.stage, capped=hold.capped), _standing(one.stage, capped=hold.capped)
    return _event(
        account_id=hold.account_id, hold=hold.uid, number=hold.number + 1, kind=one.stage, plan_id=hold.plan_id,
        task_id=hold.task_id, site_id=hold.site_id, visit_uid=one.visit_uid, capped=hold.capped, reason=one.reason,
        **{name: after.get(name, 0) - before.get(name, 0) for name in _COLUMNS},
    )  # fmt: skip


def _standing(stage: CapEventKind, *, capped: bool) -> dict[str, int]:
    """What a hold at this stage adds to the balance."""
    column = _COUNTED.get(stage)
    if column is None:
        return {}
    return {column if capped else "exempt": 1}


def _event(**values: Any) -> dict[str, Any]:
    empty = {"plan_id": None, "task_id": None, "visit_uid": "", "reason": ""}
    return empty | dict.fromkeys(_COLUMNS, 0) | values


def _shift(session: Session, events: Sequence[dict[str, Any]]) -> None:
    """Add what the events add to their accounts, in the order of the accounts."""
    sums: dict[int, list[int]] = {}
    for event in events:
        added = sums.setdefault(event["account_id"], [0] * len(_COLUMNS))
        for place, name in enumerate(_COLUMNS):
            added[place] += event[name]
    table: Any = CapAccount.__table__  # type: ignore[attr-defined]
    rows = [{"account": key, **dict(zip(_ADDED, sums[key], strict=True))} for key in sorted(sums) if any(sums[key])]
    if rows:
        raised = {name: table.c[name] + sa.bindparam(added) for name, added in zip(_COLUMNS, _ADDED, strict=True)}
        statement = sa.update(table).where(table.c.id == sa.bindparam("account")).values(raised)
        session.connection().execute(statement, rows)


_ADDED: Final = tuple(f"added_{name}" for name in _COLUMNS)


def _write(session: Session, clock: Clock, events: Sequence[dict[str, Any]], *, actor_id: int | None) -> None:
    at = clock.now()
    insert_rows(session, CapEvent, [event | {"actor_id": actor_id, "at": at} for event in events])


def _hold(event: Any) -> Hold:
    said = event if isinstance(event, dict) else event.model_dump()
    return Hold(
        uid=said["hold"],
        account_id=said["account_id"],
        plan_id=said["plan_id"],
        task_id=said["task_id"],
        site_id=said["site_id"],
        visit_uid=said["visit_uid"],
        stage=said["kind"],
        capped=said["capped"],
        number=said["number"],
    )
