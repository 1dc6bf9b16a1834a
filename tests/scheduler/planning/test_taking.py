from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ProposalStatus, Role, RoundStatus
from data.models import AuditEvent, CrewSlot, Proposal, Round, SolveRun, Visit
from data.session import reading, unit_of_work
from scheduler.audit import canonical_json, sha256
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotPermittedError, RuleError
from scheduler.planning.board import draft_hash, draft_problems
from scheduler.planning.drafts import touch_draft
from scheduler.planning.questions import QuietDays, Resolve, WhatIf
from scheduler.planning.taking import Choice, chosen_sites, read_offer, take_part, take_whole
from tests.factories import make_actor
from tests.scheduler.planning.test_questions import ask, begin, end, work
from tests.scheduler.planning.worlds import World, fresh, make_world, march, publish, solve, visits_of


def offered(session: Session) -> Proposal:
    return session.exec(select(Proposal).order_by(Proposal.id.desc())).first()


def other_plan(engine: sa.Engine, clock: FixedClock, world: World) -> None:
    """An offer in which every visit lies a week later: solved while the first week is closed."""
    quiet = QuietDays(first=march(1), last=march(8))
    ask(engine, clock, world, WhatIf(quiet_days=(quiet,)))
    work(engine, clock)


def days(engine: sa.Engine, world: World) -> dict[str, date]:
    with reading(engine) as session:
        sites = {site.id: site.uid for site in world.sites}
        return {sites[visit.site_id]: visit.day for visit in visits_of(session, world)}


def firm(world: World, place: int) -> str:
    return world.enterprises[place].uid


