"""Confirmations in names: one question as its department reads it, and a round as its coordinator does. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from data.enums import ConfirmationStatus, RoundStatus
from data.models import Confirmation, CounterProposal, Organisation, Round, Site, Town, User, Visit
from scheduler.clock import Clock
from scheduler.confirming.parts import changed_visits, part_hash, parts_of
from scheduler.confirming.records import list_all, list_counters, list_live, round_of
from scheduler.confirming.timers import Timer, round_timers
from scheduler.permissions import Actor, may_confirm, may_see_all
from scheduler.planning.board import local_start


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedVisit:
    """A visit as it was asked about. `changed`: new or other than in the question before; `starts_at`: local time."""

    uid: str
    day: date
    starts_at: datetime
    quarters: int
    site: str
    address: str
    town: str
    departments: tuple[str, ...]
    unannounced: bool
    people: int
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question with its visits. `edited`: the draft says something else by now. `answerable`: by this actor."""

    confirmation: Confirmation
    round: Round
    organisation: str
    visits: tuple[AskedVisit, ...]
    gone: int
    counters: Mapping[str, CounterProposal]
    answered_by: str
    edited: bool
    answerable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedBody:
    """One organisation on the coordinator's page. `edited`: its part was edited after it was asked."""

    confirmation: Confirmation
    organisation: str
    visits: int
    answered_by: str
    edited: bool
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterLine:
    """Another day that a department proposed for one visit."""

    counter: CounterProposal
    organisation: str
    site: str
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundConfirmations:
    """Who is asked, who has answered what, what waits for the coordinator; `over`: questions that were overtaken.

    `unasked`: organisations whose first visit came after the asking.
    """

    bodies: tuple[AwaitedBody, ...]
    counters: tuple[CounterLine, ...]
    timers: tuple[Timer, ...]
    unasked: tuple[str, ...]
    over: int
    may_ask: bool

    @property
    def awaited(self) -> int:
        return sum(one.confirmation.status is ConfirmationStatus.WAITING for one in self.bodies)

    @property
    def edited(self) -> int:
        return sum(one.edited for one in self.bodies) + len(self.unasked)


def question_view(session: Session, clock: Clock, actor: Actor, one: Confirmation) -> QuestionView:
    """Read one question as the actor may answer it."""
    round_ = round_of(session, one)
    now = parts_of(session, round_).get(one.organisation_id, {})
    earlier = _before(session, one)
    changed = set(changed_visits(earlier.part, one.part)) if earlier else set()
    names = _Names(session, one.part)
    edited = one.part_hash != part_hash(now)
    mine = may_confirm(actor) and actor.organisation_id == one.organisation_id
    waits = one.status is ConfirmationStatus.WAITING and one.due >= clock.now()
    visits = [_visit(uid, row, names, changed=uid in changed) for uid, row in one.part.items()]
    return QuestionView(
        confirmation=one,
        round=round_,
        organisation=session.get_one(Organisation, one.organisation_id).short_name,
        visits=tuple(sorted(visits, key=lambda visit: (visit.starts_at, visit.site, visit.uid))),
        gone=len(changed - one.part.keys()),
        counters={row.visit_uid: row for row in list_counters(session, [one])},
        answered_by=_people(session, [one]).get(one.answered_by_id, ""),
        edited=edited,
        answerable=mine and waits and not edited and round_.status in {RoundStatus.PROPOSED, RoundStatus.SOLVING},
    )


