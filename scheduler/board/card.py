"""One visit as a card of the board, made of plain rows. Knows no filter, no lane and no page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from data.enums import CreditClass, NoticeMode, VisitStatus
from scheduler.board.changes import GoneVisit, Unpublished
from scheduler.board.filters import STATE_OF, BoardState
from scheduler.board.rows import RoundRows
from scheduler.planning.days import QUARTER_STARTS
from scheduler.planning.drafts import DraftVisit
from scheduler.publishing.differences import Change

UNTOUCHABLE: Final = frozenset({VisitStatus.CHECKED_IN, VisitStatus.DONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A visit on the board. `organisations`: ids, the lead first; `officers`: ids of the crew, the lead first.

    `change`: what the next release would do to it, None when it is as released; `before`: date and start as released
    where it was moved. `problems`: ids of the hard rules that speak against it, only when they were asked for.
    `town_id` and places are None for a visit that is only in the release any more.
    """

    uid: str
    version: int
    day: date
    start_quarter: int
    quarters: int
    site_uid: str
    site: str
    enterprise: str
    credit_code: str
    credit_class: CreditClass | None
    town_id: int | None
    scenario_id: int | None
    lon: float | None
    lat: float | None
    organisations: tuple[int, ...]
    officers: tuple[int, ...]
    lead_officer_id: int | None
    people: int
    hidden: bool
    fixed: bool
    pinned: bool
    change: Change | None
    before: tuple[str, str] | None = None
    problems: tuple[str, ...] = ()

    @property
    def state(self) -> BoardState:
        return STATE_OF[self.change]

    @property
    def joint(self) -> bool:
        return len(self.organisations) > 1


def make_card(one: DraftVisit, rows: RoundRows, changed: Unpublished, problems: tuple[str, ...] = ()) -> Card:
    """The card of a visit of the draft."""
    visit, site = one.visit, one.site
    enterprise = rows.enterprises[site.enterprise_id]
    bodies = {request.organisation_id for request in one.requests}
    crew = {slot.officer_id for slot in one.crew}
    return Card(
        uid=visit.uid,
        version=visit.version,
        day=visit.day,
        start_quarter=visit.start_quarter,
        quarters=visit.quarters,
        site_uid=site.uid,
        site=site.name,
        enterprise=enterprise.name,
        credit_code=enterprise.credit_code,
        credit_class=enterprise.credit_class,
        town_id=site.town_id,
        scenario_id=site.scenario_id,
        lon=site.lon,
        lat=site.lat,
        organisations=_lead_first(bodies, visit.lead_organisation_id, rows),
        officers=tuple(sorted(crew, key=lambda one: (one != visit.lead_officer_id, one))),
        lead_officer_id=visit.lead_officer_id,
        people=sum(request.inspectors for request in one.requests),
        hidden=visit.notice_mode is NoticeMode.UNANNOUNCED,
        fixed=visit.status in UNTOUCHABLE,
        pinned=visit.day_pinned or any(request.locked for request in one.requests),
        change=changed.changes.get(visit.uid),
        before=changed.before.get(visit.uid),
        problems=problems,
    )


def _lead_first(ids: Iterable[int], lead: int | None, rows: RoundRows) -> tuple[int, ...]:
    """The organisation that leads, then the others as every page orders them: by code."""
    return tuple(sorted(ids, key=lambda one: (one != lead, rows.organisations[one].code)))


def make_gone_card(gone: GoneVisit, rows: RoundRows) -> Card:
    """A visit that the release still has: as it was released, to be seen and never to be moved."""
    public = gone.public
    codes = {row.code: row.id for row in rows.organisations.values()}
    towns = {row.name: row.id for row in rows.towns.values()}
    starts = [f"{hour:02d}:{minute:02d}" for hour, minute in QUARTER_STARTS]
    return Card(
        uid=gone.uid,
        version=0,
        day=gone.day,
        start_quarter=starts.index(public["starts"]) if public["starts"] in starts else 0,
        quarters=1,
        site_uid="",
        site=public["site"],
        enterprise=public["enterprise"],
        credit_code=public["credit_code"],
        credit_class=None,
        town_id=towns.get(public["town"]),
        scenario_id=None,
        lon=None,
        lat=None,
        organisations=tuple(codes[one["code"]] for one in public["departments"] if one["code"] in codes),
        officers=(),
        lead_officer_id=None,
        people=len(public["officers"]),
        hidden=gone.hidden,
        fixed=True,
        pinned=False,
        change=Change.CANCELLED,
    )
