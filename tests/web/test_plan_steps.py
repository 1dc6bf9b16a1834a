"""Writing a task step by step: every post keeps what was typed, and leads on or back to what must be mended."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from data.enums import PlanStatus, Role, Targeting
from data.models import Enterprise, Plan, PlanDecision, PlanSketch, PlanTarget, PlanTask
from data.session import reading, unit_of_work
from tests.factories import make_site, stored_id
from tests.web.cast import Cast
from tests.web.conftest import As, Browser


def sketch_of(engine: sa.Engine, uid: str) -> PlanSketch | None:
    with reading(engine) as session:
        found = session.exec(select(PlanSketch).where(PlanSketch.uid == uid)).first()
        if found is not None:
            session.expunge(found)
        return found


def path_of(cast: Cast, step: str) -> str:
    return f"/plans/{cast.uids['plan']}/steps/{cast.uids['sketch']}/{step}"


def post(browser: Browser, cast: Cast, step: str, **typed: Any) -> str:
    """Send a step and return where it leads."""
    answer = browser.post(path_of(cast, step), {"go": "next", **typed}, page=path_of(cast, step))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_steps_end_in_a_task_and_leave_no_sketch(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk = browse_as(Role.CLERK)
    with reading(web_engine) as session:
        code = session.exec(select(Enterprise.credit_code).where(Enterprise.uid == cast.uids["enterprise"])).one()

    assert post(clerk, cast, "what", name="分步填写的任务") == path_of(cast, "whom")
    assert post(clerk, cast, "whom", targeting="named", site_uids=code).startswith(path_of(cast, "whom"))
    page = clerk.get(path_of(cast, "whom")).text
    chosen = page.split('name="mend" value="')[1].split('"')[0]
    assert post(clerk, cast, "whom", targeting="named", site_uids=code, mend=chosen).startswith(path_of(cast, "whom"))
    kept = sketch_of(web_engine, cast.uids["sketch"])
    assert kept is not None
    assert post(clerk, cast, "whom", targeting="named", site_uids=kept.typed["site_uids"][0]) == path_of(cast, "when")
    dates = {"first_date": "2026-04-01", "last_date": "2026-04-30", "notice_mode": "announced", "hours": "any"}
    assert post(clerk, cast, "when", **dates) == f"/plans/{cast.uids['plan']}/check"

    assert sketch_of(web_engine, cast.uids["sketch"]) is None
    with reading(web_engine) as session:
        task = session.exec(select(PlanTask).where(PlanTask.name == "分步填写的任务")).one()
        assert task.targeting is Targeting.NAMED


@pytest.mark.parametrize(
    ("step", "typed", "words"),
    [
        ("what", {"name": ""}, "请填写这一项。"),
        ("whom", {"targeting": "named", "site_uids": "查无此店有限公司"}, "没有找到：查无此店有限公司"),
    ],
    ids=["no_name", "unknown_enterprise"],
)
def test_faulty_step_is_kept_and_says_what_to_mend(
    browse_as: As, cast: Cast, web_engine: sa.Engine, step: str, typed: dict[str, str], words: str
) -> None:
    clerk = browse_as(Role.CLERK)
    post(clerk, cast, "what", name="有名称")

    where = post(clerk, cast, step, **typed)

    assert where == f"{path_of(cast, step)}?faults=1"
    assert words in clerk.get(where).text
    kept = sketch_of(web_engine, cast.uids["sketch"])
    assert kept is not None
    assert all(kept.typed[name] == [value] for name, value in typed.items())


def test_what_is_being_typed_is_saved_without_judging(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk = browse_as(Role.CLERK)

    answer = clerk.post(f"{path_of(cast, 'when')}/save", {"first_date": "明天"}, page=path_of(cast, "when"))

    assert (answer.status_code, "已保存" in answer.text) == (200, True)
    kept = sketch_of(web_engine, cast.uids["sketch"])
    assert kept is not None
    assert kept.typed["first_date"] == ["明天"]


def test_found_sites_are_added_to_the_list(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk = browse_as(Role.CLERK)
    path = f"/plans/{cast.uids['plan']}/steps/{cast.uids['sketch']}/find"

    answer = clerk.post(path, {"text": "", "all": "1"}, page=path)

    assert answer.headers["Location"] == path_of(cast, "whom")
    kept = sketch_of(web_engine, cast.uids["sketch"])
    assert kept is not None
    assert kept.typed["targeting"] == ["named"]
    assert len(kept.typed["site_uids"][0].splitlines()) > 1


def test_partner_that_objects_without_a_reason_is_asked_for_it(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    clerk, path = browse_as(Role.CLERK), f"/plans/{cast.uids['asked']}/countersign"

    refused = clerk.post(path, {"agrees": "no"}, page=path)
    taken = clerk.post(path, {"agrees": "no", "reason": "人手不足"}, page=path)

    assert (refused.status_code, taken.status_code) == (422, 303)
    with reading(web_engine) as session:
        plan = session.exec(select(Plan).where(Plan.uid == cast.uids["asked"])).one()
        said = session.exec(select(PlanDecision.reason).where(PlanDecision.plan_id == plan.id)).all()
        assert plan.status is PlanStatus.SUBMITTED
        assert "人手不足" in said


@pytest.mark.parametrize("path", ["steps/{sketch}/what", "steps/{sketch}/find", "check", "confirm", "join", "derive"])
def test_pages_of_a_foreign_plan_are_not_found(browse_as: As, cast: Cast, path: str) -> None:
    address = f"/plans/{cast.foreign['plan']}/{path.format(sketch=cast.uids['sketch'])}"

    assert browse_as(Role.CLERK).get(address).status_code == 404


def test_task_with_one_of_several_sites_is_edited_without_losing_which(
    browse_as: As, cast: Cast, web_engine: sa.Engine
) -> None:
    with unit_of_work(web_engine) as session:
        firm = session.exec(select(Enterprise).where(Enterprise.uid == cast.uids["enterprise"])).one()
        wanted = make_site(session, firm, name="分店", address="分店路8号")
        task = session.exec(select(PlanTask).where(PlanTask.uid == cast.uids["task"])).one()
        task.targeting, task.ratio, task.town_id = Targeting.NAMED, None, None
        session.add_all([task, PlanTarget(task_id=stored_id(task), site_id=stored_id(wanted))])
    path = f"/plans/{cast.uids['plan']}/tasks/{cast.uids['task']}"
    clerk = browse_as(Role.CLERK)
    page = clerk.get(path).text
    assert "分店路8号" in page
    kept = page.split('name="site_uids"')[1].split(">", 1)[1].split("</textarea>")[0].strip()

    dates = {"first_date": "2026-04-01", "last_date": "2026-04-30"}
    typed = {"name": "改名", "targeting": "named", "site_uids": kept, "notice_mode": "announced", "hours": "any"}
    answer = clerk.post(path, {**dates, **typed, "quarters": "1", "inspectors": "2", "priority": "5"}, page=path)

    assert answer.status_code == 303, answer.text
    with reading(web_engine) as session:
        assert list(session.exec(select(PlanTarget.site_id).where(PlanTarget.task_id == task.id))) == [wanted.id]


def test_list_of_plans_can_be_narrowed_to_those_that_ask_to_countersign(browse_as: As, cast: Cast) -> None:
    clerk = browse_as(Role.CLERK)

    assert f"/plans/{cast.uids['asked']}" not in clerk.get("/plans").text
    asked = clerk.get("/plans?asked=yes").text
    assert f"/plans/{cast.uids['asked']}" in asked
    assert f"/plans/{cast.uids['plan']}" not in asked
    assert 'name="asked"' not in browse_as(Role.COORDINATOR).get("/plans?asked=yes").text


def test_next_step_is_no_main_button_while_something_blocks(browse_as: As, cast: Cast, web_engine: sa.Engine) -> None:
    clerk, path = browse_as(Role.CLERK), f"/plans/{cast.uids['plan']}"
    assert f'<a class="button main-action" href="{path}/confirm">' in clerk.get(f"{path}/check").text

    with unit_of_work(web_engine) as session:
        session.execute(sa.update(PlanTask).where(col(PlanTask.uid) == cast.uids["task"]).values(ratio=0.001))

    page = clerk.get(f"{path}/check").text
    assert "才能提交" in page
    assert f'<a class="button" href="{path}/confirm">' in page
