"""Forms of publication and of enterprises fed with what is wrong: the fault at its field and in the summary, in both
languages, the summary in focus, and nothing typed lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

import pytest
import sqlalchemy as sa
from markupsafe import escape
from sqlmodel import Session, col, select

from data.enums import Channel, ConfirmationStatus, OutboxState, RecipientKind, Role, VisitStatus
from data.models import Appeal, Enterprise, InspectionRequest, OutboxMessage, Round, User, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.confirming.records import list_live
from scheduler.exports.mapping import SAMPLE
from scheduler.permissions import Actor
from scheduler.planning.drafts import draft_hash, touch_draft
from scheduler.portal import access_codes, appeals, ratings
from tests.factories import actor_of
from tests.web.cast import Cast
from tests.web.conftest import SETTINGS, As, Browser, change_user
from web.i18n import LANGUAGE_COOKIE

CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
SUMMARY: Final = re.compile(r'<div class="error-summary" role="alert" tabindex="-1" autofocus.*?</div>', re.DOTALL)
FIELD_ERROR: Final = re.compile(r'<span class="field-error"[^>]*>([^<]+)</span>')
LINKS: Final = re.compile(r'<a href="#([\w-]+)">')
TAGS: Final = re.compile(r"<[^>]+>")
LONG: Final = "长" * 2001


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is sent to `path`, by whom, and which field is at fault; `kept`: what must stand in the page again."""

    role: Role | None
    path: str
    data: dict[str, str] = field(default_factory=dict)
    at: str
    kept: tuple[str, ...] = ()


VISIT: Final = "/my-enterprise/visits/{visit}"
FIRM: Final = Role.ENTERPRISE
KEEPER: Final = Role.COORDINATOR
RATED: Final = {"clarity": "4", "conduct": "4", "burden": "4", "help": "4"}
CASES_OF_PUBLICATION: Final = {
    "code_empty": Wrong(role=None, path="/enter", at="credit_code"),
    "code_wrong": Wrong(
        role=None, path="/enter", data={"credit_code": "{credit}", "code": "22222 22222"}, at="code", kept=("{credit}",)
    ),
    "code_expired": Wrong(
        role=None, path="/enter", data={"credit_code": "{credit}", "code": "{expired}"}, at="code", kept=("{credit}",)
    ),
    "code_too_long": Wrong(role=None, path="/enter", data={"credit_code": "9" * 41, "code": "2"}, at="credit_code"),
    "rating_empty": Wrong(role=None, path="/rate/{slip}", data={"text": "很快"}, at="clarity", kept=("很快",)),
    "rating_with_nine_stars": Wrong(
        role=None, path="/rate/{slip}", data=RATED | {"help": "9", "text": "很快"}, at="help", kept=("很快",)
    ),
    "rating_too_long": Wrong(role=None, path="/rate/{slip}", data=RATED | {"text": "长" * 1001}, at="text"),
    "no_day": Wrong(role=FIRM, path=VISIT + "/another-day", data={"text": "盘点"}, at="day", kept=("盘点",)),
    "no_date": Wrong(
        role=FIRM, path=VISIT + "/another-day", data={"day": "明天", "text": "盘点"}, at="day", kept=("盘点",)
    ),
    "past_day": Wrong(
        role=FIRM, path=VISIT + "/another-day", data={"day": "2026-01-05", "text": "盘点"}, at="day", kept=("盘点",)
    ),
    "day_reason_too_long": Wrong(
        role=FIRM, path=VISIT + "/another-day", data={"day": "2026-01-05", "text": LONG}, at="text", kept=(LONG,)
    ),
    "nobody_to_recuse": Wrong(
        role=FIRM, path=VISIT + "/recusal", data={"text": "亲属"}, at="certificate", kept=("亲属",)
    ),
    "foreign_officer": Wrong(
        role=FIRM,
        path=VISIT + "/recusal",
        data={"certificate": "X-1", "text": "亲属"},
        at="certificate",
        kept=("亲属",),
    ),
    "recusal_without_reason": Wrong(role=FIRM, path=VISIT + "/recusal", data={"certificate": "X-1"}, at="text"),
    "question_empty": Wrong(role=FIRM, path="/my-enterprise/ask", data={"text": " \t"}, at="text"),
    "question_too_long": Wrong(role=FIRM, path="/my-enterprise/ask", data={"text": LONG}, at="text", kept=(LONG,)),
    "complaint_empty": Wrong(role=FIRM, path="/my-enterprise/complain", data={"ban": "meals"}, at="text"),
    "unknown_ban": Wrong(
        role=FIRM, path="/my-enterprise/complain", data={"ban": "x", "text": "收费"}, at="ban", kept=("收费",)
    ),
    "no_answer": Wrong(role=KEEPER, path="/appeals/{appeal}", at="text"),
    "answer_too_long": Wrong(role=KEEPER, path="/appeals/{appeal}", data={"text": LONG}, at="text", kept=(LONG,)),
    "retry_without_reason": Wrong(role=KEEPER, path="/outbox/{dead}/retry", at="reason"),
    "retry_reason_too_long": Wrong(
        role=KEEPER, path="/outbox/{dead}/retry", data={"reason": LONG}, at="reason", kept=(LONG,)
    ),
    "paper_to_nobody": Wrong(role=KEEPER, path="/outbox/{paper}/hand-over", data={"on": "2026-02-27"}, at="taken_by"),
    "paper_in_future": Wrong(
        role=KEEPER,
        path="/outbox/{paper}/hand-over",
        data={"taken_by": "张三", "on": "2027-01-01"},
        at="on",
        kept=("张三",),
    ),
    "paper_on_no_date": Wrong(
        role=KEEPER, path="/outbox/{paper}/hand-over", data={"taken_by": "张三", "on": "昨天"}, at="on", kept=("张三",)
    ),
    "paper_by_clerk_too_early": Wrong(
        role=Role.CLERK,
        path="/visits/{visit}/hand-over",
        data={"taken_by": "张三", "on": "2020-01-01"},
        at="on",
        kept=("张三",),
    ),
    "paper_name_too_long": Wrong(
        role=Role.CLERK,
        path="/visits/{visit}/hand-over",
        data={"taken_by": "张" * 81, "on": "2026-02-27"},
        at="taken_by",
    ),
    "no_mail_address": Wrong(
        role=KEEPER,
        path="/contacts/enterprise/{enterprise}",
        data={"channel": "email", "address": "nobody"},
        at="address",
        kept=("nobody",),
    ),
    "unknown_channel": Wrong(
        role=KEEPER,
        path="/contacts/enterprise/{enterprise}",
        data={"channel": "pigeon", "address": "a@example.org"},
        at="channel",
        kept=("a@example.org",),
    ),
    "restore_without_reason": Wrong(role=KEEPER, path="/releases/{release}/restore", at="reason"),
}

