"""Results for everybody (R55): each body publishes its own part of a closed visit within so many working days.

What is public is the enterprise, the body, the items and what came of them. What officers wrote down freely stays
inside: people write names. A text that looks like a number of a person is refused all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final

from sqlmodel import Session, col, select

from data.enums import ItemOutcome, VisitStatus
from data.models import Enterprise, ItemResult, Organisation, PublishedResult, ResultCorrection, Site, Visit
from data.sheets.export import rows_as_csv
from scheduler.audit import canonical_json, record
from scheduler.clock import DISTRICT_ZONE, Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.fieldwork.figures import figure
from scheduler.permissions import Actor, may_publish_results
from scheduler.workdays import load_calendar

PERSONAL: Final = (
    (
        "identity_number",
        re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{2}(?:0[1-9]|1[0-2])\d{2}\d{3}[0-9Xx](?![0-9A-Za-z])"),
    ),
    ("identity_number", re.compile(r"(?<!\d)[1-9]\d{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)")),
    ("phone_number", re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)")),
    ("phone_number", re.compile(r"(?<!\d)0\d{2,3}[- ]\d{7,8}(?!\d)")),
)
"""GB 11643 identity numbers of 18 and 15 digits, mobile and land-line numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueResult:
    """A body's part of a closed visit that is not public yet. `due`: the end of the last day for it."""

    visit_uid: str
    enterprise: str
    site: str
    day: date
    due: datetime
    items: int
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCorrection:
    """What of a publication was corrected since: the item, what it said before, and when."""

    item: str
    was: ItemOutcome
    now: ItemOutcome
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicResult:
    """One body's results of one visit as everybody reads them. `items`: (text, outcome), as corrected.

    `corrections`: the oldest first.
    """

    uid: str
    number: int
    enterprise: str
    credit_code: str
    body: str
    body_en: str
    day: date
    problem_found: bool
    items: tuple[tuple[str, ItemOutcome], ...]
    published_at: datetime
    corrections: tuple[PublicCorrection, ...] = ()


def due_results(session: Session, clock: Clock, actor: Actor) -> tuple[DueResult, ...]:
    """The actor's organisation's results that are to be published, the most urgent first."""
    if not may_publish_results(actor):
        return ()
    public = select(col(PublishedResult.visit_uid)).where(
        PublishedResult.organisation_id == actor.organisation_id, col(PublishedResult.withdrawn_at).is_(None)
    )
    rows = session.exec(
        select(Visit, Site, Enterprise)
        .join(Site, col(Site.id) == col(Visit.site_id))
        .join(Enterprise, col(Enterprise.id) == col(Site.enterprise_id))
        .where(Visit.status == VisitStatus.DONE, col(Visit.uid).not_in(public), col(Visit.finished_at).is_not(None))
        .where(col(Visit.id).in_(select(col(ItemResult.visit_id)).where(_own(actor))))
        .order_by(col(Visit.finished_at), col(Visit.id))
    ).all()
    days, calendar = figure(session, today(clock), "R55", "working_days"), load_calendar(session)
    found = []
    for visit, site, enterprise in rows:
        results = _results(session, actor, visit)
        last = calendar.add_workdays(_finished(visit), days)
        found.append(
            DueResult(
                visit_uid=visit.uid,
                enterprise=enterprise.name,
                site=site.name,
                day=visit.day,
                due=datetime.combine(last, time(23, 59), DISTRICT_ZONE),
                items=len(results),
                problems=sum(one.outcome is ItemOutcome.PROBLEM for one in results),
            )
        )
    return tuple(found)


def publish_result(session: Session, clock: Clock, actor: Actor, visit_uid: str) -> PublishedResult:
    """Publish the own organisation's part of a closed visit.

    Raises NotPermittedError, NotFoundError, ConflictError "result_public", InvalidError "identity_number",
    "phone_number" when a text that would be public holds one.
    """
    if not may_publish_results(actor):
        raise NotPermittedError
    visit = session.exec(select(Visit).where(Visit.uid == visit_uid, Visit.status == VisitStatus.DONE)).first()
    results = _results(session, actor, visit) if visit is not None else []
    if visit is None or not results:
        raise NotFoundError("visit", visit_uid)
    organisation_id = actor.organisation_id or 0
    standing = col(PublishedResult.withdrawn_at).is_(None)
    public = select(PublishedResult.id).where(PublishedResult.visit_uid == visit_uid, standing)
    if session.exec(public.where(PublishedResult.organisation_id == organisation_id)).first() is not None:
        raise ConflictError("result_public")
    site = session.get_one(Site, visit.site_id)
    enterprise = session.get_one(Enterprise, site.enterprise_id)
    organisation = session.get_one(Organisation, organisation_id)
    body = _body(visit, enterprise, organisation, results)
    faults = [fault for text in _texts(body) for fault in personal_faults(text)]
    if faults:
        raise InvalidError(*faults)
    row = PublishedResult(
        visit_uid=visit_uid,
        organisation_id=organisation_id,
        enterprise_name=enterprise.name,
        day=visit.day,
        problem_found=any(one.outcome is ItemOutcome.PROBLEM for one in results),
        body=canonical_json(body),
        published_by_id=actor.user_id,
        published_at=clock.now(),
    )
    session.add(row)
    session.flush()
    record(session, clock, actor, "result.publish", entity="visit", entity_uid=visit_uid, after=body)
    return row


