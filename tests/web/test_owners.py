"""Foreign objects are not found, and nobody learns of a hidden visit."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlmodel import col, select

from data.enums import Role
from data.models import AuditEvent, Organisation, Plan
from data.session import unit_of_work
from scheduler.refusals import ACTION
from tests.web.cast import Cast
from tests.web.conftest import As

FOREIGN_READS = {
    "plan": "/plans/{plan}",
    "plan's form": "/plans/{plan}/edit",
    "new task": "/plans/{plan}/tasks/new",
    "task": "/plans/{plan}/tasks/{task}",
    "upload": "/uploads/{upload}",
    "faulty rows": "/uploads/{upload}/faulty.xlsx",
    "draw": "/draws/{draw}",
    "draw's document": "/draws/{draw}/document",
    "message": "/inbox/{message}",
    "attachment": "/attachments/{attachment}",
    "attachments": "/attachments/plans/{plan}",
}
FOREIGN_WRITES = {
    "submit": "/plans/{plan}/submit",
    "withdraw": "/plans/{plan}/withdraw",
    "discard": "/plans/{plan}/discard",
    "remove task": "/plans/{plan}/tasks/{task}/remove",
    "mend": "/uploads/{upload}/mend",
    "import": "/uploads/{upload}/import",
    "discard upload": "/uploads/{upload}/discard",
    "attach": "/attachments/plans/{plan}",
    "remove attachment": "/attachments/{attachment}/remove",
    "revoke feed": "/feeds/{feed}/revoke",
    "read message": "/inbox/{message}/read",
}


def foreign_names(engine: sa.Engine, cast: Cast) -> set[str]:
    """Title of the other department's plan and the department's names."""
    with unit_of_work(engine) as session:
        plan = session.exec(select(Plan).where(Plan.uid == cast.foreign["plan"])).one()
        body = session.get_one(Organisation, plan.organisation_id)
    return {plan.title, body.name, body.short_name}


def refused(engine: sa.Engine) -> list[tuple[str, str]]:
    """Entity and uid of every refusal in the trail, oldest first."""
    with unit_of_work(engine) as session:
        found = select(AuditEvent).where(AuditEvent.action == ACTION).order_by(col(AuditEvent.number))
        return [(row.entity, row.entity_uid) for row in session.exec(found)]


@pytest.mark.parametrize("path", FOREIGN_READS.values(), ids=FOREIGN_READS)
def test_reading_what_is_foreign_is_audited(browse_as: As, cast: Cast, web_engine: sa.Engine, path: str) -> None:
    answer = browse_as(Role.CLERK).get(path.format(**cast.foreign))

    (row,) = refused(web_engine)
    assert answer.status_code == 404
    assert row[1] in cast.foreign.values()
    assert [name for name in foreign_names(web_engine, cast) if name in answer.text] == []


@pytest.mark.parametrize("path", FOREIGN_WRITES.values(), ids=FOREIGN_WRITES)
def test_writing_what_is_foreign_is_audited(browse_as: As, cast: Cast, web_engine: sa.Engine, path: str) -> None:
    values = {"row_key": "1", "field": "name", "value": "x"}
    answer = browse_as(Role.CLERK).post(path.format(**cast.foreign), values)

    (row,) = refused(web_engine)
    assert answer.status_code == 404
    assert row[1] in cast.foreign.values()


def test_foreign_plan_asked_for_again_leaves_one_row(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk = browse_as(Role.CLERK)
    for _ in range(3):
        clerk.get(f"/plans/{cast.foreign['plan']}")

    assert refused(web_engine) == [("plan", cast.foreign["plan"])]


def test_mistyped_address_leaves_no_row(browse_as: As, web_engine: sa.Engine) -> None:
    assert browse_as(Role.CLERK).get(f"/plans/{'0' * 32}").status_code == 404
    assert refused(web_engine) == []


def test_feed_of_another_is_not_opened_by_its_public_id(browse_as: As, cast: Cast) -> None:
    answer = browse_as(Role.CLERK).get(f"/feeds/{cast.foreign['feed']}.ics")
    assert (answer.status_code, "BEGIN:VCALENDAR" in answer.text) == (404, False)


def test_visit_of_another_firm_is_audited(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    browse_as(Role.ENTERPRISE).get(f"/my-enterprise/visits/{cast.foreign['firm_visit']}")
    assert refused(web_engine) == [("visit", cast.foreign["firm_visit"])]


@pytest.mark.parametrize("path", FOREIGN_READS.values(), ids=FOREIGN_READS)
def test_clerk_does_not_find_what_is_foreign(browse_as: As, cast: Cast, path: str) -> None:
    assert browse_as(Role.CLERK).get(path.format(**cast.foreign)).status_code == 404


@pytest.mark.parametrize("path", FOREIGN_WRITES.values(), ids=FOREIGN_WRITES)
def test_clerk_cannot_touch_what_is_foreign(browse_as: As, cast: Cast, path: str) -> None:
    values = {"row_key": "1", "field": "name", "value": "x"}
    assert browse_as(Role.CLERK).post(path.format(**cast.foreign), values).status_code == 404


def test_own_task_under_a_foreign_plan_is_not_found(browse_as: As, cast: Cast) -> None:
    path = f"/plans/{cast.foreign['plan']}/tasks/{cast.uids['task']}"
    assert browse_as(Role.CLERK).get(path).status_code == 404


def test_head_neither_files_nor_returns_a_foreign_plan(browse_as: As, cast: Cast) -> None:
    head = browse_as(Role.HEAD)
    assert head.post(f"/plans/{cast.foreign['plan']}/file").status_code == 404
    assert head.post(f"/plans/{cast.foreign['plan']}/return", {"reason": "x"}).status_code == 404


def test_enterprise_does_not_find_the_visit_of_another(browse_as: As, cast: Cast) -> None:
    firm = browse_as(Role.ENTERPRISE)
    assert firm.get(f"/my-enterprise/visits/{cast.foreign['firm_visit']}").status_code == 404
    assert firm.get(f"/my-enterprise/visits/{cast.uids['visit']}").status_code == 200


def test_enterprise_finds_a_hidden_visit_nowhere(browse_as: As, cast: Cast) -> None:
    firm = browse_as(Role.ENTERPRISE)
    assert firm.get(f"/my-enterprise/visits/{cast.hidden_uid}").status_code == 404
    for path in ("/", "/my-enterprise", "/inbox", "/feeds"):
        text = firm.get(path).text
        assert cast.hidden_uid not in text
        assert cast.hidden_site not in text


def test_enterprise_gets_the_same_answer_for_hidden_and_for_no_visit(browse_as: As, cast: Cast) -> None:
    firm = browse_as(Role.ENTERPRISE)
    hidden, nothing = (
        firm.get(f"/my-enterprise/visits/{uid}", headers={"Accept": "application/json"})
        for uid in (cast.hidden_uid, "0" * 32)
    )
    assert hidden.status_code == nothing.status_code == 404
    assert hidden.json | {"request_id": ""} == nothing.json | {"request_id": ""}


def test_coordinator_does_see_the_hidden_visit(browse_as: As, cast: Cast) -> None:
    text = browse_as(Role.COORDINATOR).get(f"/visits/{cast.hidden_uid}").text
    assert cast.hidden_site in text
    assert "到场签到之前不得告知企业" in text


def test_officer_finds_only_visits_of_the_own_crew(browse_as: As, cast: Cast) -> None:
    officer = browse_as(Role.OFFICER)
    own = officer.get("/field/").text
    assert officer.get(f"/visits/{cast.hidden_uid}").status_code == 404
    assert cast.hidden_uid not in own


def test_feed_is_the_same_until_something_changes(browse_as: As, cast: Cast, app: object) -> None:
    client: FlaskClient = browse_as(Role.CLERK).client
    address = f"/feeds/{cast.uids['secret']}.ics"
    first = client.get(address)
    assert (first.status_code, first.mimetype) == (200, "text/calendar")
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert first.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert not first.headers["ETag"].startswith("W/")
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(address + "?enterprise=1").data == first.data


def test_wrong_and_revoked_feed_are_answered_alike(browse_as: As, cast: Cast) -> None:
    clerk = browse_as(Role.CLERK)
    assert clerk.post(f"/feeds/{cast.uids['feed']}/revoke").status_code == 303
    revoked = clerk.get(f"/feeds/{cast.uids['secret']}.ics", headers={"Accept": "application/json"})
    wrong = clerk.get("/feeds/guess.ics", headers={"Accept": "application/json"})
    assert (revoked.status_code, wrong.status_code) == (404, 404)
    assert revoked.json["title"] == wrong.json["title"]


def test_feed_address_is_shown_once(browse_as: As) -> None:
    clerk = browse_as(Role.CLERK)
    shown = clerk.post("/feeds").text
    address = shown.split('<p class="secret">')[1].split("</p>")[0]
    assert address.startswith("http://localhost/feeds/")
    assert clerk.get(address).status_code == 200
    assert address not in clerk.get("/feeds").text
