"""Which released visits a person may see. The one place that decides about unannounced visits and enterprises.

An enterprise sees of the current releases: its announced visits, and an unannounced one from the moment its crew has
checked in. A visit off plan (R25) begins with its check-in, so it sees those too. Nothing that an enterprise is shown
may be computed from any other row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from data.enums import RecipientKind, Role, VisitStatus
from data.models import Officer, OffPlanVisit, Organisation, Release, ReleaseParty, ReleaseVisit, Site, Visit
from scheduler.permissions import Actor, is_official, may_see_all
from scheduler.planning.drafts import chunks

ARRIVED = (VisitStatus.CHECKED_IN, VisitStatus.DONE)


def rows_in_force() -> Any:
    """Select the rows of the current releases: of each round the release with the highest number."""
    newest = select(func.max(col(Release.id))).group_by(col(Release.round_id))
    return select(ReleaseVisit).where(col(ReleaseVisit.release_id).in_(newest))


def rows_for_enterprise(session: Session, enterprise_id: int, *, since: date) -> list[ReleaseVisit]:
    """What an enterprise may see, from `since` on, by day and uid; cancelled announced visits included."""
    arrived = select(col(Visit.uid)).where(col(Visit.status).in_(ARRIVED))
    statement = rows_in_force().where(
        col(ReleaseVisit.enterprise_id) == enterprise_id,
        col(ReleaseVisit.day) >= since,
        sa.or_(col(ReleaseVisit.hidden).is_(False), col(ReleaseVisit.visit_uid).in_(arrived)),
    )
    return list(session.exec(statement.order_by(*_ORDER)).all())


def rows_for_organisation(session: Session, organisation: Organisation, *, since: date) -> list[ReleaseVisit]:
    """The visits that an organisation takes part in, from `since` on, by day and uid."""
    statement = rows_in_force().where(col(ReleaseVisit.day) >= since, names_organisation(organisation.code))
    return list(session.exec(statement.order_by(*_ORDER)).all())


def rows_for_officer(session: Session, officer: Officer, *, since: date) -> list[ReleaseVisit]:
    """The visits that an officer goes to, from `since` on, by day and uid."""
    statement = rows_in_force().where(col(ReleaseVisit.day) >= since, names_officer(officer.uid))
    return list(session.exec(statement.order_by(*_ORDER)).all())


def off_plan_for_enterprise(session: Session, enterprise_id: int) -> list[ReleaseVisit]:
    """The visits off plan to an enterprise, as the rows that a release would have made of them; by day and uid."""
    return _off_plan(session, col(Site.enterprise_id) == enterprise_id)


def off_plan_for_officer(session: Session, officer: Officer, *, since: date) -> list[ReleaseVisit]:
    """The visits off plan that an officer went to, from `since` on, by day and uid."""
    own = sa.and_(col(Visit.lead_organisation_id) == officer.organisation_id, col(Visit.day) >= since)
    return [row for row in _off_plan(session, own) if _goes(row, officer)]


def off_plan_for_organisation(session: Session, organisation: Organisation, *, since: date) -> list[ReleaseVisit]:
    """The visits off plan that an organisation made, from `since` on, by day and uid."""
    return _off_plan(session, sa.and_(col(Visit.lead_organisation_id) == organisation.id, col(Visit.day) >= since))


def find_off_plan(session: Session, actor: Actor, uid: str) -> ReleaseVisit | None:
    """One visit off plan, for the district, its organisation's officials and the officers who went; else None."""
    found = _off_plan(session, col(Visit.uid) == uid)
    if may_see_all(actor):
        return next(iter(found), None)
    if actor.role is Role.OFFICER and actor.officer_id is not None:
        officer = session.get_one(Officer, actor.officer_id)
        return next((row for row in found if _goes(row, officer)), None)
    if not is_official(actor) or actor.organisation_id is None:
        return None
    own = off_plan_for_organisation(session, session.get_one(Organisation, actor.organisation_id), since=date.min)
    return next((row for row in own if row.visit_uid == uid), None)


def changed_at(session: Session, rows: Sequence[ReleaseVisit]) -> dict[str, datetime]:
    """When each visit last changed: {its uid: when that release was sealed, or when it was opened off plan}."""
    found: dict[int, datetime] = {}
    for part in chunks(sorted({row.changed_in for row in rows})):
        releases = select(Release.number, Release.sealed_at).where(col(Release.number).in_(part))
        found.update(session.exec(releases).all())
    times = {row.visit_uid: found[row.changed_in] for row in rows if row.changed_in in found}
    for uids in chunks([row.visit_uid for row in rows if not row.release_id]):
        opened = select(Visit.uid, OffPlanVisit.opened_at).join(
            OffPlanVisit, col(OffPlanVisit.visit_id) == col(Visit.id)
        )
        times.update(session.exec(opened.where(col(Visit.uid).in_(uids))).all())
    return times


def _off_plan(session: Session, condition: Any) -> list[ReleaseVisit]:
    """Rows that are in no table: whoever reads released visits reads these the same way."""
    statement = (
        select(OffPlanVisit, Visit, Site)
        .join(Visit, col(Visit.id) == col(OffPlanVisit.visit_id))
        .join(Site, col(Site.id) == col(Visit.site_id))
        .where(condition)
        .order_by(col(Visit.day), col(Visit.uid))
    )
    return [
        ReleaseVisit(
            release_id=0, visit_uid=visit.uid, sequence=0, changed_in=0, enterprise_id=site.enterprise_id,
            day=visit.day, hidden=False, cancelled=False, public_hash="", roster_hash="", body=found.body,
        )
        for found, visit, site in session.exec(statement)
    ]  # fmt: skip


def _goes(row: ReleaseVisit, officer: Officer) -> bool:
    return any(officer.uid in request["officers"] for request in json.loads(row.body)["internal"]["requests"])


def rows_for_district(session: Session, *, since: date, until: date) -> list[ReleaseVisit]:
    """All visits in force from `since` to `until`, both included; for those who see all."""
    days = (col(ReleaseVisit.day) >= since, col(ReleaseVisit.day) <= until)
    return list(session.exec(rows_in_force().where(*days).order_by(*_ORDER)).all())


_ORDER = (col(ReleaseVisit.day), col(ReleaseVisit.visit_uid))


def names_organisation(code: str) -> Any:
    """Whether an organisation has a request in a released visit."""
    return _takes_part(RecipientKind.ORGANISATION, code)


def names_officer(uid: str) -> Any:
    """Whether a released visit sends this officer."""
    return _takes_part(RecipientKind.OFFICER, uid)


def _takes_part(kind: RecipientKind, party: str) -> Any:
    own = select(col(ReleaseParty.release_visit_id)).where(ReleaseParty.kind == kind, ReleaseParty.party == party)
    return col(ReleaseVisit.id).in_(own)


def rows_of_release(session: Session, actor: Actor, release: Release) -> list[ReleaseVisit]:
    """The rows of one release that an official may see; an enterprise sees no releases."""
    statement = select(ReleaseVisit).where(ReleaseVisit.release_id == release.id).order_by(*_ORDER)
    if may_see_all(actor):
        return list(session.exec(statement))
    if actor.role is Role.OFFICER and actor.officer_id is not None:
        own = names_officer(session.get_one(Officer, actor.officer_id).uid)
        return list(session.exec(statement.where(own)))
    if is_official(actor) and actor.organisation_id is not None:
        own = names_organisation(session.get_one(Organisation, actor.organisation_id).code)
        return list(session.exec(statement.where(own)))
    return []
