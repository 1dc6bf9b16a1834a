"""The officers' draw of a round: who goes, who is skipped and why, kept at each release and checkable by anybody."""

from __future__ import annotations

import json
import runpy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import CrewReason, HashKind, NoticeMode, RecordStatus
from data.models import (
    Absence,
    Approval,
    CrewDraw,
    CrewSlot,
    InspectionRequest,
    Officer,
    OfficerSkill,
    Recusal,
    Release,
    Round,
    Site,
    Visit,
    VisitRequest,
)
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.filing.crew_method import published_faults, rank_officers, request_id
from scheduler.filing.draws import crews, disclosure
from scheduler.filing.draws.records import find_drawn
from scheduler.planning.crew_reasons import crew_entries, note_crews
from solver.rostering.ranking import draw_value
from tests.factories import (
    NOW,
    make_round,
    make_skill,
    stored_id,
)
from tests.scheduler.planning.drawn import drawn_world, ranking
from tests.scheduler.planning.worlds import World, publish, solve

ROOT = Path(__file__).resolve().parents[3]
STAND_ALONE: Any = runpy.run_path(str(ROOT / "web" / "static" / "verify_draw.py"))["faults"]
DAY = date(2026, 3, 10)


def send(session: Session, request: InspectionRequest, goes: list[Officer], *, quarter: int = 0, **visit: Any) -> Visit:
    """Put a request into a visit of its own with this crew."""
    made = Visit(
        round_id=request.round_id, site_id=request.site_id, day=DAY, start_quarter=quarter, quarters=request.quarters,
        notice_mode=request.notice_mode, lead_organisation_id=request.organisation_id, **visit,
    )  # fmt: skip
    session.add(made)
    session.flush()
    session.add(VisitRequest(visit_id=stored_id(made), request_id=stored_id(request)))
    for officer in goes:
        for at in range(quarter, quarter + request.quarters):
            session.add(
                CrewSlot(
                    visit_id=stored_id(made), request_id=stored_id(request), officer_id=stored_id(officer),
                    day=DAY, quarter=at,
                )
            )  # fmt: skip
    session.flush()
    return made


def entry(session: Session, world: World, request: InspectionRequest) -> dict[str, Any]:
    return crew_entries(session, session.get_one(Round, world.round.id))[stored_id(request)]


def test_ranking_is_the_one_that_the_roster_uses() -> None:
    seed = "0f" * 32
    officers = [f"officer{number}" for number in range(50)]

    solver_order = sorted(officers, key=lambda one: draw_value(int(seed, 16), "r1", one))

    assert list(rank_officers(seed, "r1", officers)) == solver_order


def test_crew_that_follows_the_ranking_skips_nobody(session: Session, clock: FixedClock) -> None:
    world = drawn_world(session, clock)
    request = world.requests[0]
    first = ranking(session, world, request)[: request.inspectors]
    send(session, request, first)

    made = entry(session, world, request)

    assert made["chosen"] == [one.uid for one in first]
    assert made["skipped"] == []
    assert (made["needed"], made["day"], made["quarters"]) == (2, "2026-03-10", list(range(request.quarters)))


def make_obstacle(session: Session, world: World, request: InspectionRequest, officer: Officer, why: str) -> None:
    """Give the officer this reason not to go on DAY."""
    site = session.get_one(Site, request.site_id)
    if why == "not_serving":
        officer.status = RecordStatus.CLOSED
    if why == "certificate":
        officer.certificate_until = DAY - timedelta(days=1)
    if why == "recused":
        session.add(Recusal(officer_id=stored_id(officer), enterprise_id=site.enterprise_id, noted_on=DAY))
    if why == "absent":
        session.add(Absence(officer_id=stored_id(officer), first_date=DAY, last_date=DAY))
    if why == "busy":
        send(session, world.requests[1], [officer])
    if why == "travel":
        other = session.get_one(Site, world.requests[1].site_id)
        other.lat = site.lat + 1.0
        session.add(other)
        send(session, world.requests[1], [officer], quarter=1)
    session.add(officer)
    session.flush()


@pytest.mark.parametrize("why", ["not_serving", "certificate", "recused", "absent", "busy", "travel", "evenness"])
def test_officer_who_is_passed_over_has_the_reason(session: Session, clock: FixedClock, why: str) -> None:
    world = drawn_world(session, clock)
    request = world.requests[0]
    first, *rest = ranking(session, world, request)
    make_obstacle(session, world, request, first, why)
    send(session, request, rest[:2])

    assert entry(session, world, request)["skipped"] == [[first.uid, why]]


def test_place_kept_for_the_skilled_is_a_reason(session: Session, clock: FixedClock) -> None:
    skill = make_skill(session)
    world = drawn_world(session, clock, skill_id=skill.id)
    request = next(one for one in world.requests if one.skill_id)
    first, second, last = ranking(session, world, request)[:3]
    session.add(OfficerSkill(officer_id=stored_id(last), skill_id=stored_id(skill)))
    send(session, request, [first, last])

    assert entry(session, world, request)["skipped"] == [[second.uid, CrewReason.SKILL]]


def test_place_is_not_kept_for_the_skilled_while_another_is_open(session: Session, clock: FixedClock) -> None:
    """Whoever is ranked before both who go could have had the place that needs no skill."""
    skill = make_skill(session)
    world = drawn_world(session, clock, skill_id=skill.id)
    request = next(one for one in world.requests if one.skill_id)
    first, second, last = ranking(session, world, request)[:3]
    session.add(OfficerSkill(officer_id=stored_id(last), skill_id=stored_id(skill)))
    send(session, request, [second, last])

    assert entry(session, world, request)["skipped"] == [[first.uid, CrewReason.EVENNESS]]


