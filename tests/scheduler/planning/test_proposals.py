from __future__ import annotations

import hashlib
import json

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ApprovalStatus, ProposalStatus, RequestStatus, Role, RoundStatus, VisitStatus
from data.models import Approval, AuditEvent, CrewSlot, Proposal, Round, Visit, VisitRequest
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.errors import ConflictError, NotFoundError, NotPermittedError, RuleError, TransitionError
from scheduler.planning.board import draft_hash, draft_problems
from scheduler.planning.drafts import touch_draft
from scheduler.planning.proposals import adopt_proposal, get_proposal, list_proposals, proposal_view
from tests.factories import make_actor
from tests.scheduler.planning.worlds import World, approve, fresh, hide, march, solve, visits_of


def _round(session: Session, world: World) -> Round:
    return session.get_one(Round, world.round.id)


def _again(engine: sa.Engine, clock: FixedClock, world: World) -> str:
    """A second proposal for the same round; returns its uid."""
    solve(engine, clock, world)
    with reading(engine) as session:
        return list_proposals(session, world.coordinator, _round(session, world))[0].uid


def test_first_proposal_becomes_the_draft_by_itself(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        proposal = session.exec(select(Proposal)).one()
        assert (proposal.status, proposal.adopted_by_id) == (ProposalStatus.ADOPTED, None)
        assert _round(session, world).status is RoundStatus.PROPOSED
        assert _round(session, world).draft_version == 1
        assert len(visits_of(session, world)) == 3
        assert len(session.exec(select(VisitRequest)).all()) == 6
        assert len(session.exec(select(CrewSlot)).all()) == 12
        assert draft_problems(session, _round(session, world)) == ()


def test_second_proposal_is_only_offered(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    uid = _again(sqlite_engine, clock, world)
    with reading(sqlite_engine) as session:
        assert get_proposal(session, world.coordinator, uid).status is ProposalStatus.OFFERED
        assert _round(session, world).draft_version == 1


def test_adopting_keeps_the_uids_of_visits_that_go_on(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    with reading(sqlite_engine) as session:
        before = {visit.uid for visit in visits_of(session, world)}
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    with reading(sqlite_engine) as session:
        assert {visit.uid for visit in visits_of(session, world)} == before
        statuses = {proposal.status for proposal in session.exec(select(Proposal))}
        assert statuses == {ProposalStatus.ADOPTED, ProposalStatus.SUPERSEDED}
        assert _round(session, world).draft_version == 2


def test_adopting_voids_a_waiting_approval(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    uid = _again(sqlite_engine, clock, world)
    approve(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    with reading(sqlite_engine) as session:
        assert session.exec(select(Approval.status)).one() is ApprovalStatus.VOIDED
        assert _round(session, world).status is RoundStatus.PROPOSED


def test_outdated_proposal_that_still_holds_can_be_taken(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        touch_draft(session, clock, world.coordinator, _round(session, world))
    with unit_of_work(sqlite_engine) as session:
        proposal = get_proposal(session, world.coordinator, uid)
        assert proposal_view(session, proposal).outdated
        adopt_proposal(session, clock, world.coordinator, proposal)
        assert proposal.status is ProposalStatus.ADOPTED


def test_proposal_with_a_withdrawn_request_is_outdated(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        fresh(session, world.requests[0]).status = RequestStatus.WITHDRAWN
    with pytest.raises(ConflictError) as refused, unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    assert (refused.value.code, refused.value.params) == ("proposal_outdated", {"gone": 1})


def test_new_request_is_left_out_of_an_older_proposal(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        added = hide(session, world, world.sites[0])[0]
    with unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    with reading(sqlite_engine) as session:
        row = fresh(session, added)
        assert (row.status, row.reason_code) == (RequestStatus.LEFT_OUT, "not_placed")


def test_proposal_that_breaks_a_rule_by_now_is_refused_with_the_rule(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        request = fresh(session, world.requests[0])
        request.first_date = request.last_date = march(31)
    with pytest.raises(RuleError) as refused, unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    assert {rule for rule, _, _ in refused.value.violations} == {"visit_in_window"}
    with reading(sqlite_engine) as session:
        assert _round(session, world).draft_version == 1


def test_adopted_proposal_cannot_be_adopted_again(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        proposal = session.exec(select(Proposal)).one()
        with pytest.raises(TransitionError):
            adopt_proposal(session, clock, world.coordinator, proposal)


def test_visits_under_way_forbid_a_new_draft(sqlite_engine: sa.Engine, clock: FixedClock, world: World) -> None:
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        visits_of(session, world)[0].status = VisitStatus.CHECKED_IN
    with pytest.raises(ConflictError) as refused, unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    assert refused.value.code == "visits_under_way"


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMINISTRATOR, Role.CLERK], ids=str)
def test_only_coordinators_adopt(sqlite_engine: sa.Engine, clock: FixedClock, world: World, role: Role) -> None:
    with unit_of_work(sqlite_engine) as session:
        proposal = session.exec(select(Proposal)).one()
        with pytest.raises(NotPermittedError):
            adopt_proposal(session, clock, make_actor(session, role), proposal)


@pytest.mark.parametrize("role", [Role.CLERK, Role.HEAD, Role.OFFICER, Role.ENTERPRISE], ids=str)
def test_proposals_are_not_found_outside_the_district(sqlite_engine: sa.Engine, world: World, role: Role) -> None:
    with unit_of_work(sqlite_engine) as session:
        uid = session.exec(select(Proposal.uid)).one()
        actor = make_actor(session, role)
        assert list_proposals(session, actor, _round(session, world)) == []
        with pytest.raises(NotFoundError):
            get_proposal(session, actor, uid)


def test_view_names_everything_and_leaves_no_request_out(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        proposal = session.exec(select(Proposal)).one()
        view = proposal_view(session, proposal)
    assert {visit.enterprise for visit in view.visits} == {owner.name for owner in world.enterprises}
    assert {len(visit.departments) for visit in view.visits} == {2}
    assert {len(visit.officers) for visit in view.visits} == {4}
    assert (view.joint, view.left_out, view.outdated) == (3, (), False)


def test_adoption_is_in_the_audit_trail(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        actions = [event.action for event in session.exec(select(AuditEvent).order_by(AuditEvent.number))]
    assert actions == ["run.request", "proposal.store", "run.end", "draft.change", "proposal.adopt"]


def test_answer_of_a_proposal_is_canonical_and_hashed(sqlite_engine: sa.Engine, world: World) -> None:
    with reading(sqlite_engine) as session:
        answer, recorded = session.exec(select(Proposal.answer, Proposal.answer_hash)).one()
    document = json.loads(answer)
    assert list(document) == ["roster", "unscheduled", "visits"]
    assert answer == json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(answer.encode()).hexdigest() == recorded


def test_draft_hash_changes_with_every_part_of_the_draft(sqlite_engine: sa.Engine, world: World) -> None:
    changes = {
        "day": lambda visit: setattr(visit, "day", march(30)),
        "start": lambda visit: setattr(visit, "start_quarter", 3),
        "lead": lambda visit: setattr(visit, "lead_officer_id", None),
    }
    seen: set[str] = set()
    for change in changes.values():
        with Session(sqlite_engine) as session:
            seen.add(draft_hash(session, _round(session, world)))
            change(visits_of(session, world)[0])
            session.flush()
            seen.add(draft_hash(session, _round(session, world)))
            session.rollback()
    with Session(sqlite_engine) as session:
        session.exec(sa.delete(CrewSlot).where(CrewSlot.id == session.exec(select(CrewSlot.id)).first()))
        seen.add(draft_hash(session, _round(session, world)))
        session.rollback()
    assert len(seen) == 1 + len(changes) + 1


def test_new_draft_cancels_published_visits_it_has_no_place_for(
    sqlite_engine: sa.Engine, clock: FixedClock, world: World
) -> None:
    uid = _again(sqlite_engine, clock, world)
    with unit_of_work(sqlite_engine) as session:
        elsewhere, own = world.sites[0], visits_of(session, world)
        gone = Visit(
            round_id=world.round.id,
            site_id=elsewhere.id,
            day=march(20),
            start_quarter=0,
            quarters=1,
            notice_mode=own[0].notice_mode,
            status=VisitStatus.PUBLISHED,
            lead_organisation_id=world.organisations[0].id,
        )
        session.add(gone)
    with unit_of_work(sqlite_engine) as session:
        adopt_proposal(session, clock, world.coordinator, get_proposal(session, world.coordinator, uid))
    with reading(sqlite_engine) as session:
        status = {visit.uid: visit.status for visit in visits_of(session, world)}
    assert status[gone.uid] is VisitStatus.CANCELLED
    assert sorted(map(str, status.values())) == ["cancelled", "draft", "draft", "draft"]
