"""What is handed to other programs: visits in force, filed plans, figures of releases; full, or since a cursor.

A cursor is a text that an export gives and the next one takes: the number of the newest release, or the moment of the
newest filing. Unannounced visits are left out unless somebody who may see them asks for them (P9).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlmodel import Session, col, select

from data.models import Organisation, Plan, Release, ReleaseVisit, Round, Visit
from scheduler.clock import DISTRICT_ZONE
from scheduler.errors import Fault, InvalidError, NotPermittedError
from scheduler.permissions import Actor, may_coordinate, may_export
from scheduler.publishing.visibility import ARRIVED, rows_in_force

Record = dict[str, Any]
JOIN: Final = "；"


class ExportKind(StrEnum):
    VISITS = "visits"
    PLANS = "plans"
    FIGURES = "figures"


FIELDS: Final[dict[ExportKind, tuple[str, ...]]] = {
    ExportKind.VISITS: (
        "visit", "release", "sequence", "status", "date", "starts", "minutes", "enterprise", "credit_code", "site",
        "address", "town", "lead", "departments", "department_codes", "joint", "items", "bases", "officers",
        "certificates", "notice", "sealed_at",
    ),
    ExportKind.PLANS: (
        "plan", "file_number", "title", "department", "department_code", "year", "kind", "span", "trigger", "status",
        "period_first", "period_last", "revision", "filed_at",
    ),
    ExportKind.FIGURES: (
        "release", "round", "sealed_at", "requests", "scheduled", "left_out", "visits_without", "visits_with",
        "notices_without", "notices_with", "trips_without", "trips_with", "joint_visits",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with the names of FIELDS, in a fixed order. `cursor`: what to give next time to get only what is newer."""

    kind: ExportKind
    fields: tuple[str, ...]
    rows: tuple[Record, ...]
    since: str
    cursor: str


def export_table(session: Session, actor: Actor, kind: ExportKind, *, since: str = "", hidden: bool = False) -> Table:
    """Read one table. Raises NotPermittedError, and InvalidError ("bad_cursor") for a cursor that no export gave."""
    if not may_export(actor) or (hidden and not may_coordinate(actor)):
        raise NotPermittedError(action="export")
    if kind is ExportKind.PLANS:
        rows, cursor = _plans(session, _moment(since))
    elif kind is ExportKind.VISITS:
        rows, cursor = _visits(session, _number(since), hidden=hidden)
    else:
        rows, cursor = _figures(session, _number(since))
    return Table(kind=kind, fields=FIELDS[kind], rows=tuple(rows), since=since, cursor=cursor or since)


def _number(since: str) -> int:
    if since and not (since.isascii() and since.isdigit() and len(since) < 10):
        raise InvalidError(Fault(field="since", code="bad_cursor"))
    return int(since or 0)


def _moment(since: str) -> datetime:
    try:
        found = datetime.fromisoformat(since) if since else datetime(1970, 1, 1, tzinfo=UTC)
    except ValueError as error:
        raise InvalidError(Fault(field="since", code="bad_cursor")) from error
    if found.tzinfo is None:
        raise InvalidError(Fault(field="since", code="bad_cursor"))
    return found


def _visits(session: Session, since: int, *, hidden: bool) -> tuple[list[Record], str]:
    statement = rows_in_force().where(col(ReleaseVisit.changed_in) > since)
    if not hidden:
        arrived = select(col(Visit.uid)).where(col(Visit.status).in_(ARRIVED))
        statement = statement.where(col(ReleaseVisit.hidden).is_(False) | col(ReleaseVisit.visit_uid).in_(arrived))
    rows = session.exec(statement.order_by(col(ReleaseVisit.day), col(ReleaseVisit.visit_uid))).all()
    releases = {row.number: row for row in session.exec(select(Release))}
    newest = max(releases, default=0)
    return [_visit(row, releases[row.changed_in]) for row in rows], str(newest) if newest else ""


def _visit(row: ReleaseVisit, release: Release) -> Record:
    public = json.loads(row.body)["public"]
    return {
        "visit": row.visit_uid,
        "release": row.changed_in,
        "sequence": row.sequence,
        "status": "cancelled" if row.cancelled else "planned",
        "lead": next((one["name"] for one in public["departments"] if one["leads"]), ""),
        "departments": JOIN.join(one["name"] for one in public["departments"]),
        "department_codes": JOIN.join(one["code"] for one in public["departments"]),
        "joint": len(public["departments"]) > 1,
        "items": JOIN.join(one["text"] for one in public["items"]),
        "bases": JOIN.join(one["basis"] for one in public["items"]),
        "officers": JOIN.join(one["name"] for one in public["officers"]),
        "certificates": JOIN.join(one["certificate"] for one in public["officers"]),
        "notice": "unannounced" if row.hidden else "announced",
        "sealed_at": _local(release.sealed_at),
    } | {
        name: public[name]
        for name in ("date", "starts", "minutes", "enterprise", "credit_code", "site", "address", "town")
    }


def _plans(session: Session, since: datetime) -> tuple[list[Record], str]:
    bodies = {row.id: row for row in session.exec(select(Organisation))}
    statement = select(Plan).where(col(Plan.filed_at) > since).order_by(col(Plan.filed_at), col(Plan.id))
    rows = session.exec(statement).all()
    newest = max((row.filed_at for row in rows if row.filed_at), default=None)
    return [_plan(row, bodies[row.organisation_id]) for row in rows], newest.isoformat() if newest else ""


def _plan(row: Plan, body: Organisation) -> Record:
    return {
        "plan": row.uid,
        "file_number": row.file_number,
        "title": row.title,
        "department": body.name,
        "department_code": body.code,
        "year": row.year,
        "kind": str(row.kind),
        "span": str(row.span),
        "trigger": str(row.trigger or ""),
        "status": str(row.status),
        "period_first": row.period_first.isoformat(),
        "period_last": row.period_last.isoformat(),
        "revision": row.revision,
        "filed_at": _local(row.filed_at) if row.filed_at else "",
    }


def _figures(session: Session, since: int) -> tuple[list[Record], str]:
    statement = select(Release, Round).join(Round, col(Round.id) == col(Release.round_id))
    rows = session.exec(statement.where(col(Release.number) > since).order_by(col(Release.number))).all()
    names = FIELDS[ExportKind.FIGURES][3:]
    records = [
        {"release": release.number, "round": round_.name, "sealed_at": _local(release.sealed_at)}
        | {name: release.figures.get(name) for name in names}
        for release, round_ in rows
    ]
    return records, str(rows[-1][0].number) if rows else ""


def _local(moment: datetime) -> str:
    return moment.astimezone(DISTRICT_ZONE).isoformat(timespec="seconds")
