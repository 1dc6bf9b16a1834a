"""Where each table of an export comes from: a statement with a key, what counts as a change, and how a row is written.

A row counts as changed when a line of the audit trail about it is younger than the cursor: lines are numbered in the
order in which their transactions end, so nothing can be missed between two exports. Unannounced visits before their
arrival, and draws of unannounced tasks, are left out unless they are asked for (P9). What officers wrote down freely
is in no table: people write names.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session, col, select

from data.enums import ExportKind, NoticeMode, VisitStatus
from data.models import (
    AuditEvent,
    Draw,
    Enterprise,
    ItemResult,
    Organisation,
    Plan,
    PlanTask,
    PublishedResult,
    Release,
    ReleaseVisit,
    Round,
    Site,
    Visit,
)
from scheduler.clock import DISTRICT_ZONE
from scheduler.publishing.visibility import ARRIVED, rows_in_force

Record = dict[str, Any]
JOIN: Final = "；"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One table. `key`: unique and ordered. `select`: (since, hidden) -> a statement, since 0 for all of it;
    `record`: what the statement yields -> values by the names of `fields`; `events`: what moves the cursor;
    `typed`: a key from its text."""

    fields: tuple[str, ...]
    key: Any
    events: sa.ColumnElement[bool]
    select: Callable[[int, bool], Any]
    record: Callable[[Any], Record]
    typed: Callable[[str], Any] = str


def told_since(since: int, *actions: str) -> Any:
    """Select the uids that the trail names under these actions after a line."""
    later = select(col(AuditEvent.entity_uid)).where(col(AuditEvent.number) > since)
    return later.where(col(AuditEvent.action).in_(actions))


def newest_line(session: Session, kind: ExportKind) -> int:
    """The number of the newest line of the trail that tells of this table; 0 when there is none."""
    statement = select(sa.func.max(col(AuditEvent.number))).where(READERS[kind].events)
    return session.exec(statement).one() or 0


def _visits(since: int, hidden: bool) -> Any:
    in_force = rows_in_force().with_only_columns(col(ReleaseVisit.id))
    statement = select(ReleaseVisit, col(Release.sealed_at)).where(col(ReleaseVisit.id).in_(in_force))
    statement = statement.join(Release, col(Release.number) == col(ReleaseVisit.changed_in))
    announced = col(ReleaseVisit.hidden).is_(False)
    if not hidden:
        arrived = select(col(Visit.uid)).where(col(Visit.status).in_(ARRIVED))
        statement = statement.where(announced | col(ReleaseVisit.visit_uid).in_(arrived))
    if since:
        changed = col(Release.uid).in_(told_since(since, "release.seal"))
        came = ~announced & col(ReleaseVisit.visit_uid).in_(told_since(since, "visit.check_in"))
        statement = statement.where(changed if hidden else changed | came)
    return statement


def _visit(found: Any) -> Record:
    row, sealed_at = found
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
        "sealed_at": _local(sealed_at),
    } | {
        name: public[name]
        for name in ("date", "starts", "minutes", "enterprise", "credit_code", "site", "address", "town")
    }


def _plans(since: int, _hidden: bool) -> Any:
    statement = select(Plan, Organisation).join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
    statement = statement.where(col(Plan.filed_at).is_not(None))
    if since:
        later = select(col(AuditEvent.entity_uid)).where(col(AuditEvent.number) > since, _OF_PLANS)
        statement = statement.where(col(Plan.uid).in_(later))
    return statement


def _plan(found: Any) -> Record:
    row, body = found
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
        "filed_at": _local(row.filed_at),
    }