def test_offer_shows_what_it_would_change(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    other_plan(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        offer = read_offer(session, offered(session))
    assert (len(offer.pairs), offer.changes, offer.outdated) == (3, 3, False)
    assert offer.touched == frozenset()
    assert isinstance(offer.question, WhatIf)


def test_part_by_enterprise_changes_that_site_only(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    before = days(sqlite_engine, world)
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        choice = Choice(enterprises=(firm(world, 0),))
        taken = take_part(session, clock, world.coordinator, offered(session), choice, understood=True)
    after = days(sqlite_engine, world)
    chosen = world.sites[0].uid
    assert (taken.changes, taken.sites) == (1, 1)
    assert after[chosen] > march(8)
    assert {site: day for site, day in after.items() if site != chosen} == {
        site: day for site, day in before.items() if site != chosen
    }
    with reading(sqlite_engine) as session:
        assert draft_problems(session, fresh(session, world.round)) == ()
        assert offered(session).status is ProposalStatus.OFFERED
        assert fresh(session, world.round).draft_version == 2
        event = session.exec(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
        assert (event.action, event.after["sites"]) == ("proposal.adopt_part", [chosen])


@pytest.mark.parametrize("by", ["towns", "bodies"])
def test_part_by_township_or_body_takes_all_of_theirs(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, by: str
) -> None:
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        offer = read_offer(session, offered(session))
        place = offer.pairs[0].either
        choice = Choice(towns=(place.town_code,)) if by == "towns" else Choice(bodies=(place.bodies[0][0],))
        assert chosen_sites(offer, choice) == {site.uid for site in world.sites}
        take_part(session, clock, world.coordinator, offered(session), choice, understood=True)
    assert min(days(sqlite_engine, world).values()) > march(8)


def test_part_gets_other_people_where_those_offered_are_taken(sqlite_engine: sa.Engine, clock: FixedClock) -> None:
    with unit_of_work(sqlite_engine) as session:
        world = make_world(session, sites=2, organisations=1, officers=4)
    solve(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        first, second = visits_of(session, world)
        proposal = offered(session)
        answer = json.loads(proposal.answer)
        there = next(v for v in answer["visits"] if v["site"] == world.sites[0].uid)
        here = next(v for v in answer["visits"] if v["site"] != world.sites[0].uid)
        crew = [duty["officer"] for duty in answer["roster"] if duty["request"] in here["requests"]]
        # The offer sends the second visit's people to the first, in the very same quarters.
        there["day"], there["start_quarter"] = here["day"], here["start_quarter"]
        kept = [duty for duty in answer["roster"] if duty["request"] in here["requests"]]
        answer["roster"] = kept + [
            {"request": there["requests"][0], "officer": officer, "lead": int(place == 0)}
            for place, officer in enumerate(crew)
        ]
        answer["visits"] = [there]
        text = canonical_json(answer)
        proposal.answer, proposal.answer_hash, proposal.status = text, sha256(text), ProposalStatus.OFFERED
        assert {first.id, second.id}
    with unit_of_work(sqlite_engine) as session:
        choice = Choice(enterprises=(firm(world, 0),))
        taken = take_part(session, clock, world.coordinator, offered(session), choice)
        assert taken.restaffed == 1
    with reading(sqlite_engine) as session:
        assert draft_problems(session, fresh(session, world.round)) == ()
        goes = session.exec(select(CrewSlot.officer_id, CrewSlot.day, CrewSlot.quarter)).all()
        assert len(goes) == len(set(goes)) == 4


def test_part_that_does_not_fit_is_refused_with_the_rule(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        row = fresh(session, next(r for r in world.requests if r.site_id == world.sites[0].id))
        row.last_date = march(6)
        before = draft_hash(session, fresh(session, world.round))
    choice = Choice(enterprises=(firm(world, 0),))
    with pytest.raises(RuleError) as refused, unit_of_work(sqlite_engine) as session:
        take_part(session, clock, world.coordinator, offered(session), choice, understood=True)
    assert {rule for rule, _, _ in refused.value.violations} == {"visit_in_window"}
    with reading(sqlite_engine) as session:
        assert draft_hash(session, fresh(session, world.round)) == before


@pytest.mark.parametrize("pin", ["members_pinned", "crew_pinned"])
def test_pinned_visit_is_not_overwritten(sqlite_engine: sa.Engine, clock: FixedClock, world: World, pin: str) -> None:
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        proposal = offered(session)
        answer = json.loads(proposal.answer)
        gone = answer["visits"].pop(0)
        answer["roster"] = [duty for duty in answer["roster"] if duty["request"] not in gone["requests"]]
        proposal.answer = canonical_json(answer)
        site = next(one.id for one in world.sites if one.uid == gone["site"])
        setattr(next(visit for visit in visits_of(session, world) if visit.site_id == site), pin, True)
    with pytest.raises(RuleError) as refused, unit_of_work(sqlite_engine) as session:
        take_whole(session, clock, world.coordinator, offered(session), understood=True)
    rules = {rule for rule, _, _ in refused.value.violations}
    # Pinned members are locked to their day as well, which the checker says first.
    assert rules
    assert rules <= {"pin_kept", "request_locked"}


def test_nothing_chosen_is_refused(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    other_plan(sqlite_engine, clock, world)
    for choice in (Choice(), Choice(towns=("nowhere",))):
        with pytest.raises(ConflictError) as refused, unit_of_work(sqlite_engine) as session:
            take_part(session, clock, world.coordinator, offered(session), choice, understood=True)
        assert refused.value.code == "nothing_chosen"


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "part"])
def test_assumptions_have_to_be_confirmed(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World, whole: bool
) -> None:
    other_plan(sqlite_engine, clock, world)
    choice = Choice(enterprises=(firm(world, 0),))

    def take(session: Session) -> None:
        if whole:
            take_whole(session, clock, world.coordinator, offered(session))
        else:
            take_part(session, clock, world.coordinator, offered(session), choice)

    with pytest.raises(ConflictError) as refused, unit_of_work(sqlite_engine) as session:
        take(session)
    assert refused.value.code == "assumptions_not_confirmed"


def test_confirmed_assumptions_do_not_come_true(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        take_whole(session, clock, world.coordinator, offered(session), understood=True)
    assert min(days(sqlite_engine, world).values()) > march(8)
    ask(sqlite_engine, clock, world, WhatIf())
    work(sqlite_engine, clock)
    with reading(sqlite_engine) as session:
        assert min(row.after.day for row in read_offer(session, offered(session)).pairs if row.after) <= march(8)


def edit_one(engine: sa.Engine, clock: FixedClock, world: World, place: int) -> None:
    """A person moves one visit by a day."""
    with unit_of_work(engine) as session:
        site = world.sites[place].id
        visit = next(one for one in visits_of(session, world) if one.site_id == site)
        visit.day += timedelta(days=1)
        session.exec(sa.update(CrewSlot).where(CrewSlot.visit_id == visit.id).values(day=visit.day))
        touch_draft(session, clock, world.coordinator, fresh(session, world.round))


def test_result_that_comes_after_an_edit_is_offered_with_its_difference_and_not_applied(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    ask(sqlite_engine, clock, world, None)
    with unit_of_work(sqlite_engine) as session:
        run, ready = begin(session, clock)
    edit_one(sqlite_engine, clock, world, 0)
    before = days(sqlite_engine, world)
    with unit_of_work(sqlite_engine) as session:
        end(session, clock, session.get_one(SolveRun, run.id), ready)
    assert days(sqlite_engine, world) == before
    with reading(sqlite_engine) as session:
        assert offered(session).status is ProposalStatus.OFFERED
        offer = read_offer(session, offered(session))
        assert (offer.outdated, offer.touched, offer.changes) == (True, {world.sites[0].uid}, 1)


def test_untouched_part_of_an_older_result_can_be_taken(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    other_plan(sqlite_engine, clock, world)
    edit_one(sqlite_engine, clock, world, 0)
    mine = days(sqlite_engine, world)[world.sites[0].uid]
    with unit_of_work(sqlite_engine) as session:
        offer = read_offer(session, offered(session))
        assert (offer.outdated, offer.touched) == (True, {world.sites[0].uid})
        assert {pair.either.site_uid for pair in offer.untouched_pairs} == {site.uid for site in world.sites[1:]}
        take_part(session, clock, world.coordinator, offered(session), Choice(untouched=True), understood=True)
    after = days(sqlite_engine, world)
    assert after[world.sites[0].uid] == mine
    assert min(after[site.uid] for site in world.sites[1:]) > march(8)


def test_control_taking_the_older_result_whole_overwrites_the_edit(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    other_plan(sqlite_engine, clock, world)
    edit_one(sqlite_engine, clock, world, 0)
    mine = days(sqlite_engine, world)[world.sites[0].uid]
    with unit_of_work(sqlite_engine) as session:
        take_whole(session, clock, world.coordinator, offered(session), understood=True)
    assert days(sqlite_engine, world)[world.sites[0].uid] != mine


def test_budget_is_counted_again_when_the_draft_has_changed(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    ask(sqlite_engine, clock, world, Resolve(budget=0))
    work(sqlite_engine, clock)
    edit_one(sqlite_engine, clock, world, 0)
    with pytest.raises(ConflictError) as refused, unit_of_work(sqlite_engine) as session:
        take_whole(session, clock, world.coordinator, offered(session))
    assert (refused.value.code, refused.value.params) == ("budget_exceeded", {"changes": 1, "budget": 0})


def test_published_round_takes_a_proposal_and_waits_for_another_approval(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    publish(sqlite_engine, clock, world)
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        choice = Choice(enterprises=(firm(world, 0),))
        take_part(session, clock, world.coordinator, offered(session), choice, understood=True)
    with reading(sqlite_engine) as session:
        assert session.get_one(Round, world.round.id).status is RoundStatus.PROPOSED
        assert len(session.exec(select(Visit)).all()) == 3


def test_only_coordinators_take_parts(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    other_plan(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session, pytest.raises(NotPermittedError):
        take_part(session, clock, make_actor(session, Role.APPROVER), offered(session), Choice(untouched=True))