BOSS: Final = Role.ADMINISTRATOR
ACCOUNT: Final = {"username": "new.clerk", "display_name": "新经办员", "role": "clerk"}
AIM: Final = {"name": "统计平台", "url": "https://127.0.0.1/in", "kind": "visits", "every_minutes": "60", "mapping": ""}
CASES_OF_SERVICE: Final = {
    "account_empty": Wrong(role=BOSS, path="/accounts/new", data=ACCOUNT | {"username": " "}, at="username"),
    "account_name_taken": Wrong(
        role=BOSS, path="/accounts/new", data=ACCOUNT | {"username": "{taken}"}, at="username", kept=("新经办员",)
    ),
    "account_of_no_body": Wrong(
        role=BOSS, path="/accounts/new", data=ACCOUNT, at="organisation_id", kept=("new.clerk", "新经办员")
    ),
    "account_of_a_body_that_is_no_number": Wrong(
        role=BOSS,
        path="/accounts/new",
        data=ACCOUNT | {"organisation_id": "x"},
        at="organisation_id",
        kept=("新经办员",),
    ),
    "account_of_an_unknown_body": Wrong(
        role=BOSS, path="/accounts/new", data=ACCOUNT | {"organisation_id": "987654321"}, at="organisation_id"
    ),
    "account_of_an_unknown_officer": Wrong(
        role=BOSS,
        path="/accounts/new",
        data=ACCOUNT | {"role": "officer", "officer_id": "无"},
        at="officer_id",
        kept=("无",),
    ),
    "account_of_an_unknown_enterprise": Wrong(
        role=BOSS,
        path="/accounts/new",
        data=ACCOUNT | {"role": "enterprise", "enterprise_id": "9999"},
        at="enterprise_id",
        kept=("9999",),
    ),
    "account_in_no_role": Wrong(role=BOSS, path="/accounts/new", data=ACCOUNT | {"role": "king"}, at="role"),
    "destination_without_name": Wrong(role=BOSS, path="/destinations/new", data=AIM | {"name": ""}, at="name"),
    "destination_elsewhere": Wrong(
        role=BOSS, path="/destinations/new", data=AIM | {"url": "https://evil.test/x"}, at="url", kept=("统计平台",)
    ),
    "destination_with_a_foreign_mapping": Wrong(
        role=BOSS, path="/destinations/new", data=AIM | {"mapping": "0" * 32}, at="mapping", kept=("统计平台",)
    ),
    "destination_at_no_interval": Wrong(
        role=BOSS, path="/destinations/new", data=AIM | {"every_minutes": "x"}, at="every_minutes", kept=("统计平台",)
    ),
    "batch_without_choice": Wrong(
        role=BOSS, path="/destinations/{destination}/settle", data={"reason": "已修好"}, at="event", kept=("已修好",)
    ),
    "batch_with_an_unknown_choice": Wrong(
        role=BOSS,
        path="/destinations/{destination}/settle",
        data={"event": "burn", "reason": "已修好"},
        at="event",
        kept=("已修好",),
    ),
    "batch_without_reason": Wrong(
        role=BOSS, path="/destinations/{destination}/settle", data={"event": "retry"}, at="reason"
    ),
    "mapping_that_is_no_toml": Wrong(
        role=BOSS, path="/mappings/new", data={"name": "平台", "content": "[visits"}, at="content", kept=("[visits",)
    ),
    "mapping_of_nothing": Wrong(
        role=BOSS, path="/mappings/new", data={"name": "平台", "content": "a = 1"}, at="content"
    ),
    "mapping_with_a_taken_name": Wrong(
        role=BOSS, path="/mappings/new", data={"name": "示例平台", "content": "{sample}"}, at="name", kept=("UNISCID",)
    ),
    "export_after_no_cursor": Wrong(
        role=KEEPER,
        path="/exports",
        data={"kind": "visits", "span": "cursor", "since": "昨天", "form": "csv", "mapping": ""},
        at="since",
        kept=("昨天",),
    ),
    "export_in_no_form": Wrong(
        role=KEEPER, path="/exports", data={"kind": "visits", "span": "all", "form": "pdf", "mapping": ""}, at="form"
    ),
}
LEAVE: Final = "/rounds/{round}/approve"
SAID: Final = {"draft_hash": "{draft}", "publish_at": "2026-12-28T09:00", "comment": "同意发布"}
CASES_OF_APPROVAL: Final = {
    "approval_without_time": Wrong(
        role=Role.APPROVER, path=LEAVE, data=SAID | {"publish_at": ""}, at="publish_at", kept=("同意发布",)
    ),
    "approval_at_no_time": Wrong(
        role=Role.APPROVER, path=LEAVE, data=SAID | {"publish_at": "明天早上"}, at="publish_at", kept=("同意发布",)
    ),
    "approval_for_a_time_gone": Wrong(
        role=Role.APPROVER, path=LEAVE, data=SAID | {"publish_at": "2026-02-01T09:00"}, at="publish_at",
        kept=("同意发布",),
    ),
    "approval_with_a_long_comment": Wrong(
        role=Role.APPROVER, path=LEAVE, data=SAID | {"comment": LONG}, at="comment", kept=(LONG,)
    ),
}  # fmt: skip
EDIT: Final = "/board/edits/{round}/apply"
SPLIT: Final = {"kind": "split", "visit": "{visit}", "start_quarter": "0", "reason": "另有任务"}
ROUND: Final = {
    "name": "四月轮次",
    "kind": "month",
    "period_first": "2026-06-01",
    "period_last": "2026-06-30",
    "filing_until": "2026-05-20T18:00",
}
WHAT_IF: Final = {"officers_percent": "100", "seconds": "5", "seed": "0"}
CASES_OF_PLANNING: Final = {
    "split_without_departments": Wrong(
        role=KEEPER, path=EDIT, data=SPLIT | {"day": "2026-03-26"}, at="split-requests", kept=("另有任务", "2026-03-26")
    ),
    "split_without_day": Wrong(
        role=KEEPER, path=EDIT, data=SPLIT | {"requests": "{member}"}, at="split-day", kept=("另有任务",)
    ),
    "split_on_no_date": Wrong(
        role=KEEPER,
        path=EDIT,
        data=SPLIT | {"requests": "{member}", "day": "下周"},
        at="split-day",
        kept=("另有任务",),
    ),
    "nobody_goes": Wrong(
        role=KEEPER,
        path=EDIT,
        data={"kind": "set_crew", "visit": "{visit}", "request": "{member}", "reason": "有人请假"},
        at="set_crew-officers",
        kept=("有人请假",),
    ),
    "round_without_name": Wrong(
        role=KEEPER, path="/rounds/new", data=ROUND | {"name": " "}, at="name", kept=("2026-06-01",)
    ),
    "round_with_long_name": Wrong(
        role=KEEPER, path="/rounds/new", data=ROUND | {"name": "长" * 81}, at="name", kept=("长" * 81,)
    ),
    "round_that_ends_first": Wrong(
        role=KEEPER,
        path="/rounds/new",
        data=ROUND | {"period_last": "2026-05-31"},
        at="period_last",
        kept=("四月轮次",),
    ),
    "round_on_no_date": Wrong(
        role=KEEPER, path="/rounds/new", data=ROUND | {"period_first": "六月"}, at="period_first", kept=("四月轮次",)
    ),
    "solve_of_no_second": Wrong(
        role=KEEPER, path="/rounds/{round}/solve", data={"seconds": "0", "seed": "7"}, at="seconds"
    ),
    "what_if_of_unknown_site": Wrong(
        role=KEEPER,
        path="/rounds/{round}/what-if",
        data=WHAT_IF | {"quiet_first": "2026-03-09", "quiet_last": "2026-03-13", "quiet_sites": "No Such Company"},
        at="quiet_sites",
        kept=("No Such Company", "2026-03-13"),
    ),
    "what_if_that_ends_first": Wrong(
        role=KEEPER,
        path="/rounds/{round}/what-if",
        data=WHAT_IF | {"quiet_first": "2026-03-13", "quiet_last": "2026-03-09"},
        at="quiet_last",
        kept=("2026-03-13",),
    ),
    "re_solve_without_budget": Wrong(
        role=KEEPER, path="/rounds/{round}/re-solve", data={"seconds": "9", "seed": "7"}, at="budget"
    ),
    "question_taken_back_without_reason": Wrong(
        role=KEEPER, path="/rounds/{round}/confirmations/withdraw", at="reason"
    ),
    "counter_declined_without_reason": Wrong(
        role=KEEPER, path="/confirmations/counters/{counter}/decline", at="reason"
    ),
}
CASES: Final[dict[str, Wrong]] = CASES_OF_PUBLICATION | CASES_OF_SERVICE | CASES_OF_APPROVAL | CASES_OF_PLANNING