def test_crew_chosen_by_hand_is_a_reason(session: Session, clock: FixedClock) -> None:
    world = drawn_world(session, clock)
    request = world.requests[0]
    first, *rest = ranking(session, world, request)
    send(session, request, rest[:2], crew_pinned=True)

    assert entry(session, world, request)["skipped"] == [[first.uid, CrewReason.BY_HAND]]


def test_round_without_a_published_draw_has_no_officers_draw(session: Session) -> None:
    assert crew_entries(session, make_round(session)) == {}


def released(engine: sa.Engine, clock: FixedClock, **task: Any) -> World:
    with unit_of_work(engine) as session:
        world = drawn_world(session, clock, **task)
    solve(engine, clock, world)
    publish(engine, clock, world)
    return world


def documents(session: Session, clock: FixedClock, world: World) -> list[str]:
    protocol = find_drawn(session, stored_id(world.round))
    assert protocol is not None
    shown = disclosure.public_draw(session, clock, protocol.uid)
    return [
        disclosure.public_document(session, clock, protocol.uid, one.list_hash) for one in shown.lists if one.officers
    ]


def test_release_keeps_the_crews_and_its_document_can_be_checked(engine: sa.Engine, clock: FixedClock) -> None:
    world = released(engine, clock)

    with reading(engine) as session:
        kept = set(session.exec(select(CrewDraw.request_id)))
        staffed = set(session.exec(select(CrewSlot.request_id)))
        (text,) = documents(session, clock, world)
    said = json.loads(text)
    assert kept == staffed
    assert len(said["requests"]) == len(staffed) > 0
    assert published_faults(text) == ()
    assert STAND_ALONE(said) == []


CHEATS: dict[str, Any] = {
    "somebody else goes": lambda crew: crew | {"chosen": [crew["chosen"][0], crew["last"]], "skipped": []},
    "outsider goes": lambda crew: crew | {"chosen": [crew["chosen"][0], "0" * 32]},
    "skipped without a reason": lambda crew: crew | {"chosen": crew["chosen"][1:]},
    "reason that is none": lambda crew: (
        crew | {"chosen": crew["chosen"][1:], "skipped": [[crew["chosen"][0], "x"]]}
    ),
    "other request": lambda crew: crew | {"request": "f" * 32},
    "other site": lambda crew: crew | {"site": "f" * 32},
    "more than needed": lambda crew: crew | {"needed": 1},
}  # fmt: skip


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=CHEATS)
def test_changed_crew_is_found_by_both_verifiers(session: Session, clock: FixedClock, cheat: Any) -> None:
    world = drawn_world(session, clock)
    protocol = find_drawn(session, stored_id(world.round))
    assert protocol is not None
    request = world.requests[0]
    order = ranking(session, world, request)
    send(session, request, order[:2])
    text = crews_document(session, world)
    said = json.loads(text)
    assert published_faults(text) == ()

    said["requests"] = [cheat(said["requests"][0] | {"last": order[-1].uid})]

    assert published_faults(json.dumps(said)) == ("requests",)
    assert STAND_ALONE(said) == ["requests"]


def crews_document(session: Session, world: World) -> str:
    """The document as it would be published with the present draft."""
    approval = Approval(
        round_id=stored_id(world.round), draft_hash="", draft_version=0, approved_by_id=world.approver.user_id,
        approved_at=NOW, publish_at=NOW,
    )  # fmt: skip
    session.add(approval)
    session.flush()
    release = Release(
        number=1, round_id=stored_id(world.round), approval_id=stored_id(approval), content_hash="",
        approved_by_id=world.approver.user_id, publish_at=NOW, sealed_at=NOW, late_seconds=0,
    )  # fmt: skip
    session.add(release)
    session.flush()
    note_crews(session, world.round, release)
    protocol = find_drawn(session, stored_id(world.round))
    assert protocol is not None
    return crews.pool_document(session, protocol, stored_id(world.organisations[0])) or ""


def test_officers_stay_closed_until_no_hidden_visit_can_come(engine: sa.Engine, clock: FixedClock) -> None:
    world = released(engine, clock, notice_mode=NoticeMode.UNANNOUNCED)
    over = FixedClock(datetime(2026, 4, 1, 1, 0, tzinfo=UTC))

    with reading(engine) as session:
        protocol = find_drawn(session, stored_id(world.round))
        assert protocol is not None
        assert disclosure.public_crews(session, clock, protocol.uid)[1] == []
        assert ["requests" in json.loads(text) for text in documents(session, clock, world)] == [False]
        assert len(disclosure.public_crews(session, over, protocol.uid)[1]) == len(session.exec(select(CrewDraw)).all())
        assert ["requests" in json.loads(text) for text in documents(session, over, world)] == [True]


def test_shown_certificates_are_masked(engine: sa.Engine, clock: FixedClock) -> None:
    world = released(engine, clock)

    with reading(engine) as session:
        protocol = find_drawn(session, stored_id(world.round))
        assert protocol is not None
        lines = crews.list_crews(session, protocol)
    shown = {one.certificate for line in lines for one in line.reached}
    assert shown <= {crews.masked(officer.certificate_number) for officer in world.officers}
    assert crews.masked("TEST00000012") == "********0012"
    assert all(line.pool == len(world.officers) for line in lines)


def test_request_id_depends_on_all_that_is_asked() -> None:
    def made(*asked: str) -> str:
        return request_id(HashKind.SHA256, "draw", "blind", asked)

    assert len({made("t", "s", "B"), made("t2", "s", "B"), made("t", "s2", "B"), made("t", "s", "B2")}) == 4
