"""Questions to the solver and plans side by side, as pages."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa
from sqlmodel import select

from data.enums import Role, RunKind, RunStatus
from data.models import InspectionRequest, Proposal, SolveRun, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.planning import runs
from tests.scheduler.planning.test_questions import work
from tests.web.cast import Cast
from tests.web.conftest import As

SEVERAL = 50
SUMMARY = re.compile(r'<div class="error-summary" role="alert" tabindex="-1" autofocus.*?</div>', re.DOTALL)


def _summary(text: str) -> str:
    found = SUMMARY.search(text)
    assert found is not None
    return found[0]


def newest(engine: sa.Engine) -> SolveRun:
    with reading(engine) as session:
        found = session.exec(select(SolveRun).order_by(SolveRun.id.desc())).first()
        session.expunge(found)
        return found


def test_question_is_stored_with_its_run(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    page = f"/rounds/{cast.uids['round']}/what-if"
    typed = {"fewer_visits": "2", "officers_percent": "60", "quiet_first": "2026-03-02", "seed": "7", "seconds": "5"}
    answer = browse_as(Role.COORDINATOR).post(page, typed, page=page)
    run = newest(web_engine)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/runs/{run.uid}")
    assert (run.kind, run.seed, run.seconds) == (RunKind.WHAT_IF, 7, 5.0)
    assert (run.parameters["fewer_visits"], run.parameters["officers_percent"]) == (2, 60)
    assert run.parameters["quiet_days"] == [
        {"first": "2026-03-02", "last": "2026-03-02", "town": "", "scenario": "", "sites": []}
    ]


def test_many_questions_make_one_run_and_are_told_to_wait(
    browse_as: As, cast: Cast, web_engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"/rounds/{cast.uids['round']}/what-if"
    browser = browse_as(Role.COORDINATOR)
    token = browser.form_token(page)
    answers = [browser.client.post(page, data={"csrf_token": token}).status_code for _ in range(SEVERAL)]
    assert answers == [303] + [409] * (SEVERAL - 1)
    assert browser.post(f"/runs/{newest(web_engine).uid}/cancel").status_code == 303
    assert newest(web_engine).status is RunStatus.CANCELLED
    monkeypatch.setattr(runs, "MOST_AN_HOUR", 1)
    assert browser.post(page, {}, page=page).status_code == 429


@pytest.mark.parametrize(
    "typed",
    [
        {"fewer_visits": "9"},
        {"quiet_first": "2026-03-09", "quiet_last": "2026-03-02"},
        {"quiet_first": "2026-03-02", "quiet_sites": "nobody"},
        {"seconds": "999999"},
    ],
    ids=["beyond the scale", "backwards", "unknown site", "too long"],
)
def test_question_that_cannot_be_asked_is_shown_again(browse_as: As, cast: Cast, typed: dict[str, str]) -> None:
    page = f"/rounds/{cast.uids['round']}/what-if"
    answer = browse_as(Role.COORDINATOR).post(page, typed, page=page)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_comparison_page_takes_empty_columns_and_refuses_foreign_ones(browse_as: As, cast: Cast) -> None:
    page = f"/rounds/{cast.uids['round']}/compare"
    browser = browse_as(Role.SUPERVISOR)
    assert browser.get(f"{page}?with=draft&with=&with=r-1&with=&by=officer").status_code == 200
    assert browser.get(f"{page}?with=draft&with=r-999").status_code == 404
    assert browser.get(f"{page}?by=nonsense").status_code == 200
    assert browser.get(f"/rounds/{cast.uids['drawn_round']}/compare").status_code == 200


def test_part_is_refused_with_reasons_and_taken_when_it_fits(
    browse_as: As, cast: Cast, web_engine: sa.Engine, clock: FixedClock
) -> None:
    page = f"/rounds/{cast.uids['round']}/what-if"
    browser = browse_as(Role.COORDINATOR)
    browser.post(page, {"quiet_first": "2026-03-01", "quiet_last": "2026-03-08"}, page=page)
    work(web_engine, clock)
    with reading(web_engine) as session:
        uid = session.exec(select(Proposal.uid).order_by(Proposal.id.desc())).first()
    take = f"/rounds/proposals/{uid}/adopt-part?with=draft&with=p-{uid}&by=enterprise"
    nothing = browser.post(take, {"understood": "yes"})
    assert nothing.status_code == 409
    assert "没有选中与草案不同的检查" in _summary(nothing.text)
    assert re.search(r'id="understood"[^>]* checked', nothing.text)
    chosen = {"enterprises": cast.uids["enterprise"]}
    assumed = browser.post(take, chosen)
    assert assumed.status_code == 409
    assert "采用前请先勾选确认" in _summary(assumed.text)
    assert re.search(rf'name="enterprises" value="{cast.uids["enterprise"]}"[^>]* checked', assumed.text)
    whole = browser.post(f"/rounds/proposals/{uid}/adopt", {})
    assert whole.status_code == 409
    assert "采用前请先勾选确认" in _summary(whole.text)
    assert f'action="/rounds/proposals/{uid}/adopt"' in whole.text
    assert browser.post(take, chosen | {"understood": "yes"}).status_code == 303
    assert "大丰" in browser.get(f"/rounds/proposals/{uid}").text


@pytest.mark.parametrize(
    ("language", "said"),
    [("zh", "需要人时段 6，可用人时段 4"), ("en", "needed 6, available 4")],
    ids=["Chinese", "English"],
)
def test_request_left_out_of_a_proposal_says_why_in_words(
    browse_as: As, cast: Cast, web_engine: sa.Engine, language: str, said: str
) -> None:
    with unit_of_work(web_engine) as session:
        proposal = session.exec(select(Proposal).where(Proposal.uid == cast.uids["proposal"])).one()
        answer = json.loads(proposal.answer)
        joint = next(one for one in answer["visits"] if len(one["requests"]) > 1)
        request = joint["requests"].pop()
        answer["roster"] = [one for one in answer["roster"] if one["request"] != request]
        answer["unscheduled"] = [{"request": request, "reason": "capacity", "detail": "department=3 load=6 capacity=4"}]
        proposal.answer = json.dumps(answer)
        session.add(proposal)
    browser = browse_as(Role.COORDINATOR)
    browser.post("/language", {"language": language, "next": "/"})
    text = browser.get(f"/rounds/proposals/{cast.uids['proposal']}").text
    assert said in text
    assert "load=6" not in text
    assert "department=3" not in text


def test_run_without_a_plan_names_the_pins_and_which_to_loosen(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    with unit_of_work(web_engine) as session:
        run = session.exec(select(SolveRun).where(SolveRun.uid == cast.uids["run"])).one()
        placed = session.exec(
            select(Visit, InspectionRequest.uid)
            .join(VisitRequest, VisitRequest.visit_id == Visit.id)
            .join(InspectionRequest, InspectionRequest.id == VisitRequest.request_id)
            .where(Visit.round_id == run.round_id)
        ).first()
        visit, request = placed
        visit.day_pinned = True
        run.status, run.collisions = RunStatus.INFEASIBLE, [[request, "department_capacity"]]
        session.add(visit)
    browser = browse_as(Role.COORDINATOR)
    text = browser.get(f"/runs/{run.uid}").text
    assert "部门当天人手不够" in text
    assert "松开其中一次的日期固定即可" in text
    assert f"/board/edits/visits/{visit.uid}" in text
    assert "现有草案没有改动" in text
    browser.post("/language", {"language": "en", "next": "/"})
    english = browser.get(f"/runs/{run.uid}").text
    assert "loosen the day of one of these visits" in english
    assert "Loosen the pin" in english