def _results(since: int, _hidden: bool) -> Any:
    public = sa.and_(
        col(PublishedResult.visit_uid) == col(Visit.uid),
        col(PublishedResult.organisation_id) == col(ItemResult.organisation_id),
        col(PublishedResult.withdrawn_at).is_(None),
    )
    statement = (
        select(ItemResult, Visit, Organisation, Enterprise)
        .add_columns(col(Site.name), col(PublishedResult.published_at))
        .join(Visit, col(Visit.id) == col(ItemResult.visit_id))
        .join(Organisation, col(Organisation.id) == col(ItemResult.organisation_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .outerjoin(PublishedResult, public)
        .where(col(Visit.status) == VisitStatus.DONE)
    )
    return statement.where(col(Visit.uid).in_(told_since(since, *_RESULTS))) if since else statement


def _result(found: Any) -> Record:
    row, visit, body, enterprise, site, published_at = found
    return {
        "result": row.uid,
        "visit": visit.uid,
        "date": visit.day.isoformat(),
        "enterprise": enterprise.name,
        "credit_code": enterprise.credit_code,
        "site": site,
        "department": body.name,
        "department_code": body.code,
        "item": row.item,
        "outcome": str(row.outcome),
        "measure": str(row.measure or ""),
        "unchecked_reason": str(row.unchecked_reason or ""),
        "mend_by": row.mend_by.isoformat() if row.mend_by else "",
        "recorded_at": _local(row.recorded_at),
        "published_at": _local(published_at) if published_at else "",
    }


def _draws(since: int, hidden: bool) -> Any:
    statement = (
        select(Draw, Round, PlanTask, Organisation)
        .join(Round, col(Round.id) == col(Draw.round_id))
        .join(PlanTask, col(PlanTask.id) == col(Draw.task_id))
        .join(Plan, col(Plan.id) == col(PlanTask.plan_id))
        .join(Organisation, col(Organisation.id) == col(Plan.organisation_id))
    )
    if not hidden:
        statement = statement.where(PlanTask.notice_mode != NoticeMode.UNANNOUNCED)
    return statement.where(col(Round.uid).in_(told_since(since, "round.draw"))) if since else statement


def _draw(found: Any) -> Record:
    row, round_, task, body = found
    return {
        "draw": row.uid,
        "round": round_.name,
        "department": body.name,
        "department_code": body.code,
        "task": task.name,
        "algorithm": row.algorithm,
        "list_hash": row.list_hash,
        "seed": row.seed,
        "listed": row.listed,
        "drawn": row.drawn,
        "drawn_at": _local(row.drawn_at),
    }


def _releases(since: int, _hidden: bool) -> Any:
    statement = select(Release, Round).join(Round, col(Round.id) == col(Release.round_id))
    return statement.where(col(Release.uid).in_(told_since(since, "release.seal"))) if since else statement


def _release(found: Any) -> Record:
    row, round_ = found
    return {
        "release": row.number,
        "before": row.parent_number or "",
        "round": round_.name,
        "period_first": round_.period_first.isoformat(),
        "period_last": round_.period_last.isoformat(),
        "sealed_at": _local(row.sealed_at),
        "late_seconds": row.late_seconds,
        "content_hash": row.content_hash,
    }


def _figure(found: Any) -> Record:
    row, round_ = found
    opening = {"release": row.number, "round": round_.name, "sealed_at": _local(row.sealed_at)}
    return opening | {name: row.figures.get(name) for name in READERS[ExportKind.FIGURES].fields[3:]}


def _local(moment: datetime) -> str:
    return moment.astimezone(DISTRICT_ZONE).isoformat(timespec="seconds")


_OF_PLANS: Final = (col(AuditEvent.action) >= "plan.") & (col(AuditEvent.action) < "plan/")
"""Every line about a plan, found by the index of actions."""
_RESULTS: Final = ("visit.close", "result.publish", "result.correct")

READERS: Final[dict[ExportKind, Reader]] = {
    ExportKind.VISITS: Reader(
        fields=(
            "visit", "release", "sequence", "status", "date", "starts", "minutes", "enterprise", "credit_code", "site",
            "address", "town", "lead", "departments", "department_codes", "joint", "items", "bases", "officers",
            "certificates", "notice", "sealed_at",
        ),
        key=col(ReleaseVisit.visit_uid),
        events=col(AuditEvent.action).in_(("release.seal", "visit.check_in")),
        select=_visits,
        record=_visit,
    ),
    ExportKind.PLANS: Reader(
        fields=(
            "plan", "file_number", "title", "department", "department_code", "year", "kind", "span", "trigger",
            "status", "period_first", "period_last", "revision", "filed_at",
        ),
        key=col(Plan.uid),
        events=_OF_PLANS,
        select=_plans,
        record=_plan,
    ),
    ExportKind.RESULTS: Reader(
        fields=(
            "result", "visit", "date", "enterprise", "credit_code", "site", "department", "department_code", "item",
            "outcome", "measure", "unchecked_reason", "mend_by", "recorded_at", "published_at",
        ),
        key=col(ItemResult.uid),
        events=col(AuditEvent.action).in_(_RESULTS),
        select=_results,
        record=_result,
    ),
    ExportKind.DRAWS: Reader(
        fields=(
            "draw", "round", "department", "department_code", "task", "algorithm", "list_hash", "seed", "listed",
            "drawn", "drawn_at",
        ),
        key=col(Draw.uid),
        events=col(AuditEvent.action) == "round.draw",
        select=_draws,
        record=_draw,
    ),
    ExportKind.RELEASES: Reader(
        fields=(
            "release", "before", "round", "period_first", "period_last", "sealed_at", "late_seconds", "content_hash",
        ),
        key=col(Release.number),
        typed=int,
        events=col(AuditEvent.action) == "release.seal",
        select=_releases,
        record=_release,
    ),
    ExportKind.FIGURES: Reader(
        fields=(
            "release", "round", "sealed_at", "requests", "scheduled", "left_out", "visits_without", "visits_with",
            "notices_without", "notices_with", "trips_without", "trips_with", "joint_visits",
        ),
        key=col(Release.number),
        typed=int,
        events=col(AuditEvent.action) == "release.seal",
        select=_releases,
        record=_figure,
    ),
}  # fmt: skip
