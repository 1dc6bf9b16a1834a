"""Writing states into rows: visits, who is in them, crews, requests. Knows no rule and no command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col, delete, insert, select

from data.models import CrewSlot, InspectionRequest, Officer, Organisation, Round, Site, Visit, VisitRequest
from scheduler.planning.days import quarters_of
from scheduler.planning.editing.states import RequestState, Rows, VisitState


def write_rows(session: Session, round_: Round, rows: Rows) -> None:
    """Make the rows what the states say. A visit that is new gets a row; every visit gets a new version.

    A double booking of an officer is refused by the database itself (IntegrityError).
    """
    visits = _visit_rows(session, round_, rows.visits)
    ids = [row.id for row in visits.values() if row.id is not None]
    session.exec(delete(CrewSlot).where(col(CrewSlot.visit_id).in_(ids)))
    session.exec(delete(VisitRequest).where(col(VisitRequest.visit_id).in_(ids)))
    _fill(session, visits, rows.visits)
    requests = _request_rows(session, round_, rows)
    for uid, state in rows.requests.items():
        _write_request(session, requests[uid], state)
    session.flush()
    _write_members(session, visits, rows.visits, requests)


def _visit_rows(session: Session, round_: Round, states: Mapping[str, VisitState]) -> dict[str, Visit]:
    statement = select(Visit).where(Visit.round_id == round_.id, col(Visit.uid).in_(states))
    found = session.exec(statement.execution_options(populate_existing=True)).all()
    rows = {row.uid: row for row in found}
    for uid in states:
        if uid not in rows:
            rows[uid] = Visit(uid=uid, round_id=round_.id or 0)  # type: ignore[call-arg]
    return rows


def _fill(session: Session, rows: Mapping[str, Visit], states: Mapping[str, VisitState]) -> None:
    sites = _ids(session, Site.uid, Site.id, (state.site for state in states.values()))
    bodies = _ids(session, Organisation.code, Organisation.id, (state.lead_organisation for state in states.values()))
    officers = _ids(session, Officer.uid, Officer.id, (state.lead_officer for state in states.values()))
    for uid, state in states.items():
        row = rows[uid]
        row.site_id = sites[state.site]
        row.day, row.start_quarter, row.quarters = state.day, state.start_quarter, state.quarters
        row.notice_mode, row.status = state.notice_mode, state.status
        row.lead_organisation_id = bodies[state.lead_organisation]
        row.lead_officer_id = officers.get(state.lead_officer)
        row.day_pinned, row.crew_pinned = state.day_pinned, state.crew_pinned
        row.members_pinned = state.members_pinned
        session.add(row)
        if row.id is not None:
            # Who goes stands in other tables: the version must rise all the same.
            flag_modified(row, "day")
    session.flush()


def _request_rows(session: Session, round_: Round, rows: Rows) -> dict[str, InspectionRequest]:
    wanted = {*rows.requests, *(uid for state in rows.visits.values() for uid in state.requests)}
    statement = select(InspectionRequest).where(
        InspectionRequest.round_id == round_.id, col(InspectionRequest.uid).in_(wanted)
    )
    return {row.uid: row for row in session.exec(statement.execution_options(populate_existing=True))}


def _write_request(session: Session, row: InspectionRequest, state: RequestState) -> None:
    row.status, row.reason_code, row.reason_detail = state.status, state.reason_code, state.reason_detail
    session.add(row)


def _write_members(
    session: Session,
    rows: Mapping[str, Visit],
    states: Mapping[str, VisitState],
    requests: Mapping[str, InspectionRequest],
) -> None:
    duties = [(state, member) for state in states.values() if state.alive for member in state.members]
    members = [{"visit_id": rows[state.uid].id, "request_id": requests[member.request].id} for state, member in duties]
    if members:
        session.exec(insert(VisitRequest), params=members)
    officers = _ids(session, Officer.uid, Officer.id, (uid for _, member in duties for uid in member.officers))
    slots = [
        {
            "visit_id": rows[state.uid].id,
            "request_id": requests[member.request].id,
            "officer_id": officers[officer],
            "day": state.day,
            "quarter": quarter,
        }
        for state, member in duties
        for officer in member.officers
        for quarter in quarters_of(state.start_quarter, requests[member.request].quarters)
    ]
    if slots:
        session.exec(insert(CrewSlot), params=slots)


def _ids(session: Session, name: Any, key: Any, wanted: Iterable[str]) -> dict[str, int]:
    """Public id -> key of the rows with these public ids."""
    uids = {uid for uid in wanted if uid}
    return dict(session.execute(select(name, key).where(name.in_(uids))).all()) if uids else {}  # type: ignore[arg-type]