@pytest.fixture
def places(web_engine: sa.Engine, cast: Cast, clock: FixedClock) -> dict[str, str]:
    """What the addresses and values of the cases are filled with: rows that each form needs."""
    with unit_of_work(web_engine) as session:
        user = session.exec(select(User).where(User.username == cast.users[FIRM])).one()
        firm, owner = actor_of(user), session.get_one(Enterprise, user.enterprise_id)
        issued = access_codes.issue_code(session, clock, None, owner, settings=SETTINGS)
        issued.row.expires_at = clock.now()
        papers = select(OutboxMessage).where(OutboxMessage.recipient_kind == RecipientKind.ENTERPRISE)
        paper = session.exec(papers.where(OutboxMessage.recipient_id == owner.id)).first()
        others = select(OutboxMessage).where(OutboxMessage.recipient_kind == RecipientKind.ORGANISATION)
        dead = session.exec(others.order_by(col(OutboxMessage.id))).first()
        assert paper is not None
        assert dead is not None
        paper.channel, paper.state, dead.state = Channel.PRINT, OutboxState.QUEUED, OutboxState.DEAD
        member = session.exec(
            select(InspectionRequest.uid).join(VisitRequest).join(Visit).where(Visit.uid == cast.uids["visit"])
        ).first()
        return cast.uids | {
            "member": member or "",
            "credit": owner.credit_code,
            "expired": issued.code,
            "slip": _slip(session, clock, firm, cast),
            "appeal": appeals.ask_for_guidance(session, clock, firm, text="怎样存放").uid,
            "paper": paper.uid,
            "dead": dead.uid,
            "taken": cast.users[Role.CLERK],
            "sample": SAMPLE.read_text(encoding="utf-8"),
            "draft": _reopened(session, clock, cast),
        }


