"""A proposal in names: what a coordinator reads before adopting it. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from data.enums import CreditClass, ProposalStatus
from data.models import Enterprise, InspectionRequest, Officer, Organisation, Proposal, Round, Site, Town
from scheduler.looks import remember_sites
from scheduler.planning.answers import Answer, AnswerVisit


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedVisit:
    """One visit of a proposal in names. `departments`: the lead first; `officers`: (name, body), the lead first."""

    day: date
    start_quarter: int
    quarters: int
    site_uid: str
    site: str
    enterprise: str
    town: str
    credit_class: CreditClass
    unannounced: bool
    departments: tuple[str, ...]
    officers: tuple[tuple[str, str], ...]
    requests: int

    @property
    def joint(self) -> bool:
        return len(self.departments) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOutRequest:
    """One request that a proposal leaves out, in names, with a stable code and the figures that explain it."""

    request_uid: str
    organisation: str
    site: str
    first_date: date
    last_date: date
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal in names. `outdated`: the draft has changed since its solve began. `joint`: visits by several."""

    proposal: Proposal
    outdated: bool
    visits: tuple[ProposedVisit, ...]
    left_out: tuple[LeftOutRequest, ...]
    parts: tuple[tuple[str, float], ...]
    joint: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    sites: dict[str, tuple[Site, Enterprise]]
    towns: dict[int | None, str]
    organisations: dict[int | None, Organisation]
    requests: dict[str, InspectionRequest]
    officers: dict[str, Officer]


def proposal_view(session: Session, proposal: Proposal) -> ProposalView:
    """Put names to a proposal; visits by day, start and site."""
    round_ = session.get_one(Round, proposal.round_id)
    answer: Answer = json.loads(proposal.answer)
    names = _names(session, round_)
    crews: dict[str, list[tuple[bool, Officer]]] = {}
    for duty in answer["roster"]:
        crews.setdefault(duty["request"], []).append((not duty["lead"], names.officers[duty["officer"]]))
    visits = [_visit(names, crews, visit) for visit in answer["visits"]]
    remember_sites(session, round_.id, {visit.site_uid for visit in visits if visit.unannounced})
    return ProposalView(
        proposal=proposal,
        outdated=proposal.status is ProposalStatus.OFFERED and proposal.draft_version != round_.draft_version,
        visits=tuple(sorted(visits, key=lambda one: (one.day, one.start_quarter, one.site, one.site_uid))),
        left_out=tuple(_left_out(names, answer)),
        parts=tuple(sorted(proposal.parts.items())),
        joint=sum(visit.joint for visit in visits),
    )


def _names(session: Session, round_: Round) -> _Names:
    found: Any = session.exec(
        select(InspectionRequest, Site, Enterprise)
        .join(Site, col(InspectionRequest.site_id) == col(Site.id))
        .join(Enterprise, col(Site.enterprise_id) == col(Enterprise.id))
        .where(InspectionRequest.round_id == round_.id)
    ).all()
    return _Names(
        sites={site.uid: (site, enterprise) for _, site, enterprise in found},
        towns={row.id: row.name for row in session.exec(select(Town))},
        organisations={row.id: row for row in session.exec(select(Organisation))},
        requests={request.uid: request for request, _, _ in found},
        officers={row.uid: row for row in session.exec(select(Officer))},
    )


def _visit(names: _Names, crews: dict[str, list[tuple[bool, Officer]]], visit: AnswerVisit) -> ProposedVisit:
    site, enterprise = names.sites[visit["site"]]
    bodies = {names.organisations[names.requests[uid].organisation_id].code for uid in visit["requests"]}
    by_code = {row.code: row.short_name for row in names.organisations.values()}
    ordered = sorted(bodies, key=lambda code: (code != visit["lead_organisation"], code))
    return ProposedVisit(
        day=date.fromisoformat(visit["day"]),
        start_quarter=visit["start_quarter"],
        quarters=visit["quarters"],
        site_uid=site.uid,
        site=site.name,
        enterprise=enterprise.name,
        town=names.towns[site.town_id],
        credit_class=enterprise.credit_class,
        unannounced=visit["unannounced"],
        departments=tuple(by_code[code] for code in ordered),
        officers=_officers(names, [member for uid in visit["requests"] for member in crews.get(uid, [])]),
        requests=len(visit["requests"]),
    )


def _officers(names: _Names, crew: Sequence[tuple[bool, Officer]]) -> tuple[tuple[str, str], ...]:
    ordered = sorted(crew, key=lambda member: (member[0], member[1].organisation_id, member[1].uid))
    return tuple((officer.name, names.organisations[officer.organisation_id].short_name) for _, officer in ordered)


def _left_out(names: _Names, answer: Answer) -> Iterator[LeftOutRequest]:
    by_id = {site.id: site.name for site, _ in names.sites.values()}
    for row in answer["unscheduled"]:
        request = names.requests[row["request"]]
        yield LeftOutRequest(
            request_uid=request.uid,
            organisation=names.organisations[request.organisation_id].short_name,
            site=by_id[request.site_id],
            first_date=request.first_date,
            last_date=request.last_date,
            reason=row["reason"],
            detail=row["detail"],
        )
