"""Published visits of the own organisation, and the releases they came with. Reads only."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from flask import Response

from data.enums import ApiScope
from scheduler.clock import today
from scheduler.errors import Fault, InvalidError
from scheduler.permissions import may_see_calendar
from scheduler.publishing.release_views import list_releases
from scheduler.publishing.visits_in_force import list_visits
from web import auth, db
from web.api.answers import cut, listing
from web.api.door import allows
from web.api.inputs import PageQuery, VisitQuery
from web.api.schemas import ReleaseOut, ReleasePage, VisitOut, VisitPage
from web.api.wiring import resource
from web.errors import QUERY_MARK

visits = resource("visits", "/visits", "visits 检查安排")
releases = resource("releases", "/releases", "visits 检查安排")
USUAL_SPAN: Final = timedelta(days=31)
LONGEST_SPAN: Final = timedelta(days=366)


@visits.get("", responses={200: VisitPage}, summary="列出已发布的检查 List published visits")
@allows(ApiScope.VISITS_READ, may_see_calendar)
@db.commits
def index(query: VisitQuery) -> Response:
    first = query.first or today(db.clock())
    last = query.last or first + USUAL_SPAN
    if last < first:
        raise InvalidError(Fault(field=f"{QUERY_MARK}last", code="period_backwards"))
    if last - first > LONGEST_SPAN:
        raise InvalidError(Fault(field=f"{QUERY_MARK}last", code="period_too_long"))
    rows = list_visits(
        db.session(), auth.actor(), first=first, last=last, round_uid=query.round_uid, published_only=True
    )  # fmt: skip
    found = cut(rows, query)
    return listing(VisitPage, found, [VisitOut.model_validate(row) for row in found.rows])


@releases.get("", responses={200: ReleasePage}, summary="列出发布版本 List releases")
@allows(ApiScope.VISITS_READ, may_see_calendar)
@db.commits
def list_all(query: PageQuery) -> Response:
    found = cut(list_releases(db.session(), auth.actor()), query)
    return listing(ReleasePage, found, [ReleaseOut.model_validate(row) for row in found.rows])