def round_confirmations(session: Session, clock: Clock, actor: Actor, round_: Round) -> RoundConfirmations:
    """Read the questions of a round; the district sees all, a department its own."""
    everything = list_live(session, round_.id)
    live = [one for one in everything if may_see_all(actor) or one.organisation_id == actor.organisation_id]
    parts = parts_of(session, round_) if live else {}
    organisations = {row.id: row.short_name for row in session.exec(select(Organisation))}
    people = _people(session, live)
    asked = {one.organisation_id for one in everything}
    bodies = [
        AwaitedBody(
            confirmation=one,
            organisation=organisations[one.organisation_id],
            visits=len(one.part),
            answered_by=people.get(one.answered_by_id, ""),
            edited=one.part_hash != part_hash(parts.get(one.organisation_id, {})),
            late=one.status is ConfirmationStatus.WAITING and one.due < clock.now(),
        )
        for one in live
    ]
    return RoundConfirmations(
        bodies=tuple(sorted(bodies, key=lambda row: (row.organisation, row.confirmation.uid))),
        counters=_counter_lines(session, live, organisations),
        timers=round_timers(session, clock, round_) if may_see_all(actor) else (),
        unasked=tuple(organisations[body] for body in sorted(parts.keys() - asked)) if may_see_all(actor) else (),
        over=len(list_all(session, round_.id)) - len(everything),
        may_ask=round_.status is RoundStatus.PROPOSED,
    )


def _counter_lines(
    session: Session, live: Sequence[Confirmation], organisations: Mapping[int | None, str]
) -> tuple[CounterLine, ...]:
    by_key = {one.id: one for one in live}
    names = _Names(session, {uid: row for one in live for uid, row in one.part.items()})
    lines = []
    for counter in list_counters(session, live):
        question = by_key[counter.confirmation_id]
        row = question.part[counter.visit_uid]
        lines.append(
            CounterLine(
                counter=counter,
                organisation=organisations[question.organisation_id],
                site=names.sites[row["site"]].name,
                departments=names.bodies(counter.visit_uid, row["departments"]),
            )
        )
    return tuple(lines)


def _before(session: Session, one: Confirmation) -> Confirmation | None:
    """The question before this one to the same organisation."""
    statement = select(Confirmation).where(
        Confirmation.round_id == one.round_id,
        Confirmation.organisation_id == one.organisation_id,
        Confirmation.number == one.number - 1,
    )
    return session.exec(statement).first()


def _people(session: Session, confirmations: Iterable[Confirmation]) -> dict[int | None, str]:
    keys = {one.answered_by_id for one in confirmations if one.answered_by_id}
    if not keys:
        return {}
    return {row.id: row.display_name for row in session.exec(select(User).where(col(User.id).in_(keys)))}


class _Names:
    """Names of the sites, towns and bodies in some parts, {uid of a visit: what was asked}: one query a table."""

    def __init__(self, session: Session, part: Mapping[str, Mapping[str, Any]]) -> None:
        uids = {row["site"] for row in part.values()}
        self.sites = {row.uid: row for row in session.exec(select(Site).where(col(Site.uid).in_(uids)))}
        self.towns = {row.id: row.name for row in session.exec(select(Town))}
        self._bodies = {row.code: row.short_name for row in session.exec(select(Organisation))}
        leading = select(col(Visit.uid), col(Organisation.code)).join(
            Organisation, col(Organisation.id) == col(Visit.lead_organisation_id)
        )
        self._leads = dict(session.exec(leading.where(col(Visit.uid).in_(part))).all())

    def bodies(self, visit: str, codes: Iterable[str]) -> tuple[str, ...]:
        """The short names of who takes part in a visit: who leads it now first, then by code."""
        ordered = sorted(codes, key=lambda code: (code != self._leads.get(visit), code))
        return tuple(self._bodies.get(code, code) for code in ordered)


def _visit(uid: str, row: Mapping[str, Any], names: _Names, *, changed: bool) -> AskedVisit:
    site, day = names.sites[row["site"]], date.fromisoformat(row["day"])
    return AskedVisit(
        uid=uid,
        day=day,
        starts_at=local_start(day, row["start_quarter"]),
        quarters=row["quarters"],
        site=site.name,
        address=site.address,
        town=names.towns[site.town_id],
        departments=names.bodies(uid, row["departments"]),
        unannounced=row["notice"] == "unannounced",
        people=len(row["officers"]),
        changed=changed,
    )
