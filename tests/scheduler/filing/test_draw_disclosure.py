"""What the public learns of a draw: everything of announced tasks, nothing but hashes of hidden ones (P1, D8)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlmodel import Session, col, select

from data.enums import CancelReason, NoticeMode, PlanStatus, RequestStatus, Role, VisitStatus
from data.errors import NotFoundError
from data.models import Draw, DrawList, Enterprise, InspectionRequest, Round, Site, Visit, VisitRequest
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, InvalidError, NotPermittedError
from scheduler.filing import draws, rounds
from scheduler.filing.draw_method import document_faults, draw, freeze_list, read_list
from scheduler.filing.draws import cancellations, disclosure, records
from scheduler.filing.draws.disclosure import PublicDraw
from scheduler.filing.draws.pools import officers_seed, pooled_officers
from tests import factories
from tests.scheduler.filing.conftest import District
from tests.scheduler.filing.test_draws import frozen_round

AFTERWARDS = FixedClock(datetime(2026, 4, 1, 1, 0, tzinfo=UTC))


def drawn_round(session: Session, clock: FixedClock, district: District) -> Round:
    """An announced task and a hidden one over the same class of sites."""
    hidden = {"notice_mode": NoticeMode.UNANNOUNCED, "name": "暗访任务", "ratio": 0.3}
    round_ = frozen_round(session, clock, district, {"name": "公开任务"}, hidden)
    draws.draw_round(session, clock, district.coordinator, round_)
    return round_


def look(session: Session, clock: FixedClock, round_: Round) -> PublicDraw:
    return disclosure.public_draw(session, clock, records.list_protocols(session, round_)[0].uid)


def hidden_list(session: Session) -> DrawList:
    return session.exec(select(DrawList).where(col(DrawList.hidden))).one()


def hidden_requests(session: Session) -> list[InspectionRequest]:
    unannounced = InspectionRequest.notice_mode == NoticeMode.UNANNOUNCED
    return list(session.exec(select(InspectionRequest).where(unannounced)))


def arrive(session: Session, requests: list[InspectionRequest]) -> None:
    for request in requests:
        visit = Visit(
            round_id=request.round_id,
            site_id=request.site_id,
            day=request.first_date,
            start_quarter=0,
            quarters=1,
            notice_mode=NoticeMode.UNANNOUNCED,
            status=VisitStatus.CHECKED_IN,
            lead_organisation_id=request.organisation_id,
        )
        session.add(visit)
        session.flush()
        session.add(VisitRequest(visit_id=factories.stored_id(visit), request_id=factories.stored_id(request)))
    session.flush()


def test_announced_results_are_public_and_can_be_checked(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = drawn_round(session, clock, district)
    seen = look(session, clock, round_)

    shown = next(one for one in seen.lists if not one.closed)
    text = disclosure.public_document(session, clock, seen.protocol.uid, shown.list_hash)
    assert (shown.task, shown.listed, shown.drawn) == ("公开任务", 20, 10)
    assert document_faults(text) == ()


def test_hidden_task_shows_its_hash_and_nothing_else(session: Session, clock: FixedClock, district: District) -> None:
    round_ = drawn_round(session, clock, district)
    seen, row = look(session, clock, round_), hidden_list(session)

    closed = [one for one in seen.lists if one.closed]
    assert closed == [disclosure.PublicList(list_hash=row.list_hash, closed=True)]
    with pytest.raises(NotFoundError):
        disclosure.public_document(session, clock, seen.protocol.uid, row.list_hash)


def test_hidden_result_cannot_be_computed_from_what_is_public(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = drawn_round(session, clock, district)
    seen, row = look(session, clock, round_), hidden_list(session)
    public = [
        disclosure.public_document(session, clock, seen.protocol.uid, one.list_hash)
        for one in seen.lists
        if not one.closed
    ]
    secret, known = read_list(row.document), read_list(next(text for text in public if '"strata"' in text))
    result = session.exec(select(Draw).where(Draw.task_id == row.task_id)).one()
    drawn = set(json.loads(result.document)["drawn"])

    # Whoever knows the seed, the sites and even the quota, but not the blind, gets another result.
    sites = [(name, code, site) for name, pairs in known.strata.items() for code, site in pairs]
    guess = draw(freeze_list(secret.task, secret.quota, sites), result.seed)

    assert secret.blind not in "".join(public)
    assert set(guess) != drawn
    # The control: with the blind it is the very result, so this is what keeps it closed.
    assert set(draw(freeze_list(secret.task, secret.quota, sites, blind=secret.blind), result.seed)) == drawn


def test_hidden_task_is_disclosed_when_every_crew_has_arrived(
    session: Session, clock: FixedClock, district: District
) -> None:
    round_ = drawn_round(session, clock, district)
    requests = hidden_requests(session)
    arrive(session, requests[1:])
    assert any(one.closed for one in look(session, clock, round_).lists)

    arrive(session, requests[:1])

    seen = look(session, clock, round_)
    text = disclosure.public_document(session, clock, seen.protocol.uid, hidden_list(session).list_hash)
    assert not any(one.closed for one in seen.lists)
    assert document_faults(text) == ()


def test_hidden_task_is_disclosed_after_the_period(session: Session, clock: FixedClock, district: District) -> None:
    round_ = drawn_round(session, clock, district)
    assert not any(one.closed for one in look(session, AFTERWARDS, round_).lists)


def test_officers_are_public_by_certificate_only(session: Session, clock: FixedClock, district: District) -> None:
    officer = factories.make_officer(session, district.organisation, name="不公开的姓名")
    round_ = drawn_round(session, clock, district)
    seen = look(session, clock, round_)
    pool = next(one for one in seen.lists if one.officers)

    text = disclosure.public_document(session, clock, seen.protocol.uid, pool.list_hash)

    assert json.loads(text)["officers"] == [[officer.certificate_number, officer.uid]]
    assert officer.name not in text
    assert pooled_officers(session, seen.protocol) == {officer.uid: officer.certificate_number}


def test_draw_ranks_the_officers_of_its_round(session: Session, clock: FixedClock, district: District) -> None:
    round_ = drawn_round(session, clock, district)
    seed = session.exec(select(Draw.seed)).first()
    assert officers_seed(session, round_.id or 0) == int(seed or "", 16)
    assert officers_seed(session, 0) is None


def test_cancellation_after_the_draw_is_counted(session: Session, clock: FixedClock, district: District) -> None:
    round_ = drawn_round(session, clock, district)
    request = session.exec(
        select(InspectionRequest).where(InspectionRequest.notice_mode == NoticeMode.ANNOUNCED)
    ).first()
    assert request is not None
    before = session.exec(select(Draw.document)).all()
    firm = session.get_one(Enterprise, session.get_one(Site, request.site_id).enterprise_id)
    asked = len(session.exec(select(InspectionRequest).where(InspectionRequest.site_id == request.site_id)).all())
    with pytest.raises(InvalidError):
        cancellations.cancel_drawn(session, clock, district.coordinator, request, reason=CancelReason.OTHER)

    cancellations.cancel_drawn(session, clock, district.coordinator, request, reason=CancelReason.CLOSED)

    supervisor = factories.make_actor(session, Role.SUPERVISOR)
    rates = cancellations.cancellation_rates(session, supervisor, round_=round_)
    assert [(one.credit_code, one.drawn, one.cancelled, one.reasons) for one in rates] == [
        (firm.credit_code, asked, 1, ((CancelReason.CLOSED, 1),))
    ]
    assert rates[0].rate == 1 / asked
    assert request.status is RequestStatus.WITHDRAWN
    assert session.exec(select(Draw.document)).all() == before
    with pytest.raises(ConflictError):
        cancellations.cancel_drawn(session, clock, district.coordinator, request, reason=CancelReason.MOVED)
    with pytest.raises(NotPermittedError):
        cancellations.cancellation_rates(session, district.clerk)


def test_rounds_of_both_kinds_stand_in_the_public_list(session: Session, clock: FixedClock, district: District) -> None:
    round_ = drawn_round(session, clock, district)
    other = factories.make_round(session)
    plan = factories.make_plan(session, district.organisation, status=PlanStatus.FILED)
    factories.make_task(session, plan, scenario_id=district.scenario.id)
    rounds.freeze_round(session, clock, district.coordinator, other)

    assert [line.round_name for line in disclosure.public_draws(session)] == [round_.name]