def _slip(session: Session, clock: FixedClock, firm: Actor, cast: Cast) -> str:
    """A slip of the visit, which afterwards is still to come."""
    visit = session.exec(select(Visit).where(Visit.uid == cast.uids["visit"])).one()
    visit.status = VisitStatus.CHECKED_IN
    session.flush()
    token = ratings.take_slip(session, clock, firm, visit.uid)
    visit.status = VisitStatus.PUBLISHED
    return token


def _reopened(session: Session, clock: FixedClock, cast: Cast) -> str:
    """Open the published round again by an edit that its departments need not answer; the hash of its draft."""
    round_ = session.exec(select(Round).where(Round.uid == cast.uids["round"])).one()
    user = session.exec(select(User).where(User.username == cast.users[KEEPER])).one()
    touch_draft(session, clock, actor_of(user), round_)
    for one in list_live(session, round_.id):
        one.status = ConfirmationStatus.WITHDRAWN
    session.flush()
    return draft_hash(session, round_)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("case", list(CASES))
def test_refused_form_says_what_is_wrong_where_it_is_and_keeps_the_rest(
    browse_as: As,
    anonymous: Browser,
    web_engine: sa.Engine,
    cast: Cast,
    places: dict[str, str],
    case: str,
    language: str,
) -> None:
    wrong = CASES[case]
    browser = _browser(wrong.role, language, browse_as, anonymous, web_engine, cast)
    data = {name: text.format(**places) for name, text in wrong.data.items()}

    answer = browser.post(wrong.path.format(**places), data, page="/enter" if wrong.role is None else "/")

    assert answer.status_code == 422
    (summary,) = SUMMARY.findall(answer.text)
    assert wrong.at in LINKS.findall(summary)
    assert set(LINKS.findall(summary)) <= set(re.findall(r'id="([\w-]+)"', answer.text))
    faults = FIELD_ERROR.findall(answer.text)
    said = TAGS.sub("", summary)
    assert faults
    assert all(fault in said for fault in faults)
    assert [bool(CHINESE.search(fault)) for fault in faults] == [language == "zh"] * len(faults)
    missing = [text for text in wrong.kept if str(escape(text.format(**places))) not in answer.text]
    assert missing == []


