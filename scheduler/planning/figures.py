"""What coordination saves in a round, counted from the rows. Reads only; knows no solver.

Every figure is about the requests that are in a visit, so that leaving requests out saves nothing.

Without coordination each organisation goes by itself: for one site it needs as few visits as its own windows allow
(requests that must be alone one each; announced and unannounced ones apart), never fewer because of others. Splitting
one's requests therefore does not raise the figure. With coordination the visits are those of the draft.

Notices: without, one from each organisation to each enterprise that it announces itself to; with, one to each such
enterprise. Trips: without, one for each visit; with, one for each organisation, town and day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlmodel import Session, col, select

from data.enums import NoticeMode, RequestStatus
from data.models import Enterprise, InspectionRequest, Organisation, Round, Site, Town
from scheduler.planning.drafts import DraftVisit, load_draft

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One line of the comparison; `key`: a credit class or an organisation's code, `name` in words where it has one.

    For an organisation, visits with coordination are those it takes part in.
    """

    key: str
    name: str
    requests: int
    visits_without: int
    visits_with: int
    notices_without: int
    notices_with: int
    trips_without: int
    trips_with: int
    joint_visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundFigures:
    """The whole comparison. Rates are 0..1; `mergeable`: requests that another organisation's could have joined.

    `people_days`: officers sent, each counted once a day. `left_out`: requests in no visit.
    """

    requests: int
    scheduled: int
    left_out: int
    visits_without: int
    visits_with: int
    notices_without: int
    notices_with: int
    trips_without: int
    trips_with: int
    joint_visits: int
    joint_rate: float
    mergeable: int
    merged: int
    merge_rate: float
    people_days: int
    by_class: tuple[Saving, ...]
    by_organisation: tuple[Saving, ...]

    @property
    def visits_saved(self) -> int:
        return self.visits_without - self.visits_with


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """A request in a visit, with what the counting needs."""

    request: InspectionRequest
    visit: DraftVisit
    enterprise: Enterprise

    @property
    def town_id(self) -> int:
        return self.visit.site.town_id

    @property
    def announced(self) -> bool:
        return self.request.notice_mode is NoticeMode.ANNOUNCED


def round_figures(session: Session, round_: Round) -> RoundFigures:
    """Count the round as it stands: its draft, or what was published."""
    return figures_of(session, round_, load_draft(session, round_))


def figures_of(session: Session, round_: Round, draft: Sequence[DraftVisit]) -> RoundFigures:
    """Count some visits as if they were the round's draft; a request in them counts, withdrawn since or not."""
    placed = _placed(session, draft)
    organisations = {row.id: row for row in session.exec(select(Organisation))}
    live = set(
        session.exec(
            select(col(InspectionRequest.id)).where(
                InspectionRequest.round_id == round_.id, InspectionRequest.status != RequestStatus.WITHDRAWN
            )
        )
    )
    waiting = live - {one.request.id for one in placed}
    total = _saving("", "", placed)
    mergeable = _mergeable(placed)
    merged = sum(1 for one in placed if _is_joint(one.visit))
    return RoundFigures(
        requests=len(waiting) + len(placed),
        scheduled=len(placed),
        left_out=len(waiting),
        visits_without=total.visits_without,
        visits_with=total.visits_with,
        notices_without=total.notices_without,
        notices_with=total.notices_with,
        trips_without=total.trips_without,
        trips_with=total.trips_with,
        joint_visits=total.joint_visits,
        joint_rate=_rate(total.joint_visits, total.visits_with),
        mergeable=mergeable,
        merged=merged,
        merge_rate=_rate(merged, mergeable),
        people_days=len({(slot.officer_id, slot.day) for one in draft for slot in one.crew}),
        by_class=tuple(
            _saving(key, "", rows) for key, rows in _grouped(placed, lambda one: str(one.enterprise.credit_class))
        ),
        by_organisation=tuple(
            _saving(code, name, rows)
            for (code, name), rows in _grouped(placed, lambda one: _named(organisations, one.request.organisation_id))
        ),
    )


