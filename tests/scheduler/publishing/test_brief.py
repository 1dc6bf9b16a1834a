"""The decision brief says what an approver weighs, and agrees with the rows."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlmodel import Session, select

from data.enums import ConfirmationStatus, RequestStatus
from data.models import InspectionRequest, Plan, RuleOverride
from data.session import reading, unit_of_work
from scheduler.clock import FixedClock
from scheduler.confirming.answering import consent, refuse
from scheduler.planning.board import draft_hash
from scheduler.planning.drafts import touch_draft
from scheduler.planning.editing.bulk import apply_many
from scheduler.planning.editing.commands import PinVisit, SplitVisit, TakeOut
from scheduler.planning.editing.log import apply_edit
from scheduler.planning.editing.undoing import undo
from scheduler.planning.figures import round_figures
from scheduler.publishing.brief import decision_brief, last_round
from scheduler.publishing.handwork import Deed
from tests.factories import make_round, stored_id
from tests.scheduler.confirming.conftest import Scene, make_scene
from tests.scheduler.planning.editing.drafts import members_of
from tests.scheduler.planning.worlds import World, fresh, march
from tests.scheduler.publishing.edits import drop, move, visit_to


def brief_of(session: Session, clock: FixedClock, world: World):  # type: ignore[no-untyped-def]
    return decision_brief(session, clock, world.approver, fresh(session, world.round))


def test_brief_is_about_the_draft_as_it_stands(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        first = brief_of(session, clock, proposed)
        assert first.draft_hash == draft_hash(session, fresh(session, proposed.round))
        assert first.figures == round_figures(session, fresh(session, proposed.round))
        assert (first.edits, first.problems, first.last) == ((), (), None)
        move(session, visit_to(session, proposed, 1), march(30))
        touch_draft(session, clock, proposed.coordinator, fresh(session, proposed.round), reason="企业要求")
        second = brief_of(session, clock, proposed)
        assert second.draft_hash != first.draft_hash
        assert [one.reason for one in second.edits] == ["企业要求"]
        assert second.edits_total == 1


def test_townships_add_up_to_the_whole(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with reading(sqlite_engine) as session:
        brief = brief_of(session, clock, proposed)
        for name in ("requests", "visits_with", "visits_without", "joint_visits"):
            whole = brief.figures.scheduled if name == "requests" else getattr(brief.figures, name)
            assert sum(getattr(row, name) for row in brief.by_town) == whole
            assert sum(getattr(row, name) for row in brief.figures.by_class) == whole


def test_left_out_requests_are_counted_by_reason(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        drop(session, visit_to(session, proposed, 1))
        for row in session.exec(select(InspectionRequest).where(InspectionRequest.site_id == proposed.sites[1].id)):
            row.status, row.reason_code = RequestStatus.LEFT_OUT, "no_officers"
        session.flush()
        brief = brief_of(session, clock, proposed)
    (found,) = brief.left_out
    assert (found.reason, found.count, brief.figures.left_out) == ("no_officers", 2, 2)
    assert all(proposed.sites[1].name in text for text in found.examples)


def test_overridden_warnings_of_the_rounds_plans_stand_with_their_reasons(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        plan = session.exec(select(Plan).where(Plan.round_id == proposed.round.id)).first()
        assert plan is not None
        for target, rule, finding in (("a", "R36", "merge_own"), ("b", "R36", "merge_own"), ("c", "R30", "cap_passed")):
            session.add(
                RuleOverride(
                    plan_id=stored_id(plan),
                    rule=rule,
                    finding=finding,
                    target=target,
                    reason="分批检查",
                    given_by_id=proposed.coordinator.user_id,
                    given_at=clock.now(),
                )
            )
        session.flush()
        brief = brief_of(session, clock, proposed)
    assert [(one.rule, one.reason, one.count) for one in brief.overrides] == [("R36", "分批检查", 2)]
    assert brief.overrides_total == 2
    assert [(one.rule, one.reason) for one in brief.over_caps] == [("R30", "分批检查")]
    assert brief.over_caps_total == 1


def test_answers_of_departments_stand_on_the_brief(sqlite_engine: sa.Engine) -> None:
    scene: Scene = make_scene(sqlite_engine)
    scene.ask()
    with unit_of_work(sqlite_engine) as session:
        consent(session, scene.clock, scene.clerks[0], scene.question(session, 0))
        refuse(session, scene.clock, scene.clerks[1], scene.question(session, 1), reason="人手不足")
        brief = brief_of(session, scene.clock, scene.world)
    waiting, agreed, refused = ConfirmationStatus.WAITING, ConfirmationStatus.CONSENTED, ConfirmationStatus.REFUSED
    assert brief.said == ((waiting, 1), (agreed, 1), (refused, 1))
    assert [(voice.status, voice.reason) for voice in brief.voices] == [(refused, "人手不足")]


def test_last_round_is_the_latest_released_before_this_one(
    sqlite_engine: sa.Engine, clock: FixedClock, published: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        first = published.round.period_last + timedelta(days=1)
        later = make_round(session, period_first=first, period_last=date(2026, 4, 30))
        last = last_round(session, later)
        assert last is not None
        assert (last.name, last.number) == (fresh(session, published.round).name, 1)
        assert last.figures["visits_with"] == brief_of(session, clock, published).figures.visits_with
        assert brief_of(session, clock, published).last is None


def test_broken_rules_are_told_with_names(sqlite_engine: sa.Engine, clock: FixedClock, proposed: World) -> None:
    with unit_of_work(sqlite_engine) as session:
        move(session, visit_to(session, proposed, 1), march(7))
        subjects = {one.subject for one in brief_of(session, clock, proposed).problems}
    assert any(subject.endswith(proposed.sites[1].name) for subject in subjects)
    assert not subjects & ({site.uid for site in proposed.sites} | {one.uid for one in proposed.requests})


def test_edits_are_told_by_deed_with_their_reasons_and_what_was_undone_is_not(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        round_, person = fresh(session, proposed.round), proposed.coordinator
        visits = [visit_to(session, proposed, number).uid for number in range(3)]
        apply_many(session, clock, person, round_, [PinVisit(visit=uid, day=True) for uid in visits], reason="已约定")
        for uid, reason in ((visits[0], ""), (visits[1], "已约定")):
            apply_edit(session, clock, person, round_, PinVisit(visit=uid, crew=True), expected=None, reason=reason)
        take = TakeOut(request=members_of(session, proposed, visit_to(session, proposed, 2))[0])
        apply_edit(session, clock, person, round_, take, expected=None, reason="材料未齐")
        touch_draft(session, clock, person, round_, reason="proposal.adopt_part")
        brief = brief_of(session, clock, proposed)
        assert brief.deeds == (
            Deed(kind="pin", count=5, reasons=(("已约定", 4), ("", 1))),
            Deed(kind="take_out", count=1, reasons=(("材料未齐", 1),)),
        )
        assert [one.reason for one in brief.edits] == ["proposal.adopt_part"]
        assert brief.edits_total == 7
        undo(session, clock, person, round_)
        again = brief_of(session, clock, proposed)
        assert [(one.kind, one.count) for one in again.deeds] == [("pin", 5)]
        assert ([one.reason for one in again.edits], again.edits_total) == (["proposal.adopt_part"], 6)


def test_reasons_for_edits_against_a_warning_stand_on_the_brief_until_they_are_undone(
    sqlite_engine: sa.Engine, clock: FixedClock, proposed: World
) -> None:
    with unit_of_work(sqlite_engine) as session:
        round_, visit = fresh(session, proposed.round), visit_to(session, proposed, 1)
        leaving = members_of(session, proposed, visit)[:1]
        apart = SplitVisit(visit=visit.uid, requests=tuple(leaving), day=march(30), start_quarter=0)
        apply_edit(session, clock, proposed.coordinator, round_, apart, expected=None, reason="设备不同")
        against = brief_of(session, clock, proposed).against
        assert {(one.code, one.reason, one.count) for one in against} >= {("joint_lost", "设备不同", 1)}
        undo(session, clock, proposed.coordinator, round_)
        assert brief_of(session, clock, proposed).against == ()
