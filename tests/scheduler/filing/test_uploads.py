"""Uploads: received once, reviewed, mended, imported whole or not at all, and never twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import PlanSource, PlanStatus, Role, UploadStatus
from data.errors import NotFoundError, StaleError
from data.models import AuditEvent, OrganisationAlias, Plan, PlanTask, SheetUpload
from data.session import unit_of_work
from data.sheets import read_sheet
from scheduler.clock import FixedClock
from scheduler.errors import InvalidError, NotPermittedError, TransitionError
from scheduler.filing import plans, uploads
from scheduler.permissions import Actor
from tests import factories
from tests.scheduler.filing.conftest import District, make_district
from tests.scheduler.filing.sheets import sheet

SECOND_ROW = 2


def receive(
    session: Session, clock: FixedClock, actor: Actor, content: bytes, *, year: int | None = 2026, **values: Any
) -> SheetUpload:
    asked = {"filename": "三月计划.csv", "round_uid": None} | values
    return uploads.receive_upload(session, clock, actor, content=content, year=year, **asked)


def only_row(session: Session, upload: SheetUpload) -> uploads.ReviewRow:
    (row,) = uploads.review_upload(session, upload).rows
    return row


def mend(session: Session, clock: FixedClock, district: District, upload: SheetUpload, **values: str) -> None:
    key = only_row(session, upload).key
    uploads.mend_row(session, clock, district.clerk, upload, row_key=key, values=values, version=upload.version)


def counted(session: Session, table: type[Plan] | type[PlanTask] | type[AuditEvent] | type[SheetUpload]) -> int:
    return session.exec(select(sa.func.count()).select_from(table)).one()


def fault_codes(call: Callable[[], object]) -> list[tuple[str, str]]:
    with pytest.raises(InvalidError) as error:
        call()
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_right_sheet_becomes_a_plan(session: Session, clock: FixedClock, district: District) -> None:
    item = factories.make_item(session, district.organisation, name="食品经营许可情况的检查", quarters=2)
    upload = receive(session, clock, district.clerk, sheet())
    review = uploads.review_upload(session, upload)
    assert (review.ready, review.total, review.faulty) == (True, 1, 0)

    outcome = uploads.import_upload(session, clock, district.clerk, upload)

    assert outcome.plan is not None
    assert (outcome.added, outcome.already_there, outcome.left_out) == (1, 0, 0)
    plan = outcome.plan
    assert (plan.title, plan.source, plan.status) == ("三月计划", PlanSource.SHEET, PlanStatus.DRAFT)
    assert (plan.period_first, plan.period_last) == (date(2026, 1, 1), date(2026, 12, 31))
    (details,) = plans.plan_details(session, plan).tasks
    assert (details.task.first_date, details.task.last_date) == (date(2026, 3, 1), date(2026, 3, 31))
    assert (details.task.ratio, details.task.quarters, details.scenario) == (0.1, 2, district.scenario)
    assert [written.item for written in details.items] == [item]
    assert [partner.code for partner in details.partners] == ["XF"]
    assert details.task.source is not None
    assert (details.task.row, details.task.source["target"]) == (SECOND_ROW, "餐饮服务单位")


def test_round_gives_the_plan_its_period(session: Session, clock: FixedClock, district: District) -> None:
    round_ = factories.make_round(session)
    upload = receive(session, clock, district.clerk, sheet({"period": "1-12月"}), year=None, round_uid=round_.uid)

    row = only_row(session, upload)
    outcome = uploads.import_upload(session, clock, district.clerk, upload)

    assert (row.fields["period"].value, row.fields["period"].hint_code) == ("2026-03-01至2026-03-31", "period_cut")
    assert outcome.plan is not None
    assert (outcome.plan.round_id, outcome.plan.period_last) == (round_.id, date(2026, 3, 31))


def test_same_file_is_the_same_upload(session: Session, clock: FixedClock, district: District) -> None:
    first = receive(session, clock, district.clerk, sheet())

    assert receive(session, clock, district.clerk, sheet(), filename="copy.csv") is first
    assert receive(session, clock, district.stranger, sheet()) is not first
    round_ = factories.make_round(session)
    assert receive(session, clock, district.clerk, sheet(), round_uid=round_.uid) is not first


def test_import_again_does_nothing(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet({}, {"name": "另一项"}))
    first = uploads.import_upload(session, clock, district.clerk, upload)

    again = uploads.import_upload(session, clock, district.clerk, upload)

    assert again == uploads.ImportOutcome(plan=first.plan, added=0, already_there=2, left_out=0)
    assert (counted(session, Plan), counted(session, PlanTask)) == (1, 2)


def test_tasks_that_are_there_already_are_not_added(session: Session, clock: FixedClock, district: District) -> None:
    uploads.import_upload(session, clock, district.clerk, receive(session, clock, district.clerk, sheet()))
    longer = receive(session, clock, district.clerk, sheet({}, {"name": "另一项"}))
    assert [row.already_there for row in uploads.review_upload(session, longer).rows] == [True, False]

    outcome = uploads.import_upload(session, clock, district.clerk, longer)
    nothing = receive(session, clock, district.clerk, sheet({}, {"name": "另一项"}) + b"\n")

    assert (outcome.added, outcome.already_there) == (1, 1)
    assert uploads.import_upload(session, clock, district.clerk, nothing) == uploads.ImportOutcome(
        plan=None, added=0, already_there=2, left_out=0
    )
    assert counted(session, PlanTask) == 2


def test_tasks_of_a_discarded_plan_can_be_imported_again(
    session: Session, clock: FixedClock, district: District
) -> None:
    first = uploads.import_upload(session, clock, district.clerk, receive(session, clock, district.clerk, sheet()))
    assert first.plan is not None
    plans.discard_plan(session, clock, district.clerk, first.plan)

    again = receive(session, clock, district.clerk, sheet() + b"\n")

    assert uploads.import_upload(session, clock, district.clerk, again).added == 1


FAULTS: dict[str, tuple[dict[str, str], str, str]] = {
    "foreign_initiator": ({"initiators": "消防大队", "partners": ""}, "initiators", "foreign_initiator"),
    "unknown_initiator": ({"initiators": "测试县水务局"}, "initiators", "unknown_initiator"),
    "unknown_partner": ({"partners": "气象局"}, "partners", "unknown_partner"),
    "unknown_target": ({"target": "律师事务所"}, "target", "target_unknown"),
    "no_target": ({"target": ""}, "target", "target_missing"),
    "exception_in_target": ({"target": "除火锅店外的餐饮单位"}, "target", "target_ambiguous"),
    "unknown_enterprise": ({"target": "大丰不存在的有限公司"}, "target", "site_unknown"),
    "no_period": ({"period": ""}, "period", "period_missing"),
    "open_period": ({"period": "适时检查"}, "period", "period_open"),
    "damaged_period": ({"period": "20263"}, "period", "period_damaged"),
    "stale_period": ({"period": "2023年6-12月"}, "period", "stale_year"),
    "ratio_without_unit": ({"ratio": "5"}, "ratio", "ratio_unit_missing"),
    "ratio_of_nothing": ({"ratio": "0%"}, "ratio", "ratio_zero"),
    "no_ratio": ({"ratio": ""}, "ratio", "ratio_missing"),
    "ratio_too_high": ({"ratio": "150%"}, "ratio", "ratio_over_100"),
}


@pytest.mark.parametrize(("change", "field", "code"), FAULTS.values(), ids=FAULTS)
def test_fault_stands_at_its_field_and_keeps_its_text(
    session: Session, clock: FixedClock, district: District, change: dict[str, str], field: str, code: str
) -> None:
    upload = receive(session, clock, district.clerk, sheet(change))

    row = only_row(session, upload)

    assert {name: one.fault_code for name, one in row.fields.items() if one.fault_code} == {field: code}
    assert row.fields[field].text == change.get(field, row.fields[field].text)
    assert (row.ready, row.draft) == (False, None)


def test_upload_with_a_fault_is_not_imported(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet({}, {"period": "适时检查"}))

    faults = fault_codes(lambda: uploads.import_upload(session, clock, district.clerk, upload))

    assert [(field.rpartition(".")[2], code) for field, code in faults] == [("period", "period_open")]
    assert (counted(session, Plan), counted(session, PlanTask)) == (0, 0)
    assert upload.status is UploadStatus.READ


def test_failure_on_the_way_leaves_nothing_half_imported(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        upload = receive(session, clock, district.clerk, sheet({}, {"name": "另一项"}))

    def import_and_fail() -> None:
        with unit_of_work(engine) as session:
            found = uploads.get_upload(session, district.clerk, upload.uid)
            assert uploads.import_upload(session, clock, district.clerk, found).added == 2
            raise RuntimeError

    with pytest.raises(RuntimeError):
        import_and_fail()

    with unit_of_work(engine) as session:
        assert (counted(session, Plan), counted(session, PlanTask)) == (0, 0)
        found = uploads.get_upload(session, district.clerk, upload.uid)
        assert found.status is UploadStatus.READ
        assert uploads.import_upload(session, clock, district.clerk, found).added == 2


PROPOSALS: dict[str, tuple[dict[str, str], str, str]] = {
    "foreign_place": ({"initiators": "上高县市场监督管理局"}, "initiators", "市场监管局"),
    "own_section": ({"initiators": "食品科"}, "initiators", "市场监管局"),
    "partner_of_another_place": ({"partners": "市消防救援大队"}, "partners", "消防大队"),
    "lost_sign": ({"period": "20263"}, "period", "2026年3月"),
    "lost_day_sign": ({"period": "1031日前"}, "period", "10月31日前"),
    "lost_dash": ({"period": "3月10月"}, "period", "3月至10月"),
    "other_year": ({"period": "2023年6-12月"}, "period", "2026年6-12月"),
    "no_dates": ({"period": "适时检查"}, "period", "2026-01-01至2026-12-31"),
    "percent_sign": ({"ratio": "5"}, "ratio", "5%"),
    "target_in_the_name": ({"target": "相关单位"}, "target", "餐饮服务"),
}


@pytest.mark.parametrize(("change", "field", "proposal"), PROPOSALS.values(), ids=PROPOSALS)
def test_proposal_mends_the_field_when_it_is_taken(
    session: Session, clock: FixedClock, district: District, change: dict[str, str], field: str, proposal: str
) -> None:
    for organisation, alias in ((district.organisation, "市场监督管理局"), (district.other, "消防救援大队")):
        session.add(OrganisationAlias(organisation_id=factories.stored_id(organisation), name=alias))
    session.flush()
    upload = receive(session, clock, district.clerk, sheet(change))
    assert only_row(session, upload).fields[field].proposal == proposal
    assert not only_row(session, upload).ready

    mend(session, clock, district, upload, **{field: proposal})

    mended = only_row(session, upload)
    assert mended.ready
    assert (mended.fields[field].text, mended.fields[field].mended) == (proposal, True)
    assert mended.source["period"] == upload.reading["tasks"][0]["period"]


MENDS: dict[str, tuple[dict[str, str], dict[str, str], dict[str, Any]]] = {
    "period_by_dates": ({}, {"period": "2026-03-05至2026-03-06"}, {"first_date": date(2026, 3, 5)}),
    "period_by_words": ({}, {"period": "二季度"}, {"first_date": date(2026, 4, 1), "last_date": date(2026, 6, 30)}),
    "classes": ({"ratio": ""}, {"by_class": "A 5%；D 100%"}, {"ratio_by_class": {"A": 0.05, "D": 1.0}}),
    "number_instead_of_ratio": ({"ratio": ""}, {"quantity": "20户"}, {"quantity": 20, "ratio": None}),
    "range": ({}, {"ratio": "10-20%"}, {"ratio": 0.1}),
    "upper_bound": ({}, {"ratio": "不超过5%"}, {"ratio": 0.05}),
    "no_partners": ({}, {"partners": ""}, {"partner_codes": ()}),
    "choices": (
        {},
        {"quarters": "2", "inspectors": "3", "priority": "9", "notice_mode": "突击"},
        {"quarters": 2, "inspectors": 3, "priority": 9, "notice_mode": "unannounced"},
    ),
    "town": ({}, {"target": "丰华街道餐饮服务单位"}, {"town_code": "320904001", "scenario_code": "S01"}),
    "whole_town": ({}, {"target": "丰华街道"}, {"town_code": "320904001", "scenario_code": None}),
}


@pytest.mark.parametrize(("written", "typed", "draft"), MENDS.values(), ids=MENDS)
def test_typed_text_is_read_like_the_sheet(
    session: Session,
    clock: FixedClock,
    district: District,
    written: dict[str, str],
    typed: dict[str, str],
    draft: dict[str, Any],
) -> None:
    upload = receive(session, clock, district.clerk, sheet(written))

    mend(session, clock, district, upload, **typed)

    row = only_row(session, upload)
    assert row.draft is not None
    assert {name: getattr(row.draft, name) for name in draft} == draft


BAD_MENDS: dict[str, tuple[dict[str, str], str]] = {
    "period": ({"period": "明天"}, "period_not_understood"),
    "period_elsewhere": ({"period": "2025-03-01至2025-03-31"}, "stale_year"),
    "ratio": ({"ratio": "很多"}, "ratio_not_understood"),
    "classes": ({"by_class": "很多"}, "ratio_not_understood"),
    "quarters": ({"quarters": "3"}, "unknown_choice"),
    "notice": ({"notice_mode": "也许"}, "unknown_choice"),
    "name": ({"name": " "}, "required"),
}


@pytest.mark.parametrize(("typed", "code"), BAD_MENDS.values(), ids=BAD_MENDS)
def test_typed_text_that_is_not_understood_stays_as_typed(
    session: Session, clock: FixedClock, district: District, typed: dict[str, str], code: str
) -> None:
    upload = receive(session, clock, district.clerk, sheet())

    mend(session, clock, district, upload, **typed)

    ((field, text),) = typed.items()
    review = only_row(session, upload).fields[field]
    assert (review.text, review.fault_code) == (text.strip(), code)


def test_sites_can_be_named_by_code_or_name(session: Session, clock: FixedClock, district: District) -> None:
    by_code, by_name = factories.make_enterprise(session), factories.make_enterprise(session)
    sites = [factories.make_site(session, by_code), factories.make_site(session, by_name)]
    target = f"{by_code.credit_code}、{by_name.name}"
    upload = receive(session, clock, district.clerk, sheet({"target": target, "ratio": ""}))

    row = only_row(session, upload)

    assert row.draft is not None
    assert set(row.draft.site_uids) == {site.uid for site in sites}


def test_enterprise_with_several_sites_has_to_be_told_apart(
    session: Session, clock: FixedClock, district: District
) -> None:
    enterprise = factories.make_enterprise(session)
    sites = [factories.make_site(session, enterprise) for _ in range(2)]
    upload = receive(session, clock, district.clerk, sheet({"target": enterprise.name}))
    review = only_row(session, upload).fields["target"]
    assert (review.fault_code, dict(review.candidates)) == ("which_site", {site.uid: site.name for site in sites})

    mend(session, clock, district, upload, target=review.candidates[0][0])

    row = only_row(session, upload)
    assert row.draft is not None
    assert row.draft.site_uids == (review.candidates[0][0],)


def test_equal_rows_are_pointed_out_and_one_can_be_left_out(
    session: Session, clock: FixedClock, district: District
) -> None:
    upload = receive(session, clock, district.clerk, sheet({}, {}))
    second = uploads.review_upload(session, upload).rows[1]
    assert (second.fields["name"].fault_code, second.fields["name"].params) == ("duplicate_row", (("row", SECOND_ROW),))

    uploads.leave_out_row(session, clock, district.clerk, upload, row_key=second.key, leave_out=True)

    outcome = uploads.import_upload(session, clock, district.clerk, upload)
    assert (outcome.added, outcome.left_out) == (1, 1)


def test_row_left_out_can_be_taken_in_again(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet())
    key = only_row(session, upload).key
    uploads.leave_out_row(session, clock, district.clerk, upload, row_key=key, leave_out=True)
    assert not uploads.review_upload(session, upload).ready
    assert fault_codes(lambda: uploads.import_upload(session, clock, district.clerk, upload)) == [("file", "no_tasks")]

    uploads.leave_out_row(session, clock, district.clerk, upload, row_key=key, leave_out=False)

    assert uploads.review_upload(session, upload).ready


def test_same_text_at_fault_is_mended_in_all_rows(session: Session, clock: FixedClock, district: District) -> None:
    rows = [{"name": "甲", "ratio": "5"}, {"name": "乙", "ratio": "5"}, {"name": "丙", "ratio": "7"}]
    upload = receive(session, clock, district.clerk, sheet(*rows))

    mended = uploads.mend_alike(
        session, clock, district.clerk, upload, field="ratio", text="5", value="5%", version=upload.version
    )

    assert mended == 2
    assert [row.ready for row in uploads.review_upload(session, upload).rows] == [True, True, False]


def test_text_that_is_shown_already_is_no_mend(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet())
    shown = {name: one.text for name, one in only_row(session, upload).fields.items()}

    mend(session, clock, district, upload, **shown | {"ratio": "20%"})

    assert list(upload.mends.values()) == [{"ratio": "20%"}]


def test_line_breaks_of_a_browser_are_no_mend(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet({"items": "1.甲的检查\n2.乙的检查"}))
    shown = only_row(session, upload).fields["items"].text
    assert shown.count("\n") == 1

    mend(session, clock, district, upload, items=shown.replace("\n", "\r\n"))

    assert upload.mends == {}


HINTS: dict[str, tuple[dict[str, str], str, str | None]] = {
    "off_site": ({"methods": "书面检查、网络检查"}, "methods", "could_be_offsite"),
    "not_on_site": ({"methods": "非现场检查"}, "methods", "could_be_offsite"),
    "partly_on_site": ({"methods": "书面检查、现场检查"}, "methods", None),
    "item_of_nobody": ({"items": "自拟的检查"}, "items", "item_not_listed"),
    "range": ({"ratio": "10-20%"}, "ratio", "ratio_range"),
    "lower_bound": ({"ratio": "不低于5%"}, "ratio", None),
    "over_the_year_end": ({"period": "10月-次年3月"}, "period", "period_cut"),
}


@pytest.mark.parametrize(("change", "field", "code"), HINTS.values(), ids=HINTS)
def test_hint_is_told_and_stops_nobody(
    session: Session, clock: FixedClock, district: District, change: dict[str, str], field: str, code: str | None
) -> None:
    upload = receive(session, clock, district.clerk, sheet(change))

    row = only_row(session, upload)

    assert row.fields[field].hint_code == code
    assert row.ready


def test_organisation_that_only_helps_may_file_the_task(
    session: Session, clock: FixedClock, district: District
) -> None:
    upload = receive(session, clock, district.clerk, sheet({"initiators": "消防大队", "partners": "市场监管局"}))

    row = only_row(session, upload)

    assert row.draft is not None
    assert (row.draft.partner_codes, row.fields["initiators"].value) == (("XF",), "市场监管局")


def test_file_itself_is_not_carried_along(session: Session, clock: FixedClock, district: District) -> None:
    receive(session, clock, district.clerk, sheet())
    session.expunge_all()

    (upload,) = uploads.list_uploads(session, district.clerk)

    assert "content" in sa.inspect(upload).unloaded
    assert upload.content == sheet()


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"status": "filed"}, ("status", "unknown_field")),
        ({"leave_out": "1"}, ("leave_out", "unknown_field")),
        ({"name": "长" * 4001}, ("name", "too_long")),
        ({"name": "a\x00"}, ("name", "bad_characters")),
    ],
    ids=["foreign_field", "reserved_field", "too_long", "zero_byte"],
)
def test_mend_is_refused(
    session: Session, clock: FixedClock, district: District, values: dict[str, str], fault: tuple[str, str]
) -> None:
    upload = receive(session, clock, district.clerk, sheet())

    assert fault_codes(lambda: mend(session, clock, district, upload, **values)) == [fault]
    assert upload.mends == {}


def test_mend_of_an_older_version_is_stale(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet({"ratio": "5"}))
    key, seen = only_row(session, upload).key, upload.version
    mend(session, clock, district, upload, ratio="5%")

    with pytest.raises(StaleError):
        uploads.mend_row(session, clock, district.clerk, upload, row_key=key, values={"ratio": "50%"}, version=seen)
    with pytest.raises(NotFoundError):
        uploads.mend_row(session, clock, district.clerk, upload, row_key="x!9", values={}, version=upload.version)


def test_imported_upload_cannot_be_mended_or_discarded(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet())
    uploads.import_upload(session, clock, district.clerk, upload)

    with pytest.raises(TransitionError):
        uploads.discard_upload(session, clock, district.clerk, upload)
    with pytest.raises(TransitionError):
        mend(session, clock, district, upload, ratio="20%")


def test_discarded_file_can_come_again(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet())
    uploads.discard_upload(session, clock, district.clerk, upload)

    again = receive(session, clock, district.clerk, sheet())

    assert again is not upload
    with pytest.raises(TransitionError):
        uploads.import_upload(session, clock, district.clerk, upload)


def discard(session: Session, clock: FixedClock, actor: Actor, upload: SheetUpload) -> None:
    uploads.discard_upload(session, clock, actor, upload)


def take_in(session: Session, clock: FixedClock, actor: Actor, upload: SheetUpload) -> None:
    uploads.import_upload(session, clock, actor, upload)


def leave_out(session: Session, clock: FixedClock, actor: Actor, upload: SheetUpload) -> None:
    key = upload.reading["tasks"][0]["key"]
    uploads.leave_out_row(session, clock, actor, upload, row_key=key, leave_out=True)


def look(session: Session, _clock: FixedClock, actor: Actor, upload: SheetUpload) -> None:
    uploads.get_upload(session, actor, upload.uid)


@pytest.mark.parametrize("act", [discard, take_in, leave_out, look])
def test_foreign_upload_is_not_found(
    session: Session, clock: FixedClock, district: District, act: Callable[..., None]
) -> None:
    upload = receive(session, clock, district.clerk, sheet())

    with pytest.raises(NotFoundError):
        act(session, clock, district.stranger, upload)

    assert (upload.status, upload.mends) == (UploadStatus.READ, {})
    assert uploads.list_uploads(session, district.stranger) == []
    assert uploads.list_uploads(session, district.clerk) == [upload]


@pytest.mark.parametrize("act", [discard, take_in, leave_out])
def test_writing_is_refused_to_those_who_only_look(
    session: Session, clock: FixedClock, district: District, act: Callable[..., None]
) -> None:
    upload = receive(session, clock, district.clerk, sheet())

    for actor in (district.head, district.coordinator):
        assert uploads.get_upload(session, actor, upload.uid) is upload
        with pytest.raises(NotPermittedError):
            act(session, clock, actor, upload)


@pytest.mark.parametrize("role", [Role.HEAD, Role.COORDINATOR, Role.OFFICER, Role.ENTERPRISE])
def test_receiving_is_refused_to_others(session: Session, clock: FixedClock, district: District, role: Role) -> None:
    actor = factories.make_actor(session, role, organisation_id=district.organisation.id)

    with pytest.raises(NotPermittedError):
        receive(session, clock, actor, sheet())


@pytest.mark.parametrize(
    ("content", "values", "fault"),
    [
        (b"", {}, ("file", "empty_file")),
        (b"<html>", {"filename": "plan.xlsx"}, ("file", "not_a_workbook")),
        (sheet(), {"filename": "plan.exe"}, ("file", "type_not_allowed")),
        (sheet(), {"year": 1999}, ("year", "out_of_range")),
        (sheet(), {"round_uid": "nobody"}, ("round_uid", "unknown_choice")),
    ],
    ids=["empty", "not_a_workbook", "other_type", "year", "round"],
)
def test_bad_file_is_refused(
    session: Session,
    clock: FixedClock,
    district: District,
    content: bytes,
    values: dict[str, Any],
    fault: tuple[str, str],
) -> None:
    assert fault_codes(lambda: receive(session, clock, district.clerk, content, **values)) == [fault]
    assert counted(session, SheetUpload) == 0


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("../../etc/计划.csv", "计划.csv"),
        ("C:\\temp\\计划.csv", "计划.csv"),
        ("计\n划\u202e.csv", "计划.csv"),
        ("长" * 300 + ".csv", "长" * 196 + ".csv"),
    ],
    ids=["path", "windows_path", "control_signs", "too_long"],
)
def test_filename_is_only_a_name(
    session: Session, clock: FixedClock, district: District, filename: str, kept: str
) -> None:
    assert receive(session, clock, district.clerk, sheet(), filename=filename).filename == kept


def test_faulty_rows_can_be_mended_in_a_workbook(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet({}, {"ratio": "5", "period": "适时检查"}))

    written = uploads.faulty_workbook(session, upload, say=lambda one: f"<{one.fault_code}>")

    (task,) = read_sheet(written, filename="mended.xlsx", year=2026).tasks
    bad = uploads.review_upload(session, upload).rows[1]
    assert (task.key, task.task, task.target) == (bad.key, "餐饮服务单位检查", "餐饮服务单位")
    again = receive(session, clock, district.clerk, written, filename="mended.xlsx")
    (row,) = uploads.review_upload(session, again).rows
    assert {name: one.fault_code for name, one in row.fields.items() if one.fault_code} == {
        name: one.fault_code for name, one in bad.fields.items() if one.fault_code
    }


def test_every_change_of_an_upload_is_audited(session: Session, clock: FixedClock, district: District) -> None:
    upload = receive(session, clock, district.clerk, sheet({"ratio": "5"}))
    mend(session, clock, district, upload, ratio="5%")
    uploads.import_upload(session, clock, district.clerk, upload)

    events = session.exec(select(AuditEvent).where(AuditEvent.entity == "upload").order_by("number")).all()

    assert [event.action for event in events] == ["upload.receive", "upload.mend", "upload.import"]
    assert {event.actor_id for event in events} == {district.clerk.user_id}


def at_once(count: int, work: Callable[[], object]) -> list[object]:
    """Run `work` in threads that start together."""
    barrier = Barrier(count)

    def run(_number: int) -> object:
        barrier.wait(timeout=60)
        return work()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_two_imports_at_once_add_everything_once(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        upload = receive(session, clock, district.clerk, sheet({}, {"name": "另一项"}))

    def import_it() -> int:
        with unit_of_work(engine) as session:
            found = uploads.get_upload(session, district.clerk, upload.uid)
            return uploads.import_upload(session, clock, district.clerk, found).added

    assert sorted(at_once(3, import_it)) == [0, 0, 2]
    with unit_of_work(engine) as session:
        assert (counted(session, Plan), counted(session, PlanTask)) == (1, 2)


def test_two_people_with_the_same_file_at_once_make_one_upload(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)

    def receive_it() -> str:
        with unit_of_work(engine) as session:
            return receive(session, clock, district.clerk, sheet()).uid

    assert len(set(at_once(3, receive_it))) == 1
    with unit_of_work(engine) as session:
        assert counted(session, SheetUpload) == 1


def test_two_files_with_the_same_tasks_at_once_add_them_once(engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(engine) as session:
        district = make_district(session)
        names = iter([receive(session, clock, district.clerk, sheet() + b"\n" * extra).uid for extra in range(3)])

    def import_next() -> int:
        uid = next(names)
        with unit_of_work(engine) as session:
            found = uploads.get_upload(session, district.clerk, uid)
            return uploads.import_upload(session, clock, district.clerk, found).added

    assert sorted(at_once(3, import_next)) == [0, 0, 1]


@pytest.mark.postgres
def test_without_the_lock_two_imports_at_once_would_double(
    postgres_engine: sa.Engine, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the race is real, and it is the lock that wins it. Neither writes before both have read."""
    together, review_upload = Barrier(2), uploads.review_upload

    def no_lock(session: Session, _organisation_id: int) -> None:
        session.connection()

    def read_and_wait(*words: Any, **named: Any) -> Any:
        found = review_upload(*words, **named)
        together.wait(timeout=60)
        return found

    with unit_of_work(postgres_engine) as session:
        district = make_district(session)
        uids = [receive(session, clock, district.clerk, sheet() + b"\n" * extra).uid for extra in range(2)]
    monkeypatch.setattr(uploads, "lock_organisation", no_lock)
    monkeypatch.setattr(uploads, "review_upload", read_and_wait)
    names = iter(uids)

    def import_next() -> int:
        uid = next(names)
        with unit_of_work(postgres_engine) as session:
            found = uploads.get_upload(session, district.clerk, uid)
            return uploads.import_upload(session, clock, district.clerk, found).added

    assert at_once(2, import_next) == [1, 1]
