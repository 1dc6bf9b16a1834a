"""F37, X-03: whoever is shown an unannounced visit before its crew arrives leaves a row in the audit trail."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import select

from data.enums import FeedScope, Role, VisitStatus
from data.models import AuditEvent, User, Visit
from data.session import reading, unit_of_work
from scheduler.accounts import actor_of, sign_in
from scheduler.clock import FixedClock
from scheduler.looks import ACTION, looks_at
from scheduler.publishing.feeds import issue_token
from tests.factories import PASSWORD
from tests.web.cast import Cast
from tests.web.conftest import As, Browser
from tests.web.test_reading import pages_of
from tests.web.twins import PATIENT
from web import db

# Pages that name the site or the number of an unannounced visit and not that it is to be visited, or when.
TELL_NOTHING = {"audit.index", "histories.of_round", "registry.enterprise", "plan_steps.find"}
SHOW_IT = {"calendar.month", "board.show", "board.data", "releases.show"}


def noted(engine: sa.Engine, uid: str) -> int:
    with reading(engine) as session:
        return len(session.exec(select(AuditEvent.id).where(looks_at(uid))).all())


def looks(engine: sa.Engine) -> int:
    with reading(engine) as session:
        return len(session.exec(select(AuditEvent.id).where(AuditEvent.action == ACTION)).all())


def patient(app: Flask, engine: sa.Engine, clock: FixedClock, username: str) -> FlaskClient:
    """A browser that is not signed out however long nothing happens."""
    db.install(app, engine, PATIENT, clock)
    with unit_of_work(engine) as session:
        words = {"username": username, "password": PASSWORD, "address": "127.0.0.1"}
        token = sign_in(session, clock, **words, settings=PATIENT).token  # type: ignore[arg-type]
    client = app.test_client()
    client.set_cookie("onedoor", token)
    return client


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.CLERK, Role.OFFICER], ids=str)
def test_every_page_that_shows_an_unannounced_visit_is_noted(
    app: Flask, cast: Cast, web_engine: sa.Engine, clock: FixedClock, role: Role
) -> None:
    """More than an hour goes by before each page, so that each has to leave its own row."""
    client = patient(app, web_engine, clock, cast.users[role])
    pages = pages_of(app, cast, role) | {
        "visits.show": f"/visits/{cast.hidden_uid}",
        "histories.of_visit": f"/visits/{cast.hidden_uid}/history",
        "calendar.month": "/calendar?month=2026-03",
    }
    unnoted, unmarked, seen = [], [], set()
    for endpoint, path in pages.items():
        clock.instant += timedelta(minutes=61)
        before = noted(web_engine, cast.hidden_uid)
        answer = client.get(path)
        told = any(one.encode() in answer.data for one in (cast.hidden_site, f"/visits/{cast.hidden_uid}"))
        if answer.status_code == HTTPStatus.OK and told:
            seen.add(endpoint)
            if noted(web_engine, cast.hidden_uid) == before:
                unnoted.append(endpoint)
            if answer.mimetype == "text/html" and b'<svg class="watermark"' not in answer.data:
                unmarked.append(endpoint)

    assert not set(unnoted) - TELL_NOTHING, sorted(set(unnoted) - TELL_NOTHING)
    assert not set(unmarked) - TELL_NOTHING, sorted(set(unmarked) - TELL_NOTHING)
    if role is Role.COORDINATOR:
        assert seen >= SHOW_IT


def test_pages_without_an_unannounced_visit_leave_no_row(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browser = browse_as(Role.COORDINATOR)
    for path in (f"/visits/{cast.uids['visit']}", "/registry/enterprises", "/outbox", "/calendar?month=2026-05"):
        assert browser.get(path).status_code == 200
    browse_as(Role.ENTERPRISE).get("/my-enterprise")
    assert looks(web_engine) == 0


def test_supervisor_sees_who_looked_before_the_knock(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browse_as(Role.COORDINATOR).get(f"/visits/{cast.hidden_uid}")
    browse_as(Role.APPROVER).get("/calendar?month=2026-03")
    story = browse_as(Role.SUPERVISOR).get(f"/visits/{cast.hidden_uid}/history").text
    assert story.count("查看未公开的突击检查") == 2
    trail = browse_as(Role.SUPERVISOR).get(f"/audit?action={ACTION}").text
    assert f"entity={cast.hidden_uid}" in trail


def test_calendar_program_counts_as_whoever_made_its_address(
    anonymous: Browser, cast: Cast, web_engine: sa.Engine, clock: FixedClock
) -> None:
    with unit_of_work(web_engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[Role.COORDINATOR])).one()
        _, address = issue_token(session, clock, actor_of(user), FeedScope.DISTRICT, 0)
        reader = user.id
    first = anonymous.get(f"/feeds/{address}.ics")
    assert cast.hidden_site in first.text
    anonymous.get(f"/feeds/{address}.ics", headers={"If-None-Match": first.headers["ETag"]})
    with reading(web_engine) as session:
        assert session.exec(select(AuditEvent.actor_id).where(AuditEvent.action == ACTION)).all() == [reader]


def test_after_check_in_nobody_is_noted(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    with unit_of_work(web_engine) as session:
        session.exec(select(Visit).where(Visit.uid == cast.hidden_uid)).one().status = VisitStatus.CHECKED_IN
    assert cast.hidden_site in browse_as(Role.COORDINATOR).get(f"/visits/{cast.hidden_uid}").text
    assert looks(web_engine) == 0


def test_comparison_notes_the_unannounced_visits_that_differ_and_no_others(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    path = f"/rounds/{cast.uids['round']}/compare?with=draft&with=r-1"
    assert cast.hidden_site not in browse_as(Role.COORDINATOR).get(path).text
    assert noted(web_engine, cast.hidden_uid) == 0

    with unit_of_work(web_engine) as session:
        session.exec(select(Visit).where(Visit.uid == cast.hidden_uid)).one().day += timedelta(days=1)
    assert cast.hidden_site in browse_as(Role.COORDINATOR).get(path).text
    assert noted(web_engine, cast.hidden_uid) == 1


def test_refused_form_that_shows_an_unannounced_visit_is_noted_though_it_is_rolled_back(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    refused = browse_as(Role.COORDINATOR).post(f"/board/visits/{cast.hidden_uid}/move", {"day": "", "reason": "记"})
    assert refused.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert cast.hidden_site in refused.text
    with reading(web_engine) as session:
        assert session.exec(select(AuditEvent.action)).all()[-1] == ACTION
    assert noted(web_engine, cast.hidden_uid) == 1
