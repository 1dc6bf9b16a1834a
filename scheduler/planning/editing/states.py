"""A visit and a request of the draft as plain values, in public ids, and as JSON. Knows no table.

A command turns states into other states; the log keeps both, and undoing writes the first ones back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from data.enums import NoticeMode, RequestStatus, VisitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A request in a visit. `officers`: uids, sorted; empty where its body's people are not known by name."""

    request: str
    officers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitState:
    """One visit. `site`, `lead_officer`: uids ("" for nobody by name); `lead_organisation`: code; `members` by uid."""

    uid: str
    site: str
    day: date
    start_quarter: int
    quarters: int
    notice_mode: NoticeMode
    status: VisitStatus
    lead_organisation: str
    lead_officer: str
    day_pinned: bool = False
    crew_pinned: bool = False
    members_pinned: bool = False
    members: tuple[Member, ...] = ()

    @property
    def requests(self) -> tuple[str, ...]:
        return tuple(member.request for member in self.members)

    @property
    def alive(self) -> bool:
        return self.status is not VisitStatus.CANCELLED

    def crew_of(self, request: str) -> tuple[str, ...]:
        """Who goes for one of its requests."""
        return next((member.officers for member in self.members if member.request == request), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestState:
    """Where a request stands, and why it is left out."""

    uid: str
    status: RequestStatus
    reason_code: str = ""
    reason_detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows that an edit is about, by uid; a visit that is not there is absent."""

    visits: Mapping[str, VisitState]
    requests: Mapping[str, RequestState]


def rows_json(rows: Rows) -> dict[str, Any]:
    """Write rows in plain values, in the order of their uids."""
    return {
        "visits": [_visit_json(rows.visits[uid]) for uid in sorted(rows.visits)],
        "requests": [_request_json(rows.requests[uid]) for uid in sorted(rows.requests)],
    }


def rows_from_json(document: Mapping[str, Any]) -> Rows:
    """Read back what `rows_json` wrote."""
    visits = [_visit_from(plain) for plain in document["visits"]]
    requests = [RequestState(**{**plain, "status": RequestStatus(plain["status"])}) for plain in document["requests"]]
    return Rows(visits={one.uid: one for one in visits}, requests={one.uid: one for one in requests})


def only(rows: Rows, *, visits: Iterable[str], requests: Iterable[str]) -> Rows:
    """The part of some rows with these uids."""
    return Rows(
        visits={uid: rows.visits[uid] for uid in sorted(visits) if uid in rows.visits},
        requests={uid: rows.requests[uid] for uid in sorted(requests) if uid in rows.requests},
    )


def _visit_json(state: VisitState) -> dict[str, Any]:
    return {
        "uid": state.uid,
        "site": state.site,
        "day": state.day.isoformat(),
        "start_quarter": state.start_quarter,
        "quarters": state.quarters,
        "notice_mode": str(state.notice_mode),
        "status": str(state.status),
        "lead_organisation": state.lead_organisation,
        "lead_officer": state.lead_officer,
        "day_pinned": state.day_pinned,
        "crew_pinned": state.crew_pinned,
        "members_pinned": state.members_pinned,
        "members": {member.request: list(member.officers) for member in state.members},
    }


def _visit_from(plain: Mapping[str, Any]) -> VisitState:
    members = (Member(request=uid, officers=tuple(officers)) for uid, officers in sorted(plain["members"].items()))
    return VisitState(
        **{
            **plain,
            "day": date.fromisoformat(plain["day"]),
            "notice_mode": NoticeMode(plain["notice_mode"]),
            "status": VisitStatus(plain["status"]),
            "members": tuple(members),
        }
    )


def _request_json(state: RequestState) -> dict[str, str]:
    return {
        "uid": state.uid,
        "status": str(state.status),
        "reason_code": state.reason_code,
        "reason_detail": state.reason_detail,
    }
