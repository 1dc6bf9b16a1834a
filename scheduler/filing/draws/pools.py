"""The officers' side of a draw (R51): each organisation's library of officers, frozen and hashed like the sites.

Of an officer nothing is published but the certificate number and a random id. Knows no plan and no roster.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from data.enums import RecordStatus
from data.models import DrawList, DrawProtocol, Officer, Organisation
from scheduler.filing.draw_method import ALGORITHMS, canonical, digest
from scheduler.filing.draws.records import find_drawn


def freeze_pools(session: Session, protocol: DrawProtocol, organisation_ids: Sequence[int]) -> list[DrawList]:
    """Return the lists of officers of some organisations; those without officers on record have none."""
    codes = {
        row.id: row.code for row in session.exec(select(Organisation).where(col(Organisation.id).in_(organisation_ids)))
    }
    serving: dict[int, list[list[str]]] = {}
    statement = select(Officer).where(
        col(Officer.organisation_id).in_(organisation_ids), Officer.status == RecordStatus.ACTIVE, col(Officer.reviewed)
    )
    for officer in session.exec(statement):
        serving.setdefault(officer.organisation_id, []).append([officer.certificate_number, officer.uid])
    return [_pool(protocol, key, codes[key], serving[key]) for key in sorted(serving)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A frozen pool. `officers`: {officer uid: certificate number}; `document`: what `list_hash` is the hash of."""

    organisation_id: int
    officers: Mapping[str, str]
    list_hash: str
    document: str


def read_pools(session: Session, protocol: DrawProtocol) -> list[Pool]:
    """Return the pools of a draw, by organisation."""
    statement = select(DrawList).where(DrawList.protocol_id == protocol.id, col(DrawList.organisation_id).is_not(None))
    return [
        Pool(
            organisation_id=row.organisation_id or 0,
            officers={uid: number for number, uid in json.loads(row.document)["officers"]},
            list_hash=row.list_hash,
            document=row.document,
        )
        for row in session.exec(statement.order_by(col(DrawList.organisation_id)))
    ]


def pooled_officers(session: Session, protocol: DrawProtocol) -> dict[str, str]:
    """Return {officer uid: certificate number} of all frozen officers."""
    return {uid: number for pool in read_pools(session, protocol) for uid, number in pool.officers.items()}


def officers_seed(session: Session, round_id: int) -> int | None:
    """Return the seed that ranks the officers of a round: that of its draw, read as a number; None without a draw.

    An officer's place in the draw of a request is the SHA-256 of `seed|request|officer`, the seed in decimal.
    """
    drawn = find_drawn(session, round_id)
    return int(drawn.seed, 16) if drawn is not None else None


def _pool(protocol: DrawProtocol, organisation_id: int, code: str, officers: list[list[str]]) -> DrawList:
    document = canonical(
        {
            "algorithm": ALGORITHMS[protocol.kind],
            "draw": protocol.uid,
            "officers": sorted(officers),
            "organisation": code,
        }
    )
    return DrawList(
        protocol_id=protocol.id or 0,
        organisation_id=organisation_id,
        list_hash=digest(protocol.kind, document),
        listed=len(officers),
        document=document,
    )
