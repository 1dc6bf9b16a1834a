"""The part of a draft that concerns one organisation, as it is asked about. Reads only; knows no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from sqlmodel import Session, col, select

from data.models import Officer, Organisation, Round
from scheduler.audit import canonical_json, sha256
from scheduler.planning.drafts import DraftVisit, load_draft

Part: TypeAlias = dict[str, dict[str, Any]]
"""Visit uid -> what the organisation is asked about: place, time, manner, who comes along, its own requests and people.
Other bodies' people are none of its business."""


def parts_of(session: Session, round_: Round) -> dict[int, Part]:
    """Return {organisation id: its part} of the draft as it stands, for every body with a visit in it."""
    draft = load_draft(session, round_)
    codes = {row.id: row.code for row in session.exec(select(Organisation))}
    officers = _officers(session, draft)
    parts: dict[int, Part] = {}
    for one in draft:
        for body in sorted({request.organisation_id for request in one.requests}):
            parts.setdefault(body, {})[one.visit.uid] = _of_body(one, body, codes, officers)
    return parts


def part_hash(part: Part) -> str:
    """SHA-256 of the canonical JSON of a part."""
    return sha256(canonical_json(part))


def changed_visits(before: Part, after: Part) -> tuple[str, ...]:
    """Uids of the visits that are new, gone or other than before, sorted."""
    return tuple(sorted(uid for uid in before.keys() | after.keys() if before.get(uid) != after.get(uid)))


def _officers(session: Session, draft: Sequence[DraftVisit]) -> dict[int | None, str]:
    if not any(one.crew for one in draft):
        return {}
    return {row.id: row.uid for row in session.exec(select(Officer).order_by(col(Officer.id)))}


def _of_body(
    one: DraftVisit, body: int, codes: dict[int | None, str], officers: dict[int | None, str]
) -> dict[str, Any]:
    own = {request.id: request.uid for request in one.requests if request.organisation_id == body}
    return {
        "site": one.site.uid,
        "day": one.visit.day.isoformat(),
        "start_quarter": one.visit.start_quarter,
        "quarters": one.visit.quarters,
        "notice": str(one.visit.notice_mode),
        "departments": sorted({codes[request.organisation_id] for request in one.requests}),
        "requests": sorted(own.values()),
        "officers": sorted({officers[slot.officer_id] for slot in one.crew if slot.request_id in own}),
    }