def _browser(
    role: Role | None, language: str, browse_as: As, anonymous: Browser, engine: sa.Engine, cast: Cast
) -> Browser:
    if role is None:
        anonymous.client.set_cookie(LANGUAGE_COOKIE, language)
        return anonymous
    change_user(engine, cast.users[role], language=language)
    return browse_as(role)


def test_same_question_and_complaint_sent_twice_are_kept_once(browse_as: As, web_engine: sa.Engine) -> None:
    """A button pressed twice where no script holds the second one back."""
    firm = browse_as(FIRM)
    for path, data in (("ask", {"text": "怎样存放"}), ("complain", {"text": "收费", "ban": "meals"})):
        before = _kept(web_engine)
        answers = [firm.post(f"/my-enterprise/{path}", data) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert _kept(web_engine) == before + 1
    firm.post("/my-enterprise/ask", {"text": "怎样存放危险废物"})
    assert _kept(web_engine) == 3


def test_other_day_and_recusal_asked_twice_are_told_so_on_the_form(
    browse_as: As, web_engine: sa.Engine, cast: Cast
) -> None:
    firm, path = browse_as(FIRM), VISIT.format(visit=cast.uids["visit"])
    day = re.findall(r'name="day" value="([^"]+)"', firm.get(path + "/another-day").text)[0]
    officer = re.findall(r'name="certificate" value="([^"]+)"', firm.get(path + "/recusal").text)[0]
    for name, data in (("another-day", {"day": day}), ("recusal", {"certificate": officer, "text": "亲属"})):
        answers = [firm.post(f"{path}/{name}", data) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 422]
        assert SUMMARY.search(answers[1].text)
    assert _kept(web_engine) == 2


def _kept(engine: sa.Engine) -> int:
    with reading(engine) as session:
        return len(session.exec(select(Appeal)).all())
