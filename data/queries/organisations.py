"""Questions about the organisations of the district."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import OrganisationKind, RecordStatus
from data.errors import NotFoundError
from data.models import InspectionItem, Officer, Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganisationRow:
    """An organisation with how many active officers and items it has."""

    organisation: Organisation
    officers: int
    items: int


def list_organisations(session: Session, *, kind: OrganisationKind | None = None) -> list[OrganisationRow]:
    """Return organisations by kind and code, with their counts."""
    statement = select(Organisation).order_by(col(Organisation.kind), col(Organisation.code))
    if kind is not None:
        statement = statement.where(Organisation.kind == kind)
    officers, items = _count_by_organisation(session, Officer), _count_by_organisation(session, InspectionItem)
    return [
        OrganisationRow(organisation=row, officers=officers.get(row.id, 0), items=items.get(row.id, 0))
        for row in session.exec(statement)
    ]


def get_organisation(session: Session, code: str) -> Organisation:
    """Return the organisation of a code. Raises NotFoundError."""
    row = session.exec(select(Organisation).where(Organisation.code == code)).first()
    if row is None:
        raise NotFoundError("organisation", code)
    return row


def organisation_names(session: Session) -> dict[int, str]:
    """Return {organisation id: short name} of all organisations."""
    rows = session.execute(sa.select(col(Organisation.id), col(Organisation.short_name)))
    return {key: name for key, name in rows}  # noqa: C416 -- rows are not pairs to the type checker


def organisation_codes(session: Session) -> dict[str, int]:
    """Return {code: organisation id} of all organisations."""
    rows = session.execute(sa.select(col(Organisation.code), col(Organisation.id)))
    return {code: key for code, key in rows}  # noqa: C416 -- rows are not pairs to the type checker


def _count_by_organisation(session: Session, table: type[Officer] | type[InspectionItem]) -> dict[int | None, int]:
    rows = session.execute(
        sa.select(col(table.organisation_id), sa.func.count())
        .where(col(table.status) == RecordStatus.ACTIVE)
        .group_by(col(table.organisation_id))
    )
    return {key: number for key, number in rows}  # noqa: C416 -- rows are not pairs to the type checker