def savings_by_town(session: Session, round_: Round) -> tuple[Saving, ...]:
    """The same comparison by township: `key` its code, `name` its name; sorted by code."""
    placed = _placed(session, load_draft(session, round_))
    towns = {row.id: (row.code, row.name) for row in session.exec(select(Town))}
    return tuple(_saving(code, name, rows) for (code, name), rows in _grouped(placed, lambda one: towns[one.town_id]))


def _named(organisations: dict[int | None, Organisation], key: int) -> tuple[str, str]:
    return organisations[key].code, organisations[key].short_name


def _placed(session: Session, draft: Sequence[DraftVisit]) -> list[_Placed]:
    sites = [one.site.id for one in draft]
    owners = select(Enterprise).join(Site, col(Site.enterprise_id) == col(Enterprise.id))
    enterprises = {row.id: row for row in session.exec(owners.where(col(Site.id).in_(sites)))}
    return [
        _Placed(request=request, visit=one, enterprise=enterprises[one.site.enterprise_id])
        for one in draft
        for request in one.requests
    ]


def _saving(key: str, name: str, placed: Sequence[_Placed]) -> Saving:
    visits = {one.visit.visit.uid: one.visit for one in placed}
    alone = sum(_visits_alone(rows) for _, rows in _grouped(placed, _by_body_and_site))
    told = [one for one in placed if one.announced]
    return Saving(
        key=key,
        name=name,
        requests=len(placed),
        visits_without=alone,
        visits_with=len(visits),
        notices_without=len({(one.request.organisation_id, one.enterprise.uid) for one in told}),
        notices_with=len({one.enterprise.uid for one in told}),
        trips_without=alone,
        trips_with=len({(one.request.organisation_id, one.town_id, one.visit.visit.day) for one in placed}),
        joint_visits=sum(map(_is_joint, visits.values())),
    )


def _by_body_and_site(one: _Placed) -> tuple[int, int]:
    return one.request.organisation_id, one.request.site_id


def _visits_alone(placed: Sequence[_Placed]) -> int:
    """Fewest visits in which one organisation could do its own requests at one site."""
    separate = sum(1 for one in placed if not one.request.joint)
    shared = [one for one in placed if one.request.joint]
    return separate + sum(
        fewest_days([(one.request.first_date, one.request.last_date) for one in rows])
        for _, rows in _grouped(shared, lambda one: str(one.request.notice_mode))
    )


def fewest_days(windows: Iterable[tuple[date, date]]) -> int:
    """Fewest days that meet every window: always take the last day of the window that ends first."""
    count, reached = 0, date.min
    for first, last in sorted(windows, key=lambda window: (window[1], window[0])):
        if first > reached:
            count, reached = count + 1, last
    return count


def _is_joint(one: DraftVisit) -> bool:
    return len({request.organisation_id for request in one.requests}) > 1


def _mergeable(placed: Sequence[_Placed]) -> int:
    """Requests for which another organisation has one at the same site, of the same notice mode, at the same time."""
    count = 0
    for _, rows in _grouped([one for one in placed if one.request.joint], _by_site_and_mode):
        count += sum(1 for one in rows if any(_could_join(one.request, other.request) for other in rows))
    return count


def _by_site_and_mode(one: _Placed) -> tuple[int, str]:
    return one.request.site_id, str(one.request.notice_mode)


def _could_join(a: InspectionRequest, b: InspectionRequest) -> bool:
    overlap = a.first_date <= b.last_date and b.first_date <= a.last_date
    return overlap and a.organisation_id != b.organisation_id


def _grouped(placed: Iterable[_Placed], key: Callable[[_Placed], K]) -> list[tuple[K, list[_Placed]]]:
    groups: dict[K, list[_Placed]] = {}
    for one in placed:
        groups.setdefault(key(one), []).append(one)
    return sorted(groups.items(), key=lambda group: group[0])  # type: ignore[arg-type, return-value]


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