def personal_faults(text: str) -> list[Fault]:
    """What in a text looks like the number of a person."""
    kinds = dict.fromkeys(kind for kind, pattern in PERSONAL if pattern.search(text))
    return [Fault(field="items", code=kind, params=(("text", text[:40]),)) for kind in kinds]


def public_results(session: Session, *, text: str = "") -> list[PublicResult]:
    """All results that are public now, the newest first; `text`: a part of the enterprise's name."""
    standing = select(PublishedResult).where(col(PublishedResult.withdrawn_at).is_(None))
    statement = standing.order_by(col(PublishedResult.published_at).desc(), col(PublishedResult.id).desc())
    if text.strip():
        statement = statement.where(col(PublishedResult.enterprise_name).contains(text.strip(), autoescape=True))
    corrections = _corrections(session)
    return [_public(row, corrections.get(row.id or 0, ())) for row in session.exec(statement)]


def open_data_csv(results: Sequence[PublicResult], headers: Sequence[str]) -> bytes:
    """Results as a table, one line an item, with codes instead of words; no text of it can run as a formula.

    Columns: number, day, enterprise, credit code, body, item, outcome, published_at (UTC), what the outcome was before
    its last correction, and when that was (UTC); the last two are "" for most.
    """
    return rows_as_csv(headers, [list(line.values()) for line in open_data(results)])


def open_data(results: Sequence[PublicResult]) -> Iterator[dict[str, str]]:
    """Results one item at a time, as plain values."""
    for one in results:
        last = {made.item: made for made in one.corrections}
        for text, outcome in one.items:
            made = last.get(text)
            yield {
                "number": str(one.number),
                "day": one.day.isoformat(),
                "enterprise": one.enterprise,
                "credit_code": one.credit_code,
                "body": one.body,
                "item": text,
                "outcome": str(outcome),
                "published_at": one.published_at.isoformat(),
                "corrected_from": str(made.was) if made else "",
                "corrected_at": made.at.isoformat() if made else "",
            }


def _own(actor: Actor) -> Any:
    return col(ItemResult.organisation_id) == actor.organisation_id


def _results(session: Session, actor: Actor, visit: Visit) -> Sequence[ItemResult]:
    statement = select(ItemResult).where(ItemResult.visit_id == visit.id, _own(actor))
    return session.exec(statement.order_by(col(ItemResult.id))).all()


def _finished(visit: Visit) -> date:
    return visit.finished_at.astimezone(DISTRICT_ZONE).date() if visit.finished_at else visit.day


def _body(
    visit: Visit, enterprise: Enterprise, organisation: Organisation, results: Sequence[ItemResult]
) -> dict[str, Any]:
    return {
        "enterprise": enterprise.name,
        "credit_code": enterprise.credit_code,
        "body": organisation.name,
        "body_en": organisation.name_en,
        "day": visit.day.isoformat(),
        "items": [{"item": one.item, "outcome": str(one.outcome)} for one in results],
    }


def _texts(body: dict[str, Any]) -> list[str]:
    # The credit code is public by law and has as many signs as an identity number.
    return [body["enterprise"], *(line["item"] for line in body["items"])]


def _corrections(session: Session) -> dict[int, tuple[PublicCorrection, ...]]:
    """{id of a publication: what of it was corrected since, the oldest first}; reasons stay inside."""
    rows = session.exec(
        select(ResultCorrection, col(ItemResult.item))
        .join(ItemResult, col(ItemResult.id) == col(ResultCorrection.result_id))
        .where(col(ResultCorrection.publication_id).is_not(None))
        .order_by(col(ResultCorrection.decided_at), col(ResultCorrection.id))
    )
    found: dict[int, tuple[PublicCorrection, ...]] = {}
    for row, item in rows:
        was, now = (ItemOutcome(json.loads(text)["outcome"]) for text in (row.before, row.after))
        made = PublicCorrection(item=item, was=was, now=now, at=row.decided_at or row.asked_at)
        found[row.publication_id or 0] = (*found.get(row.publication_id or 0, ()), made)
    return found


def _public(row: PublishedResult, corrections: tuple[PublicCorrection, ...]) -> PublicResult:
    body, last = json.loads(row.body), {made.item: made.now for made in corrections}
    items = tuple((line["item"], last.get(line["item"], ItemOutcome(line["outcome"]))) for line in body["items"])
    return PublicResult(
        uid=row.uid,
        number=row.id or 0,
        enterprise=body["enterprise"],
        credit_code=body["credit_code"],
        body=body["body"],
        body_en=body["body_en"],
        day=row.day,
        problem_found=any(outcome is ItemOutcome.PROBLEM for _, outcome in items),
        items=items,
        published_at=row.published_at,
        corrections=corrections,
    )
