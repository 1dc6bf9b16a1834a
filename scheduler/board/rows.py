"""The rows of a round's draft as plain columns: one statement a table, no objects, so that a month is read at once.

A row has the attributes of its model and nothing else; what only reads (the documents of publishing, the cards of the
board) takes it for the model. Knows no filter and no page.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col

from data.enums import VisitStatus
from data.models import (
    CrewSlot,
    Enterprise,
    InspectionRequest,
    Officer,
    Organisation,
    Site,
    Town,
    Visit,
    VisitRequest,
)
from scheduler.planning.drafts import DraftVisit

Row = Any
"""A row of columns that stands in for a model."""

_VISIT: Final = (
    "id", "uid", "version", "round_id", "site_id", "day", "start_quarter", "quarters", "notice_mode", "status",
    "lead_organisation_id", "lead_officer_id", "day_pinned", "crew_pinned", "members_pinned", "checked_in_at",
)  # fmt: skip
_SITE: Final = ("id", "uid", "enterprise_id", "name", "address", "town_id", "scenario_id", "lon", "lat")
_ENTERPRISE: Final = ("id", "uid", "name", "credit_code", "credit_class")
_REQUEST: Final = ("id", "uid", "organisation_id", "task_id", "quarters", "inspectors", "locked")
_OFFICER: Final = ("id", "uid", "organisation_id", "name", "certificate_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRows:
    """The draft of a round, sorted by uid, with everything that its documents and cards take names from, by row id."""

    draft: tuple[DraftVisit, ...]
    enterprises: Mapping[int | None, Row]
    organisations: Mapping[int | None, Row]
    towns: Mapping[int | None, Row]
    officers: Mapping[int | None, Row]


def load_rows(session: Session, round_id: int, uids: Collection[str] | None = None) -> RoundRows:
    """Read the draft of a round without its cancelled visits, or only some of its visits, in eight statements.

    `officers`: everybody for a whole round, for some visits those who go.
    """
    here = _present(round_id, uids)
    own = sa.select(col(Visit.id)).where(here).scalar_subquery()
    places = sa.select(col(Visit.site_id)).where(here)
    visits = _all(session, _columns(Visit, _VISIT).where(here).order_by(col(Visit.uid)))
    sites = _by_id(session, _columns(Site, _SITE).where(col(Site.id).in_(places)))
    owners = sa.select(col(Site.enterprise_id)).where(col(Site.id).in_(places))
    requests = _grouped(
        session,
        _columns(InspectionRequest, _REQUEST)
        .add_columns(col(VisitRequest.visit_id))
        .join(VisitRequest, col(VisitRequest.request_id) == col(InspectionRequest.id))
        .where(col(VisitRequest.visit_id).in_(own))
        .order_by(col(InspectionRequest.uid)),
    )
    crew = _grouped(
        session,
        _columns(CrewSlot, ("request_id", "officer_id", "quarter", "visit_id"))
        .where(col(CrewSlot.visit_id).in_(own))
        .order_by(col(CrewSlot.request_id), col(CrewSlot.officer_id), col(CrewSlot.quarter)),
    )
    return RoundRows(
        draft=tuple(
            DraftVisit(
                visit=visit,
                site=sites[visit.site_id],
                requests=tuple(requests.get(visit.id, ())),
                crew=tuple(crew.get(visit.id, ())),
            )
            for visit in visits
        ),
        enterprises=_by_id(session, _columns(Enterprise, _ENTERPRISE).where(col(Enterprise.id).in_(owners))),
        organisations=_by_id(session, sa.select(*Organisation.__table__.c)),  # type: ignore[attr-defined]
        towns=_by_id(session, sa.select(*Town.__table__.c)),  # type: ignore[attr-defined]
        officers=_by_id(session, _columns(Officer, _OFFICER).where(_sent(here, own, everybody=uids is None))),
    )


def _sent(here: Any, own: Any, *, everybody: bool) -> Any:
    """Officers in the crews and leads of some visits; for a whole round everybody, which is cheaper than asking."""
    if everybody:
        return sa.true()
    crews = sa.select(col(CrewSlot.officer_id)).where(col(CrewSlot.visit_id).in_(own))
    leads = sa.select(col(Visit.lead_officer_id)).where(here)
    return sa.or_(col(Officer.id).in_(crews), col(Officer.id).in_(leads))


def _present(round_id: int, uids: Collection[str] | None) -> Any:
    present = sa.and_(col(Visit.round_id) == round_id, col(Visit.status) != VisitStatus.CANCELLED)
    return present if uids is None else sa.and_(present, col(Visit.uid).in_(uids))


def _columns(model: Any, names: Sequence[str]) -> Any:
    return sa.select(*(model.__table__.c[name] for name in names))


def _all(session: Session, statement: Any) -> Sequence[Row]:
    # On the connection: the session would look at each row once more for objects that are not in it.
    return session.connection().execute(statement).all()


def _by_id(session: Session, statement: Any) -> dict[int | None, Row]:
    """Rows by their first column."""
    return {row[0]: row for row in _all(session, statement)}


def _grouped(session: Session, statement: Any) -> dict[int, list[Row]]:
    """Rows by their last column, the id of the visit."""
    found: dict[int, list[Row]] = {}
    for row in _all(session, statement):
        found.setdefault(row[-1], []).append(row)
    return found
