"""Anonymous ratings: a slip is handed out once a visit, used without any sign-in, and only figures come out (R70).

The enterprise signs in to take a slip: that it took one is kept, so that nobody rates twice. The slip is a random
token; the service keeps its hash and the bodies that were there, nothing else. Whoever shows the token rates, and the
slip is deleted in the same moment. That moment is not audited: a line with a time would undo what all this is for.

Figures are shown from five answers on. Departments see quarters that are over: otherwise they would read a single
rating from how the average of yesterday differs from that of today.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from data.enums import RatingQuestion
from data.models import Organisation, Rating, RatingIssue, RatingSlip, RatingText
from scheduler.audit import record
from scheduler.clock import Clock, today
from scheduler.errors import ConflictError, Fault, InvalidError, NotFoundError, NotPermittedError
from scheduler.permissions import Actor, may_see_ratings, may_supervise
from scheduler.publishing.enterprise_view import EnterpriseVisit, get_enterprise_visit

TOKEN_BYTES: Final = 32
FEWEST_SHOWN: Final = 5
LONGEST_TEXT: Final = 1000
MOST_STARS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingFigures:
    """What the ratings of a body in a quarter say. `averages`: by question; empty and `count` None below five."""

    quarter: date
    organisation: str
    count: int | None
    averages: Mapping[RatingQuestion, float]


def may_rate(session: Session, visit: EnterpriseVisit) -> bool:
    """Whether an enterprise can still take a slip for a visit: it took place, and none was handed out."""
    return visit.arrived and not visit.cancelled and session.get(RatingIssue, visit.visit_uid) is None


def take_slip(session: Session, clock: Clock, actor: Actor, uid: str) -> str:
    """Hand out the slip of a visit and return its token, which is never shown again.

    Raises NotFoundError for a visit that the enterprise may not see, ConflictError "not_rateable".
    """
    visit = get_enterprise_visit(session, actor, uid)
    if not may_rate(session, visit):
        raise ConflictError("not_rateable")
    codes = [body["code"] for body in visit.public["departments"]]
    bodies = session.exec(select(Organisation.id).where(col(Organisation.code).in_(codes))).all()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session.add(RatingIssue(visit_uid=uid))
    session.add(RatingSlip(token_hash=_hash(token), organisation_ids=sorted(body or 0 for body in bodies)))
    try:
        session.flush()
    except IntegrityError as error:
        raise ConflictError("not_rateable") from error
    record(session, clock, actor, "rating.slip", entity="visit", entity_uid=uid)
    return token


def is_slip(session: Session, token: str) -> bool:
    """Whether a token is a slip that was not used."""
    return session.get(RatingSlip, _hash(token)) is not None


def give_rating(
    session: Session, clock: Clock, token: str, *, stars: Mapping[RatingQuestion, int], text: str = ""
) -> None:
    """Rate with a slip; it is gone afterwards. Raises NotFoundError for a used or unknown one, InvalidError."""
    for question in RatingQuestion:
        if not 1 <= stars.get(question, 0) <= MOST_STARS:
            raise InvalidError(Fault(field=str(question), code="required"))
    slip = session.get(RatingSlip, _hash(token))
    if slip is None:
        raise NotFoundError("rating_slip", "")
    bodies = list(slip.organisation_ids)
    gone = session.exec(delete(RatingSlip).where(col(RatingSlip.token_hash) == slip.token_hash))
    if gone.rowcount != 1:
        raise NotFoundError("rating_slip", "")
    session.expunge(slip)
    quarter = quarter_of(today(clock))
    for body in bodies:
        for question in RatingQuestion:
            session.add(Rating(organisation_id=body, quarter=quarter, question=question, stars=stars[question]))
    if text.strip():
        session.add(RatingText(quarter=quarter, text=text.strip()[:LONGEST_TEXT]))
    session.flush()


def rating_figures(session: Session, clock: Clock, actor: Actor) -> list[RatingFigures]:
    """Figures by quarter, newest first, and body: a head's own of quarters that are over, the supervisor's of all.

    Raises NotPermittedError for anybody else.
    """
    if not may_see_ratings(actor):
        raise NotPermittedError
    statement = (
        sa.select(col(Rating.quarter), Organisation, col(Rating.question), sa.func.count(), sa.func.avg(Rating.stars))
        .join(Organisation, col(Rating.organisation_id) == col(Organisation.id))
        .group_by(col(Rating.quarter), col(Organisation.id), col(Rating.question))
    )
    if not may_supervise(actor):
        statement = statement.where(
            col(Rating.organisation_id) == actor.organisation_id, col(Rating.quarter) < quarter_of(today(clock))
        )
    found: dict[tuple[date, str], tuple[Organisation, int, dict[RatingQuestion, float]]] = {}
    for quarter, body, question, count, average in session.execute(statement):
        _, _, averages = found.setdefault((quarter, body.code), (body, count, {}))
        averages[question] = round(float(average), 1)
    lines = [_figures(quarter, body, count, averages) for (quarter, _), (body, count, averages) in found.items()]
    shown = [line for line in lines if line.count is not None or may_supervise(actor)]
    return sorted(shown, key=lambda line: (-line.quarter.toordinal(), line.organisation))


def _figures(quarter: date, body: Organisation, count: int, averages: Mapping[RatingQuestion, float]) -> RatingFigures:
    enough = count >= FEWEST_SHOWN
    return RatingFigures(
        quarter=quarter,
        organisation=body.short_name,
        count=count if enough else None,
        averages=averages if enough else {},
    )


def rating_texts(session: Session, actor: Actor) -> list[tuple[date, tuple[str, ...]]]:
    """What was written, by quarter, newest first; in no order of time, and only where five or more wrote.

    Raises NotPermittedError for anybody but the supervisor.
    """
    if not may_supervise(actor):
        raise NotPermittedError
    found: dict[date, list[str]] = {}
    for row in session.exec(select(RatingText).order_by(col(RatingText.quarter).desc(), col(RatingText.key))):
        found.setdefault(row.quarter, []).append(row.text)
    return [(quarter, tuple(texts)) for quarter, texts in found.items() if len(texts) >= FEWEST_SHOWN]


def quarter_of(day: date) -> date:
    """The first day of the quarter of the year that a day is in."""
    return date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
