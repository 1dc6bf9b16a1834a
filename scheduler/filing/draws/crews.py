"""The officers' draw as documents: what was kept when a release was sealed, shown to officials and to the public.

Whoever is skipped as busy betrays another visit at that time. Therefore the public learns of a round's crews only when
no unannounced visit of it can come any more, as with the lists of unannounced tasks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import CrewReason, DrawMode
from data.models import CrewDraw, Draw, DrawProtocol, InspectionRequest, Organisation, PlanTask, Round, Site
from scheduler.filing.crew_method import Crew, crew_document, rank_officers
from scheduler.filing.draw_method import Sources, sources_of
from scheduler.filing.draws.pools import Pool, read_pools
from scheduler.filing.draws.protocol import sources_of_protocol
from scheduler.permissions import Actor, may_see_all

SHOWN_SIGNS: Final = 4
Kept = tuple[CrewDraw, InspectionRequest, PlanTask, Site, Organisation]


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedOfficer:
    """A place in the ranking. `certificate`: masked; `reason` None for who goes and for who was not reached."""

    place: int
    officer_uid: str
    certificate: str
    goes: bool
    reason: CrewReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CrewLine:
    """The officers' draw of a request. `reached`: the ranking up to the last who goes; `pool`: officers in all.

    `followed`: exactly the first of the ranking go.
    """

    request_uid: str
    organisation: str
    task: str
    needed: int
    day: date
    quarters: tuple[int, ...]
    pool: int
    reached: tuple[RankedOfficer, ...]

    @property
    def followed(self) -> bool:
        return all(one.goes for one in self.reached)


def masked(certificate: str) -> str:
    """Return a certificate number of which only the last signs can be read."""
    return "*" * max(0, len(certificate) - SHOWN_SIGNS) + certificate[-SHOWN_SIGNS:]


def list_crews(session: Session, protocol: DrawProtocol) -> list[CrewLine]:
    """Return the crews that were released, by organisation, day and request; the latest release of each counts."""
    pools = {pool.organisation_id: pool for pool in read_pools(session, protocol)}
    lines = []
    for kept in _kept(session, protocol):
        body = kept[4]
        if body.id in pools:
            lines.append(_line(protocol, pools[body.id], kept))
    return sorted(lines, key=lambda one: (one.organisation, one.day, one.request_uid))


def crews_for(session: Session, actor: Actor, protocol: DrawProtocol) -> list[CrewLine]:
    """Return the crews that an official may see at once: the district all, a department those of its own officers."""
    lines = list_crews(session, protocol)
    if may_see_all(actor):
        return lines
    own = session.get(Organisation, actor.organisation_id) if actor.organisation_id else None
    return [one for one in lines if own is not None and one.organisation == own.short_name]


def pool_document(session: Session, protocol: DrawProtocol, organisation_id: int) -> str | None:
    """Return a pool with its seed and all crews drawn from it, as anybody can check it; None while there are none.

    None too where the service alone drew a round without any drawn task: nothing then tells where the seed is from.
    """
    pool = next((one for one in read_pools(session, protocol) if one.organisation_id == organisation_id), None)
    crews = [
        _crew(kept, request, task, site)
        for kept, request, task, site, body in _kept(session, protocol)
        if body.id == organisation_id
    ]
    if pool is None or not crews:
        return None
    sources = _sources(session, protocol)
    if sources is None:
        return None
    return crew_document(pool.document, sources.as_json(), list_hash=pool.list_hash, blind=protocol.blind, crews=crews)


def _sources(session: Session, protocol: DrawProtocol) -> Sources | None:
    made = session.exec(select(Draw.document).where(Draw.round_id == protocol.round_id).order_by(col(Draw.id))).first()
    if made is not None:
        return sources_of(json.loads(made))
    return sources_of_protocol(session, protocol) if protocol.mode is DrawMode.PARTIES else None


def _crew(kept: CrewDraw, request: InspectionRequest, task: PlanTask, site: Site) -> Crew:
    return {**kept.document, "request": request.uid, "task": task.uid, "site": site.uid}


def _line(protocol: DrawProtocol, pool: Pool, found: Kept) -> CrewLine:
    kept, request, task, _site, body = found
    entry: dict[str, Any] = kept.document
    reasons = {uid: CrewReason(reason) for uid, reason in entry["skipped"]}
    chosen = set(entry["chosen"])
    ranked = rank_officers(protocol.seed, request.uid, pool.officers)
    return CrewLine(
        request_uid=request.uid,
        organisation=body.short_name,
        task=task.name,
        needed=entry["needed"],
        day=date.fromisoformat(entry["day"]),
        quarters=tuple(entry["quarters"]),
        pool=len(ranked),
        reached=tuple(
            RankedOfficer(
                place=place,
                officer_uid=uid,
                certificate=masked(pool.officers[uid]),
                goes=uid in chosen,
                reason=reasons.get(uid),
            )
            for place, uid in enumerate(ranked, 1)
            if uid in chosen or uid in reasons
        ),
    )


def _kept(session: Session, protocol: DrawProtocol) -> list[Kept]:
    statement = (
        sa.select(CrewDraw, InspectionRequest, PlanTask, Site, Organisation)
        .join(InspectionRequest, col(InspectionRequest.id) == col(CrewDraw.request_id))
        .join(PlanTask, col(PlanTask.id) == col(InspectionRequest.task_id))
        .join(Site, col(Site.id) == col(InspectionRequest.site_id))
        .join(Organisation, col(Organisation.id) == col(InspectionRequest.organisation_id))
        .join(Round, col(Round.id) == col(InspectionRequest.round_id))
        .where(col(Round.id) == protocol.round_id)
        .order_by(col(CrewDraw.id))
    )
    # Later rows overwrite earlier ones of the same request.
    return list({row[1].id: row for row in map(tuple, session.execute(statement))}.values())
